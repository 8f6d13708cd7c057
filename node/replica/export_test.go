package replica

import (
	"net"

	"github.com/hashicorp/raft"
)

// ListenAs begins to accept, for a ledger that holds some marks.
func (t *Transport) ListenAs(holds func(Mark) error, behind func(Mark)) {
	t.holds, t.behind = holds, behind
	t.listen()
}

// Compact cuts the log now, if it has more bytes than it may have.
func (r *Replica[R]) Compact(store *Store, bytes uint64) error { return r.compact(store, bytes) }

// MarkOf takes over another store's newest mark, as a recovery does before it cuts the log.
func (s *Store) MarkOf(from *Store) error {
	b, err := from.base()
	if err != nil {
		return err
	}
	return s.setBase(b)
}

// Say sends one request over a raw connection and returns the answer's error; then what another read gives.
func Say(c net.Conn, request any) (answer, next error) {
	w := newConn(c)
	if err := w.send(func(b []byte) ([]byte, error) { return encodeRequest(b, request) }); err != nil {
		return err, nil
	}
	answer = w.answer(&raft.TimeoutNowResponse{})
	_, next = w.r.ReadByte()
	return answer, next
}
