package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	"github.com/ocopledger/ocop/ledger/reason"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
	"github.com/ocopledger/ocop/proto/ocop/api/v1/apigrpc"
)

const (
	// Bounds of one message of a stream, as the API states them.
	maxMessageRecords = 1024
	maxMessageBytes   = 512 << 10
	// linger is how long a message is held to fill when others are on their way, and filled when it is held no longer: what a message costs is
	// little beside so many records.
	linger = time.Millisecond
	filled = 64
)

// errSilent: records wait, and nothing was acknowledged for long.
var errSilent = errors.New("no acknowledgement")

// link is one connection of a stream. Its numbers begin with 0.
type link struct {
	*Stream
	node   *Client
	ctx    context.Context
	cancel context.CancelCauseFunc
	remote grpc.BidiStreamingClient[apiv1.SubmitStreamRequest, apiv1.SubmitStreamResponse]

	// Under the stream's lock: what was sent, from the first one on that is not settled, and that one's number here.
	sent    []*pending
	first   uint64
	settled int       // records
	since   time.Time // of the newest acknowledgement, or when sent was empty before
}

// link begins anew with all that is open.
func (s *Stream) link(node *Client) *link {
	s.mu.Lock()
	defer s.mu.Unlock()
	left := s.open[:0:0]
	for _, p := range s.open {
		if !p.settled {
			left = append(left, p)
		}
	}
	s.open, s.unsent = left, 0
	return &link{Stream: s, node: node}
}

// run sends and receives until the connection ends: nil, when everything is acknowledged.
func (l *link) run() error {
	l.ctx, l.cancel = context.WithCancelCause(l.Stream.ctx)
	defer l.cancel(nil)
	var err error
	if l.remote, err = l.node.Records.SubmitStream(l.ctx); err != nil {
		return l.node.fromStatus(apigrpc.SubmitService_SubmitStream_FullMethodName, err)
	}
	sending := make(chan struct{})
	go func() {
		defer close(sending)
		l.send()
	}()
	err = l.receive()
	l.cancel(nil)
	<-sending
	return err
}

// send ends with the connection, or when all is sent and no more comes. Why a connection fails, receive is told.
func (l *link) send() {
	for first := true; ; first = false {
		envelopes := l.take()
		if envelopes == nil {
			_ = l.remote.CloseSend()
			return
		}
		m := &apiv1.SubmitStreamRequest{Envelopes: envelopes}
		if first {
			m.Wait, m.Receipts = l.o.Wait, l.o.Receipts
		}
		if l.remote.Send(m) != nil {
			return
		}
	}
}

// take waits for records for the next message; nil: there are no more.
func (l *link) take() [][]byte {
	var held <-chan time.Time
	for {
		l.mu.Lock()
		n := len(l.open) - l.unsent
		idle := len(l.sent) == 0
		if n > 0 && held == nil && !idle && n < filled {
			t := time.NewTimer(linger)
			defer t.Stop()
			held = t.C
		} else if n > 0 && (idle || n >= filled || l.closed) {
			defer l.mu.Unlock()
			return l.cut()
		} else if n == 0 && l.closed {
			l.mu.Unlock()
			return nil
		}
		changed := l.watch()
		l.mu.Unlock()
		select {
		case <-changed:
		case <-held:
			l.mu.Lock()
			defer l.mu.Unlock()
			return l.cut()
		case <-l.ctx.Done():
			return nil
		}
	}
}

// cut takes what fits a message. The stream is locked.
func (l *link) cut() (envelopes [][]byte) {
	total := 0
	for _, p := range l.open[l.unsent:] {
		if total += len(p.data); len(envelopes) == maxMessageRecords || total > maxMessageBytes {
			break
		}
		envelopes = append(envelopes, p.data)
	}
	if len(l.sent) == 0 {
		l.since = time.Now()
	}
	l.sent = append(l.sent, l.open[l.unsent:l.unsent+len(envelopes)]...)
	l.unsent += len(envelopes)
	return envelopes
}

func (l *link) receive() error {
	defer l.watchOver()()
	for {
		m, err := l.remote.Recv()
		switch {
		case errors.Is(err, io.EOF):
			return l.complete()
		case err != nil && errors.Is(context.Cause(l.ctx), errSilent):
			return because(codes.DeadlineExceeded, reason.DeadlineExceeded, "")
		case err != nil:
			return l.node.fromStatus(apigrpc.SubmitService_SubmitStream_FullMethodName, err)
		}
		if err := l.heed(m); err != nil {
			return err
		}
	}
}

