package replay_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/genesis"
	"github.com/ocopledger/ocop/ledger/replay"
)

// TestLeavesOutOfPlace names what is found when leaves of the golden ledger are somewhere else. Block 1 is leaves 1–4, block 2 is 5 and 6, block 3 is 7 and
// 8, block 4 is 9–11, of which 10 builds on 9; block 5 ends with 13, block 6 is refusals alone, and block 11 has a record 25 and refusals 26.
func TestLeavesOutOfPlace(t *testing.T) {
	g, golden := golden(t)
	v := newMemory(t)
	end, after := uint64(len(golden)), uint64(22)
	drop := func(from, to int) func([][]byte) [][]byte {
		return func(l [][]byte) [][]byte { return slices.Delete(l, from, to) }
	}
	swap := func(i int) func([][]byte) [][]byte {
		return func(l [][]byte) [][]byte { l[i], l[i+1] = l[i+1], l[i]; return l }
	}
	again := func(from, to int) func([][]byte) [][]byte {
		return func(l [][]byte) [][]byte { return append(l, l[from:to]...) }
	}
	for _, c := range []struct {
		name   string
		want   finding
		change func([][]byte) [][]byte
	}{
		{"a record dropped", finding{3, 1, false, "seal.accepted"}, drop(3, 4)},
		{"a record dropped that another builds on", finding{9, 4, true, "rules"}, drop(9, 10)},
		{"refusals dropped", finding{26, 11, false, "seal.refused"}, drop(26, 27)},
		{"a seal dropped", finding{7, 2, false, "seal.height"}, drop(6, 7)},
		{"a seal dropped before refusals", finding{13, 5, false, "refusals.height"}, drop(13, 14)},
		{"a block dropped", finding{9, 3, false, "seal.height"}, drop(7, 9)},
		{"genesis dropped", finding{0, 0, false, "seal"}, drop(0, 1)},
		{"records swapped", finding{4, 1, false, "seal.root_before"}, swap(1)},
		{"records swapped of which one builds on the other", finding{9, 4, true, "rules"}, swap(9)},
		{"a seal before its record", finding{5, 2, false, "seal"}, swap(5)},
		{"a record in the next block", finding{3, 1, false, "seal.accepted"}, swap(3)},
		{"a record behind the refusals", finding{26, 11, false, "kind"}, swap(25)},
		{"a record twice", finding{4, 1, true, "record id"}, func(l [][]byte) [][]byte { return slices.Insert(l, 4, l[3]) }},
		{"refusals twice", finding{27, 11, false, "kind"}, func(l [][]byte) [][]byte { return slices.Insert(l, 27, l[26]) }},
		{"a seal twice", finding{5, 2, false, "seal"}, func(l [][]byte) [][]byte { return slices.Insert(l, 5, l[4]) }},
		{"a block replayed", finding{end, after, true, "record id"}, again(5, 7)},
		{"a block of refusals replayed", finding{end, after, false, "refusals.height"}, again(14, 16)},
		{"the last seal replayed", finding{end, after, false, "seal"}, again(int(end)-1, int(end))},
		{"genesis in the middle", finding{end, after, false, "seal.draft.chain"}, again(0, 1)},
		{"an empty leaf", finding{end, after, false, "seal"}, func(l [][]byte) [][]byte { return append(l, nil) }},
		{"a leaf of another kind", finding{end, after, false, "seal"}, func(l [][]byte) [][]byte { return append(l, []byte{4, 1, 0}) }},
		{"half a record", finding{end, after, false, "header.expires"}, func(l [][]byte) [][]byte { return append(l, l[1][:150]) }},
		{"a record and one byte", finding{end, after, true, "envelope"}, func(l [][]byte) [][]byte { return append(l, append(slices.Clone(l[1]), 0)) }},
		{"a seal and one byte", finding{6, 2, false, "seal"}, func(l [][]byte) [][]byte { l[6] = append(slices.Clone(l[6]), 0); return l }},
	} {
		t.Run(c.name, func(t *testing.T) {
			diverges(t, g, v, c.change(slices.Clone(golden)), c.want)
		})
	}
}

// TestAnyLeafOutOfPlace drops, swaps, repeats and appends every leaf: nothing of it passes, and no block before it is blamed.
func TestAnyLeafOutOfPlace(t *testing.T) {
	for _, version := range goldenVersions {
		t.Run(version, func(t *testing.T) { anyLeafOutOfPlace(t, version) })
	}
}

