package replay_test

import (
	"bytes"
	"errors"
	"maps"
	"testing"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/genesis"
	"github.com/ocopledger/ocop/ledger/replay"
)

// point is where a follower can begin: before a block.
type point struct {
	replay.Point
	rows  replay.Rows
	first int
}

func (p *point) follow(g *genesis.Genesis) *replay.Follower {
	rows := maps.Clone(p.rows)
	return replay.NewFollower(replay.Resume(g.Chain, p.Point), rows, rows.Put)
}

// points lists the point before each block.
func points(tb testing.TB, g *genesis.Genesis, leaves [][]byte) []point {
	m, changes := replay.Begin(g)
	rows := make(replay.Rows)
	rows.Put(changes)
	here := func(first int) point {
		return point{replay.Point{Head: m.Head(), Log: m.Log(), State: m.State(), Epoch: m.Epoch(), Policy: m.Policy(), Draft: m.Draft()}, maps.Clone(rows), first}
	}
	p := []point{here(1)}
	f := replay.NewFollower(m, rows, rows.Put)
	for i, leaf := range leaves[1:] {
		b, err := f.Leaf(leaf, parsed(leaf))
		if err != nil {
			tb.Fatal(err)
		}
		if b != nil {
			p = append(p, here(i+2))
		}
	}
	return p
}

// parsed is the envelope in a leaf; nil if the leaf is no record.
func parsed(leaf []byte) *ledger.Envelope {
	if leaf[0] != ledger.KindRecord {
		return nil
	}
	return must(ledger.ParseEnvelope(leaf))
}

// check does with one leaf what an audit does.
func check(f *replay.Follower, leaf []byte) (*replay.Block, error) {
	if leaf[0] != ledger.KindRecord {
		return f.Leaf(leaf, nil)
	}
	e, err := ledger.ParseEnvelope(leaf)
	if err != nil {
		return nil, &replay.Divergence{Err: err}
	}
	if err := e.PublicKey.Verify(e.Digest, e.Signature); err != nil {
		return nil, &replay.Divergence{Err: err}
	}
	return f.Leaf(leaf, e)
}

// TestEveryByteOfTheGoldenLedgers alters every byte of every leaf: each time some leaf of the same block shows it.
func TestEveryByteOfTheGoldenLedgers(t *testing.T) {
	for _, version := range goldenVersions {
		t.Run(version, func(t *testing.T) { everyByte(t, version) })
	}
}

func everyByte(t *testing.T, version string) {
	g, leaves := goldenOf(t, version)
	for _, p := range points(t, g, leaves) {
		end := p.first
		for end < len(leaves) && leaves[end][0] != ledger.KindSeal {
			end++
		}
		for i := p.first; i <= end && i < len(leaves); i++ {
			for offset := i % apart(); offset < len(leaves[i]); offset += apart() {
				altered(t, g, &p, leaves, i, end, offset)
			}
		}
	}
}

// apart is how far apart the places are that are tried: under the race detector, which has seen the code after a few, not each.
func apart() int {
	if testing.Short() {
		return 8
	}
	return 1
}

func altered(t *testing.T, g *genesis.Genesis, p *point, leaves [][]byte, at, end, offset int) {
	t.Helper()
	bad := bytes.Clone(leaves[at])
	bad[offset] ^= 1 << (offset * 5 % 8)
	f := p.follow(g)
	for i := p.first; i < at; i++ {
		if _, err := f.Leaf(leaves[i], parsed(leaves[i])); err != nil {
			t.Fatal(err)
		}
	}
	block, err := check(f, bad)
	for i := at + 1; err == nil && i <= end; i++ {
		block, err = check(f, leaves[i])
	}
	if _, diverged := errors.AsType[*replay.Divergence](err); !diverged {
		t.Errorf("leaf %d, byte %d: block %v, error %v", at, offset, block, err)
	}
}