// watchOver leaves a node that says nothing for long while records wait: it hangs, or nobody leads. What it has in hand it orders, or it is sent again elsewhere.
func (l *link) watchOver() (stop func()) {
	done := make(chan struct{})
	go func() {
		t := time.NewTicker(oneAttempt / 20)
		defer t.Stop()
		for {
			select {
			case <-t.C:
			case <-done:
				return
			}
			l.mu.Lock()
			silent := len(l.sent) > 0 && time.Since(l.since) > oneAttempt
			l.mu.Unlock()
			if silent {
				l.cancel(errSilent)
			}
		}
	}()
	return func() { close(done) }
}

// passing is an outcome that says nothing of its record, as an error that another attempt may not meet.
func passing(o *apiv1.Outcome) *Error {
	e := NewRefusal(o.GetRefused().GetRefusal())
	e.Code = codes.Unavailable
	return e
}

// complete looks whether a stream that the node ended had its end.
func (l *link) complete() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.sent) > 0 || !l.closed {
		return l.node.unexpected(codes.Internal, reason.Fault{
			Kind: "stream_ended_early", Vietnamese: "luồng kết thúc khi chưa xác nhận hết", English: "the stream ended before everything was acknowledged",
		})
	}
	return nil
}

// heed takes acknowledgements. An outcome that says nothing of its record ends the connection: the record is sent again, and those behind it after it.
func (l *link) heed(m *apiv1.SubmitStreamResponse) error {
	for _, r := range m.GetRuns() {
		if err := l.settle(Acknowledgement{First: r.GetFirst(), Count: uint64(r.GetCount()), Height: r.GetHeight(), Leaf: r.GetLeaf(), Time: r.GetTime()}); err != nil {
			return err
		}
	}
	var unsettled error
	for _, o := range m.GetOutcomes() {
		if !isKnown(o.GetOutcome()) {
			unsettled = passing(o.GetOutcome())
			continue
		}
		if err := l.settle(Acknowledgement{First: o.GetNumber(), Count: 1, Outcome: o.GetOutcome()}); err != nil {
			return err
		}
	}
	return unsettled
}

// settle passes an acknowledgement on under the stream's own numbers. After a new connection those of consecutive records may have gaps.
func (l *link) settle(a Acknowledgement) error {
	l.mu.Lock()
	var runs []Acknowledgement
	for i := range a.Count {
		at := a.First + i - l.first
		if a.First < l.first || at >= uint64(len(l.sent)) || l.sent[at].settled {
			l.mu.Unlock()
			return l.node.unexpected(codes.Internal, reason.Fault{
				Kind: "acknowledged_twice", Vietnamese: fmt.Sprintf("xác nhận bản ghi số %d không đang chờ", a.First+i), English: fmt.Sprintf("an acknowledgement of record %d, which does not wait for one", a.First+i),
			})
		}
		p := l.sent[at]
		p.settled = true
		l.records, l.bytes, l.settled = l.records-1, l.bytes-len(p.data), l.settled+1
		if n := len(runs); n > 0 && runs[n-1].First+runs[n-1].Count == p.number {
			runs[n-1].Count++
			continue
		}
		run := a
		run.First, run.Count, run.Leaf = p.number, 1, a.Leaf+i
		runs = append(runs, run)
	}
	if a.Count == 0 {
		l.mu.Unlock()
		return l.node.unexpected(codes.Internal, reason.Fault{Kind: "empty_run", Vietnamese: "đoạn xác nhận không có bản ghi nào", English: "a run of no records"})
	}
	l.since = time.Now()
	l.mu.Unlock()
	if l.o.Settled != nil {
		for _, run := range runs {
			l.o.Settled(run)
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.forget() // only now: who waits for acknowledgements may go on when all have been passed on
	l.change()
	return nil
}

// forget lets go of settled records at the front. The stream is locked.
func (l *link) forget() {
	n := 0
	for n < len(l.sent) && l.sent[n].settled {
		n++
	}
	clear(l.sent[:n])
	l.sent, l.first = l.sent[n:], l.first+uint64(n)
	n = 0
	for n < len(l.open) && l.open[n].settled {
		n++
	}
	clear(l.open[:n])
	l.open, l.unsent = l.open[n:], l.unsent-n
}
