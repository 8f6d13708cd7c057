package command

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/ledger/verify"
)

// shownVerified is a head that was verified.
type shownVerified struct {
	notice
	Verify string       `json:"verify"` // ok
	Head   shownHead    `json:"head"`
	State  string       `json:"state"`
	Memory *shownMemory `json:"memory,omitempty"`
}

// verifiedHead shows a node's newest certified head when it is the ledger's, and remembers it.
func (a *app) verifiedHead(ctx context.Context, b *believing) error {
	believed, err := a.believe(b, a.env.Now(), true)
	if err != nil {
		return a.refused(err)
	}
	c, ctx, done, err := a.dial(ctx)
	if err != nil {
		return err
	}
	defer done()
	f, err := a.follow(ctx, c, believed, a.minHeight)
	if err != nil {
		return a.unproved(err)
	}
	if b.memory != "" {
		if err := keep(b.memory, believed, f.memory); err != nil {
			return err
		}
	}
	n := noticeOf(f.sample)
	shown := a.shownVerified(n, f.head, believed.now)
	shown.Memory = remembering(b.memory, believed.memory, f.head.Tree, true)
	return a.print(n, shown, func(w io.Writer) {
		fmt.Fprintln(w, a.t(lang.Text{Vi: "Đã kiểm: đây là đầu sổ được chứng thực của sổ cái; không tin nút nào.", En: "Verified: this is a certified head of the ledger; no node was trusted."}))
		a.headText(w, &shown.Head)
		a.lines(w).line(lang.Text{Vi: "Mã gốc", En: "Root"}, shown.Head.Root)
		a.lines(w).line(lang.Text{Vi: "Trạng thái", En: "State"}, shown.State)
		a.memoryText(w, shown.Memory)
	})
}

func (a *app) shownVerified(n notice, h *verify.Head, now uint64) *shownVerified {
	age := time.Duration(int64(now)-int64(h.Time)) * time.Second
	out := &shownVerified{notice: n, Verify: "ok", Head: shownHeadOf(h.Certified, h.Trust.Policy, age), State: h.Seal.State.String()}
	out.Head.Height, out.Head.BlockTime = h.Seal.Height, h.Seal.Time
	return out
}
