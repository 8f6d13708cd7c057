package receipt

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/subject"
)

func hashOf(v ...any) ledger.Hash { return sha256.Sum256(fmt.Append(nil, v...)) }

// made is a receipt that says nothing true and has every part.
func made(t *rapid.T) *Receipt {
	n := func(name string, least, most int) int { return rapid.IntRange(least, most).Draw(t, name) }
	r := &Receipt{
		Kind: Kind(n("kind", 1, 4)), Subject: string(rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "id")), AsOf: uint64(n("as of", 0, 9)),
		Seal: &ledger.Seal{Chain: hashOf("chain"), Height: 9, SizeBefore: 40}, State: rapid.SliceOfN(rapid.Byte(), 0, 20).Draw(t, "state"), Path: []ledger.Hash{hashOf("path")},
		Checkpoint: &checkpoint.Signed{Tree: checkpoint.Tree{Origin: "log.example", Size: 41, Root: hashOf("root")}, Lines: []checkpoint.Line{{Name: "a.example", ID: 7, Signature: []byte("signature")}}},
	}
	for i := range n("handovers", 0, 2) {
		r.Handovers = append(r.Handovers, fmt.Appendf(nil, "handover %d", i))
	}
	records := n("records", 1, 4)
	if r.Kind == KindAction {
		records = 1
	}
	for i := range records {
		r.Records = append(r.Records, record(t, uint64(i), r.Seal.Chain, r.Kind == KindAction))
	}
	if r.Kind == KindAction {
		r.Members = []Member{{ID: r.ID(), Value: []byte("value")}}
		r.Place = &Place{Entries: 5, Root: hashOf("history"), Entry: 3, Value: hashOf("then"), Path: []ledger.Hash{hashOf(1), hashOf(2)}}
		return r
	}
	for i := range n("members", 1, 5) {
		r.Members = append(r.Members, member(t, r, i))
		if r.Members[i].FromGenesis() {
			r.Born = 77
		}
	}
	return r
}

func record(t *rapid.T, leaf uint64, chain ledger.ChainID, one bool) Record {
	all := make([][]byte, rapid.IntRange(1, 9).Draw(t, "actions"))
	var shown []uint16
	for i := range all {
		all[i] = fmt.Appendf(nil, "action %d", i)
		if !one && rapid.Bool().Draw(t, "shown") {
			shown = append(shown, uint16(i))
		}
	}
	if len(shown) == 0 {
		shown = []uint16{uint16(rapid.IntRange(0, len(all)-1).Draw(t, "one"))}
	}
	r := Record{Leaf: leaf + 1, Height: leaf, Time: 1000}
	copy(r.Key[:], fmt.Sprint("key ", rapid.IntRange(0, 2).Draw(t, "key")))
	r.Header = ledger.NewHeader(ledger.Header{Chain: chain, Schema: 1, Issued: 5, Expires: 6, Author: 1, Key: r.Key.ID()}, all)
	r.Show(all, shown)
	return r
}

func member(t *rapid.T, r *Receipt, i int) Member {
	m := Member{ID: subject.ID{Kind: subject.KindAccount, Name: fmt.Sprint("id ", i)}, Value: []byte("newest")}
	entries := rapid.IntRange(1, 3).Draw(t, "entries")
	for j := range entries {
		e := Entry{Record: rapid.IntRange(0, len(r.Records)-1).Draw(t, "record"), Action: 1, Value: hashOf(j)}
		if j == 0 && rapid.Bool().Draw(t, "genesis") {
			e.Record, e.Action = Genesis, ledger.WholeRecord
			if entries > 1 {
				m.First = []byte("first")
				e.Value = subject.ValueHash(m.First)
			}
		}
		if j == entries-1 {
			e.Value = subject.ValueHash(m.Value)
		}
		m.Entries = append(m.Entries, e)
	}
	if !m.Untouched() {
		m.Root = hashOf("root")
	}
	return m
}

// One receipt has one encoding, and whatever parses is one.
func TestOneEncoding(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := made(t)
		file := r.Append(nil)
		back, err := Parse(file)
		if err != nil || !bytes.Equal(back.Append(nil), file) {
			t.Fatalf("round trip: %v", err)
		}
		at := rapid.IntRange(0, len(file)-1).Draw(t, "at")
		bent := slices.Clone(file)
		bent[at] ^= byte(rapid.IntRange(1, 255).Draw(t, "change"))
		for _, f := range [][]byte{bent, file[:at], slices.Insert(slices.Clone(file), at, 0), append(slices.Clone(file), 0)} {
			got, err := Parse(f)
			if err == nil && !bytes.Equal(got.Append(nil), f) {
				t.Fatal("two encodings")
			}
			if err != nil && !errors.Is(err, ledger.ErrMalformed) && !errors.Is(err, checkpoint.ErrMalformed) {
				t.Fatalf("untyped: %v", err)
			}
		}
	})
}

