package node

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/node/batch"
)

// inOrder wants so many records of a stream to be accepted, at ascending leaves.
func (s *sender) inOrder(t *testing.T, from, to uint64) {
	t.Helper()
	last := uint64(0)
	for n := from; n < to; n++ {
		o, _, _ := s.get(n)
		if o.Status != chain.Accepted || o.Leaf <= last {
			t.Fatalf("record %d: %+v (%v) after leaf %d", n, o, o.Refusal, last)
		}
		last = o.Leaf
	}
}

// Whichever node it goes to, a stream's records are ordered as they came, each once, and nothing is left behind.
func TestStreamOrder(t *testing.T) {
	t.Parallel()
	w := newNetwork(t, 3).start()
	for i, h := range []*host{w.leader(), w.follower()} {
		s := h.stream(t.Context(), false, false)
		const messages, each = 60, 50
		for m := range messages {
			var envelopes [][]byte
			for r := range each {
				envelopes = append(envelopes, w.Register(1, 1+(i*messages+m)*each+r).Envelope)
			}
			s.messages <- envelopes
		}
		if err := s.end(); err != nil {
			t.Fatal(err)
		}
		if s.count() != messages*each {
			t.Fatalf("%d outcomes, want %d", s.count(), messages*each)
		}
		s.inOrder(t, 0, messages*each)
		if i := h.Intake(); i != (Intake{}) {
			t.Errorf("left behind: %+v", i)
		}
	}
}

// A record may use what one before it has made, in the same message or in another that comes at once behind.
func TestStreamRecordsDependOnThoseBefore(t *testing.T) {
	t.Parallel()
	w := newNetwork(t, 3).start()
	const accounts = 150
	for i, h := range []*host{w.leader(), w.follower()} {
		var messages [][][]byte
		for a := range accounts {
			n := i*accounts + a + 1
			if register, product := w.Register(1, n).Envelope, w.Product(1, n).Envelope; a%3 == 0 {
				messages = append(messages, [][]byte{register, product})
			} else {
				messages = append(messages, [][]byte{register}, [][]byte{product})
			}
		}
		s := h.stream(t.Context(), false, false)
		for _, m := range messages {
			s.messages <- m
		}
		if err := s.end(); err != nil {
			t.Fatal(err)
		}
		s.inOrder(t, 0, 2*accounts)
	}
}

