package receipts_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	. "github.com/ocopledger/ocop/ledger/chain/chaintest"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/prove"
	"github.com/ocopledger/ocop/ledger/receipt"
	"github.com/ocopledger/ocop/ledger/subject"
	"github.com/ocopledger/ocop/ledger/verify"
	"github.com/ocopledger/ocop/ledger/verify/receipts"
	"github.com/ocopledger/ocop/ledger/verify/vectors"
)

// asOfAt is where the height that the asker wants to know about stands: the one field of a receipt that is a question.
func asOfAt(r *receipt.Receipt) int { return len(receipt.Magic) + 2 + 1 + len(r.Subject) }

// No byte of a receipt can be changed, left out or added without refusal.
func TestEveryByteCounts(t *testing.T) {
	s := story(t)
	g := vectors.New(t, vectorsDir, "receipt-bytes", "Receipts of which one byte is changed, or which are cut short or have a byte more.")
	for name, r := range map[string]*receipt.Receipt{"product": s.product(Coffee), "lot": s.lot(PepperLot), "lot of lots": s.lot(GiftBox), "action": s.action(t, 1, 0)} {
		file := r.Append(nil)
		if name != "lot of lots" { // as bytes it is more of the same
			keepBytes(g, name, r, s.options())
		}
		check := func(bent []byte) error {
			if r.Kind == receipt.KindAction {
				_, err := receipts.Action(t.Context(), bent, s.options())
				return err
			}
			_, err := receipts.Subject(t.Context(), bent, s.options())
			return err
		}
		if err := check(file); err != nil {
			t.Fatal(name, err)
		}
		step := 1
		if r.Kind == receipt.KindLot {
			step = 11 // what is special about it is among its last bytes
		}
		for i := 0; i < len(file); i += step {
			if at := asOfAt(r); i >= at && i < at+8 {
				continue
			}
			bent := slices.Clone(file)
			bent[i] ^= byte(1 + i%255)
			if err := check(bent); err == nil {
				t.Errorf("%s: byte %d of %d counts for nothing", name, i, len(file))
			}
		}
		for i := 0; i < len(file); i += 1 + len(file)/500 {
			if check(file[:i]) == nil || check(slices.Insert(slices.Clone(file), i, 0)) == nil {
				t.Errorf("%s: cut or grown at %d and accepted", name, i)
			}
		}
		if check(append(slices.Clone(file), 0)) == nil {
			t.Errorf("%s: a byte at the end", name)
		}
	}
}

// action makes the receipt of an action of the record at a leaf.
func (s *scene) action(t testing.TB, leaf uint64, number uint16) *receipt.Receipt {
	t.Helper()
	return s.make(func(v prove.Source) (*receipt.Receipt, error) {
		return prove.Action(v, s.signed, leaf, number, prove.Options{})
	})
}

func TestActionReceipts(t *testing.T) {
	s := story(t)
	g := vectors.New(t, vectorsDir, "action", "Receipts of actions: of every action of the story, and bent ones.")
	count := 0
	for leaf := range s.ledger.Head().Size {
		e, err := (&bench{scene: s}).leaf(leaf)
		if err != nil {
			continue // a seal or refusals
		}
		for n := range e.Actions {
			file := s.action(t, leaf, uint16(n)).Append(nil)
			keep(t, g, fmt.Sprintf("leaf %03d, action %d", leaf, n), vectors.Action, file, s.options(), nil)
			got, err := receipts.Action(t.Context(), file, s.options())
			if err != nil {
				t.Fatalf("leaf %d action %d: %v", leaf, n, err)
			}
			if got.Record != e.ID || int(got.First) != n || got.Leaf != leaf || got.Header != e.Header || got.Time == 0 {
				t.Errorf("leaf %d action %d: %+v", leaf, n, got)
			}
			count++
		}
	}
	if count < 20 {
		t.Errorf("%d actions", count)
	}
	for name, row := range map[string]struct {
		bend func(*receipt.Receipt)
		want verify.Word
	}{
		"entry number":   {func(r *receipt.Receipt) { r.Place.Entry++ }, verify.WordHistory},
		"entries":        {func(r *receipt.Receipt) { r.Place.Entries++ }, verify.WordState}, // the path is one of both sizes
		"root":           {func(r *receipt.Receipt) { r.Place.Root[0] ^= 1 }, verify.WordHistory},
		"path":           {func(r *receipt.Receipt) { r.Place.Path[0][0] ^= 1 }, verify.WordHistory},
		"value":          {func(r *receipt.Receipt) { r.Members[0].Value = []byte{1} }, verify.WordState},
		"other activity": {func(r *receipt.Receipt) { r.Subject = subject.Activity(Ministry).Name }, verify.WordRecord},
		"record refused": {func(r *receipt.Receipt) { r.Records[0].Leaf++ }, verify.WordHistory},
	} {
		r := s.action(t, 1, 1)
		row.bend(r)
		_, err := receipts.Action(t.Context(), r.Append(nil), s.options())
		t.Run(name, func(t *testing.T) { checkRefusal(t, err, row.want) })
		keep(t, g, name, vectors.Action, r.Append(nil), s.options(), row.want)
	}
	keep(t, g, "an action passes for a subject", vectors.Receipt, s.action(t, 1, 1).Append(nil), s.options(), verify.WordSubject)
	keep(t, g, "a subject passes for an action", vectors.Action, s.product(Coffee).Append(nil), s.options(), verify.WordSubject)
	for _, row := range []struct {
		account ledger.AccountID
		want    any
	}{{Province, nil}, {Ministry, verify.WordSubject}} {
		o := s.options()
		o.Want = subject.Activity(row.account)
		keep(t, g, fmt.Sprintf("asked for the activity of %d", row.account), vectors.Action, s.action(t, 1, 1).Append(nil), o, row.want)
	}
	if _, err := receipts.Subject(t.Context(), s.action(t, 1, 1).Append(nil), s.options()); err == nil {
		t.Error("an action passes for a subject")
	}
	if _, err := receipts.Action(t.Context(), s.product(Coffee).Append(nil), s.options()); err == nil {
		t.Error("a subject passes for an action")
	}
}

