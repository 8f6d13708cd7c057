//go:build linux && amd64

package fault

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/ocopledger/ocop/node/internal/disk"
	"github.com/ocopledger/ocop/node/internal/proxy"
	"github.com/ocopledger/ocop/node/internal/trace"
)

const (
	netDelay = 60 * time.Millisecond
	netLoss  = 0.03
	// slowSync is what each sync takes on a slow disk.
	slowSync = 80 * time.Millisecond
)

// inflicted is a fault that goes on.
type inflicted struct {
	heal func() error
	hit  func() int // how many processes, messages or calls it has met
}

// inflict begins a fault on the nodes. Nodes that it ends are for others to start again.
func (w *battlefield) inflict(f fault) (on inflicted, err error) {
	node := f.Node
	if f.Leader {
		node = w.leads(node)
	}
	h := w.hosts[node]
	on = inflicted{func() error { return nil }, func() int { return 1 }}
	everyLink := func(r proxy.Rule, hit func(proxy.Link) bool) inflicted {
		before := w.wires.Touched()
		for from := range nodes {
			for to := range nodes {
				if l := (proxy.Link{From: from, To: to}); from != to && hit(l) {
					w.wires.Set(l, r)
				}
			}
		}
		return inflicted{on.heal, func() int { return w.wires.Touched() - before }} // all rules are taken back at once
	}
	switch f.Kind {
	case killOne:
		h.kill()
	case killTwo:
		h.kill()
		w.hosts[(node+f.Other)%nodes].kill()
	case killAll:
		for _, h := range w.hosts {
			h.kill()
		}
	case stopOne:
		on.heal = w.stopped(h)
	case stopAll:
		on.heal = w.stopped(w.hosts...)
	case cutOff:
		return everyLink(proxy.Rule{Cut: true}, func(l proxy.Link) bool { return l.From == node || l.To == node }), nil
	case cutOneWay:
		return everyLink(proxy.Rule{Cut: true}, func(l proxy.Link) bool { return l.From == node && l.To == (node+f.Other)%nodes }), nil
	case deaf:
		return everyLink(proxy.Rule{Cut: true}, func(l proxy.Link) bool { return l.To == node }), nil
	case mute:
		return everyLink(proxy.Rule{Cut: true}, func(l proxy.Link) bool { return l.From == node }), nil
	case delay:
		return everyLink(proxy.Rule{Delay: netDelay}, func(proxy.Link) bool { return true }), nil
	case loss:
		return everyLink(proxy.Rule{Lose: netLoss}, func(proxy.Link) bool { return true }), nil
	default:
		return w.spoil(h, f)
	}
	return on, nil
}

func (w *battlefield) stopped(hosts ...*host) func() error {
	for _, h := range hosts {
		if p := h.running(); p != nil {
			p.Signal(syscall.SIGSTOP)
		}
	}
	return func() error {
		for _, h := range hosts {
			if p := h.running(); p != nil {
				p.Signal(syscall.SIGCONT)
			}
		}
		return nil
	}
}

// spoil has a node's disk fail while the node runs.
func (w *battlefield) spoil(h *host, f fault) (on inflicted, err error) {
	p := h.running()
	if p == nil {
		return on, fmt.Errorf("node %d does not run\n%s", h.number, h.logEnd())
	}
	healed, hits := make(chan struct{}), new(atomic.Int64)
	judge := badDisk(f, healed)
	traced, err := trace.Attach(p.Pid, trace.Options{
		Watch: func(path string) bool { return slices.Contains(diskFiles, filepath.Base(path)) },
		Judge: func(c *trace.Call) trace.Verdict {
			v := judge(c)
			if v != (trace.Verdict{}) {
				hits.Add(1)
			}
			return v
		},
	})
	if err != nil {
		return on, err
	}
	on.heal = func() error {
		close(healed)
		return traced.Detach()
	}
	on.hit = func() int { return int(hits.Load()) }
	return on, nil
}

// badDisk is what becomes of the calls of a node whose disk fails.
func badDisk(f fault, healed <-chan struct{}) func(*trace.Call) trace.Verdict {
	var calls atomic.Int64
	hit := func(c *trace.Call, k trace.Kind) bool { return c.Kind == k && calls.Add(1) == int64(f.N) }
	return func(c *trace.Call) (v trace.Verdict) {
		switch {
		case f.Kind == diskFull && c.Kind == trace.Write:
			v = trace.Verdict{Short: true, Answer: syscall.ENOSPC}
		case f.Kind == diskWrite && hit(c, trace.Write):
			v.Answer = syscall.EIO
		case f.Kind == diskSync && hit(c, trace.Sync):
			v.Answer = syscall.EIO
		case f.Kind == diskTorn && hit(c, trace.Write):
			sectors := max(1, len(c.Data)/disk.Sector)
			v = trace.Verdict{Short: true, Keep: f.N % sectors * disk.Sector, End: true}
		case f.Kind == diskSlow && c.Kind == trace.Sync:
			v.Hold = after(slowSync)
		case f.Kind == diskHung:
			v.Hold = healed
		}
		return v
	}
}

func after(d time.Duration) <-chan struct{} {
	c := make(chan struct{})
	time.AfterFunc(d, func() { close(c) })
	return c
}

// leads is the node that some node says leads; otherwise when nobody does.
func (w *battlefield) leads(otherwise int) int {
	for _, h := range w.hosts {
		if head, err := h.head(context.Background()); err == nil && head.GetNode().GetLeader() != 0 {
			return int(head.GetNode().GetLeader()) - 1
		}
	}
	return otherwise
}
