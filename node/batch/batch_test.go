package batch

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// order is what stands behind a batcher: drafts come in, and are answered when the test says so.
type order struct {
	t   *testing.T
	key *ident.Ed25519PrivateKey
	*Batcher[string]
	mu     sync.Mutex
	drafts []*proposal
	told   []string // of Drafted
	hold   bool
	clock  time.Time
}

type proposal struct {
	*ledger.Draft
	at     time.Time
	answer chan error
}

func newOrder(t *testing.T, queue int) *order {
	key, err := ident.GenerateEd25519(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	o := &order{t: t, key: key, clock: time.UnixMilli(1_700_000_000_123)}
	o.Batcher = New(Options[string]{
		Chain: ledger.ChainID{7}, Proposer: 12, Key: o.signer, Now: func() time.Time { return o.clock }, Propose: o.propose, Queue: queue,
		Drafted: func(records, bytes int, waited time.Duration) {
			o.mu.Lock()
			defer o.mu.Unlock()
			o.told = append(o.told, fmt.Sprintf("%d records, %d bytes, after %v", records, bytes, waited))
		},
		Hold: func() bool {
			o.mu.Lock()
			defer o.mu.Unlock()
			return o.hold
		},
	})
	return o
}

// signer is the key that the policy names; rotate puts another one in its place.
func (o *order) signer() *ident.Ed25519PrivateKey {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.key
}

func (o *order) rotate(key *ident.Ed25519PrivateKey) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.key = key
}

func (o *order) propose(data []byte) func() (Ordered[string], error) {
	d, err := ledger.ParseDraft(data)
	if err != nil {
		o.t.Error(err)
	}
	if err := o.signer().Public().Verify(d.Header.Message(), d.Signature); err != nil {
		o.t.Error(err)
	}
	p := &proposal{Draft: d, at: time.Now(), answer: make(chan error, 1)}
	o.mu.Lock()
	o.drafts = append(o.drafts, p)
	o.mu.Unlock()
	return func() (Ordered[string], error) {
		var made Ordered[string]
		if err := <-p.answer; errors.Is(err, errNothing) {
			return Ordered[string]{Nothing: err}, nil
		} else if err != nil {
			return made, err
		}
		for _, r := range d.Records {
			made.Outcomes = append(made.Outcomes, "took "+string(r[:min(len(r), 20)]))
		}
		return made, nil
	}
}

var (
	errLost    = errors.New("leadership lost")
	errNothing = errors.New("of another term")
)

// take is the drafts since the last call, when everything has come to rest.
func (o *order) take() []*proposal {
	synctest.Wait()
	o.mu.Lock()
	defer o.mu.Unlock()
	drafts := o.drafts
	o.drafts = nil
	return drafts
}

// one is the one draft since the last call.
func (o *order) one() *proposal {
	o.t.Helper()
	drafts := o.take()
	if len(drafts) != 1 {
		o.t.Fatalf("%d drafts, want 1", len(drafts))
	}
	return drafts[0]
}

// lead takes office and answers the first draft of the term. Its cosign point is a while ago then.
func (o *order) lead(term uint64) {
	o.t.Helper()
	o.Office(term)
	first := o.one()
	if first.Header.Term != term || first.Header.Sequence != 0 || first.Header.Count != 0 || first.Header.Flags != ledger.FlagCosign || first.Header.Previous != (ledger.Hash{}) {
		o.t.Fatalf("first draft of the term: %+v", first.Header)
	}
	first.answer <- nil
	time.Sleep(cosignEvery)
	synctest.Wait()
}

// submit submits in the background and gives a function that tells the answer.
func (o *order) submit(texts ...string) (answer func() string) { return o.submitFor(false, texts...) }

// submitFor is submit, by somebody who waits for certification or not.
func (o *order) submitFor(certify bool, texts ...string) (answer func() string) {
	records := make([][]byte, len(texts))
	for i, s := range texts {
		records[i] = []byte(s)
	}
	answers := make(chan string, 1)
	go func() {
		results, err := o.Submit(context.Background(), records, certify)
		if err != nil {
			answers <- err.Error()
			return
		}
		var b []string
		for _, r := range results {
			if r.Err != nil {
				b = append(b, r.Err.Error())
			} else {
				b = append(b, r.Outcome)
			}
		}
		answers <- strings.Join(b, "; ")
	}()
	return func() string { return <-answers }
}