func TestRecordReceipts(t *testing.T) {
	s := story(t)
	makes := func(leaf uint64) (p *checkpoint.Proof, err error) {
		err = s.ledger.View(func(v *chain.View) error {
			p, err = prove.Record(v, s.signed, leaf)
			return err
		})
		return p, err
	}
	g := vectors.New(t, vectorsDir, "record", "Record receipts: of every record of the story and every refusals leaf, and bent ones.")
	p, err := makes(1)
	if err != nil {
		t.Fatal(err)
	}
	g.Flip("bytes of a record receipt", vectors.Record, given(p.Append(nil), s.options()), 5, nil)
	got, err := receipts.Record(t.Context(), p.Append(nil), s.options())
	if err != nil || got.Leaf != 1 || got.Header.Author != Province || len(got.Actions) != 2 {
		t.Fatalf("%+v, %v", got, err)
	}
	refusals := uint64(0)
	for leaf := range s.signed.Tree.Size {
		if p, err := makes(leaf); err == nil && p.Extra[1] == ledger.KindRefusals {
			refusals = leaf
			keep(t, g, fmt.Sprintf("leaf %03d, refusals", leaf), vectors.Record, p.Append(nil), s.options(), nil)
			got, err := receipts.Record(t.Context(), p.Append(nil), s.options())
			if err != nil || len(got.Refused) == 0 || got.Height == 0 || got.Actions != nil {
				t.Errorf("%+v, %v", got, err)
			}
			p.Extra[len(p.Extra)-1] ^= 1
			_, err = receipts.Record(t.Context(), p.Append(nil), s.options())
			checkRefusal(t, err, verify.WordPath)
			keep(t, g, fmt.Sprintf("leaf %03d, refusals: another reason", leaf), vectors.Record, p.Append(nil), s.options(), verify.WordPath)
		} else if err == nil && leaf < 20 {
			keep(t, g, fmt.Sprintf("leaf %03d", leaf), vectors.Record, p.Append(nil), s.options(), nil)
		}
	}
	if refusals == 0 {
		t.Error("no refusals")
	}
	if _, err := makes(0); !errors.Is(err, prove.ErrNotFound) {
		t.Errorf("a seal as record: %v", err)
	}
	if _, err := makes(s.signed.Tree.Size); !errors.Is(err, prove.ErrHead) {
		t.Errorf("a record behind the head: %v", err)
	}
	for name, row := range map[string]struct {
		bend func(*checkpoint.Proof)
		want any
	}{
		"index":       {func(p *checkpoint.Proof) { p.Index++ }, verify.WordPath},
		"path":        {func(p *checkpoint.Proof) { p.Path[0][0] ^= 1 }, verify.WordPath},
		"record":      {func(p *checkpoint.Proof) { p.Extra[len(p.Extra)-1] ^= 1 }, verify.WordRecord},
		"signature":   {func(p *checkpoint.Proof) { p.Extra[1+2+33+5] ^= 1 }, verify.WordPath},
		"version":     {func(p *checkpoint.Proof) { p.Extra[0] = 2 }, verify.WordFormat},
		"no record":   {func(p *checkpoint.Proof) { p.Extra = nil }, verify.WordFormat},
		"cosignature": {func(p *checkpoint.Proof) { p.Checkpoint.Lines[0].Signature[30] ^= 1 }, verify.WordCosignature},
		"quorum":      {func(p *checkpoint.Proof) { p.Checkpoint.Lines = p.Checkpoint.Lines[1:] }, verify.WordQuorum},
		"root":        {func(p *checkpoint.Proof) { p.Checkpoint.Tree.Root[0] ^= 1 }, verify.WordCosignature},
	} {
		p, _ := makes(1)
		parsed, err := checkpoint.ParseProof(p.Append(nil))
		if err != nil {
			t.Fatal(err)
		}
		row.bend(parsed)
		_, err = receipts.Record(t.Context(), parsed.Append(nil), s.options())
		t.Run(name, func(t *testing.T) { checkRefusal(t, err, row.want) })
		keep(t, g, name, vectors.Record, parsed.Append(nil), s.options(), row.want)
	}
}

