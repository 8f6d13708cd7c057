package audit

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/chain/chaintest"
	"github.com/ocopledger/ocop/ledger/diagnosis"
	"github.com/ocopledger/ocop/ledger/genesis"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/node/client"
)

// leaves is a node that hands out these leaves, a few at a time, and fails in the end if told so.
type leaves struct {
	all  [][]byte
	fail error
}

func (l leaves) Leaves(_ context.Context, from uint64) iter.Seq2[client.Run, error] {
	return func(yield func(client.Run, error) bool) {
		const run = 7
		for from < uint64(len(l.all)) {
			end := min(from+run, uint64(len(l.all)))
			if !yield(client.Run{First: from, Leaves: l.all[from:end], Size: uint64(len(l.all))}, nil) {
				return
			}
			from = end
		}
		if l.fail != nil {
			yield(client.Run{}, l.fail)
		}
	}
}

// tell makes a real ledger of the story and some trade, and reads it.
func tell(t *testing.T) (*genesis.Genesis, [][]byte, ledger.Head) {
	t.Helper()
	m := chaintest.NewMarket(3)
	pool, err := ident.NewPool(2, 64)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	l, err := chain.Open(t.Context(), chain.Options{Dir: t.TempDir(), Genesis: m.Genesis.Bytes(), Verifier: pool, NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	var entries []chain.Entry
	for _, d := range append(m.Story, m.Drafts(6, 20)...) {
		entries = append(entries, chain.Entry{Index: d.Index, Term: d.Term, Data: d.Data})
	}
	if _, err := l.Apply(t.Context(), entries); err != nil {
		t.Fatal(err)
	}
	var all [][]byte
	var head ledger.Head
	err = l.View(func(v *chain.View) error {
		head = v.Head()
		for uint64(len(all)) < head.Size {
			more, err := v.Leaves(uint64(len(all)), 1<<20)
			if err != nil {
				return err
			}
			for _, leaf := range more {
				all = append(all, bytes.Clone(leaf))
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return m.Genesis, all, head
}

func run(t *testing.T, g *genesis.Genesis, s Source) *Result {
	t.Helper()
	r, err := Run(t.Context(), g, s, 2, func(uint64, uint64) {})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRun(t *testing.T) {
	g, all, head := tell(t)
	r := run(t, g, leaves{all: all})
	if r.Divergence != nil {
		t.Fatal(r.Divergence.English)
	}
	if r.Head != head {
		t.Errorf("head %+v, the ledger's is %+v", r.Head, head)
	}
	records, refusals := uint64(0), uint64(0)
	for _, leaf := range all {
		switch leaf[0] {
		case ledger.KindRecord:
			records++
		case ledger.KindRefusals:
			f, err := ledger.ParseRefusals(leaf)
			if err != nil {
				t.Fatal(err)
			}
			refusals += uint64(len(f.Rows))
		}
	}
	if r.Records != records || r.Refusals != refusals || refusals == 0 {
		t.Errorf("%d records, %d refusals; the log has %d and %d", r.Records, r.Refusals, records, refusals)
	}
	var owners []string
	for _, d := range r.Documents {
		owners = append(owners, d.For, d.For+" "+d.Name)
	}
	lot := chaintest.PepperLot.String()
	for _, want := range []string{chaintest.Old.String(), chaintest.Current.String(), lot + " tạm giữ.pdf", lot + " giải toả.pdf", lot + " thu hồi lô.pdf", lot + " biên bản.pdf", chaintest.Coffee.String() + " biên bản.pdf"} {
		if !slices.Contains(owners, want) {
			t.Errorf("no document of %s among %v", want, owners)
		}
	}
}

// TestEveryAlteredLeafIsFound: one flipped bit in any leaf stops the audit at that leaf or, when only what comes after can show it, later, never before.
func TestEveryAlteredLeafIsFound(t *testing.T) {
	g, all, _ := tell(t)
	for i := range all {
		altered := slices.Clone(all)
		altered[i] = bytes.Clone(all[i])
		altered[i][len(altered[i])*2/3] ^= 1
		r := run(t, g, leaves{all: altered})
		if r.Divergence == nil {
			t.Fatalf("leaf %d of %d altered: ok", i, len(all))
		}
		if r.Divergence.Leaf < uint64(i) || r.Divergence.Field == "" || r.Head.Size > uint64(i) {
			t.Errorf("leaf %d altered: %+v after a head of %d leaves", i, r.Divergence, r.Head.Size)
		}
	}
}

// TestAnAlteredRecordIsNamed: the leaf, the record it was, the very field; and what was verified before it is counted.
func TestAnAlteredRecordIsNamed(t *testing.T) {
	g, all, _ := tell(t)
	at := len(all) / 2
	for all[at][0] != ledger.KindRecord {
		at++
	}
	e, err := ledger.ParseEnvelope(all[at])
	if err != nil {
		t.Fatal(err)
	}
	var records, refusals, size, height uint64 // up to the last seal before it
	for i, open := 0, uint64(0); i < at; i++ {
		switch all[i][0] {
		case ledger.KindRecord:
			open++
		case ledger.KindRefusals:
			r, err := ledger.ParseRefusals(all[i])
			if err != nil {
				t.Fatal(err)
			}
			refusals += uint64(len(r.Rows))
		case ledger.KindSeal:
			s, err := ledger.ParseSeal(all[i])
			if err != nil {
				t.Fatal(err)
			}
			records, open, size, height = records+open, 0, uint64(i)+1, s.Height
		}
	}
	for _, offset := range []int{1, 2 + 5, 35 + 9, 101 + 45, 101 + 55, 101 + 80, 101 + 101 + 1, len(all[at]) - 1} {
		altered := slices.Clone(all)
		altered[at] = bytes.Clone(all[at])
		altered[at][offset] ^= 4
		r := run(t, g, leaves{all: altered})
		want := string(diagnosis.FieldAt(all[at], offset))
		if d := r.Divergence; d == nil || d.Leaf != uint64(at) || d.Height == nil || *d.Height != height+1 || d.Record != e.ID.String() || d.Field != want || !strings.Contains(d.English, want) || !strings.Contains(d.Vietnamese, want) || d.Vietnamese == d.English || d.Kind == "" {
			t.Errorf("byte %d: %+v, want %s of leaf %d, record %v", offset, d, want, at, e.ID)
		}
		if r.Head.Size != size || r.Head.Height != height || r.Records != records || r.Refusals != refusals || records == 0 {
			t.Errorf("byte %d: head %d of %d leaves, %d records, %d refusals; want %d, %d, %d, %d", offset, r.Head.Height, r.Head.Size, r.Records, r.Refusals, height, size, records, refusals)
		}
	}
}

// TestNothingIsVerified: a wrong beginning leaves no head, no count.
func TestNothingIsVerified(t *testing.T) {
	g, all, _ := tell(t)
	for name, tricked := range map[string][][]byte{"genesis left out": all[1:], "no leaves": nil} {
		r := run(t, g, leaves{all: tricked})
		if d := r.Divergence; d == nil || d.Leaf != 0 || d.Height == nil || *d.Height != 0 || r.Head != (ledger.Head{}) || r.Records != 0 {
			t.Errorf("%s: %+v, %+v", name, d, r.Head)
		}
	}
}

// TestANodeThatTricks: leaves left out, exchanged, told twice, or cut off.
func TestANodeThatTricks(t *testing.T) {
	g, all, _ := tell(t)
	var seal int
	for i, leaf := range all[:len(all)/2] {
		if leaf[0] == ledger.KindSeal {
			seal = i
		}
	}
	for name, tricked := range map[string][][]byte{
		"one left out":     slices.Delete(slices.Clone(all), 5, 6),
		"a block left out": slices.Delete(slices.Clone(all), 1, seal+1),
		"exchanged":        append(append(slices.Clone(all[:2]), all[3], all[2]), all[4:]...),
		"told twice":       slices.Insert(slices.Clone(all), 3, all[2]),
		"cut off":          all[:len(all)-1],
		"nothing":          nil,
		"empty leaf":       append(slices.Clone(all), []byte{}),
	} {
		if r := run(t, g, leaves{all: tricked}); r.Divergence == nil {
			t.Errorf("%s: ok at %d leaves", name, r.Head.Size)
		}
	}
	other := chaintest.NewMarket(3)
	other.Genesis.Chain[0] ^= 1
	if r := run(t, other.Genesis, leaves{all: all}); r.Divergence == nil || r.Divergence.Leaf != 0 {
		t.Errorf("another genesis: %+v", r.Divergence)
	}
}

// skipping is a node that numbers its leaves wrongly.
type skipping struct{ leaves }

func (s skipping) Leaves(ctx context.Context, from uint64) iter.Seq2[client.Run, error] {
	return func(yield func(client.Run, error) bool) {
		for run, err := range s.leaves.Leaves(ctx, from) {
			if run.First > 0 {
				run.First++
			}
			if !yield(run, err) {
				return
			}
		}
	}
}

func TestANodeThatSkips(t *testing.T) {
	g, all, _ := tell(t)
	if r := run(t, g, skipping{leaves{all: all}}); r.Divergence == nil || r.Divergence.Field != "index" {
		t.Errorf("%+v", r.Divergence)
	}
}

// TestALostConnectionIsNoVerdict.
func TestALostConnectionIsNoVerdict(t *testing.T) {
	g, all, _ := tell(t)
	lost := errors.New("lost")
	if r, err := Run(t.Context(), g, leaves{all[:20], lost}, 2, func(uint64, uint64) {}); !errors.Is(err, lost) || r != nil {
		t.Errorf("%v, %v", r, err)
	}
}

func TestDocuments(t *testing.T) {
	dir := t.TempDir()
	for name, data := range map[string]string{"a.pdf": "A", "years/2020/copy of a.pdf": "A", "b.pdf": "B", "notes.txt": "?"} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	files, err := Hash(dir)
	if err != nil {
		t.Fatal(err)
	}
	named := func(owner, data string) Document { return Document{For: owner, hash: sha256.Sum256([]byte(data))} }
	m := Match([]Document{named("1:2020:1", "A"), named("1:2020:2", "C"), named("1:2020:3", "B")}, files)
	if len(m.Matched) != 2 || !slices.Equal(m.Matched[0].Files, []string{"a.pdf", "years/2020/copy of a.pdf"}) || m.Matched[1].For != "1:2020:3" {
		t.Errorf("matched %+v", m.Matched)
	}
	if len(m.Missing) != 1 || m.Missing[0].For != "1:2020:2" || m.Complete() {
		t.Errorf("missing %+v", m.Missing)
	}
	if !slices.Equal(m.Unknown, []string{"notes.txt"}) {
		t.Errorf("unknown %v", m.Unknown)
	}
	if _, err := Hash(filepath.Join(dir, "none")); err == nil {
		t.Error("a folder that is not there")
	}
}