func (p *proposal) texts() string {
	var s []string
	for _, r := range p.Records {
		s = append(s, string(r))
	}
	return strings.Join(s, " ")
}

func TestAnIdleNodeWaitsForNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOrder(t, 4096)
		defer o.Close()
		o.lead(3)
		began := time.Now()
		answer := o.submit("a", "b")
		p := o.one()
		if p.at != began || p.texts() != "a b" || p.Header.Flags != ledger.FlagCosign || p.Header.Time != 1_700_000_000_123 || p.Header.Proposer != 12 || p.Header.Chain != (ledger.ChainID{7}) {
			t.Errorf("after %v: %q, %+v", p.at.Sub(began), p.texts(), p.Header)
		}
		p.answer <- nil
		if got := answer(); got != "took a; took b" {
			t.Errorf("answer %q", got)
		}
	})
}

// TestDraftsAreTold: once each, without those that only make a cosign point, with the time that the oldest record waited.
func TestDraftsAreTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOrder(t, 4096)
		defer o.Close()
		o.lead(3) // an empty draft
		o.submit("a", "b")
		first := o.one()
		o.submit("c")
		synctest.Wait()
		time.Sleep(lingerIdle / 2)
		o.submit("d")
		time.Sleep(lingerIdle / 2)
		second := o.one()
		if want := []string{
			fmt.Sprintf("2 records, %d bytes, after 0s", len(first.Draft.Append(nil))), fmt.Sprintf("2 records, %d bytes, after %v", len(second.Draft.Append(nil)), lingerIdle),
		}; !slices.Equal(o.told, want) {
			t.Errorf("told %q, want %q", o.told, want)
		}
		first.answer <- nil
		second.answer <- nil
	})
}

func TestDraftsShareWhatComesMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOrder(t, 4096)
		defer o.Close()
		o.lead(3)
		o.submit("a")
		a := o.one()
		o.submit("b")
		o.submit("c")
		if got := o.take(); len(got) != 0 {
			t.Fatalf("second draft left without lingering")
		}
		began := time.Now()
		time.Sleep(lingerIdle)
		bc := o.one()
		if bc.at.Sub(began) != lingerIdle || len(bc.Records) != 2 {
			t.Errorf("second draft after %v with %d records", bc.at.Sub(began), len(bc.Records))
		}
		o.submit("d")
		time.Sleep(time.Second)
		if got := o.take(); len(got) != 0 {
			t.Fatalf("third draft left while two are under way")
		}
		o.submit("e")
		synctest.Wait()
		a.answer <- nil
		de := o.one() // held long enough already
		bc.answer <- nil
		de.answer <- nil
	})
}

func TestFullDraftDoesNotLinger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOrder(t, 4096)
		defer o.Close()
		o.lead(3)
		o.submit("a")
		a := o.one()
		var many []string
		for i := range 600 {
			many = append(many, fmt.Sprint(i))
		}
		o.submit(many...)
		synctest.Wait()
		o.submit(many...)
		full := o.one()
		if len(full.Records) != ledger.MaxDraftRecords {
			t.Errorf("%d records", len(full.Records))
		}
		a.answer <- nil
		synctest.Wait()
		time.Sleep(lingerBusy)
		rest := o.one()
		if len(rest.Records) != 1200-ledger.MaxDraftRecords || string(rest.Records[len(rest.Records)-1]) != "599" {
			t.Errorf("%d records left", len(rest.Records))
		}
		full.answer <- nil
		rest.answer <- nil
	})
}

func TestDraftsAreBoundedInBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOrder(t, 4096)
		defer o.Close()
		o.lead(3)
		var large []string
		for range 40 {
			large = append(large, strings.Repeat("x", ledger.MaxEnvelope))
		}
		answer := o.submit(large...)
		n := 0
		for n < len(large) {
			for _, p := range o.take() {
				n += len(p.Records)
				p.answer <- nil
			}
			time.Sleep(lingerBusy)
		}
		if got := strings.Count(answer(), "took"); got != len(large) {
			t.Errorf("%d outcomes", got)
		}
		time.Sleep(cosignEvery)
		for _, p := range o.take() { // the cosign point of the last
			p.answer <- nil
		}
	})
}

