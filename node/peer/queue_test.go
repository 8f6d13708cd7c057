package peer_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/node/peer"
)

func TestCallersTravelTogether(t *testing.T) {
	l := &leader{hold: make(chan struct{})}
	c := pair(t, l, true)
	var wait sync.WaitGroup
	const callers, each = 60, 100
	for i := range callers {
		wait.Go(func() {
			envelopes := slices.Repeat([][]byte{fmt.Appendf(nil, "good %d", i)}, each)
			envelopes[i%each] = []byte("bad")
			promised := i%2 == 1
			if promised {
				envelopes[(i+1)%each] = fmt.Appendf(nil, "promised")
			}
			certify := i%20 > 17 // a call that carries some of those says so, and no other
			if certify {
				envelopes[(i+2)%each] = fmt.Appendf(nil, "certify")
			}
			fates, err := c.Forward(context.Background(), envelopes, peer.Care{Promised: promised, Certify: certify})
			if err != nil || len(fates) != each || fates[i%each].Ordered || !fates[(i+1)%each].Ordered {
				t.Errorf("caller %d: %v", i, err)
			}
		})
	}
	await(t, "everybody waits, here or at the leader", func() bool {
		waiting, _ := c.Waiting()
		records, _ := l.seen()
		return records >= 2*each && records+int(waiting) == callers*each
	})
	close(l.hold)
	wait.Wait()
	records, calls := l.seen()
	if records != callers*each || calls > callers/2 {
		t.Errorf("%d records in %d calls", records, calls)
	}
	for i, call := range l.calls {
		if len(call) > peer.MaxForward {
			t.Errorf("call of %d records", len(call))
		}
		if n := len(call) / each; strings.Count(strings.Join(call, " "), "promised") != map[bool]int{true: n}[l.promised[i]] {
			t.Errorf("promised records travel with others: %v of %d", l.promised[i], n)
		}
		if slices.Contains(call, "certify") != l.certify[i] {
			t.Errorf("somebody waits for the certification of %q: %v", call, l.certify[i])
		}
	}
}

// TestWhatIsUnderWayIsBounded: many small calls may be under way to the leader, and two full ones.
func TestWhatIsUnderWayIsBounded(t *testing.T) {
	for each, want := range map[int]int{1: 4, 1000: 2000} {
		l := &leader{hold: make(chan struct{})}
		c := pair(t, l, true)
		var wait sync.WaitGroup
		for k := range 8 {
			wait.Go(func() {
				fates, err := c.Forward(context.Background(), slices.Repeat([][]byte{[]byte("good")}, each), peer.Care{})
				if err != nil || len(fates) != each || !fates[each-1].Ordered {
					t.Errorf("caller %d: %v", k, err)
				}
			})
			// One after the other, so that they do not travel together.
			await(t, "a call is under way", func() bool { records, _ := l.seen(); return records >= min(want, (k+1)*each) })
		}
		for range 20 { // what was sent before these has arrived before them
			if _, err := c.Standing(context.Background(), peer.Question{}); err != nil {
				t.Fatal(err)
			}
		}
		close(l.hold)
		wait.Wait()
		if l.most < want || l.most > 2*peer.MaxForward {
			t.Errorf("%d records of %d at a time were under way", l.most, each)
		}
	}
}

// TestNobodyWaitsForAClosedClient: whoever began gets fates, unknown ones, wherever the records were; and nobody begins more than can wait.
func TestNobodyWaitsForAClosedClient(t *testing.T) {
	l := &leader{hold: make(chan struct{})}
	c := pair(t, l, true)
	var begun []<-chan []peer.Fate
	for {
		fates, ok := c.Begin(context.Background(), slices.Repeat([][]byte{[]byte("good")}, 1000), peer.Care{Promised: len(begun)%2 == 1})
		if !ok {
			break
		}
		begun = append(begun, fates)
		for records, _ := l.seen(); records < min(4, len(begun))*1000; records, _ = l.seen() { // two of each sort are under way
			time.Sleep(time.Millisecond)
		}
	}
	if len(begun) < 2000 || len(begun) > 2100 {
		t.Errorf("%d calls wait", len(begun))
	}
	c.Close()
	close(l.hold)
	for i, answered := range begun {
		if fates := <-answered; len(fates) != 1000 || fates[0].Ordered || fates[0].Refusal.Reason != reason.UnknownOutcome {
			t.Fatalf("call %d: %d fates", i, len(fates))
		}
	}
	if _, ok := c.Begin(context.Background(), [][]byte{[]byte("good")}, peer.Care{}); ok {
		t.Error("a closed client takes records")
	}
}

func TestBytesOfACallAreBounded(t *testing.T) {
	l := &leader{hold: make(chan struct{})}
	c := pair(t, l, true)
	var wait sync.WaitGroup
	for range 12 {
		wait.Go(func() {
			fates, err := c.Forward(context.Background(), slices.Repeat([][]byte{make([]byte, 65000)}, 20), peer.Care{})
			if err != nil || !fates[19].Ordered {
				t.Errorf("%v, %+v", err, fates)
			}
		})
	}
	close(l.hold)
	wait.Wait()
}

