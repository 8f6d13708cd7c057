package replica

import (
	"net"

	"github.com/hashicorp/raft"
)

// InstallSnapshotTo sends the message that this node never sends.
func (t *Transport) InstallSnapshotTo(id raft.ServerID, q *raft.InstallSnapshotRequest) error {
	return t.call(id, q, &raft.TimeoutNowResponse{})
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
