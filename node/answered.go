package node

import (
	"context"
	"errors"
	"log/slog"

	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/node/admit"
	"github.com/ocopledger/ocop/node/metrics"
)

// answered counts what clients are told of their records, and writes it to the log. What went as it should is for a debugging operator; a refusal is
// on the ledger for good, so it is in the log, too.
func (n *Node) answered(outcomes []chain.Outcome) {
	n.monitor.count(outcomes)
	for i := range outcomes {
		o := &outcomes[i]
		level, message := slog.LevelDebug, "record accepted"
		switch {
		case o.Duplicate:
			message = "record known"
		case o.Status == chain.Refused:
			level, message = slog.LevelInfo, "record refused"
		case o.Status == chain.Rejected:
			message = "record rejected"
			if o.Refusal.Reason == reason.UnknownOutcome {
				level, message = slog.LevelWarn, "what becomes of a record is not known"
			}
		}
		if !n.log.Enabled(context.Background(), level) { // asked first: most records need no word, and each would cost some allocations
			continue
		}
		if o.Refusal == nil {
			n.log.Log(context.Background(), level, message, "record", o.Record, "height", o.Height)
		} else {
			n.log.Log(context.Background(), level, message, "record", o.Record, "height", o.Height, "reason", o.Refusal.Reason)
		}
	}
}

// turnedAway counts a call that was not taken.
func (n *Node) turnedAway(err error) {
	if errors.Is(err, admit.ErrOverloaded) {
		n.monitor.metrics.Overloaded(metrics.Admit)
	}
}