// TestCosignPoints: every draft of an idle node that somebody waits for until it is certified, at most one in 50 ms under load, and one within 100 ms of any draft. Load
// is what comes while a draft is under way, or so much that drafts are held, of which one at a time may be under way.
func TestCosignPoints(t *testing.T) {
	for _, records := range []int{1, busyRecords} {
		t.Run(fmt.Sprint(records), func(t *testing.T) { testCosignPoints(t, records) })
	}
}

func testCosignPoints(t *testing.T, records int) {
	synctest.Test(t, func(t *testing.T) {
		o := newOrder(t, 4096)
		defer o.Close()
		o.lead(3)
		for range 5 { // one client, one record at a time
			answer := o.submitFor(true, "x")
			p := o.one()
			if p.Header.Flags != ledger.FlagCosign {
				t.Error("draft of an idle node without cosign point, though somebody waits for it")
			}
			p.answer <- nil
			answer()
			time.Sleep(time.Millisecond)
		}
		time.Sleep(cosignEvery)
		began := time.Now()
		var points, plain []time.Time
		if records >= busyRecords { // what comes first after silence is no load yet
			o.submit(slices.Repeat([]string{"y"}, records)...)
			first := o.one()
			if first.Header.Flags != ledger.FlagCosign {
				t.Error("the first draft of many is no cosign point")
			}
			first.answer <- nil
		}
		for time.Since(began) < time.Second { // always one under way, or held
			o.submitFor(true, slices.Repeat([]string{"y"}, records)...)
			time.Sleep(10 * time.Millisecond)
			for _, p := range o.take() {
				if p.Header.Flags == ledger.FlagCosign {
					points = append(points, p.at)
				} else {
					plain = append(plain, p.at)
				}
				under := 15 * time.Millisecond
				if records >= busyRecords {
					under = time.Millisecond
				}
				time.AfterFunc(under, func() { p.answer <- nil })
			}
		}
		time.Sleep(time.Second) // silence
		for _, p := range o.take() {
			if p.Header.Flags == ledger.FlagCosign {
				points = append(points, p.at)
			}
			p.answer <- nil
		}
		for i := 1; i < len(points); i++ {
			if gap := points[i].Sub(points[i-1]); gap < cosignEvery {
				t.Errorf("cosign points %v apart", gap)
			}
		}
		for _, at := range plain {
			if !slices.ContainsFunc(points, func(p time.Time) bool { return p.After(at) && p.Sub(at) <= cosignLatest }) {
				t.Errorf("no cosign point within %v of a draft", cosignLatest)
			}
		}
		if len(plain) < 10 || len(points) < 10 {
			t.Errorf("%d plain drafts, %d cosign points: the load was none", len(plain), len(points))
		}
	})
}

// TestCosignPointsThatNobodyWaitsFor: of one client's records, one after the other, one in 50 ms brings the point of all, and after the last an empty draft does.
func TestCosignPointsThatNobodyWaitsFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOrder(t, 4096)
		defer o.Close()
		o.lead(3)
		var points []time.Time
		last := time.Now()
		for range 50 {
			answer := o.submit("x")
			p := o.one()
			if p.Header.Flags == ledger.FlagCosign {
				points = append(points, p.at)
			}
			last = p.at
			p.answer <- nil
			answer()
			time.Sleep(4 * time.Millisecond)
		}
		if len(points) != 4 {
			t.Errorf("%d cosign points of 50 records in 200 ms, want 4", len(points))
		}
		for i := 1; i < len(points); i++ {
			if gap := points[i].Sub(points[i-1]); gap < cosignEvery {
				t.Errorf("cosign points %v apart", gap)
			}
		}
		time.Sleep(cosignEvery)
		owed := o.one()
		if owed.Header.Count != 0 || owed.Header.Flags != ledger.FlagCosign || owed.at.Sub(last) > cosignEvery {
			t.Errorf("%v after the last record: %+v", owed.at.Sub(last), owed.Header)
		}
		owed.answer <- nil
	})
}