// A receipt tells of every earlier height and every date.
func TestEarlierHeightsAndDates(t *testing.T) {
	s := story(t)
	g := vectors.New(t, vectorsDir, "receipt-earlier", "Receipts asked about other dates and earlier heights than their head's.")
	file := s.product(Pepper).Append(nil)
	for _, row := range []struct {
		height uint64
		date   ledger.Date
		want   receipts.VerdictKind
	}{
		{1, Today, receipts.VerdictUnknown}, // not yet registered
		{2, Today, receipts.VerdictNotCertified},
		{4, 20260219, receipts.VerdictNotYetInForce},
		{4, 20260220, receipts.VerdictInForce},
		{4, 20260304, receipts.VerdictInForce}, // the revocation was not on the ledger
		{14, 20260302, receipts.VerdictInForce},
		{14, 20260303, receipts.VerdictRevoked},
		{14, 20300101, receipts.VerdictRevoked},
	} {
		o := s.options()
		o.AsOf, o.Date = &row.height, row.date
		keep(t, g, fmt.Sprintf("at height %02d on %d", row.height, row.date), vectors.Receipt, file, o, nil)
		got, err := receipts.Subject(t.Context(), file, o)
		if err != nil || got.Verdict.Kind != row.want || got.Verdict.Date != row.date || got.AsOf != row.height {
			t.Errorf("at %d on %s: %+v, %v, want %s", row.height, row.date, got, err, row.want)
		}
	}
	beyond := s.ledger.Head().Height + 1
	o := s.options()
	o.AsOf = &beyond
	_, err := receipts.Subject(t.Context(), file, o)
	checkRefusal(t, err, verify.WordSubject)
	keep(t, g, "behind the head", vectors.Receipt, file, o, verify.WordSubject)

	four := uint64(4)
	r := s.make(func(v prove.Source) (*receipt.Receipt, error) {
		return prove.Product(v, s.signed, Pepper, prove.Options{AsOf: &four})
	})
	got, err := receipts.Subject(t.Context(), r.Append(nil), receipts.Options{Trust: s.trust(), Date: 20260304})
	if err != nil || got.AsOf != 4 || got.Verdict.Kind != receipts.VerdictInForce {
		t.Errorf("%+v, %v", got, err)
	}
	keep(t, g, "the receipt's own height", vectors.Receipt, r.Append(nil), receipts.Options{Trust: s.trust(), Date: 20260304}, nil)
}

// Counts that promise more than the file holds ask for no memory.
func TestPromisesOfCounts(t *testing.T) {
	s := story(t)
	r := s.product(Coffee)
	file := r.Append(nil)
	handovers := asOfAt(r) + 8
	for _, at := range []int{handovers, handovers + 2} {
		bent := slices.Clone(file)
		binary.BigEndian.PutUint16(bent[at:], 0xFFFF)
		if n := testing.AllocsPerRun(1, func() { _, _ = receipt.Parse(bent) }); n > 2000 {
			t.Errorf("%v allocations", n)
		}
	}
	if _, err := receipt.Parse(bytes.Repeat([]byte{0}, receipt.MaxSize+1)); !errors.Is(err, ledger.ErrMalformed) {
		t.Error(err)
	}
}

func FuzzSubject(f *testing.F) {
	s := story(f)
	honest := make(map[subject.Kind]*receipt.Receipt)
	for _, r := range []*receipt.Receipt{s.product(Coffee), s.lot(CoffeeLot), s.certificate(ThePepper), s.action(f, 1, 0)} {
		honest[r.ID().Kind] = r
		f.Add(r.Append(nil))
	}
	s.ledger.Close() // goroutines of its own would blur what an input covers
	o := s.options()
	f.Fuzz(func(t *testing.T, file []byte) {
		r, err := receipt.Parse(file)
		if err != nil {
			return
		}
		if !bytes.Equal(r.Append(nil), file) {
			t.Fatal("one receipt with two encodings")
		}
		if _, err := receipts.Subject(t.Context(), file, o); err == nil {
			want := *honest[r.ID().Kind]
			want.AsOf = r.AsOf
			if !bytes.Equal(want.Append(nil), file) {
				t.Error("accepted a second receipt of one subject")
			}
		}
		// Whoever signs the state can still not make the verifier fall over.
		if r.Kind != receipt.KindAction {
			here := *s
			here.t = t
			b := &bench{&here, r, o}
			b.collude()
			_, _ = receipts.Subject(t.Context(), b.r.Append(nil), o)
		}
	})
}
