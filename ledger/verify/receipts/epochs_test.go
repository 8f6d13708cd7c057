package receipts_test

import (
	"testing"

	"github.com/ocopledger/ocop/ledger"
	. "github.com/ocopledger/ocop/ledger/chain/chaintest"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/receipt"
	"github.com/ocopledger/ocop/ledger/verify"
	"github.com/ocopledger/ocop/ledger/verify/receipts"
	"github.com/ocopledger/ocop/ledger/verify/vectors"
)

// epochs is a receipt under a head of the next epoch, in which the ministry has another cosigner key, and the handover to it.
type epochs struct {
	*scene
	first, second *ledger.Policy
	receipt       *receipt.Receipt
	handover      *checkpoint.Handover
}

func newEpochs(t *testing.T) *epochs {
	s := story(t)
	e := &epochs{scene: s, first: s.policy}
	next := *e.first
	next.Number, next.Previous = e.first.Number+1, e.first.Hash()
	next.Validators = append([]ledger.PolicyValidator(nil), e.first.Validators...)
	next.Validators[1].CosignerKey = NodeKey(77, ident.PurposeCosigner).Public()
	e.second = &next

	e.receipt = s.product(Coffee)
	ended := *e.receipt.Seal
	ended.NextPolicy, ended.Height = next.Hash(), ended.Height-1
	tree := merkle.NewTree(merkle.Log)
	grow := func(seal *ledger.Seal, size uint64) (path []ledger.Hash, head ledger.Head) {
		for tree.Size() < size-1 {
			tree.Append(merkle.Log.Leaf(ledger.AppendU64(nil, tree.Size())))
		}
		seal.SizeBefore, seal.RootBefore = tree.Size(), tree.Root()
		tree.Append(seal.Leaf())
		path, err := merkle.Log.ProveInclusion(tree, tree.Size(), tree.Size()-1)
		if err != nil {
			t.Fatal(err)
		}
		return path, ledger.Head{Size: tree.Size(), Root: tree.Root()}
	}
	path, head := grow(&ended, e.signed.Tree.Size-1)
	e.handover = &checkpoint.Handover{Policy: e.second, Seal: ended.Append(nil), Path: path, Checkpoint: s.cosign(head)}

	e.receipt.Seal.Policy, e.receipt.Seal.NextPolicy = next.Hash(), next.Hash()
	e.receipt.Path, head = grow(e.receipt.Seal, e.signed.Tree.Size)
	c, err := ident.NewCosigner(next.Validators[1].CosignerName, NodeKey(77, ident.PurposeCosigner))
	if err != nil {
		t.Fatal(err)
	}
	e.receipt.Checkpoint = Cosign(e.first, head, s.now-10, Province)
	signature, err := c.Cosign(e.receipt.Checkpoint.Tree.Text(), s.now-10)
	if err != nil {
		t.Fatal(err)
	}
	e.receipt.Checkpoint = e.receipt.Checkpoint.With(checkpoint.CosignatureLine(c.VKey(), signature))
	e.receipt.Handovers = [][]byte{e.handover.Append(nil)}
	return e
}

func TestReceiptsOfALaterEpoch(t *testing.T) {
	g := vectors.New(t, vectorsDir, "receipt-epochs", "Receipts under a head of the next epoch, with and without the handover to it inside.")
	for _, row := range []struct {
		name string
		bend func(*epochs, *receipts.Options)
		want any
	}{
		{"pinned at the epoch before, with the handover", func(*epochs, *receipts.Options) {}, nil},
		{"pinned at the head's epoch", func(e *epochs, o *receipts.Options) { o.Trust.Policy = e.second }, nil},
		{"pinned at the head's epoch, without the handover", func(e *epochs, o *receipts.Options) { o.Trust.Policy, e.receipt.Handovers = e.second, nil }, nil},
		{"without the handover", func(e *epochs, o *receipts.Options) { e.receipt.Handovers = nil }, verify.WordPolicy},
		{"a handover of one validator", func(e *epochs, o *receipts.Options) {
			e.handover.Checkpoint.Lines = e.handover.Checkpoint.Lines[:1]
			e.receipt.Handovers[0] = e.handover.Append(nil)
		}, verify.WordHandover},
		{"a handover with another document", func(e *epochs, o *receipts.Options) {
			other := *e.second
			other.TrustPeriod++
			e.handover.Policy = &other
			e.receipt.Handovers[0] = e.handover.Append(nil)
		}, verify.WordPolicy},
		{"a handover twice", func(e *epochs, o *receipts.Options) {
			e.receipt.Handovers = append(e.receipt.Handovers, e.receipt.Handovers[0])
		}, verify.WordFormat},
		{"a handover that is noise", func(e *epochs, o *receipts.Options) { e.receipt.Handovers[0] = []byte("noise") }, verify.WordHandover},
		{"a head of a retired epoch", func(e *epochs, o *receipts.Options) {
			o.Trust.Policy = e.second
			e.receipt = e.product(Coffee)
		}, verify.WordPolicy},
		{"a head signed with the retired key", func(e *epochs, o *receipts.Options) {
			e.receipt.Checkpoint = e.cosign(ledger.Head{Size: e.receipt.Checkpoint.Tree.Size, Root: e.receipt.Checkpoint.Tree.Root})
		}, verify.WordQuorum},
		{"beyond the trust period", func(e *epochs, o *receipts.Options) {
			o.MaxAge = 0
			o.Trust.Now += e.first.TrustPeriod + 1
		}, verify.WordHandover},
	} {
		t.Run(row.name, func(t *testing.T) {
			e := newEpochs(t)
			o := e.options()
			row.bend(e, &o)
			_, err := receipts.Subject(t.Context(), e.receipt.Append(nil), o)
			checkRefusal(t, err, row.want)
			keep(t, g, row.name, vectors.Receipt, e.receipt.Append(nil), o, row.want)
		})
	}
}