func TestOwedCosignPointMayBeEmpty(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOrder(t, 4096)
		defer o.Close()
		o.lead(3)
		o.submit("a")
		a := o.one()
		o.submit("b")
		time.Sleep(lingerIdle)
		b := o.one()
		if b.Header.Flags != 0 {
			t.Fatal("second draft under way is a cosign point")
		}
		a.answer <- nil
		b.answer <- nil
		time.Sleep(cosignEvery)
		empty := o.one()
		if empty.Header.Count != 0 || empty.Header.Flags != ledger.FlagCosign || empty.at.Sub(a.at) != cosignEvery {
			t.Errorf("after %v: %+v", empty.at.Sub(a.at), empty.Header)
		}
		empty.answer <- nil
		time.Sleep(time.Minute)
		if got := o.take(); len(got) != 0 {
			t.Errorf("%d drafts more", len(got))
		}
	})
}

func TestNumbersAreUsedOnceAndLinked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOrder(t, 4096)
		defer o.Close()
		used := map[string]bool{}
		for _, term := range []uint64{3, 4, 9} {
			o.Office(term)
			previous := ledger.Hash{}
			for i := range uint64(4) {
				if i > 0 {
					o.submit("x")
				}
				p := o.one()
				if p.Header.Sequence != i || p.Header.Previous != previous {
					t.Errorf("term %d: sequence %d after %d, linked: %v", term, p.Header.Sequence, i, p.Header.Previous == previous)
				}
				number := fmt.Sprint(p.Header.Term, "/", p.Header.Sequence)
				if used[number] {
					t.Errorf("%s used twice", number)
				}
				used[number] = true
				previous = p.Header.Hash()
				p.answer <- nil
			}
		}
		// A term that comes back, as it cannot, still has no number twice.
		o.Office(0)
		synctest.Wait()
		o.Office(9)
		synctest.Wait()
		o.submit("x")
		if p := o.one(); p.Header.Sequence != 4 {
			t.Errorf("sequence %d again", p.Header.Sequence)
		} else {
			p.answer <- nil
		}
	})
}

func TestWithoutOffice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOrder(t, 4096)
		defer o.Close()
		if got := o.submit("a")(); got != ErrNoOffice.Error() {
			t.Errorf("never in office: %q", got)
		}
		o.lead(3)
		o.submit("b")
		b := o.one()
		o.submit("c")
		c := o.submit("d") // both wait behind b
		synctest.Wait()
		o.Office(0)
		if got := c(); got != ErrNoOffice.Error() {
			t.Errorf("waiting as office is lost: %q", got)
		}
		b.answer <- errLost
		if got := o.take(); len(got) != 0 {
			t.Errorf("%d drafts without office", len(got))
		}
	})
}

func TestFateOfADraftIsThatOfItsRecords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOrder(t, 4096)
		defer o.Close()
		o.lead(3)
		for want, err := range map[string]error{errLost.Error(): errLost, ErrNothing.Error() + ": " + errNothing.Error(): errNothing} {
			answer := o.submit("a", "b")
			o.one().answer <- err
			if got := answer(); got != want+"; "+want {
				t.Errorf("got %q, want %q twice", got, want)
			}
		}
	})
}

func TestFullQueuePushesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOrder(t, ledger.MaxDraftRecords)
		defer o.Close()
		o.lead(3)
		o.hold = true
		many := slices.Repeat([]string{"x"}, ledger.MaxDraftRecords)
		first := o.submit(many...)
		synctest.Wait()
		if records, bytes := o.Waiting(); records != ledger.MaxDraftRecords || bytes != ledger.MaxDraftRecords {
			t.Errorf("%d records of %d bytes wait", records, bytes)
		}
		began := time.Now()
		if got := o.submit("y")(); got != ErrOverloaded.Error() || time.Since(began) != patience {
			t.Errorf("after %v: %q", time.Since(began), got)
		}
		late := o.submit("z")
		synctest.Wait()
		o.mu.Lock()
		o.hold = false
		o.mu.Unlock()
		time.Sleep(holdCheck)
		for _, p := range o.take() {
			p.answer <- nil
		}
		first()
		time.Sleep(lingerBusy)
		for _, p := range o.take() {
			p.answer <- nil
		}
		if got := late(); got != "took z" {
			t.Errorf("once there was room: %q", got)
		}
		if records, bytes := o.Waiting(); records != 0 || bytes != 0 {
			t.Errorf("afterwards %d records of %d bytes wait", records, bytes)
		}
	})
}

