package replica

import (
	"bytes"
	"errors"
	"io"
	"net"
	"strconv"
	"time"

	"github.com/hashicorp/raft"

	"github.com/ocopledger/ocop/ledger/ident"
)

// acceptPause is how long to wait after a failed accept, such as for want of file descriptors.
const acceptPause = 50 * time.Millisecond

func (t *Transport) accept() {
	for {
		c, key, err := t.stream.Accept()
		switch {
		case t.ctx.Err() != nil:
			if err == nil {
				c.Close()
			}
			return
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil:
			t.log.Warn("raft connection not accepted", "error", err)
			select {
			case <-time.After(acceptPause):
			case <-t.ctx.Done():
			}
		case t.track(c):
			t.running.Go(func() {
				defer t.drop(&conn{Conn: c})
				if err := t.serve(newConn(c), key); err != nil && t.ctx.Err() == nil {
					t.log.Warn("raft connection closed", "remote", c.RemoteAddr().String(), "key", key.String(), "error", err)
				}
			})
		}
	}
}

// serve answers the messages of one connection until it ends, is closed, or says something it has no right to say.
func (t *Transport) serve(c *conn, key ident.Ed25519Key) error {
	for {
		c.SetReadDeadline(time.Time{}) // between messages a peer may be silent
		if _, err := c.r.Peek(1); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		c.SetDeadline(time.Now().Add(t.limit))
		b, err := c.receive()
		if err != nil {
			return err
		}
		request, err := decodeRequest(b)
		if err == nil {
			err = t.permit(request, key)
		}
		var answer any
		if err == nil {
			answer, err = t.ask(request)
		}
		if refused := err; refused != nil {
			c.send(func(b []byte) ([]byte, error) { return encodeAnswer(b, nil, refused) })
			return refused
		}
		c.SetWriteDeadline(time.Now().Add(t.limit))
		if err := c.send(func(b []byte) ([]byte, error) { return encodeAnswer(b, answer, nil) }); err != nil {
			return err
		}
	}
}

// permit decides before raft sees anything: the sender is the validator whose key the connection has, now, and its time is not in the future.
func (t *Transport) permit(request raft.WithRPCHeader, key ident.Ed25519Key) error {
	member, ok := t.peers.ByKey(key)
	if !ok {
		return &RefusedError{"the key of this connection is no validator's"}
	}
	h := request.GetRPCHeader()
	if string(h.ID) != member.ID { // its address is the ledger's business: it changes while the validator runs
		return &RefusedError{"message in the name of " + string(h.ID) + " over the connection of " + member.ID}
	}
	if t.gate.Shut(member.ID) {
		return &RefusedError{"the raft store of " + member.ID + " is another one, or an older one, than it had: it needs a new incarnation"}
	}
	switch q := request.(type) {
	case *raft.AppendEntriesRequest:
		return t.gate.Check(q)
	case *installRequest:
		return t.ready(q)
	}
	return nil
}

// ready lets a snapshot pass when the ledger has come to its mark, so that restoring it is a matter of one write. Whoever fetches leaves is told, and waited for,
// for most of the time that the sender waits; what was fetched by then is there when it asks again. raft's main loop must not wait for that, nor may a snapshot be
// finished before the ledger holds what it stands for.
func (t *Transport) ready(q *installRequest) error {
	mark, err := ParseMark(q.mark)
	if err != nil {
		return &RefusedError{err.Error()}
	}
	ticker := time.NewTicker(readyEvery)
	defer ticker.Stop()
	for end := time.Now().Add(time.Duration(float64(t.limit) * readyPart)); ; {
		err = t.holds(mark)
		if err == nil {
			return nil
		}
		var behind *BehindError
		if !errors.As(err, &behind) {
			return &RefusedError{err.Error()}
		}
		t.behind(mark)
		if time.Now().After(end) {
			return &RefusedError{"catching up to block " + strconv.FormatUint(mark.Height, 10)}
		}
		select {
		case <-ticker.C:
		case <-t.ctx.Done():
			return errTransportClosed
		}
	}
}

const (
	// readyEvery is how often is looked whether the ledger has come to a mark, and readyPart how much of the time that a message may take is waited for that.
	readyEvery = 50 * time.Millisecond
	readyPart  = 0.8
)

// ask hands a request to raft's main loop and waits for the answer. A loop that is busy with its disk is waited for as long as the sender waits.
func (t *Transport) ask(request raft.WithRPCHeader) (any, error) {
	answers := make(chan raft.RPCResponse, 1)
	rpc := raft.RPC{Command: request, RespChan: answers}
	if q, ok := request.(*installRequest); ok {
		rpc.Command, rpc.Reader = q.InstallSnapshotRequest, bytes.NewReader(q.mark)
	}
	select {
	case t.consumer <- rpc:
	case <-t.ctx.Done():
		return nil, errTransportClosed
	}
	select {
	case a := <-answers:
		return a.Response, a.Error
	case <-t.ctx.Done():
		return nil, errTransportClosed
	}
}
