package node

import (
	"context"
	"errors"

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
// not know, are rejected with the reasons NoLeader and UnknownOutcome; records that are known on the ledger are left out of it by the caller.
func (n *Node) lead(ctx context.Context, records []admit.Record) []chain.Outcome {
	outcomes := make([]chain.Outcome, len(records))
	err := n.admit.Judge(records, uint64(n.o.Now().UnixMilli()), func() error { return n.batch.Settle(ctx) })
	var envelopes [][]byte
	var places []int
	for i := range records {
		switch r := &records[i]; {
		case err != nil:
			outcomes[i] = rejected(r.ID(), refuse(reason.NoLeader))
		case r.Refusal != nil:
			outcomes[i] = rejected(r.ID(), r.Refusal)
		default:
			envelopes, places = append(envelopes, r.Bytes), append(places, i)
		}
	}
	results, err := n.batch.Submit(ctx, envelopes)
	for j, i := range places {
		if err != nil {
			outcomes[i] = rejected(records[i].ID(), refuse(reasonOf(err)))
		} else if results[j].Err != nil {
			outcomes[i] = rejected(records[i].ID(), refuse(reasonOf(results[j].Err)))
		} else {
			outcomes[i] = results[j].Outcome
		}
	}
	return outcomes
}

// reasonOf tells what an error of ordering means for a record.
func reasonOf(err error) reason.Code {
	switch {
	case errors.Is(err, batch.ErrOverloaded), errors.Is(err, admit.ErrOverloaded):
		return reason.Overloaded
	case errors.Is(err, batch.ErrNoOffice), errors.Is(err, batch.ErrNothing), errors.Is(err, batch.ErrClosed), errors.Is(err, replica.ErrNotLeader), errors.Is(err, replica.ErrStopped):
		return reason.NoLeader
	}
	return reason.UnknownOutcome
}

// passing tells whether a reason is of the moment, so that the same record may be tried again at once.
func passing(f *rules.Refusal) bool {
	return f != nil && (f.Reason == reason.NoLeader || f.Reason == reason.UnknownOutcome)
}

// Order implements peer.Handler: another validator hands on what its clients gave it.
func (n *Node) Order(ctx context.Context, from ledger.AccountID, envelopes [][]byte) []peer.Fate {
	fates := make([]peer.Fate, len(envelopes))
	fill := func(code reason.Code) []peer.Fate {
		for i := range fates {
			fates[i].Refusal = refuse(code)
		}
		return fates
	}
	if n.replica.Term() == 0 {
		return fill(reason.NoLeader)
	}
	records, err := n.admit.Verify(ctx, envelopes)
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
			n.log.Warn("a validator handed on a record it must have refused", "validator", from, "record", r.ID(), "reason", r.Refusal)
			fates[i].Refusal = r.Refusal
		default:
			good, places = append(good, *r), append(places, i)
		}
	}
	for j, o := range n.lead(ctx, good) {
		if o.Status == chain.Rejected {
			fates[places[j]].Refusal = o.Refusal
		} else {
			fates[places[j]].Ordered = true
		}
	}
	return fates
}
