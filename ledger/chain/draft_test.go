package chain_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/chain/chaintest"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/ident"
)

// resign changes a draft's header and signs it again, with the first node key of an agency.
func resign(t testing.TB, data []byte, agency ledger.AccountID, change func(d *ledger.Draft)) []byte {
	t.Helper()
	return resignWith(t, data, chaintest.NodeKey(agency, ident.PurposeNode), change)
}

func resignWith(t testing.TB, data []byte, key *ident.Ed25519PrivateKey, change func(d *ledger.Draft)) []byte {
	t.Helper()
	d, err := ledger.ParseDraft(data)
	if err != nil {
		t.Fatal(err)
	}
	change(d)
	d.Header.Count, d.Header.Records = uint32(len(d.Records)), ledger.RecordsHash(d.Records)
	if d.Signature, err = key.Sign(d.Header.Message()); err != nil {
		t.Fatal(err)
	}
	return d.Append(nil)
}

// What cannot be a draft is applied as nothing, by its name, and what comes before and after it in the same batch is applied.
func TestBadDraftsAreNothing(t *testing.T) {
	nothing := func(*ledger.Draft) {}
	for _, test := range []struct {
		name string
		want error
		bad  func(t testing.TB, data []byte) []byte
	}{
		{"empty", chain.ErrDraftMalformed, func(testing.TB, []byte) []byte { return nil }},
		{"noise", chain.ErrDraftMalformed, func(testing.TB, []byte) []byte { return bytes.Repeat([]byte{1, 0x9e}, 300) }},
		{"trailing byte", chain.ErrDraftMalformed, func(_ testing.TB, d []byte) []byte { return append(bytes.Clone(d), 0) }},
		{"records of another header", chain.ErrDraftMalformed, func(_ testing.TB, d []byte) []byte {
			d = bytes.Clone(d)
			d[ledger.DraftHeaderSize+64+4+200] ^= 1
			return d
		}},
		{"another chain", chain.ErrDraftChain, func(t testing.TB, d []byte) []byte {
			return resign(t, d, chaintest.Province, func(d *ledger.Draft) { d.Header.Chain[0] ^= 1 })
		}},
		{"another term", chain.ErrDraftTerm, func(t testing.TB, d []byte) []byte {
			return resign(t, d, chaintest.Province, func(d *ledger.Draft) { d.Header.Term++ })
		}},
		{"no validator", chain.ErrDraftProposer, func(t testing.TB, d []byte) []byte {
			return resign(t, d, chaintest.Province, func(d *ledger.Draft) { d.Header.Proposer = 77 })
		}},
		{"another node's key", chain.ErrDraftSignature, func(t testing.TB, d []byte) []byte { return resign(t, d, chaintest.District, nothing) }},
		{"unsigned", chain.ErrDraftSignature, func(_ testing.TB, d []byte) []byte {
			d = bytes.Clone(d)
			clear(d[ledger.DraftHeaderSize : ledger.DraftHeaderSize+64])
			return d
		}},
		{"a record that does not parse", chain.ErrDraftRecord, func(t testing.TB, d []byte) []byte {
			return resign(t, d, chaintest.Province, func(d *ledger.Draft) { d.Records = append(d.Records, []byte{ledger.KindRecord, 1, 2}) })
		}},
		{"a record with a wrong signature", chain.ErrDraftRecord, func(t testing.TB, d []byte) []byte {
			return resign(t, d, chaintest.Province, func(d *ledger.Draft) {
				d.Records[0] = bytes.Clone(d.Records[0])
				d.Records[0][60] ^= 1
			})
		}},
		{"a record of an unsigned header", chain.ErrDraftRecord, func(t testing.TB, d []byte) []byte {
			return resign(t, d, chaintest.Province, func(d *ledger.Draft) {
				d.Records[0] = bytes.Clone(d.Records[0])
				d.Records[0][101+40] ^= 1 // issue time
			})
		}},
	} {
		for _, early := range []bool{false, true} {
			t.Run(test.name, func(t *testing.T) {
				w := chaintest.New()
				story := w.Story()
				l := open(t, options(t, w))
				bad := test.bad(t, story[1].Data)
				if early {
					l.Preverify(bad)
				}
				applied, err := l.Apply(t.Context(), []chain.Entry{
					{Index: 1, Term: 1, Data: story[0].Data}, {Index: 2, Term: 1, Data: bad}, {Index: 3, Term: 1, Data: story[1].Data},
				})
				if err != nil {
					t.Fatal(err)
				}
				if !errors.Is(applied[1].Bad, test.want) || applied[1].Sealed || applied[1].Head != applied[0].Head || len(applied[1].Outcomes) > 0 {
					t.Errorf("applied %+v, want %v", applied[1], test.want)
				}
				if !applied[0].Sealed || !applied[2].Sealed || l.AppliedIndex() != 3 {
					t.Errorf("around it: %+v, %+v, applied %d", applied[0], applied[2], l.AppliedIndex())
				}
			})
		}
	}
}