func anyLeafOutOfPlace(t *testing.T, version string) {
	g, leaves := goldenOf(t, version)
	v := newMemory(t)
	first := make([]uint64, len(leaves)+1) // leaf of the block of each
	for i := range leaves {
		first[i+1] = first[i]
		if leaves[i][0] == ledger.KindSeal {
			first[i+1] = uint64(i + 1)
		}
	}
	found := func(what string, leaf int, changed [][]byte) {
		t.Helper()
		_, err := audit(g, v, changed, 16, nil)
		d, diverged := errors.AsType[*replay.Divergence](err)
		switch {
		case diverged && (d.Leaf < first[leaf] || d.Leaf > uint64(leaf)+6):
			t.Errorf("leaf %d %s: %v", leaf, what, d)
		case !diverged && !(errors.Is(err, replay.ErrUnfinished) && leaf >= len(leaves)-2):
			t.Errorf("leaf %d %s: %v", leaf, what, err)
		}
	}
	for i := 0; i < len(leaves); i += apart() {
		found("dropped", i, slices.Delete(slices.Clone(leaves), i, i+1))
		found("twice", i, slices.Insert(slices.Clone(leaves), i, leaves[i]))
		found("again at the end", len(leaves), append(slices.Clone(leaves), leaves[i]))
		if i+1 < len(leaves) {
			swapped := slices.Clone(leaves)
			swapped[i], swapped[i+1] = swapped[i+1], swapped[i]
			found("swapped", i, swapped)
		}
	}
}

func TestUnfinished(t *testing.T) {
	g, leaves := golden(t)
	v := newMemory(t)
	if _, err := audit(g, v, nil, 1, nil); !errors.Is(err, replay.ErrUnfinished) {
		t.Errorf("no leaves: %v", err)
	}
	for n := 1; n < len(leaves); n++ {
		result, err := audit(g, v, leaves[:n], 7, nil)
		if whole := leaves[n-1][0] == ledger.KindSeal; whole != (err == nil) || err != nil && !errors.Is(err, replay.ErrUnfinished) {
			t.Errorf("%d leaves: %v", n, err)
		} else if whole && result.Head.Size != uint64(n) {
			t.Errorf("%d leaves: head %+v", n, result.Head)
		} else if records := count(leaves[:result.Head.Size]); result.Records != records {
			t.Errorf("%d leaves: %d records, want those of whole blocks, %d", n, result.Records, records)
		}
	}
}

func count(leaves [][]byte) (records uint64) {
	for _, leaf := range leaves {
		if leaf[0] == ledger.KindRecord {
			records++
		}
	}
	return records
}

// TestTheFirstErrorStays feeds on after an audit has failed.
func TestTheFirstErrorStays(t *testing.T) {
	g, leaves := golden(t)
	a := replay.NewAuditor(g, newMemory(t), nil)
	ctx := context.Background()
	bad := flipped(leaves, 10, keyAt+1, 1)
	first := a.Feed(ctx, bad)
	if first == nil {
		t.Fatal("an altered record passes")
	}
	if err := a.Feed(ctx, leaves[10:]); err != first {
		t.Errorf("then %v, want %v", err, first)
	}
	if _, err := a.Finish(); err != first {
		t.Errorf("at the end %v, want %v", err, first)
	}

	ended, cancel := context.WithCancel(ctx)
	cancel()
	a = replay.NewAuditor(g, newMemory(t), nil)
	if err := a.Feed(ended, leaves); !errors.Is(err, context.Canceled) {
		t.Errorf("after the context has ended: %v", err)
	}
	if _, err := a.Finish(); !errors.Is(err, context.Canceled) {
		t.Errorf("an audit that was broken off finishes with %v", err)
	}
}

// TestTheFirstLeafIsNamed alters two leaves: of several divergences it is the first that is found, though signatures are looked at ahead of blocks.
func TestTheFirstLeafIsNamed(t *testing.T) {
	g, leaves := golden(t)
	v := newMemory(t)
	sealAndSignature := flipped(flipped(leaves, 6, 131, 1), 10, sigAt, 1)
	diverges(t, g, v, sealAndSignature, finding{6, 2, false, "seal.state"})
	sealAndForm := flipped(flipped(leaves, 6, 131, 1), 10, 1, 1)
	diverges(t, g, v, sealAndForm, finding{6, 2, false, "seal.state"})
	signatureAndForm := flipped(flipped(leaves, 9, sigAt, 1), 10, 1, 1)
	diverges(t, g, v, signatureAndForm, finding{9, 4, true, "envelope.signature"})
	formAndSignature := flipped(flipped(leaves, 9, 1, 1), 10, sigAt, 1)
	diverges(t, g, v, formAndSignature, finding{9, 4, true, "envelope.version"})
}

// follow gives the follower that has seen nothing but genesis.
func follow(g *genesis.Genesis) (*replay.Follower, replay.Rows) {
	m, changes := replay.Begin(g)
	rows := make(replay.Rows)
	rows.Put(changes)
	return replay.NewFollower(m, rows, rows.Put), rows
}

// TestBlocksAreBounded feeds records without a seal: no draft holds so many.
func TestBlocksAreBounded(t *testing.T) {
	g, leaves := golden(t)
	f, _ := follow(g)
	e := must(ledger.ParseEnvelope(leaves[1]))
	for i := range ledger.MaxDraftRecords {
		if _, err := f.Leaf(leaves[1], e); err != nil {
			t.Fatalf("record %d: %v", i+1, err)
		}
	}
	_, err := f.Leaf(leaves[1], e)
	if d, ok := errors.AsType[*replay.Divergence](err); !ok || d.Field != "kind" || d.Leaf != 1+ledger.MaxDraftRecords {
		t.Errorf("%v", err)
	}
}
