package receipts_test

import (
	"testing"

	"github.com/ocopledger/ocop/ledger"
	. "github.com/ocopledger/ocop/ledger/chain/chaintest"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/prove"
	"github.com/ocopledger/ocop/ledger/receipt"
	"github.com/ocopledger/ocop/ledger/verify"
	"github.com/ocopledger/ocop/ledger/verify/receipts"
	"github.com/ocopledger/ocop/ledger/verify/vectors"
)

// remembers is a memory of a head.
func remembers(p *ledger.Policy, size uint64, root ledger.Hash) *verify.Memory {
	return &verify.Memory{Policy: p, Head: Cosign(p, ledger.Head{Size: size, Root: root}, uint64(Start.Unix()))}
}

// TestReceiptsAgainstAMemory: the same answers for a receipt of a subject, of an action and of a record.
func TestReceiptsAgainstAMemory(t *testing.T) {
	s := story(t)
	tree, epoch := s.signed.Tree, s.policy
	next, elsewhere, strange := *epoch, *epoch, *epoch
	next.Number++
	elsewhere.Origin = "log.example/elsewhere"
	strange.Chain[0] ^= 1
	other := tree.Root
	other[0] ^= 1
	files := map[string][]byte{
		"subject": s.product(Coffee).Append(nil), "action": s.action(t, 1, 0).Append(nil), "record": s.recordProof(t, 1).Append(nil),
	}
	g := vectors.New(t, vectorsDir, "receipt-memory", "Receipts of a subject, an action and a record against what is remembered.")
	for _, row := range []struct {
		name   string
		memory *verify.Memory
		older  bool
		want   any
	}{
		{"nothing remembered", nil, false, nil},
		{"the same head", remembers(epoch, tree.Size, tree.Root), false, nil},
		{"a newer head", remembers(epoch, tree.Size-1, other), false, nil},
		{"an older head", remembers(epoch, tree.Size+1, other), false, verify.WordMemory},
		{"an older head, allowed", remembers(epoch, tree.Size+1, other), true, nil},
		{"another head of this size", remembers(epoch, tree.Size, other), false, verify.WordRoot},
		{"another head of this size, older allowed", remembers(epoch, tree.Size, other), true, verify.WordRoot},
		{"an older head of an epoch that has ended, allowed", remembers(&next, tree.Size+1, other), true, nil},
		{"a head no older, of an epoch that has ended", remembers(&next, tree.Size-1, other), true, verify.WordMemory},
		{"another origin", remembers(&elsewhere, tree.Size-1, other), true, verify.WordChain},
		{"another ledger, shorter", remembers(&strange, tree.Size+1, other), false, verify.WordChain},
	} {
		for kind, file := range files {
			o := s.options()
			o.Memory, o.Older = row.memory, row.older
			t.Run(kind+": "+row.name, func(t *testing.T) { checkRefusal(t, read(t, kind, file, o), row.want) })
			what := map[string]vectors.What{"subject": vectors.Receipt, "action": vectors.Action, "record": vectors.Record}[kind]
			keep(t, g, kind+": "+row.name, what, file, o, row.want)
		}
	}
}