// TestWhoIsGoneIsNotSent: records whose caller has given up while they waited for their turn never leave, be it in the queue or held for want of room, and take nobody's place
// in a call.
func TestWhoIsGoneIsNotSent(t *testing.T) {
	for each, held := range map[int]int{100: 8, 1000: 2} { // what is under way when nothing more may be
		l := &leader{hold: make(chan struct{})}
		c := pair(t, l, true)
		records := func(text string) [][]byte { return slices.Repeat([][]byte{[]byte(text)}, each) }
		begin := func(ctx context.Context, text string) <-chan []peer.Fate {
			fates, ok := c.Begin(ctx, records(text), peer.Care{})
			if !ok {
				t.Fatal("the queue is full")
			}
			return fates
		}
		var wanted []<-chan []peer.Fate
		for k := range held {
			wanted = append(wanted, begin(t.Context(), "held"))
			await(t, "a call is under way", func() bool { _, calls := l.seen(); return calls == k+1 })
		}
		leaving, leave := context.WithCancel(t.Context())
		for k := range 40 {
			begin(leaving, "gone")
			if k%10 == 9 {
				wanted = append(wanted, begin(t.Context(), "good"))
			}
		}
		leave()
		if each == 100 { // all wait in the queue: the first who is free takes those who stay, together
			l.hold <- struct{}{}
			await(t, "those who stay are sent", func() bool { records, _ := l.seen(); return records > held*each })
			if records, _ := l.seen(); records != (held+4)*each {
				t.Errorf("the next call has %d records, want %d", records-held*each, 4*each)
			}
		}
		close(l.hold)
		for _, fates := range wanted {
			if got := <-fates; len(got) != each || !got[0].Ordered {
				t.Errorf("calls of %d: %d fates", each, len(got))
			}
		}
		l.mu.Lock()
		sent := slices.Concat(l.calls...)
		l.mu.Unlock()
		slices.Sort(sent)
		if got, want := len(sent), (held+4)*each; got != want || slices.Contains(sent, "gone") {
			t.Errorf("calls of %d: %d records were sent, want %d: %q", each, got, want, slices.Compact(sent))
		}
	}
}

// TestBytesThatWaitAreBounded: whoever finds no room for his bytes waits before the queue, and what is in it is told; those who give up, and a client that is closed, give
// it back.
func TestBytesThatWaitAreBounded(t *testing.T) {
	l := &leader{hold: make(chan struct{})}
	c := pair(t, l, true)
	records := slices.Repeat([][]byte{make([]byte, 1<<16)}, 16) // a mebibyte
	var wanted, left []<-chan []peer.Fate
	begin := func(ctx context.Context) (fates <-chan []peer.Fate, ok bool) {
		return c.Begin(ctx, records, peer.Care{})
	}
	leaving, leave := context.WithCancel(t.Context())
	for {
		ctx := t.Context()
		if len(wanted) > 40 {
			ctx = leaving
		}
		fates, ok := begin(ctx)
		if !ok {
			if _, held := c.Waiting(); held+1<<20 > peer.QueueBytes { // otherwise one was being taken just now
				break
			}
			continue
		}
		if wanted = append(wanted, fates); ctx == leaving {
			wanted, left = wanted[:len(wanted)-1], append(left, fates)
		}
	}
	if n, held := c.Waiting(); held > peer.QueueBytes || n != held>>16 {
		t.Errorf("%d records and %d bytes wait", n, held)
	}
	if fates, ok := c.Begin(t.Context(), records, peer.Care{Promised: true}); !ok {
		t.Error("what waits shuts out promised records")
	} else {
		wanted = append(wanted, fates)
	}
	for _, cancelled := range []bool{true, false} {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		if cancelled {
			cancel()
		}
		if _, err := c.Forward(ctx, records, peer.Care{}); ctx.Err() == nil || !errors.Is(err, ctx.Err()) {
			t.Errorf("without room: %v", err)
		}
		cancel()
	}
	last := make(chan error, 1)
	go func() {
		fates, err := c.Forward(context.Background(), records, peer.Care{})
		if err == nil && len(fates) != len(records) {
			err = fmt.Errorf("%d fates", len(fates))
		}
		last <- err
	}()
	leave()
	close(l.hold)
	for i, fates := range wanted {
		if got := <-fates; len(got) != len(records) || !got[0].Ordered {
			t.Errorf("call %d: %d fates", i, len(got))
		}
	}
	if err := <-last; err != nil {
		t.Errorf("who waited for room: %v", err)
	}
	if len(left) == 0 {
		t.Error("nobody left")
	}
	await(t, "nothing waits", func() bool { n, held := c.Waiting(); return n == 0 && held == 0 })
	for range 63 { // there is room for as many as before
		if _, ok := begin(t.Context()); !ok {
			t.Fatal("room was not given back")
		}
	}
	c.Close()
	if n, held := c.Waiting(); n != 0 || held != 0 {
		t.Errorf("at a closed client %d records and %d bytes wait", n, held)
	}
}