func TestCallsThatFitNoDraft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOrder(t, 4096)
		defer o.Close()
		o.lead(3)
		if got := o.submit(slices.Repeat([]string{"x"}, ledger.MaxDraftRecords+1)...)(); !strings.Contains(got, "at most") {
			t.Errorf("too many: %q", got)
		}
		if got := o.submit(strings.Repeat("x", ledger.MaxDraftBytes))(); !strings.Contains(got, "fits no draft") {
			t.Errorf("too large: %q", got)
		}
	})
}

func TestSettleWaitsForAllThatIsUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOrder(t, 4096)
		defer o.Close()
		settled := func() chan error {
			c := make(chan error, 1)
			go func() { c <- o.Settle(context.Background()) }()
			synctest.Wait()
			return c
		}
		early := settled() // whoever hears of the office before the batcher does
		o.Office(3)
		first := o.one()
		c := settled()
		if len(c) != 0 || len(early) != 0 {
			t.Error("settled before the first draft of the term")
		}
		first.answer <- nil
		for _, c := range []chan error{c, early} {
			if err := <-c; err != nil {
				t.Error(err)
			}
		}
		o.submit("a")
		a := o.one()
		c = settled()
		if len(c) != 0 {
			t.Error("settled with a draft under way")
		}
		a.answer <- nil
		if err := <-c; err != nil {
			t.Error(err)
		}
		o.Office(4)
		lost := o.one()
		c = settled()
		o.Office(0)
		lost.answer <- errLost
		if err := <-c; err != nil {
			t.Error(err) // office is lost: whoever asks finds that out
		}
		o.Office(5)
		p := o.one()
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if err := o.Settle(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		p.answer <- nil
	})
}

func TestCloseAnswersEverybody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOrder(t, 4096)
		o.lead(3)
		a := o.submit("a")
		p := o.one()
		b := o.submit("b")
		synctest.Wait()
		closed := make(chan struct{})
		go func() { o.Close(); close(closed) }()
		if got := b(); got != ErrClosed.Error() {
			t.Errorf("waiting: %q", got)
		}
		p.answer <- nil
		if got := a(); got != "took a" {
			t.Errorf("under way: %q", got)
		}
		<-closed
		if got := o.submit("c")(); got != ErrClosed.Error() {
			t.Errorf("afterwards: %q", got)
		}
	})
}

func TestContextEndsTheWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOrder(t, 4096)
		defer o.Close()
		o.lead(3)
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if _, err := o.Submit(ctx, [][]byte{[]byte("a")}, false); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		o.one().answer <- nil
	})
}

// Whoever has gone before the records are in the queue is told so, and nothing is ordered, although there is room.
func TestWhoHasGoneOrdersNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOrder(t, 4096)
		defer o.Close()
		o.lead(3)
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if _, err := o.Begin(ctx, 3, [][]byte{[]byte("a")}, false); !errors.Is(err, context.Canceled) {
			t.Errorf("Begin: %v", err)
		}
		if _, err := o.Submit(ctx, [][]byte{[]byte("b")}, false); !errors.Is(err, context.Canceled) {
			t.Errorf("Submit: %v", err)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if records, bytes := o.Waiting(); len(o.drafts) != 0 || records != 0 || bytes != 0 {
			t.Errorf("%d drafts, %d records of %d bytes wait", len(o.drafts), records, bytes)
		}
	})
}

func TestFullDraftsShowThatFillingPays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOrder(t, 4096)
		defer o.Close()
		o.lead(3)
		o.submit(slices.Repeat([]string{"x"}, busyRecords)...)
		a := o.one()
		o.submit("y")
		began := time.Now()
		time.Sleep(lingerBusy)
		if b := o.one(); b.at.Sub(began) != lingerBusy {
			t.Errorf("left after %v", b.at.Sub(began))
		} else {
			b.answer <- nil
		}
		a.answer <- nil
	})
}

