package replica

import (
	"sync"
	"time"

	"github.com/hashicorp/raft"
)

// pipeline sends entries without waiting for the answer before: while a follower writes one message to disk, the next is on its way.
//
// Two requests are under way at most: one being answered and one handed over. More would queue where they cannot be batched
// (hashicorp/raft #541).
type pipeline struct {
	t       *Transport
	id      raft.ServerID
	c       *conn
	handed  chan *appendFuture
	done    chan raft.AppendFuture
	broken  chan struct{} // an answer was no success: raft reads no further one
	closed  chan struct{}
	once    sync.Once
	reading sync.WaitGroup
}

// AppendEntriesPipeline implements raft.Transport.
func (t *Transport) AppendEntriesPipeline(id raft.ServerID, _ raft.ServerAddress) (raft.AppendPipeline, error) {
	c, _, err := t.take(id)
	if err != nil {
		return nil, err
	}
	c.SetDeadline(time.Time{})
	p := &pipeline{t: t, id: id, c: c, handed: make(chan *appendFuture), done: make(chan raft.AppendFuture), broken: make(chan struct{}), closed: make(chan struct{})}
	p.reading.Go(p.read)
	return p, nil
}

// AppendEntries implements raft.AppendPipeline.
func (p *pipeline) AppendEntries(q *raft.AppendEntriesRequest, a *raft.AppendEntriesResponse) (raft.AppendFuture, error) {
	f := &appendFuture{start: time.Now(), request: q, response: a, ended: make(chan struct{})}
	p.t.notices.sending(p.id, q)
	p.c.SetWriteDeadline(time.Now().Add(p.t.limit))
	if err := p.c.send(func(b []byte) ([]byte, error) { return encodeRequest(b, q) }); err != nil {
		return nil, err
	}
	select {
	case p.handed <- f:
		return f, nil
	case <-p.broken:
		return nil, raft.ErrPipelineShutdown
	case <-p.closed:
		return nil, raft.ErrPipelineShutdown
	}
}

// Consumer implements raft.AppendPipeline.
func (p *pipeline) Consumer() <-chan raft.AppendFuture { return p.done }

// Close implements raft.AppendPipeline.
func (p *pipeline) Close() error {
	p.once.Do(func() {
		close(p.closed)
		p.t.drop(p.c)
	})
	p.reading.Wait()
	return nil
}

func (p *pipeline) read() {
	for {
		select {
		case f := <-p.handed:
			p.c.SetReadDeadline(time.Now().Add(p.t.limit))
			f.err = p.c.answer(f.response)
			close(f.ended)
			// raft looks at the response alone: one without success, as an error leaves it, ends the pipeline. Its sender must not wait then for
			// a reader that waits for raft: with so few requests under way, that would be for ever.
			if f.err != nil || !f.response.Success {
				close(p.broken)
				p.deliver(f)
				return
			}
			p.t.notices.acknowledged(p.id, f.request)
			if !p.deliver(f) {
				return
			}
		case <-p.closed:
			return
		}
	}
}

func (p *pipeline) deliver(f *appendFuture) bool {
	select {
	case p.done <- f:
		return true
	case <-p.closed:
		return false
	}
}

type appendFuture struct {
	start    time.Time
	request  *raft.AppendEntriesRequest
	response *raft.AppendEntriesResponse
	ended    chan struct{}
	err      error // readable when ended is closed
}

func (f *appendFuture) Error() error {
	<-f.ended
	return f.err
}
func (f *appendFuture) Start() time.Time                      { return f.start }
func (f *appendFuture) Request() *raft.AppendEntriesRequest   { return f.request }
func (f *appendFuture) Response() *raft.AppendEntriesResponse { return f.response }
