package replay_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/diagnosis"
	"github.com/ocopledger/ocop/ledger/genesis"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/replay"
)

// golden reads the golden ledger of protocol version 1.
func golden(tb testing.TB) (*genesis.Genesis, [][]byte) { return goldenOf(tb, "v1") }

// goldenOf reads a golden ledger's files.
func goldenOf(tb testing.TB, version string) (*genesis.Genesis, [][]byte) {
	tb.Helper()
	file := must(os.ReadFile(filepath.Join(goldenDir, version, "genesis.bin")))
	var leaves [][]byte
	for line := range strings.Lines(string(must(os.ReadFile(filepath.Join(goldenDir, version, "leaves.txt"))))) {
		leaves = append(leaves, must(hex.DecodeString(strings.TrimSuffix(line, "\n"))))
	}
	return must(genesis.Parse(file)), leaves
}

// memory is a verifier that remembers its verdicts, as tests audit almost the same ledger thousands of times.
type memory struct {
	verifier ident.Verifier
	verdicts map[ident.Job]error
}

func newMemory(tb testing.TB) *memory {
	pool := must(ident.NewPool(1, 64))
	tb.Cleanup(pool.Close)
	return &memory{pool, make(map[ident.Job]error)}
}

func (m *memory) Verify(ctx context.Context, jobs []ident.Job) ([]error, error) {
	var fresh []ident.Job
	for _, j := range jobs {
		if _, known := m.verdicts[j]; !known {
			fresh = append(fresh, j)
		}
	}
	verdicts, err := m.verifier.Verify(ctx, fresh)
	if err != nil {
		return nil, err
	}
	for i, j := range fresh {
		m.verdicts[j] = verdicts[i]
	}
	verdicts = make([]error, len(jobs))
	for i, j := range jobs {
		verdicts[i] = m.verdicts[j]
	}
	return verdicts, nil
}

// audit feeds leaves in chunks and finishes, whatever Feed says.
func audit(g *genesis.Genesis, v ident.Verifier, leaves [][]byte, chunk int, observe func(*replay.Block)) (replay.Result, error) {
	a := replay.NewAuditor(g, v, observe)
	for part := range slices.Chunk(leaves, chunk) {
		if err := a.Feed(context.Background(), part); err != nil {
			break
		}
	}
	return a.Finish()
}

func TestAuditorAcceptsTheGoldenLedgers(t *testing.T) {
	for _, version := range goldenVersions {
		t.Run(version, func(t *testing.T) { acceptsGolden(t, version) })
	}
}

func acceptsGolden(t *testing.T, version string) {
	g, leaves := goldenOf(t, version)
	var want expected
	if err := json.Unmarshal(must(os.ReadFile(filepath.Join(goldenDir, version, "expected.json"))), &want); err != nil {
		t.Fatal(err)
	}
	last := want.Blocks[len(want.Blocks)-1]
	v := newMemory(t)
	for _, chunk := range []int{1, 2, 3, 7, 20, len(leaves)} {
		height := 0
		result, err := audit(g, v, leaves, chunk, func(b *replay.Block) {
			height++
			x := expectBlock(b.Seal, b.Leaves[len(b.Leaves)-1], b.Changes, b.Head.Root)
			x.FirstLeaf = b.Head.Size - uint64(len(b.Leaves))
			if got, want := must(json.Marshal(x)), must(json.Marshal(want.Blocks[height])); !bytes.Equal(got, want) {
				t.Errorf("block %d: %s", height, firstDifference(got, want))
			}
		})
		if err != nil {
			t.Fatalf("in chunks of %d: %v", chunk, err)
		}
		if height != len(want.Blocks)-1 || result.Head.Size != last.Size || result.Head.Root.String() != last.Root || result.Head.State.String() != last.StateRoot {
			t.Errorf("in chunks of %d: head %+v after %d blocks", chunk, result.Head, height)
		}
		if rows := 0; result.Records != uint64(len(want.Records)) {
			t.Errorf("%d records, want %d", result.Records, len(want.Records))
		} else {
			for _, r := range want.Refusals {
				rows += len(r.Rows)
			}
			if result.Refusals != uint64(rows) {
				t.Errorf("%d refusals, want %d", result.Refusals, rows)
			}
		}
	}
}

// finding is what is compared of a divergence.
type finding struct {
	leaf, height uint64
	record       bool
	field        diagnosis.Path
}

