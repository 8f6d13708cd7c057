package replay_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"github.com/ocopledger/ocop/ledger/replay"
)

// edit changes a list of leaves as a fuzzer says: each four bytes are an operation, a leaf, and where and what.
func edit(leaves [][]byte, edits []byte) [][]byte {
	leaves = slices.Clone(leaves)
	for e := range slices.Chunk(edits, 4) {
		if len(e) < 4 || len(leaves) == 0 {
			break
		}
		i := int(e[1]) % len(leaves)
		j := (int(e[2])<<8 | int(e[3])) % (len(leaves[i]) + 1)
		switch e[0] % 8 {
		case 0:
			leaves = slices.Delete(leaves, i, i+1)
		case 1:
			k := int(e[2]) % len(leaves)
			leaves[i], leaves[k] = leaves[k], leaves[i]
		case 2:
			leaves = slices.Insert(leaves, int(e[2])%(len(leaves)+1), leaves[i])
		case 3:
			leaves = leaves[:i]
		case 4:
			leaves[i] = leaves[i][:j]
		case 5:
			leaves[i] = append(bytes.Clone(leaves[i]), e[2:]...)
		default:
			if j < len(leaves[i]) {
				leaves[i] = bytes.Clone(leaves[i])
				leaves[i][j] ^= 1 << (e[0] >> 5)
			}
		}
	}
	return leaves
}

// FuzzAudit edits the golden ledger. What an auditor accepts is the golden ledger up to one of its seals: nobody else has the keys for more.
func FuzzAudit(f *testing.F) {
	g, leaves := golden(f)
	v := newMemory(f)
	f.Add([]byte{})
	f.Add([]byte{0, 5, 0, 0, 2, 5, 5, 0})
	f.Add([]byte{3, 57, 0, 0})
	f.Add([]byte{7, 26, 0, 40})
	f.Add([]byte{1, 9, 10, 0, 5, 3, 0, 0, 4, 58, 1, 0})
	f.Fuzz(func(t *testing.T, edits []byte) {
		if len(edits) > 64 {
			return
		}
		edited := edit(leaves, edits)
		if len(v.verdicts) > 1<<16 {
			clear(v.verdicts)
		}
		result, err := audit(g, v, edited, 13, nil)
		if err == nil {
			if !slices.EqualFunc(edited, leaves[:min(len(edited), len(leaves))], bytes.Equal) {
				t.Errorf("an edited ledger passes: head %+v", result.Head)
			}
			return
		}
		if _, diverged := errors.AsType[*replay.Divergence](err); !diverged && !errors.Is(err, replay.ErrUnfinished) {
			t.Errorf("error %v", err)
		}
	})
}