// A record that uses what one before it has made is not refused while that one still waits in the queue, several drafts behind what the state shows.
func TestStreamRecordsDependOnThoseInTheQueue(t *testing.T) {
	t.Parallel()
	w := newNetwork(t, 1).start()
	h := w.leader()
	h.accepted(w.Register(1, 1).Envelope)
	w.certified()    // no cosign point is owed: it would be a draft of its own
	h.growing.Lock() // nothing is applied: drafts stay under way
	unlock := sync.OnceFunc(h.growing.Unlock)
	defer unlock()
	waiting := func(n int64) func() bool {
		return func() bool { records, _ := h.batch.Waiting(); return records == n }
	}
	var ahead []*batch.Pending[chain.Outcome]
	for i := range 2 { // as many drafts as may be under way
		p, err := h.batch.Begin(t.Context(), h.term(), [][]byte{w.Register(1, 100+i).Envelope}, false)
		if err != nil {
			t.Fatal(err)
		}
		ahead = append(ahead, p)
		w.eventually("a draft", waiting(0))
	}
	s := h.stream(t.Context(), false, false)
	s.messages <- [][]byte{w.Register(1, 2).Envelope}
	w.eventually("the account in the queue", waiting(1))
	s.messages <- [][]byte{w.Product(1, 2).Envelope}
	unlock()
	if err := s.end(); err != nil {
		t.Fatal(err)
	}
	s.inOrder(t, 0, 2)
	for _, p := range ahead {
		if _, err := p.Wait(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// Between replica and batcher, office is heard of at two moments. A record that comes between them gets no place, and those behind it must not get theirs first.
func TestStreamOrderWhileOfficeIsTaken(t *testing.T) {
	t.Parallel()
	w := newNetwork(t, 1).start()
	h := w.leader()
	h.accepted(w.Register(1, 1).Envelope)
	term := h.term()
	for round := range 5 {
		h.batch.Office(0)
		s := h.stream(t.Context(), false, false)
		s.messages <- [][]byte{w.Register(1, 10*round+10).Envelope}
		w.eventually("the first record without a place", func() bool {
			h.waiting.mu.Lock()
			defer h.waiting.mu.Unlock()
			return len(h.waiting.byID) == 1
		})
		h.batch.Office(term)
		s.messages <- [][]byte{w.Register(1, 10*round+11).Envelope}
		if err := s.end(); err != nil {
			t.Fatal(err)
		}
		s.inOrder(t, 0, 2)
	}
}

// What is refused is told under its number, and holds up nobody; what was ordered before has its first outcome.
func TestStreamRefusals(t *testing.T) {
	t.Parallel()
	w := newNetwork(t, 3).start()
	for i, h := range []*host{w.leader(), w.follower()} {
		good, orphan, last := w.Register(1, 10*i+1).Envelope, w.Product(1, 10*i+5).Envelope, w.Register(1, 10*i+2).Envelope
		forged := append([]byte(nil), good...)
		forged[60] ^= 1
		s := h.stream(t.Context(), false, false)
		s.messages <- [][]byte{good, {1, 2, 3}, forged, orphan, good}
		s.messages <- [][]byte{last, good}
		if err := s.end(); err != nil {
			t.Fatal(err)
		}
		first, _, _ := s.get(0)
		for n, want := range []struct {
			status    chain.Status
			reason    reason.Code
			duplicate bool
		}{
			{chain.Accepted, 0, false}, {chain.Rejected, reason.MalformedEnvelope, false}, {chain.Rejected, reason.BadSignature, false}, {chain.Rejected, reason.UnknownAccount, false},
			{chain.Accepted, 0, true}, {chain.Accepted, 0, false}, {chain.Accepted, 0, true},
		} {
			o, _, _ := s.get(uint64(n))
			if o.Status != want.status || want.reason != 0 && o.Refusal.Reason != want.reason {
				t.Errorf("record %d: %+v, %v", n, o, o.Refusal)
			}
			if o.Duplicate != want.duplicate || want.duplicate && o.Leaf != first.Leaf {
				t.Errorf("record %d: %+v, and the first time %+v", n, o, first)
			}
		}
	}
}

// A stream at a node whose leaders come and go goes on, and keeps its order: each product comes after its account, and each record is on the ledger once.
func TestStreamOutlivesLeaders(t *testing.T) {
	t.Parallel()
	w := newNetwork(t, 3).start()
	w.leader()
	keep := w.follower()
	s := keep.stream(t.Context(), false, false)
	stop, sent := make(chan struct{}), make(chan int)
	go func() {
		n := 0
		for {
			select {
			case <-stop:
				sent <- n
				return
			case s.messages <- [][]byte{w.Register(1, n+1).Envelope}:
				s.messages <- [][]byte{w.Product(1, n+1).Envelope}
				n++
			}
		}
	}()
	for range 3 {
		before := s.count()
		w.eventually("records settle", func() bool { return s.count() > before+20 })
		gone := w.leader()
		if gone == keep { // streams at the leader lose their office, too
			keep.replica.Yield()
			w.eventually("another leader", func() bool { gone = w.leader(); return gone != keep })
		}
		gone.stop()
		gone.start()
	}
	close(stop)
	n := <-sent
	if err := s.end(); err != nil {
		t.Fatal(err)
	}
	if s.count() != 2*n {
		t.Fatalf("%d outcomes of %d records", s.count(), 2*n)
	}
	leaves := make(map[uint64]bool)
	for i := range uint64(2 * n) {
		o, _, _ := s.get(i)
		if o.Status != chain.Accepted || leaves[o.Leaf] {
			t.Fatalf("record %d: %+v, %v", i, o, o.Refusal)
		}
		leaves[o.Leaf] = true
		if i%2 == 1 {
			if account, _, _ := s.get(i - 1); account.Leaf > o.Leaf {
				t.Errorf("product %d is at leaf %d, its account at %d", i, o.Leaf, account.Leaf)
			}
		}
	}
	w.agree()
}

// Whoever waits for certification is told when a certified head covers the record, with a receipt that convinces a stranger if one is wanted.
func TestStreamCertified(t *testing.T) {
	t.Parallel()
	w := newNetwork(t, 3).start()
	for i, receipts := range []bool{false, true} {
		h := w.nodes[i]
		s := h.stream(t.Context(), true, receipts)
		for m := range 20 {
			s.messages <- [][]byte{w.Register(1, 1+i*100+m).Envelope, w.Product(1, 99+i*100).Envelope}
		}
		if err := s.end(); err != nil {
			t.Fatal(err)
		}
		for n := range uint64(40) {
			o, certified, receipt := s.get(n)
			if n%2 == 1 {
				if o.Status != chain.Rejected || receipt != nil {
					t.Errorf("record %d: %+v", n, o)
				}
				continue
			}
			if o.Status != chain.Accepted || certified <= o.Leaf || receipts != (receipt != nil) {
				t.Fatalf("record %d: %+v, told when %d leaves were certified; receipt %v", n, o, certified, receipt != nil)
			}
			if !receipts {
				continue
			}
			proof, err := checkpoint.ParseProof(receipt)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := proof.Checkpoint.Certify(w.Genesis.Policy()); err != nil || proof.Index != o.Leaf || proof.Check(merkle.Log.Leaf(proof.Extra[1:])) != nil {
				t.Errorf("record %d: %v", n, err)
			}
		}
	}
}

// A stream takes in no more than its window while its acknowledgements are not read, and all streams together no more than their room; whoever waits there takes
// nothing from others, and what ends gives everything back.
func TestStreamsAreBounded(t *testing.T) {
	t.Parallel()
	w := newNetwork(t, 1).start()
	h := w.leader()
	const each = 64
	n := 0
	message := func() (envelopes [][]byte) {
		for range each {
			n++
			envelopes = append(envelopes, w.Register(1, n).Envelope)
		}
		return envelopes
	}
	hold := make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	s := h.stream(ctx, false, false)
	s.slow = func() { <-hold }
	for range streamWindow/each + 1 { // one more is read than there is room for
		s.messages <- message()
	}
	w.eventually("what the stream has is on the ledger", func() bool { return h.Ledger().Head().Size > streamWindow && h.Intake().StreamRecords == 0 })
	select {
	case s.messages <- message():
		t.Error("the stream reads beyond its window")
	default:
	}
	if got := h.accepted(message()...); len(got) != each { // others go on
		t.Errorf("%d outcomes", len(got))
	}
	close(hold)
	s.messages <- message()
	w.eventually("the stream goes on", func() bool { return s.count() == streamWindow+2*each })
	cancel()
	if err := <-s.ended; !errors.Is(err, context.Canceled) {
		t.Errorf("a stream whose context has ended: %v", err)
	}
	close(s.messages)
	w.eventually("nothing is held", func() bool { return h.Intake() == Intake{} })

	var streams []*sender
	for range maxSubmitStreams {
		streams = append(streams, h.stream(t.Context(), false, false))
	}
	w.eventually("all places are taken", func() bool { return h.Intake().Streams == maxSubmitStreams })
	s = h.stream(t.Context(), false, false) // one more
	s.messages <- message()
	if err := s.end(); err != nil || s.count() != each {
		t.Errorf("while all places are taken by streams without records: %d outcomes, %v", s.count(), err)
	}
	made := 0
	for _, s := range streams {
		switch err := s.end(); {
		case errors.Is(err, ErrMadeRoom):
			made++
		case err != nil:
			t.Error(err)
		}
	}
	if made != 1 {
		t.Errorf("%d streams made room for one", made)
	}
}

// A message that is too large, and a node that stops, end a stream when what came before has its outcomes.
func TestStreamEndsWell(t *testing.T) {
	t.Parallel()
	w := newNetwork(t, 3).start()
	w.leader()
	for i, h := range w.nodes[:2] {
		s := h.stream(t.Context(), false, false)
		s.messages <- [][]byte{w.Register(1, 1+10*i).Envelope}
		s.messages <- make([][]byte, MaxStreamMessage+1)
		if _, ok := errors.AsType[*TooMuchError](<-s.ended); !ok || s.count() != 1 {
			t.Errorf("too many records: %d outcomes", s.count())
		}
		close(s.messages)

		s = h.stream(t.Context(), false, false)
		s.messages <- [][]byte{w.Register(1, 2+10*i).Envelope}
		s.messages <- [][]byte{w.Register(1, 3+10*i).Envelope}
		h.stop()
		if err := <-s.ended; !errors.Is(err, ErrUnavailable) {
			t.Errorf("the node stopped: %v", err)
		}
		close(s.messages)
		h.start()
		if o, _, _ := s.get(0); o.Status != chain.Accepted {
			t.Errorf("what was taken in before: %+v", o)
		}
		w.leader()
	}
}
