package command

import (
	"context"
	"errors"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/ocopledger/ocop/cmd/ocop/internal/explain"
	"github.com/ocopledger/ocop/node/client"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

// notice is the beginning of every JSON object that is written: what the ledger it speaks of is worth.
type notice struct {
	Notice string `json:"notice,omitempty"`
}

// noticeOf is the notice of a ledger.
func noticeOf(sample bool) notice {
	if sample {
		return notice{explain.SampleNotice}
	}
	return notice{}
}

// saw keeps what a draft, a genesis file or a node says of its ledger, for the case that the command fails: what is said then is about that ledger, too.
func (a *app) saw(sample bool) { a.sample = a.sample || sample }

// learnTimeout is how long a failed command waits to learn whether it was about sample data.
const learnTimeout = 2 * time.Second

// learn asks the node of a failed command whether its ledger holds sample data: a refusal does not say.
func (a *app) learn(ctx context.Context, err error) {
	if c, ok := errors.AsType[*coded](err); err == nil || !a.asked || a.sample || ok && c.silent {
		return
	}
	failed, fromNode := errors.AsType[*client.Error](err)
	if fromNode && failed.Code == codes.Unavailable || !fromNode && exitCode(err) == exitUsage {
		return
	}
	c, ctx, done, err := a.dial(ctx)
	if err != nil {
		return
	}
	defer done()
	ctx, cancel := context.WithTimeout(ctx, learnTimeout)
	defer cancel()
	if head, err := c.Ledger.GetHead(ctx, &apiv1.GetHeadRequest{}); err == nil {
		a.saw(head.GetAsOf().GetSample())
	}
}
