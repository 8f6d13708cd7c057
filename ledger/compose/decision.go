package compose

import (
	"github.com/ocopledger/ocop/ledger"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// MaxParts is how many parts a Decision may come in.
const MaxParts = 255

// Decision is a Decision (quyết định) with the products it certifies.
type Decision struct {
	ID         ledger.DecisionID
	Date       ledger.Date
	Document   *recordv1.Document
	Historical bool
	Items      []*recordv1.Certify // at least one, in the order of the annex; each names an item of this Decision
}

// Records lists the actions of each record it takes to put the Decision on a ledger. A Decision too large for one record comes in parts
// i of m, each as large as fits; every part is all or none by itself.
func (d *Decision) Records(schema uint16) ([][]*recordv1.Action, error) {
	// Which items fit a part is settled with the largest numbers a part can have, so that m need not be known before.
	opening, err := Marshal(schema, []*recordv1.Action{d.open(MaxParts, MaxParts)})
	if err != nil {
		return nil, err
	}
	var parts [][]*recordv1.Action
	var size int
	for i, item := range d.Items {
		action := Act(item)
		data, err := Marshal(schema, []*recordv1.Action{action})
		if err != nil {
			return nil, &ActionError{i + 1, err.(*ActionError).Err}
		}
		add := EnvelopeSize(data) - envelopeOverhead
		if n := len(parts); n == 0 || len(parts[n-1]) == ledger.MaxActions || size+add > ledger.MaxEnvelope {
			parts = append(parts, make([]*recordv1.Action, 1, ledger.MaxActions))
			size = EnvelopeSize(opening)
		}
		last := len(parts) - 1
		parts[last] = append(parts[last], action)
		size += add
	}
	if len(parts) == 0 {
		return nil, ErrActionCount
	}
	if len(parts) > MaxParts {
		return nil, ErrTooManyParts
	}
	for i := range parts {
		parts[i][0] = d.open(i+1, len(parts))
	}
	return parts, nil
}

func (d *Decision) open(part, parts int) *recordv1.Action {
	return Act(&recordv1.OpenDecision{
		Decision: DecisionRef(d.ID), Date: uint32(d.Date), Document: d.Document,
		Part: uint32(part), Parts: uint32(parts), Historical: d.Historical,
	})
}