// counting counts the signatures it is asked about.
type counting struct {
	ident.Verifier
	asked int
}

func (c *counting) Verify(ctx context.Context, jobs []ident.Job) ([]error, error) {
	c.asked += len(jobs)
	return c.Verifier.Verify(ctx, jobs)
}

// Each signature is verified once: at admission, or before the draft is applied, or then.
func TestSignaturesAreVerifiedOnce(t *testing.T) {
	w := chaintest.New()
	story := w.Story()
	o := options(t, w)
	count := &counting{Verifier: o.Verifier}
	o.Verifier = count
	l := open(t, o)
	for _, r := range story[0].Records[1:] { // the first was not seen at admission
		l.Remember(ledger.EnvelopeHash(r.Envelope))
	}
	l.Preverify(story[0].Data)
	l.Preverify(story[0].Data)
	apply(t, l, story[0])
	if count.asked != 1 {
		t.Errorf("%d signatures verified, want 1", count.asked)
	}
	apply(t, l, story[1])
	if count.asked != 1+len(story[1].Records) {
		t.Errorf("%d signatures verified, want %d", count.asked, 1+len(story[1].Records))
	}
	// The same records in another draft: nothing is verified again.
	again := resign(t, story[1].Data, chaintest.Province, func(d *ledger.Draft) { d.Header.Sequence++ })
	applied, err := l.Apply(t.Context(), []chain.Entry{{Index: story[1].Index + 1, Term: story[1].Term, Data: again}})
	if err != nil || applied[0].Bad != nil || count.asked != 1+len(story[1].Records) {
		t.Errorf("%d signatures verified, %+v, %v", count.asked, applied, err)
	}
}

// What was found of a draft ahead is of its bytes, whatever place among drafts others claim: the second that claims one is looked at when it is applied.
func TestPreverifiedIsTheDraft(t *testing.T) {
	w := chaintest.New()
	story := w.Story()
	good := story[0].Data
	bad := bytes.Clone(good)
	bad[len(bad)-20] ^= 1
	for _, test := range []struct {
		name          string
		ahead, behind []byte
		good          bool
	}{
		{"a good one, then one with other records", good, bad, false},
		{"one with other records, then the good one", bad, good, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := open(t, options(t, w))
			l.Preverify(test.ahead)
			l.Preverify(test.behind)
			chain.AwaitPreverified(l)
			applied, err := l.Apply(t.Context(), []chain.Entry{{Index: 1, Term: 1, Data: test.behind}})
			if err != nil {
				t.Fatal(err)
			}
			if applied[0].Sealed != test.good || (applied[0].Bad == nil) != test.good {
				t.Errorf("applied %+v", applied[0])
			}
			if n := chain.Preverifying(l); n != 0 {
				t.Errorf("%d drafts of that place wait still", n)
			}
		})
	}
}

// Who signs a draft for a place that is to come does not keep the one that comes there from being verified ahead.
func TestPlacesAreNotTakenInAdvance(t *testing.T) {
	w := chaintest.New()
	story := w.Story()
	o := options(t, w)
	count := &counting{Verifier: o.Verifier}
	o.Verifier = count
	l := open(t, o)
	l.Preverify(resign(t, story[0].Data, chaintest.Province, func(d *ledger.Draft) { d.Records = d.Records[:1] }))
	chain.AwaitPreverified(l)
	l.Preverify(story[0].Data)
	chain.AwaitPreverified(l)
	ahead := count.asked
	apply(t, l, story[0])
	if ahead != len(story[0].Records) || count.asked != ahead { // the first is in both drafts
		t.Errorf("%d signatures verified ahead and %d in all, want %d", ahead, count.asked, len(story[0].Records))
	}
	if n := chain.Preverifying(l); n != 0 {
		t.Errorf("%d drafts wait still", n)
	}
}