// diverges audits in chunks of several sizes, which must all find the same.
func diverges(t *testing.T, g *genesis.Genesis, v ident.Verifier, leaves [][]byte, want finding) *replay.Divergence {
	t.Helper()
	var d *replay.Divergence
	for _, chunk := range []int{1, 2, 5, 1 << 10} {
		_, err := audit(g, v, leaves, chunk, nil)
		if d, _ = errors.AsType[*replay.Divergence](err); d == nil {
			t.Errorf("in chunks of %d: %v, want a divergence of %s at leaf %d", chunk, err, want.field, want.leaf)
			continue
		}
		if got := (finding{d.Leaf, d.Height, d.Record != "", d.Field}); got != want {
			t.Errorf("in chunks of %d: %v, want %+v", chunk, d, want)
		}
	}
	return d
}

// flipped is the ledger with bits of one byte of one leaf turned over.
func flipped(leaves [][]byte, leaf, offset int, bits byte) [][]byte {
	leaves = slices.Clone(leaves)
	leaves[leaf] = bytes.Clone(leaves[leaf])
	leaves[leaf][offset] ^= bits
	return leaves
}

// Offsets in an envelope.
const (
	keyAt    = 2
	sigAt    = keyAt + 33
	headerAt = sigAt + 64 + 2
	countAt  = headerAt + ledger.HeaderSize
)

func TestAlteredRecords(t *testing.T) {
	g, leaves := golden(t)
	v := newMemory(t)
	const leaf, height = 10, 4 // the second record of block 4
	id := must(ledger.ParseEnvelope(leaves[leaf])).ID.String()
	for _, c := range []struct {
		part   string
		offset int
		bits   byte
		field  diagnosis.Path
	}{
		{"version", 1, 1, "envelope.version"},
		{"public key", keyAt + 1, 1, "envelope.public_key"},
		{"signature r", sigAt, 1, "envelope.signature"},
		{"signature s, to a high one", sigAt + 32, 0x80, "envelope.signature"},
		{"length of the header", headerAt - 1, 1, "envelope.header_length"},
		{"header version", headerAt, 1, "header.version"},
		{"chain", headerAt + 1, 1, "header.chain"},
		{"schema 0", headerAt + 34, 1, "header.schema"},
		{"schema 3", headerAt + 34, 2, "header.schema"},
		{"issue time", headerAt + 42, 1, "header.issued"},
		{"expiry", headerAt + 50, 1, "header.expires"},
		{"author", headerAt + 58, 1, "header.author"},
		{"key id", headerAt + 59, 1, "header.key"},
		{"number of actions in the header", headerAt + 68, 2, "header.action_count"},
		{"actions root", headerAt + 69, 1, "header.actions_root"},
		{"number of actions", countAt + 1, 2, "envelope.action_count"},
		{"length of an action", countAt + 3, 1, "actions[0].length"},
		{"action", countAt + 4 + 10, 1, "actions[0].retire_key.public_key"},
		{"last byte of the action", len(leaves[leaf]) - 1, 1, "actions[0].retire_key.reason"},
	} {
		t.Run(c.part, func(t *testing.T) {
			d := diverges(t, g, v, flipped(leaves, leaf, c.offset, c.bits), finding{leaf, height, true, c.field})
			if d != nil && d.Record != id {
				t.Errorf("record %s, want %s", d.Record, id)
			}
		})
	}
	t.Run("kind", func(t *testing.T) {
		for _, bits := range []byte{2, 3, 8} { // to refusals, a seal, and nothing
			if d := diverges(t, g, v, flipped(leaves, leaf, 0, bits), finding{leaf, height, true, "envelope.kind"}); d != nil && d.Record != id {
				t.Errorf("record %s, want %s", d.Record, id)
			}
		}
	})
	t.Run("signed with another key", func(t *testing.T) {
		e := must(ledger.ParseEnvelope(leaves[leaf]))
		key := authorKey("stranger")
		e.Header.Key = key.Public().ID()
		changed := slices.Clone(leaves)
		changed[leaf] = ledger.AppendEnvelope(nil, &e.Header, key.Public(), must(key.Sign(e.Header.Digest())), e.Actions)
		diverges(t, g, v, changed, finding{leaf, height, true, "rules"})
	})
}

// sealField is the field of a divergence when a byte of the seal of block 2, by province, is altered as sealBits says.
func sealField(offset int) (field diagnosis.Path, bits byte) {
	for _, f := range []struct {
		size  int
		field diagnosis.Path
		bits  byte
	}{
		{1, "seal", 0x80}, {1, "seal", 1}, {32, "seal.chain", 1}, {8, "seal.height", 1}, {32, "seal.previous", 1}, {8, "seal.time", 1}, {1, "seal.flags", 1},
		{8, "seal.size_before", 1}, {32, "seal.root_before", 1}, {4, "seal.accepted", 1}, {4, "seal.refused", 1}, {32, "seal.state", 1}, {4, "seal.protocol", 1},
		{32, "seal.policy", 1}, {32, "seal.next_policy", 1},
		{1, "seal", 1}, {32, "seal.draft.chain", 1}, {8, "seal.draft.signature", 1}, {8, "seal.draft.proposer", 8}, {8, "seal.draft.signature", 1},
		{32, "seal.draft.signature", 1}, {8, "seal.draft.signature", 1}, {1, "seal.draft.signature", 1},
		{2, "seal", 1}, {2, "seal.draft.signature", 1}, {32, "seal.draft.signature", 1}, {64, "seal.draft.signature", 1},
	} {
		if offset < f.size {
			return f.field, f.bits
		}
		offset -= f.size
	}
	panic("beyond the seal")
}

