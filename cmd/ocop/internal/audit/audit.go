// Package audit runs an audit over a node's leaves and compares the documents that the ledger names with files.
//
// The node is not trusted with anything but bytes: everything follows from genesis, or the audit names where it does not.
package audit

import (
	"context"
	"errors"
	"iter"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/flaw"
	"github.com/ocopledger/ocop/ledger/genesis"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/replay"
	"github.com/ocopledger/ocop/node/client"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// Source is where leaves come from: a node, or published files.
type Source interface {
	Leaves(ctx context.Context, from uint64) iter.Seq2[client.Run, error]
}

// Result is what an audit found. Head and counts are of what was verified: in a ledger that diverges, up to the last whole block before.
type Result struct {
	Head       ledger.Head // newest that follows from genesis; zero: not even the genesis seal
	Records    uint64
	Refusals   uint64
	Divergence *Divergence    // nil: the whole ledger follows
	Epoch      *ledger.Policy // policy epoch of the newest block: its validators certify Head
	Documents  []Document     // that the ledger names, in the order of the log

	named  map[documentKey]bool
	citing map[protowire.Number]bool // kinds of action that can name a document
	next   *ledger.Policy            // of the next block
}

// documentKey tells documents apart: a Decision in parts names its own in each.
type documentKey struct {
	hash  ledger.Hash
	owner string
}

// Divergence is the first thing that does not follow.
type Divergence struct {
	Leaf       uint64  `json:"leaf"`
	Height     *uint64 `json:"height,omitempty"` // nil: it is not told
	Record     string  `json:"record,omitempty"`
	Field      string  `json:"field"` // a diagnosis.Path
	Want       string  `json:"want,omitempty"`
	Got        string  `json:"got,omitempty"`
	Kind       string  `json:"kind"`       // of a flaw.Flaw
	Vietnamese string  `json:"vietnamese"` // in one line
	English    string  `json:"english"`
}

// feed is how many leaves the auditor gets at a time: enough for all cores, small in memory.
const feed = 4096

// signers is how many signers' keys are remembered between signatures.
const signers = 16384

// Run audits everything the source has. workers verify signatures. progress is told how many leaves were checked, and how many there are. The error
// says that the audit could not be finished; what is wrong with the ledger is in the result.
func Run(ctx context.Context, g *genesis.Genesis, source Source, workers int, progress func(leaves, size uint64)) (*Result, error) {
	pool, err := ident.NewPool(workers, signers)
	if err != nil {
		return nil, err
	}
	defer pool.Close()
	heap := newHeap()
	defer heap.restore()
	r := &Result{named: make(map[documentKey]bool), citing: citing()}
	r.Epoch, r.next = g.Policy(), g.Policy()
	auditor := replay.NewAuditor(g, pool, func(b *replay.Block) { r.block(b) })
	err = feedAll(ctx, auditor, source, func(leaves, size uint64) {
		heap.adjust()
		progress(leaves, size)
	})
	result, finished := auditor.Finish()
	r.Head, r.Records, r.Refusals = result.Head, result.Records, result.Refusals
	if err == nil {
		err = finished
	}
	var d *replay.Divergence
	var files *damage
	switch {
	case errors.As(err, &d):
		r.Divergence = said(d)
	case errors.As(err, &files):
		r.Divergence = files.said()
	case errors.Is(err, replay.ErrUnfinished):
		unsealed := flaw.Of(err)
		// A stream ends at a head, and a head at a seal: a node that stops short of one hides something or is damaged.
		r.Divergence = &Divergence{Leaf: r.Head.Size, Height: new(uint64), Field: "seal", Got: "none", Kind: "unsealed", Vietnamese: unsealed.Vietnamese, English: unsealed.English}
		if r.Head.Size > 0 {
			*r.Divergence.Height = r.Head.Height + 1
		}
	case err != nil:
		return nil, err
	}
	return r, nil
}

// said is a divergence for the report.
func said(d *replay.Divergence) *Divergence {
	vietnamese, english := d.Sentences()
	return &Divergence{d.Leaf, &d.Height, d.Record, string(d.Field), d.Want, d.Got, d.Flaw().Kind, vietnamese, english}
}

func feedAll(ctx context.Context, auditor *replay.Auditor, source Source, progress func(leaves, size uint64)) error {
	var held [][]byte
	var next uint64
	for run, err := range source.Leaves(ctx, 0) {
		if err != nil {
			return err
		}
		if run.First != next {
			return &replay.Divergence{Leaf: next, Field: "index", What: flaw.New("skips", "nút bỏ sót hoặc lặp lại lá", "the node skips or repeats leaves")}
		}
		next += uint64(len(run.Leaves))
		held = append(held, run.Leaves...)
		if len(held) < feed {
			continue
		}
		if err := auditor.Feed(ctx, held); err != nil {
			return err
		}
		progress(next, max(run.Size, next))
		held = nil
	}
	return auditor.Feed(ctx, held)
}

// block keeps what a derived block names for the report. Its actions have passed the rules, so that they unmarshal.
func (r *Result) block(b *replay.Block) {
	r.Epoch, r.next = r.next, b.Next
	for _, e := range b.Records {
		for _, data := range e.Actions {
			if number, _, n := protowire.ConsumeTag(data); n < 0 || !r.citing[number] {
				continue
			}
			a := new(recordv1.Action)
			if proto.Unmarshal(data, a) == nil {
				r.document(a)
			}
		}
	}
}

// citing are the kinds of action that can name a document: most actions of a ledger are sales, which are not worth another look.
func citing() map[protowire.Number]bool {
	numbers := make(map[protowire.Number]bool)
	kinds := new(recordv1.Action).ProtoReflect().Descriptor().Fields()
	for i := range kinds.Len() {
		if kind := kinds.Get(i); kind.Message().Fields().ByName("document") != nil {
			numbers[kind.Number()] = true
		}
	}
	return numbers
}

func (r *Result) document(a *recordv1.Action) {
	var d *recordv1.Document
	var owner string
	switch k := a.GetKind().(type) {
	case *recordv1.Action_OpenDecision:
		d, owner = k.OpenDecision.GetDocument(), compose.DecisionID(k.OpenDecision.GetDecision()).String()
	case *recordv1.Action_Revoke:
		d, owner = k.Revoke.GetDocument(), compose.DecisionID(k.Revoke.GetDecision()).String()
	case *recordv1.Action_Correct:
		d, owner = k.Correct.GetDocument(), "correction"
	case *recordv1.Action_HoldLot:
		d, owner = k.HoldLot.GetDocument(), compose.LotID(k.HoldLot.GetLot()).String()
	case *recordv1.Action_ReleaseLot:
		d, owner = k.ReleaseLot.GetDocument(), compose.LotID(k.ReleaseLot.GetLot()).String()
	case *recordv1.Action_RecallLot:
		d, owner = k.RecallLot.GetDocument(), compose.LotID(k.RecallLot.GetLot()).String()
	case *recordv1.Action_Inspect:
		d, owner = k.Inspect.GetDocument(), compose.ProductID(k.Inspect.GetProduct()).String()
		if lot := k.Inspect.GetLot(); lot != nil {
			owner = compose.LotID(lot).String()
		}
	}
	if d == nil {
		return
	}
	doc := Document{For: owner, Name: d.GetName(), Size: d.GetSize()}
	copy(doc.hash[:], d.GetSha256())
	doc.SHA256 = doc.hash.String()
	key := documentKey{doc.hash, owner}
	if r.named[key] {
		return
	}
	r.named[key] = true
	r.Documents = append(r.Documents, doc)
}
