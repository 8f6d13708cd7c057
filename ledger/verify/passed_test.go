package verify_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/verify"
	"github.com/ocopledger/ocop/ledger/verify/vectors"
)

// TestPassedOver: a handover that leads to what is believed already is asked for its form, and for nothing that only matters to whoever believes it.
func TestPassedOver(t *testing.T) {
	w, list := epochs()
	start, believed := pinned(w), must(pinned(w).Walk(list[:1]))
	bent := func(change func(*checkpoint.Handover)) []byte {
		h, p := *list[0], *list[0].Policy
		p.Validators, h.Policy = slices.Clone(p.Validators), &p
		h.Seal, h.Path = slices.Clone(h.Seal), slices.Clone(h.Path)
		change(&h)
		return h.Append(nil)
	}
	unsound := bent(func(h *checkpoint.Handover) { h.Policy.Validators[1].CosignerKey = h.Policy.Validators[0].CosignerKey })
	size := list[0].Checkpoint.Tree.Size
	k := keep(t, "handovers-passed", "Handovers to the epoch believed, before the one to the next: their form counts, and nothing else.")
	for _, x := range []struct {
		what   string
		file   []byte
		from   verify.Trust
		want   verify.Word
		walked bool // after the one that is no fault
	}{
		{"nothing", bent(func(*checkpoint.Handover) {}), believed, "", false},
		{"a document that is not sound", unsound, believed, "", false},
		{"a document that is not sound, and needed", unsound, start, verify.WordHandover, false},
		{"a document of another chain", bent(func(h *checkpoint.Handover) { h.Policy.Chain[0] ^= 1 }), believed, "", false},
		{"another origin", bent(func(h *checkpoint.Handover) { h.Policy.Origin = "elsewhere" }), believed, "", false},
		{"another to an epoch that was walked to", unsound, start, "", true},
		{"bytes that are no seal", bent(func(h *checkpoint.Handover) { h.Seal[0] ^= 1 }), believed, "", false},
		{"another path", bent(func(h *checkpoint.Handover) { h.Path[0][0] ^= 1 }), believed, "", false},
		{"a quorum that is none", bent(func(h *checkpoint.Handover) { h.Policy.Quorum = 1 }), believed, verify.WordHandover, false},
		{"to epoch 0", bent(func(h *checkpoint.Handover) { h.Policy.Number = 0 }), believed, verify.WordHandover, false},
		{"an index that is not the last", bytes.Replace(bent(func(*checkpoint.Handover) {}),
			fmt.Appendf(nil, "index %d\n", size-1), fmt.Appendf(nil, "index %d\n", size-2), 1), believed, verify.WordHandover, false},
	} {
		with := given(x.from)
		with.Handovers = [][]byte{x.file, list[1].Append(nil)}
		if x.walked {
			with.Handovers = slices.Insert(with.Handovers, 0, list[0].Append(nil))
		}
		if got := k.g.Add(x.what, vectors.Handovers, vectors.Case{With: with}); got.Word != string(x.want) || got.OK && *got.Epoch != 2 {
			t.Errorf("%s: %+v, want %q", x.what, got, x.want)
		}
	}
}