// A remembered envelope is remembered by all its bytes: the same record with another signature is not it.
func TestRememberedIsTheEnvelope(t *testing.T) {
	w := chaintest.New()
	story := w.Story()
	l := open(t, options(t, w))
	l.Remember(ledger.EnvelopeHash(story[0].Records[0].Envelope))
	bad := resign(t, story[0].Data, chaintest.Province, func(d *ledger.Draft) {
		d.Records[0] = bytes.Clone(d.Records[0])
		d.Records[0][60] ^= 1
	})
	applied, err := l.Apply(t.Context(), []chain.Entry{{Index: 1, Term: 1, Data: bad}})
	if err != nil || !errors.Is(applied[0].Bad, chain.ErrDraftRecord) {
		t.Errorf("applied %+v, %v", applied, err)
	}
}

// held verifies when it is let, and tells of each call before.
type held struct {
	ident.Verifier
	called chan struct{}
	let    chan struct{}
}

func (h *held) Verify(ctx context.Context, jobs []ident.Job) ([]error, error) {
	h.called <- struct{}{}
	<-h.let
	return h.Verifier.Verify(ctx, jobs)
}

// Drafts that are stored faster than they are verified, or are never committed, take no more memory than those waiting may.
func TestPreverifiedDraftsAreBounded(t *testing.T) {
	const many = 3 * chain.MaxWaiting
	market := chaintest.NewMarket(1)
	o := options(t, market.World)
	verifier := &held{Verifier: o.Verifier, called: make(chan struct{}, len(market.Story)+many), let: make(chan struct{})}
	o.Verifier = verifier
	l := open(t, o)
	close(verifier.let)
	apply(t, l, market.Story...)

	verifier.let = make(chan struct{})
	drafts := make([]chaintest.Draft, many)
	for i := range drafts {
		lot := ledger.LotID{Product: chaintest.Coffee, Lot: fmt.Sprintf("B-%d", i)}
		record := market.Sign(chaintest.Coop, chaintest.Lot(lot, 1_000_000, chaintest.Today, 0))
		data := market.World.Draft(record)
		drafts[i] = chaintest.Draft{Index: market.Index, Term: market.Term, Data: data, Records: []*compose.Signed{record}}
	}
	for len(verifier.called) > 0 {
		<-verifier.called
	}
	for _, d := range drafts {
		l.Preverify(d.Data)
	}
	for range chain.MaxWaiting {
		<-verifier.called
	}
	if n := chain.Preverifying(l); n != chain.MaxWaiting {
		t.Errorf("%d drafts are being verified or are verified, want %d", n, chain.MaxWaiting)
	}
	close(verifier.let)
	chain.AwaitPreverified(l)
	if n := len(verifier.called); n != 0 {
		t.Errorf("%d drafts more were verified ahead", n)
	}
	l.Preverify(drafts[many-1].Data) // for one that is verified there is room again: those before may never be committed
	<-verifier.called
	chain.AwaitPreverified(l)
	if n := chain.Preverifying(l); n != chain.MaxWaiting {
		t.Errorf("%d drafts are being verified or are verified, want %d", n, chain.MaxWaiting)
	}
	apply(t, l, drafts...)
}

func TestEntriesAppliedBefore(t *testing.T) {
	w := chaintest.New()
	story := w.Story()
	l := open(t, options(t, w))
	apply(t, l, story[:3]...)
	head := l.Head()
	for _, a := range apply(t, l, story[:3]...) {
		if a.Sealed || a.Head != head || a.Outcomes != nil {
			t.Errorf("applied again: %+v", a)
		}
	}
}

func TestEndedContextChangesNothing(t *testing.T) {
	w := chaintest.New()
	story := w.Story()
	l := open(t, options(t, w))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := l.Apply(ctx, []chain.Entry{{Index: 1, Term: 1, Data: story[0].Data}}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if l.Head().Height != 0 || l.AppliedIndex() != 0 {
		t.Errorf("head %+v", l.Head())
	}
	apply(t, l, story...)
}
