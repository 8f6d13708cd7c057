package receipts

import (
	"context"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/receipt"
	"github.com/ocopledger/ocop/ledger/statemap"
	"github.com/ocopledger/ocop/ledger/subject"
	"github.com/ocopledger/ocop/ledger/verify"
	"github.com/ocopledger/ocop/ledger/wire"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// Acted is what a receipt of a record or of one of its actions shows: that it is on the ledger, accepted, and who signed it. Whether what it says still
// holds is for a receipt of the subject. A receipt of a refusals leaf shows which records were refused; then Record, Header, Key and Actions are zero.
type Acted struct {
	Head    *checkpoint.Certified
	Trust   verify.Trust // the head's own epoch when Sealed, and else the one believed
	Sealed  bool         // the receipt shows the head's seal, which names its epoch: so in a receipt of an action, not in one of a record
	Age     time.Duration
	Leaf    uint64
	Height  uint64 // of its block; 0 in a receipt of a record, which does not show it
	Time    uint64 // block time, Unix milliseconds; likewise
	Record  ledger.RecordID
	Header  ledger.Header
	Key     ident.PublicKey
	Actions []*recordv1.Action
	First   uint16 // number of the first of them in the record
	Refused []ledger.Refusal
}

// Action checks the receipt of one action: that it belongs to a record that its author's key signed, and that the record stands in its author's
// activity, which only accepted records do. Options.Want is the activity; the caller compares record and number with what it asked for.
func Action(ctx context.Context, file []byte, o Options) (*Acted, error) {
	r, err := parse(file)
	if err != nil {
		return nil, err
	}
	if r.Kind != receipt.KindAction {
		return nil, refuse(verify.WordSubject, "a receipt of a %s, not of an action", r.Kind)
	}
	head, err := frame(r, &o)
	if err != nil {
		return nil, err
	}
	if err := signatures(ctx, r, o.Signatures); err != nil {
		return nil, err
	}
	rec := &r.Records[0]
	if r.ID() != subject.Activity(rec.Header.Author) {
		return nil, refuse(verify.WordRecord, "a record of account %d in %s", rec.Header.Author, r.ID())
	}
	if refusal := accepted(r); refusal != nil {
		return nil, refusal
	}
	out := &Acted{
		Head: head.Certified, Trust: head.Trust, Sealed: true, Age: age(head.Certified, &o), Leaf: rec.Leaf, Height: rec.Height, Time: rec.Time, Record: rec.ID(), Header: rec.Header, Key: rec.Key,
		First: rec.Actions[0].Number,
	}
	return out, out.decode([][]byte{rec.Actions[0].Bytes})
}

// accepted checks that the record's entry is in its author's activity, and the activity in the state.
func accepted(r *receipt.Receipt) *verify.Error {
	rec, p, m := &r.Records[0], r.Place, &r.Members[0]
	entry := ledger.Entry{
		Leaf: rec.Leaf, Height: rec.Height, Time: rec.Time, Record: rec.ID(), Action: ledger.WholeRecord, ActionHash: rec.Header.ActionsRoot, Value: p.Value,
	}
	if err := merkle.History.CheckInclusion(p.Path, p.Entries, p.Root, p.Entry, entry.LeafHash()); err != nil {
		return because(verify.WordHistory, err, "%s: entry %d is not of this record", m.ID, p.Entry)
	}
	leaf := statemap.Leaf{Key: m.ID.Key(), Value: subject.ValueHash(m.Value), N: p.Entries, History: p.Root}
	return proved(r, []statemap.Leaf{leaf}, []ledger.Hash{leaf.Key})
}

func (a *Acted) decode(actions [][]byte) error {
	for i, data := range actions {
		if err := wire.Records().Check(wire.MessageAction, data, uint32(a.Header.Schema)); err != nil {
			return because(verify.WordAction, err, "action %d is not canonical, or of a kind this verifier does not know", int(a.First)+i)
		}
		m := new(recordv1.Action)
		if err := proto.Unmarshal(data, m); err != nil {
			return because(verify.WordAction, err, "action %d", int(a.First)+i)
		}
		a.Actions = append(a.Actions, m)
	}
	return nil
}

// refused takes the leaf of a block's refusals.
func (a *Acted) refused(p *checkpoint.Proof, leaf []byte) error {
	r, err := ledger.ParseRefusals(leaf)
	if err != nil {
		return because(verify.WordRecord, err, "the extra data are no refusals")
	}
	if err := p.Check(merkle.Log.Leaf(leaf)); err != nil {
		return because(verify.WordPath, err, "of the refusals")
	}
	a.Height, a.Refused = r.Height, r.Rows
	return nil
}

// Record checks a record receipt: a C2SP tlog-proof with the record, or the refusals leaf that names it, as extra data. Options.Want, Date and AsOf are not asked.
// Its head must be certified under the policy epoch believed, or under the one that Options.Handovers lead to. Such a file has no room for handovers, and does
// not show the seal that names the head's epoch: the sizes at which epochs ended tell it as far as handovers are given, and without them Trust is merely
// what was believed. Where a rotation left a quorum of the keys in place, heads of both sides of it pass, signed by keys that are believed.
func Record(ctx context.Context, file []byte, o Options) (*Acted, error) {
	p, err := checkpoint.ParseProof(file)
	if err != nil {
		return nil, because(verify.WordFormat, err, "not a tlog-proof")
	}
	if len(p.Extra) == 0 || p.Extra[0] != receipt.RecordExtra {
		return nil, refuse(verify.WordFormat, "a tlog-proof without a record as extra data")
	}
	data := p.Extra[1:]
	if refusal := goesBack(&o, o.Trust.Policy.Chain, p.Checkpoint.Tree); refusal != nil {
		return nil, refusal
	}
	trust, err := walked(&o, p.Checkpoint.Tree.Size)
	if err != nil {
		return nil, err
	}
	head, err := trust.Certify(p.Checkpoint)
	if err != nil {
		return nil, err
	}
	if err := retired(&o, trust.Policy, head.Tree); err != nil {
		return nil, err
	}
	if refusal := fresh(head, &o); refusal != nil {
		return nil, refusal
	}
	out := &Acted{Head: head, Trust: trust, Age: age(head, &o), Leaf: p.Index}
	if len(data) > 0 && data[0] == ledger.KindRefusals {
		return out, out.refused(p, data)
	}
	e, err := ledger.ParseEnvelope(data)
	if err != nil {
		return nil, because(verify.WordRecord, err, "the extra data are no record")
	}
	if e.Header.Chain != o.Trust.Policy.Chain {
		return nil, refuse(verify.WordChain, "a record of ledger %s, the policy is of %s", e.Header.Chain, o.Trust.Policy.Chain)
	}
	if err := p.Check(merkle.Log.Leaf(data)); err != nil {
		return nil, because(verify.WordPath, err, "of the record")
	}
	verdicts, err := check(ctx, o.Signatures, []ident.Job{{Key: e.PublicKey, Digest: e.Digest, Sig: e.Signature}})
	if err != nil {
		return nil, err
	}
	if verdicts[0] != nil {
		return nil, because(verify.WordSignature, verdicts[0], "record %s", e.ID)
	}
	out.Record, out.Header, out.Key = e.ID, e.Header, e.PublicKey
	return out, out.decode(e.Actions)
}