func TestEveryByteOfASealIsNamed(t *testing.T) {
	g, leaves := golden(t)
	v := newMemory(t)
	const leaf, height = 6, 2
	leaves = leaves[:9] // and block 3, which must not be reached
	for offset := range ledger.SealSize {
		field, bits := sealField(offset)
		_, err := audit(g, v, flipped(leaves, leaf, offset, bits), 4, nil)
		d, ok := errors.AsType[*replay.Divergence](err)
		if !ok || (finding{d.Leaf, d.Height, d.Record != "", d.Field}) != (finding{leaf, height, false, field}) {
			t.Errorf("byte %d: %v, want one of %s at leaf %d", offset, err, field, leaf)
		}
	}
	t.Run("another validator's name under the draft", func(t *testing.T) {
		diverges(t, g, v, flipped(leaves, leaf, 231+1+32+8+7, 1), finding{leaf, height, false, "seal.draft.signature"})
	})
}

func TestAlteredGenesis(t *testing.T) {
	g, leaves := golden(t)
	v := newMemory(t)
	for offset := range ledger.SealSize {
		_, err := audit(g, v, flipped(leaves, 0, offset, 1), 4, nil)
		if d, ok := errors.AsType[*replay.Divergence](err); !ok || d.Leaf != 0 || d.Height != 0 || !strings.HasPrefix(string(d.Field), "seal") {
			t.Errorf("byte %d: %v", offset, err)
		}
	}
	other := newGenesis(1, "ocop-other", g.Body.Time)
	d := diverges(t, other, v, leaves, finding{0, 0, false, "seal.chain"})
	if d.Want != other.Chain.String() || d.Got != g.Chain.String() {
		t.Errorf("%v", d)
	}
}

func TestAlteredRefusals(t *testing.T) {
	g, leaves := golden(t)
	v := newMemory(t)
	const leaf, height = 14, 6 // two rows
	row := 12 + ledger.RefusalSize
	for _, c := range []struct {
		part   string
		offset int
		bits   byte
		want   finding
	}{
		{"kind", 0, 0x10, finding{leaf, height, false, "seal"}},
		{"version", 1, 1, finding{leaf, height, false, "refusals"}},
		{"height", 9, 1, finding{leaf, height, false, "refusals.height"}},
		{"number of rows", 11, 1, finding{leaf, height, false, "refusals"}},
		{"issue time, by a year", row + 1, 0x20, finding{leaf, height, true, "refusals.record"}},
		{"issue time, by a millisecond", row + 5, 1, finding{leaf + 1, height, false, "seal.root_before"}},
		{"record", row + 31, 1, finding{leaf + 1, height, false, "seal.root_before"}},
		{"author, to nobody", row + 39, 0x70, finding{leaf, height, true, "refusals.author"}},
		{"author, to a product's number", row + 33, 1, finding{leaf, height, true, "refusals.author"}},
		{"reason 0", row + 41, 131, finding{leaf, height, false, "refusals"}},
		{"reason that is not for good", row + 41, 131 ^ 60, finding{leaf, height, true, "refusals.reason"}},
		{"reason nobody knows", row + 40, 0x80, finding{leaf, height, true, "refusals.reason"}},
		{"reason, to another", row + 41, 131 ^ 130, finding{leaf + 1, height, false, "seal.root_before"}},
		{"action", row + 43, 1, finding{leaf + 1, height, false, "seal.root_before"}},
		{"action beyond a record", row + 42, 1, finding{leaf, height, true, "refusals.action"}},
	} {
		t.Run(c.part, func(t *testing.T) {
			diverges(t, g, v, flipped(leaves, leaf, c.offset, c.bits), c.want)
		})
	}
	t.Run("rows in another order", func(t *testing.T) {
		changed := slices.Clone(leaves)
		r := must(ledger.ParseRefusals(leaves[leaf]))
		slices.Reverse(r.Rows)
		changed[leaf] = r.Append(nil)
		diverges(t, g, v, changed, finding{leaf + 1, height, false, "seal.root_before"})
	})
}