// TestUnderLoadThoseWhoComeAgainShareADraft: when a draft of many has ended, the next waits for those who had theirs in it, and neither for the last of them nor for
// long. One that comes much later waits for nothing.
func TestUnderLoadThoseWhoComeAgainShareADraft(t *testing.T) {
	const come = busyRecords / 16
	for name, c := range map[string]struct {
		waiting int             // when the draft before ends
		free    time.Duration   // from then on, until the first comes again
		coming  []time.Duration // between those who come, so many records each
		records int
		after   time.Duration // the end of the draft before
	}{
		"all are back":             {0, 0, slices.Repeat([]time.Duration{time.Millisecond}, 16), 8 * come, 8 * time.Millisecond},
		"and others have waited":   {16 * come, 0, slices.Repeat([]time.Duration{time.Millisecond}, 16), 16 * come, 0},
		"they come slowly":         {0, 0, slices.Repeat([]time.Duration{3 * time.Millisecond}, 7), 6 * come, gather},
		"few come":                 {0, gather - time.Millisecond, []time.Duration{0}, come, gather},
		"much later, as the first": {0, gather, []time.Duration{0}, come, gather},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := newOrder(t, 4096)
				defer o.Close()
				o.lead(3)
				o.submit(slices.Repeat([]string{"x"}, busyRecords)...)
				before := o.one()
				o.submit(slices.Repeat([]string{"x"}, c.waiting)...)
				synctest.Wait()
				before.answer <- nil
				synctest.Wait()
				ended := time.Now()
				time.Sleep(c.free)
				for _, pause := range c.coming {
					time.Sleep(pause)
					o.submit(slices.Repeat([]string{"x"}, come)...)
					synctest.Wait()
				}
				time.Sleep(gather)
				got := o.take()
				if len(got) == 0 || len(got[0].Records) != c.records || got[0].at.Sub(ended) != c.after {
					t.Errorf("%d drafts, the first of %d records after %v", len(got), len(got[0].Records), got[0].at.Sub(ended))
				}
				for _, d := range got {
					d.answer <- nil
				}
			})
		})
	}
}

// TestOwedCosignPointLeavesWithADraft: under load, the cosign point that a draft waits for comes with the next one, and that draft does not leave before its records have
// come. One that left sooner would be small, show that filling does not pay, and have small ones follow.
func TestOwedCosignPointLeavesWithADraft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const callers, under, comeAgain = 2 * busyRecords, 20 * time.Millisecond, 12 * time.Millisecond
		o := newOrder(t, 4096)
		defer o.Close()
		o.lead(3)
		o.submit(slices.Repeat([]string{"x"}, callers)...)
		points := 0
		for range 20 {
			synctest.Wait()
			got := o.take()
			if len(got) != 1 || len(got[0].Records) != callers {
				t.Errorf("%d drafts, the first of %d records", len(got), len(got[0].Records))
			}
			if got[0].Header.Flags == ledger.FlagCosign {
				points++
			}
			time.Sleep(under)
			for _, d := range got {
				d.answer <- nil
			}
			time.Sleep(comeAgain) // as a rule 50 ms after a point fall in between
			o.submit(slices.Repeat([]string{"x"}, callers)...)
		}
		if points < 8 {
			t.Errorf("%d cosign points in %v", points, 20*(under+comeAgain))
		}
		synctest.Wait()
		for _, d := range o.take() {
			d.answer <- nil
		}
	})
}

// TestOwedCosignPointAfterABurst: when nobody comes again, the point does not wait for those who might have.
func TestOwedCosignPointAfterABurst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOrder(t, 4096)
		defer o.Close()
		o.lead(3)
		o.submit(slices.Repeat([]string{"x"}, busyRecords)...)
		first := o.one()
		first.answer <- nil
		time.Sleep(cosignEvery - 5*time.Millisecond)
		o.submit(slices.Repeat([]string{"x"}, busyRecords)...)
		second := o.one()
		time.Sleep(2 * time.Millisecond)
		second.answer <- nil
		synctest.Wait()
		ended := time.Now()
		time.Sleep(time.Second)
		if first.Header.Flags != ledger.FlagCosign || second.Header.Flags == ledger.FlagCosign {
			t.Fatalf("flags %d, %d", first.Header.Flags, second.Header.Flags)
		}
		got := o.take()
		if len(got) != 1 || got[0].Header.Flags != ledger.FlagCosign || got[0].at.Sub(ended) != gather {
			t.Errorf("%d drafts, the point %v after the end of the last, want %v", len(got), got[0].at.Sub(ended), gather)
		}
		for _, d := range got {
			d.answer <- nil
		}
	})
}

