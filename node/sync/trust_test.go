package sync

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/chain/chaintest"
	"github.com/ocopledger/ocop/ledger/replay"
	"github.com/ocopledger/ocop/ledger/verify"
)

// stubborn is a ledger that takes no leaves.
type stubborn struct{ *chain.Ledger }

// Extend implements Ledger.
func (s *stubborn) Extend(_ context.Context, from uint64, _ [][]byte) ([]chain.Applied, error) {
	return nil, &replay.Divergence{Leaf: from, Field: "rules"}
}

const years = 365 * 24 * time.Hour

// Who holds nothing but an old genesis believes nobody, and is told what to bring; with it, it follows from the first leaf on.
func TestTrustPeriod(t *testing.T) {
	market := chaintest.NewMarket(1)
	n := newTruth(t, market.World)
	n.tell(market.Story...)
	n.tick(3 * years)
	n.certify()
	head := n.ledger.Head()
	f := newFollower(t, openLedger(t, market.Genesis.Bytes()), market.Genesis, n.now, dialed(t, n.address))
	err := f.to(head.Size)
	e, ok := errors.AsType[*ExpiredError](err)
	if !ok || e.Epoch != 0 || e.Since != market.Genesis.Body.Time/1000 || e.Until <= e.Since || f.ledger.Head().Size != 1 {
		t.Fatalf("%v", err)
	}
	if vi, en := e.Sentences(); vi == en {
		t.Error(vi)
	}
	claim, err := f.list()[0].Head(t.Context(), 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	first, err := f.o.Trust()
	first.Now = uint64(n.now().Unix())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Verify(first, claim); !errors.As(err, &e) {
		t.Errorf("a head of these days under the first epoch: %v", err)
	}
	stop := f.run()
	f.eventually("the status says it", func() bool { _, ok := errors.AsType[*ExpiredError](f.Status().Err); return ok })
	genesis := f.o.Trust
	_, policy, _, _ := n.Certified() // a policy file, handed over a while ago
	stop()
	f.o.Trust = func() (verify.Trust, error) {
		first, err := genesis()
		if err != nil {
			return first, err
		}
		given, err := verify.NewTrust(policy, uint64(n.now().Add(-years).Unix()), 0)
		return Newest(first, given), err
	}
	if err := f.to(head.Size); err != nil {
		t.Fatal(err)
	}
	if f.ledger.Head() != head {
		t.Fatalf("%+v", f.ledger.Head())
	}
	points := f.told()
	if len(points) != len(n.handovers) { // the head ends an epoch, too; and the others, whose keys nobody would believe any more, are of this ledger
		t.Errorf("told of %d heads", len(points))
	}
}

// An epoch that is believed is skipped from when a quorum of its keys signed a later head, and walked from otherwise. The heads between are told of either way.
func TestSkippedEpochs(t *testing.T) {
	market := chaintest.NewMarket(1)
	n := newTruth(t, market.World)
	n.tell(market.Story...)
	n.certify()
	f := newFollower(t, openLedger(t, market.Genesis.Bytes()), market.Genesis, n.now, dialed(t, n.address))
	claim, err := f.list()[0].Head(t.Context(), 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	trust, err := f.believed()
	if err != nil {
		t.Fatal(err)
	}
	walked, err := Verify(trust, claim)
	if err != nil || walked.Skipped {
		t.Fatalf("%v", err)
	}
	// Signed by the keys of epoch 0 as well, the last handover alone leads there.
	first := chaintest.Cosign(market.Genesis.Policy(), n.ledger.Head(), uint64(n.now().Unix()))
	for _, line := range first.Lines {
		claim.Signed = claim.Signed.With(line)
	}
	claim.Handovers = claim.Handovers[len(claim.Handovers)-1:]
	skipped, err := Verify(trust, claim)
	if err != nil || !skipped.Skipped || skipped.Trust.Policy.Number != walked.Trust.Policy.Number {
		t.Fatalf("%v", err)
	}
}

// What was learned by following is believed on: a node that is up for longer than a trust period needs no policy file.
func TestTrustIsLearned(t *testing.T) {
	market := chaintest.NewMarket(1)
	n := newTruth(t, market.World)
	n.tell(market.Story...)
	n.certify()
	f := newFollower(t, openLedger(t, market.Genesis.Bytes()), market.Genesis, n.now, dialed(t, n.address))
	for range 4 {
		if err := f.to(n.ledger.Head().Size); err != nil {
			t.Fatal(err)
		}
		n.tick(years)
		n.tell(next(n.world, 1, 1))
		n.certify()
	}
}

// A head that was not signed for a while, and is smaller than one already seen, is stale; one of an epoch that is over, too.
func TestStale(t *testing.T) {
	market := chaintest.NewMarket(1)
	n := newTruth(t, market.World)
	before := len(market.Story) - chaintest.Rotations
	n.tell(market.Story[:before]...)
	n.certify()
	old := newTruth(t, market.World) // which nobody tells anything any more
	old.tell(market.Story[:before]...)
	old.certify()
	n.tell(market.Story[before:]...)
	n.tick(time.Hour)
	n.certify()
	stale := dialed(t, old.address)
	f := newFollower(t, openLedger(t, market.Genesis.Bytes()), market.Genesis, n.now, stale)
	f.pace.most = time.Hour
	f.pace.first = time.Hour
	if best, err := f.ask(t.Context(), f.list()); err != nil || best == nil {
		t.Fatalf("before anything newer is known: %v, %v", best, err)
	}
	f.mu.Lock()
	f.sources = []Source{stale, dialed(t, n.address)}
	f.mu.Unlock()
	if err := f.to(n.ledger.Head().Size); err != nil { // the largest head is chosen, whatever the order
		t.Fatal(err)
	}
	if best, err := f.ask(t.Context(), []Source{stale}); err != nil || best != nil {
		t.Fatalf("%v, %v", best, err)
	}
	for _, s := range f.Status().Sources {
		e, bad := errors.AsType[*SourceError](s.Err)
		if (s.Name == stale.Name()) != bad || bad && e.Fault != Stale {
			t.Errorf("%+v", s)
		}
	}
}

// Newest prefers what is not expired, then the newest epoch, then the latest date.
func TestNewest(t *testing.T) {
	trust := func(number uint32, since uint64) verify.Trust {
		return verify.Trust{Policy: &ledger.Policy{Number: number, TrustPeriod: 100}, Since: since, Now: 1000}
	}
	for i, c := range []struct{ a, b verify.Trust }{
		{trust(1, 950), trust(2, 850)},
		{trust(2, 950), trust(1, 960)},
		{trust(2, 960), trust(2, 950)},
		{trust(2, 10), trust(1, 20)},
		{trust(0, 0), verify.Trust{}},
	} {
		if got := Newest(c.a, c.b); got != c.a {
			t.Errorf("%d: %+v", i, got)
		}
		if got := Newest(c.b, c.a); got != c.a {
			t.Errorf("%d, the other way round: %+v", i, got)
		}
	}
}
