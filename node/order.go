package node

import (
	"context"
	"errors"
	"fmt"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/rules"
	"github.com/ocopledger/ocop/node/admit"
	"github.com/ocopledger/ocop/node/batch"
	"github.com/ocopledger/ocop/node/peer"
	"github.com/ocopledger/ocop/node/replica"
)

// refuse is a refusal that the node gives by itself, of a record as a whole.
func refuse(code reason.Code) *rules.Refusal {
	f := &rules.Refusal{Reason: code, Action: ledger.WholeRecord}
	if code == reason.Overloaded || code == reason.NoLeader {
		f.Args = []reason.Arg{reason.Span("wait", uint64(retryHint.Milliseconds()))}
	}
	return f
}

func rejected(id ledger.RecordID, f *rules.Refusal) chain.Outcome {
	return chain.Outcome{Record: id, Status: chain.Rejected, Refusal: f}
}

// propose hands a draft to raft.
func (n *Node) propose(draft []byte) func() (batch.Ordered[chain.Outcome], error) {
	<-n.seated
	pending := n.replica.Propose(draft)
	return func() (batch.Ordered[chain.Outcome], error) {
		applied, err := pending.Wait()
		return batch.Ordered[chain.Outcome]{Nothing: applied.Bad, Outcomes: applied.Outcomes}, err
	}
}

// lead orders records as the leader and gives an outcome for each. Those that this node could not order because it does not lead, or whose fate it does
// not know, are rejected with the reasons NoLeader and UnknownOutcome. A record that stands twice among them is ordered once. Records that a validator has
// promised are not judged: should the rules refuse them by now, the ledger is to say so. Who is patient waits for room in the queue as long as ctx lasts.
func (n *Node) lead(ctx context.Context, records []admit.Record, how care) []chain.Outcome {
	outcomes := make([]chain.Outcome, len(records))
	single, first := once(records)
	var err error
	if !how.Promised {
		err = n.admit.Judge(single, uint64(n.o.Now().UnixMilli()), func() error { return n.batch.Settle(ctx) })
	}
	made := make([]chain.Outcome, len(single))
	var envelopes [][]byte
	var places []int
	for j := range single {
		switch r := &single[j]; {
		case err != nil:
			made[j] = rejected(r.ID(), refuse(reason.NoLeader))
		case r.Known:
			made[j] = n.known(r.ID())
		case r.Refusal != nil:
			made[j] = rejected(r.ID(), r.Refusal)
		default:
			envelopes, places = append(envelopes, r.Bytes), append(places, j)
		}
	}
	var results []batch.Result[chain.Outcome]
	if !how.patient {
		results, err = n.batch.Submit(ctx, envelopes, how.Certify)
	} else if pending, begun := n.batch.Begin(ctx, 0, envelopes, how.Certify); begun == nil {
		results, err = pending.Wait(ctx)
	} else {
		err = begun
	}
	for k, j := range places {
		if err != nil {
			made[j] = rejected(single[j].ID(), refuse(reasonOf(err)))
		} else if results[k].Err != nil {
			made[j] = rejected(single[j].ID(), refuse(reasonOf(results[k].Err)))
		} else {
			made[j] = results[k].Outcome
		}
	}
	for i, j := range first {
		outcomes[i] = made[j]
	}
	return outcomes
}

// once leaves out records that stand among those before them. first is the place of each record's first in single.
func once(records []admit.Record) (single []admit.Record, first []int) {
	places := make(map[ledger.RecordID]int, len(records))
	first = make([]int, len(records))
	for i := range records {
		id := records[i].ID()
		j, twice := places[id]
		if !twice {
			j = len(single)
			places[id], single = j, append(single, records[i])
		}
		first[i] = j
	}
	return single, first
}

// known is the outcome of a record that was ordered before.
func (n *Node) known(id ledger.RecordID) (o chain.Outcome) {
	err := n.ledger.View(func(v *chain.View) (err error) {
		var ok bool
		if o, ok, err = v.Record(id); err == nil && !ok {
			err = fmt.Errorf("record %v is known and has no outcome", id)
		}
		return err
	})
	if err != nil {
		n.fail(err)
		return rejected(id, refuse(reason.UnknownOutcome))
	}
	o.Duplicate = true
	return o
}

// reasonOf tells what an error of ordering means for a record.
func reasonOf(err error) reason.Code {
	switch {
	case errors.Is(err, batch.ErrOverloaded), errors.Is(err, admit.ErrOverloaded):
		return reason.Overloaded
	case errors.Is(err, batch.ErrNoOffice), errors.Is(err, batch.ErrNothing), errors.Is(err, batch.ErrNoKey), errors.Is(err, batch.ErrClosed), errors.Is(err, replica.ErrNotLeader), errors.Is(err, replica.ErrStopped):
		return reason.NoLeader
	}
	return reason.UnknownOutcome
}

// passing tells whether a reason is of the moment, so that the same record may be tried again at once.
func passing(f *rules.Refusal) bool {
	return f != nil && (f.Reason == reason.NoLeader || f.Reason == reason.UnknownOutcome)
}

// Order implements peer.Handler: another validator hands on what its clients gave it.
func (n *Node) Order(ctx context.Context, from ledger.AccountID, envelopes [][]byte, how peer.Care) []peer.Fate {
	fates := make([]peer.Fate, len(envelopes))
	fill := func(code reason.Code) []peer.Fate {
		for i := range fates {
			fates[i].Refusal = refuse(code)
		}
		return fates
	}
	if n.term() == 0 {
		return fill(reason.NoLeader)
	}
	// Another validator has taken them in and verified them, and hands on a few drafts at a time: turned away here, that would have been in vain.
	records, err := n.admit.Await(ctx, envelopes)
	if err != nil {
		return fill(reasonOf(err))
	}
	var good []admit.Record
	var places []int
	for i := range records {
		switch r := &records[i]; {
		case r.Known:
			fates[i].Ordered = true
		case r.Refusal != nil:
			n.log.Warn("a validator handed on a record it must have refused", "agency", from, "record", r.ID(), "height", n.ledger.Head().Height, "reason", r.Refusal)
			fates[i].Refusal = r.Refusal
		default:
			good, places = append(good, *r), append(places, i)
		}
	}
	for j, o := range n.lead(ctx, good, care{how, true}) {
		if o.Status == chain.Rejected {
			fates[places[j]].Refusal = o.Refusal
		} else {
			fates[places[j]].Ordered = true
		}
	}
	return fates
}