func TestWhatParsersRefuse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := made(t)
		for name, bend := range map[string]func() bool{
			"members exchanged": func() bool {
				if len(r.Members) > 1 {
					r.Members[0], r.Members[1] = r.Members[1], r.Members[0]
				}
				return len(r.Members) > 1
			},
			"a member twice":     func() bool { r.Members = append(r.Members, r.Members[len(r.Members)-1]); return r.Kind != KindAction },
			"records of a leaf":  func() bool { r.Records = append(r.Records, r.Records[0]); return true },
			"as of the future":   func() bool { r.AsOf = r.Seal.Height + 1; return true },
			"no action shown":    func() bool { r.Records[0].Actions = nil; return true },
			"an action is empty": func() bool { r.Records[0].Actions[0].Bytes = nil; return true },
			"no such action":     func() bool { r.Records[0].Actions[0].Number = 99; return true },
			"schema 0":           func() bool { r.Records[0].Header.Schema = 0; return true },
			"a signature twice":  func() bool { r.Checkpoint.Lines = append(r.Checkpoint.Lines, r.Checkpoint.Lines[0]); return true },
			"kind 5":             func() bool { r.Kind = 5; return true },
			"path too long":      func() bool { r.Path = make([]ledger.Hash, 64); return true },
			"born for nothing": func() bool {
				none := !slices.ContainsFunc(r.Members, func(m Member) bool { return m.FromGenesis() })
				r.Born = 1
				return none
			},
		} {
			r = made(t)
			if !bend() {
				continue
			}
			if _, err := Parse(r.Append(nil)); !errors.Is(err, ledger.ErrMalformed) {
				t.Fatalf("%s: %v", name, err)
			}
		}
	})
}

// A key that is listed twice or out of its order is another spelling of the same receipt.
func TestKeysHaveOneOrder(t *testing.T) {
	r := rapid.Custom(made).Filter(func(r *Receipt) bool { return len(r.Records) > 1 && r.Records[0].Key != r.Records[1].Key }).Example(1)
	file := r.Append(nil)
	first, second := r.Records[0].Key, r.Records[1].Key
	at := bytes.Index(file, append(slices.Clone(first[:]), second[:]...))
	if at < 0 {
		t.Fatal("keys not found")
	}
	twice := slices.Clone(file)
	copy(twice[at+len(first):], first[:])
	if _, err := Parse(twice); !errors.Is(err, ledger.ErrMalformed) {
		t.Errorf("twice: %v", err)
	}
	bent := slices.Clone(file)
	copy(bent[at:], second[:])
	copy(bent[at+len(first):], first[:])
	const number = 3*8 + 1 // low byte of the number of a record's key
	bent[at+len(first)*len(keysOf(r))+2+number]++
	if _, err := Parse(bent); !errors.Is(err, ledger.ErrMalformed) {
		t.Errorf("exchanged: %v", err)
	}
}

func keysOf(r *Receipt) (keys []ident.PublicKey) {
	for _, rec := range r.Records {
		if !slices.Contains(keys, rec.Key) {
			keys = append(keys, rec.Key)
		}
	}
	return keys
}

// Any actions of a record fold to its root with as few hashes as there are subtrees without them.
func TestActionPaths(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := make([][]byte, rapid.IntRange(1, 256).Draw(t, "actions"))
		leaves := make([]ledger.Hash, len(all))
		for i := range all {
			all[i] = fmt.Appendf(nil, "action %d", i)
			leaves[i] = merkle.Actions.Leaf(all[i])
		}
		shown := rapid.SliceOfNDistinct(rapid.Uint16Range(0, uint16(len(all)-1)), 1, min(9, len(all)), rapid.ID).Draw(t, "shown")
		slices.Sort(shown)
		r := Record{Header: ledger.Header{ActionCount: uint16(len(all))}}
		r.Show(all, shown)
		if r.Root() != merkle.Actions.Root(leaves) || len(r.Path) != pathLength(len(all), r.Actions) || len(r.Path) > 8*len(shown) {
			t.Fatalf("%d of %d: %d hashes", len(shown), len(all), len(r.Path))
		}
		r.Actions[0].Bytes = []byte("another")
		if r.Root() == merkle.Actions.Root(leaves) {
			t.Fatal("another action has the same root")
		}
	})
}

func FuzzParse(f *testing.F) {
	for i := range 8 {
		f.Add(rapid.Custom(made).Example(i).Append(nil))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		if r, err := Parse(file); err == nil && !bytes.Equal(r.Append(nil), file) {
			t.Error("one receipt with two encodings")
		}
	})
}