func newKey(t *testing.T) *ident.Ed25519PrivateKey {
	t.Helper()
	key, err := ident.GenerateEd25519(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// The key is asked for with each draft, so that one rotated in office signs the next; without a key nothing is proposed, and the records are told so.
func TestKeyOfEachDraft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOrder(t, 4096)
		defer o.Close()
		o.lead(3)
		for range 3 {
			o.rotate(newKey(t)) // propose verifies with it
			answer := o.submit("a")
			o.one().answer <- nil
			if got := answer(); got != "took a" {
				t.Errorf("answer %q", got)
			}
		}
		last := o.signer()
		o.rotate(nil)
		if got := o.submit("b")(); !strings.Contains(got, ErrNoKey.Error()) {
			t.Errorf("without a key: %q", got)
		}
		if got := o.take(); len(got) != 0 {
			t.Errorf("%d drafts without a key", len(got))
		}
		o.rotate(last)
		answer := o.submit("c")
		o.one().answer <- nil
		if got := answer(); got != "took c" {
			t.Errorf("with the key again: %q", got)
		}
	})
}

// A node that takes office before it has its key makes no first draft. The next one stands for it: otherwise nobody could be refused anything for the whole term.
func TestSettleWithoutAFirstDraft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOrder(t, 4096)
		defer o.Close()
		key := o.signer()
		o.rotate(nil)
		o.Office(3)
		if got := o.take(); len(got) != 0 {
			t.Errorf("%d drafts without a key", len(got))
		}
		settled := make(chan error, 1)
		go func() { settled <- o.Settle(t.Context()) }()
		synctest.Wait()
		if len(settled) != 0 {
			t.Error("settled before any draft of the term")
		}
		o.rotate(key)
		answer := o.submit("a")
		o.one().answer <- nil
		if got := answer(); got != "took a" {
			t.Errorf("answer %q", got)
		}
		synctest.Wait()
		if len(settled) != 1 {
			t.Fatal("not settled after a draft of the term")
		}
		if err := <-settled; err != nil {
			t.Error(err)
		}
	})
}

// TestBeginIsForOneTerm: what waits for a draft when office is lost and won again is not ordered in the new term, where what its caller began before may be missing.
func TestBeginIsForOneTerm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOrder(t, 1024)
		defer o.Close()
		o.Office(5)
		for _, d := range o.take() {
			d.answer <- nil
		}
		o.mu.Lock()
		o.hold = true
		o.mu.Unlock()
		waits, err := o.Begin(t.Context(), 5, [][]byte{[]byte("of term 5")}, false)
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		o.Office(6)
		synctest.Wait()
		late, err := o.Begin(t.Context(), 5, [][]byte{[]byte("late")}, false)
		if err != nil {
			t.Fatal(err)
		}
		now, err := o.Begin(t.Context(), 6, [][]byte{[]byte("of term 6")}, false)
		if err != nil {
			t.Fatal(err)
		}
		o.mu.Lock()
		o.hold = false
		o.mu.Unlock()
		time.Sleep(time.Second)
		for _, p := range []*Pending[string]{waits, late} {
			if r, err := p.Wait(t.Context()); err != nil || !errors.Is(r[0].Err, ErrNoOffice) {
				t.Errorf("of an earlier term: %v, %v", r, err)
			}
		}
		for range 2 {
			for _, d := range o.take() {
				d.answer <- nil
			}
		}
		if r, err := now.Wait(t.Context()); err != nil || r[0].Err != nil {
			t.Errorf("of the present term: %v, %v", r, err)
		}
		if records, bytes := o.Waiting(); records != 0 || bytes != 0 {
			t.Errorf("%d records of %d bytes still have room in the queue", records, bytes)
		}
	})
}