// TestHandoversBesideAReceipt: those that are given lead on where those inside end or begin too late.
func TestHandoversBesideAReceipt(t *testing.T) {
	g := vectors.New(t, vectorsDir, "receipt-handovers", "Receipts whose handovers are given beside them.")
	for _, row := range []struct {
		name string
		bend func(*epochs, *receipts.Options)
		want any
	}{
		{"none inside", func(e *epochs, o *receipts.Options) { o.Handovers, e.receipt.Handovers = e.receipt.Handovers, nil }, nil},
		{"the same as inside", func(e *epochs, o *receipts.Options) { o.Handovers = e.receipt.Handovers }, nil},
		{"noise that is not needed", func(_ *epochs, o *receipts.Options) { o.Handovers = [][]byte{[]byte("noise")} }, nil},
		{"noise that is needed", func(e *epochs, o *receipts.Options) {
			o.Handovers, e.receipt.Handovers = [][]byte{[]byte("noise")}, nil
		}, verify.WordHandover},
		{"one of one validator", func(e *epochs, o *receipts.Options) {
			e.handover.Checkpoint.Lines = e.handover.Checkpoint.Lines[:1]
			o.Handovers, e.receipt.Handovers = [][]byte{e.handover.Append(nil)}, nil
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

// TestRecordReceiptsOfALaterEpoch: a record receipt does not name its head's epoch; the sizes at which epochs ended do.
func TestRecordReceiptsOfALaterEpoch(t *testing.T) {
	s := story(t)
	e := recordEpochs(t, s, 3)
	g := vectors.New(t, vectorsDir, "record-epochs", "Record receipts under heads of four epochs, and the handovers between.")
	backwards := [][]byte{e.handovers[2], e.handovers[1], e.handovers[0]}
	for _, row := range []struct {
		name      string
		pinned    int // index of the epoch believed
		handovers [][]byte
		head      int // index of the epoch of the receipt's head
		want      any
	}{
		{"of the epoch believed", 0, nil, 0, nil},
		{"of the epoch believed, with handovers to later ones", 0, e.handovers, 0, nil},
		{"a later one", 0, e.handovers, 3, nil},
		{"one between", 0, e.handovers, 2, nil},
		{"given in another order", 0, backwards, 3, nil},
		{"pinned between", 2, e.handovers, 3, nil},
		{"without handovers", 0, nil, 3, verify.WordQuorum},
		{"one is missing", 0, [][]byte{e.handovers[0], e.handovers[2]}, 3, verify.WordHandover},
		{"the last is missing", 0, e.handovers[:2], 3, verify.WordQuorum},
		{"of an epoch before the one believed", 2, e.handovers, 0, verify.WordQuorum},
		{"noise", 0, [][]byte{[]byte("noise")}, 0, verify.WordHandover},
	} {
		t.Run(row.name, func(t *testing.T) {
			o := s.options()
			o.Trust.Policy, o.Handovers = e.policies[row.pinned], row.handovers
			got, err := receipts.Record(t.Context(), e.records[row.head], o)
			checkRefusal(t, err, row.want)
			keep(t, g, row.name, vectors.Record, e.records[row.head], o, row.want)
			if err == nil && got.Trust.Policy.Hash() != e.policies[row.head].Hash() {
				t.Errorf("of epoch %d", got.Trust.Policy.Number)
			}
		})
	}
}

// epochRecords is a log whose leaf 0 is a record, and which each epoch ends with one more leaf, its seal.
type epochRecords struct {
	policies  []*ledger.Policy
	handovers [][]byte // to the policies from 1 on
	records   [][]byte // receipts of the record under the last head of each epoch
}

// recordEpochs ends that many epochs, each with new cosigner keys of two validators, a quorum.
func recordEpochs(t *testing.T, s *scene, ends int) *epochRecords {
	proof := s.recordProof(t, 1)
	e := &epochRecords{policies: []*ledger.Policy{s.policy}}
	tree := merkle.NewTree(merkle.Log, merkle.Log.Leaf(proof.Extra[1:]))
	seal := *s.product(Coffee).Seal
	for i := range ends + 1 {
		p := e.policies[i]
		next := *p
		next.Number, next.Previous = p.Number+1, p.Hash()
		next.Validators = append([]ledger.PolicyValidator(nil), p.Validators...)
		for j := range 2 {
			next.Validators[j].CosignerKey = NodeKey(ledger.AccountID(100*i+j+70), ident.PurposeCosigner).Public()
		}
		seal.Policy, seal.NextPolicy, seal.SizeBefore, seal.RootBefore = p.Hash(), next.Hash(), tree.Size(), tree.Root()
		tree.Append(seal.Leaf())
		signed := &checkpoint.Signed{Tree: checkpoint.Tree{Origin: p.Origin, Size: tree.Size(), Root: tree.Root()}}
		for j := range 2 {
			key := NodeKey(ledger.AccountID(100*(i-1)+j+70), ident.PurposeCosigner)
			if i == 0 {
				signed = Cosign(p, ledger.Head{Size: tree.Size(), Root: tree.Root()}, s.now-10, p.Validators[0].Agency, p.Validators[1].Agency)
				break
			}
			c := must(ident.NewCosigner(p.Validators[j].CosignerName, key))
			signed = signed.With(checkpoint.CosignatureLine(c.VKey(), must(c.Cosign(signed.Tree.Text(), s.now-10))))
		}
		h := &checkpoint.Handover{Policy: &next, Seal: seal.Append(nil), Path: must(merkle.Log.ProveInclusion(tree, tree.Size(), tree.Size()-1)), Checkpoint: signed}
		r := &checkpoint.Proof{Extra: proof.Extra, Path: must(merkle.Log.ProveInclusion(tree, tree.Size(), 0)), Checkpoint: signed}
		e.policies, e.handovers, e.records = append(e.policies, &next), append(e.handovers, h.Append(nil)), append(e.records, r.Append(nil))
	}
	e.handovers = e.handovers[:ends]
	return e
}

func (s *scene) recordProof(t *testing.T, leaf uint64) *checkpoint.Proof {
	t.Helper()
	var p *checkpoint.Proof
	s.make(func(v prove.Source) (_ *receipt.Receipt, err error) {
		p, err = prove.Record(v, s.signed, leaf)
		return nil, err
	})
	return p
}

// read checks a receipt as the kind that it is.
func read(t *testing.T, kind string, file []byte, o receipts.Options) (err error) {
	switch kind {
	case "record":
		_, err = receipts.Record(t.Context(), file, o)
	case "action":
		_, err = receipts.Action(t.Context(), file, o)
	default:
		_, err = receipts.Subject(t.Context(), file, o)
	}
	return err
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
