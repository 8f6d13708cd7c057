package node

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/store"
	"github.com/ocopledger/ocop/node/cosign"
	"github.com/ocopledger/ocop/node/metrics"
	"github.com/ocopledger/ocop/node/peer"
)

// keepEvery is how long certified heads wait to be written together, and blocks that no cosign point follows, as when the leader is gone. A head that ends a policy epoch does not
// wait.
const keepEvery = time.Second

// heads is the node's cosigner with its files.
type heads struct {
	*cosign.Cosigner
	node    *Node
	slot    *cosign.Slot
	store   *store.Heads
	running sync.WaitGroup
	stop    context.CancelFunc // nil: not started

	mu        sync.Mutex
	unwritten map[uint64]cosign.Head // by size
	writing   sync.Mutex
}

func (n *Node) openHeads(dir string) (err error) {
	h := &heads{node: n, unwritten: make(map[uint64]cosign.Head)}
	if h.slot, err = cosign.OpenSlot(n.o.Config.Path(cosign.SlotFile), n.ledger.Chain()); err != nil {
		return err
	}
	n.heads = h
	n.seating.signed = h.slot.Mark().Size
	if h.store, err = store.OpenHeads(filepath.Join(dir, store.HeadsFile), store.Options{}); err != nil {
		return fmt.Errorf("certified heads: %w", err)
	}
	policies, err := n.policies()
	if err != nil {
		return fmt.Errorf("certified heads: %w", err)
	}
	h.Cosigner = cosign.New(cosign.Options{
		Chain: n.ledger.Chain(), Agency: n.agency, Slot: h.slot, Policies: policies, Key: n.cosignerKey, RootAt: n.rootAt, Send: n.sendCosignature, Keep: h.keep,
		Conflict: n.contradicted, Fault: n.fail, Now: n.o.Now, Resign: n.o.resign, Log: n.log,
		Writing:   func() func() { return n.monitor.writing(cosign.SlotFile) },
		Certified: func(delay time.Duration) { n.monitor.metrics.Took(metrics.Certify, delay) },
	})
	if err := h.load(); err != nil {
		return fmt.Errorf("certified heads: %w", err)
	}
	points, err := n.firstPoints(h.Epoch())
	if err != nil {
		return fmt.Errorf("certified heads: %w", err)
	}
	h.Begin(points...)
	return nil
}

// load takes up the certified heads that were written: the newest, and the last that ended an epoch.
func (h *heads) load() error {
	for _, read := range []func() (store.CertifiedHead, error){h.store.LastEnd, h.store.Newest} {
		row, err := read()
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		s, err := checkpoint.Parse(row.Signed)
		if err != nil {
			return fmt.Errorf("of %d leaves: %w", row.Size, err)
		}
		policy, err := h.node.policyOf(row.Epoch)
		if errors.Is(err, store.ErrNotFound) {
			h.node.log.Error("this node's ledger has not come to the policy epoch of a head that was certified", "size", row.Size, "height", row.Height, "epoch", row.Epoch)
			continue
		}
		if err != nil {
			return fmt.Errorf("of %d leaves: %w", row.Size, err)
		}
		p := cosign.Point{Tree: s.Tree, Height: row.Height, Policy: policy, Ends: row.Ends}
		switch err := h.Adopt(p, s); {
		case errors.Is(err, cosign.ErrAhead), errors.Is(err, cosign.ErrDiverged):
			h.node.log.Error("this node's ledger does not contain a head that was certified: it has lost blocks, or was altered", "size", row.Size, "height", row.Height, "error", err)
		case err != nil:
			return fmt.Errorf("of %d leaves: %w", row.Size, err)
		}
	}
	return nil
}

// start signs and writes until close.
func (h *heads) start() {
	ctx, stop := context.WithCancel(context.Background())
	h.stop = stop
	h.running.Go(func() { h.Run(ctx) })
	h.running.Go(func() { h.node.promoteKeys(ctx) })
	h.node.published.start(ctx, &h.running)
	h.running.Go(func() {
		ticker := time.NewTicker(keepEvery)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				err := h.node.ledger.Sync()
				if err == nil {
					err = h.write()
				}
				if err != nil {
					h.node.fail(err)
				}
			case <-ctx.Done():
				return
			}
		}
	})
}

func (h *heads) close() error {
	if h.stop != nil {
		h.stop()
		h.running.Wait()
	}
	errs := []error{h.slot.Close()}
	if h.store != nil {
		errs = append(errs, h.write(), h.store.Close())
	}
	return errors.Join(errs...)
}

// keep stores a certified head for later, or for good when it ends an epoch.
func (h *heads) keep(head cosign.Head) error {
	h.mu.Lock()
	if old, ok := h.unwritten[head.Tree.Size]; !ok || len(head.Signed.Lines) >= len(old.Signed.Lines) && head.Certified.Time >= old.Certified.Time {
		h.unwritten[head.Tree.Size] = head
	}
	h.mu.Unlock()
	if head.Ends {
		return h.write()
	}
	return nil
}

func (h *heads) write() error {
	h.writing.Lock()
	defer h.writing.Unlock()
	h.mu.Lock()
	heads := h.unwritten
	h.unwritten = make(map[uint64]cosign.Head)
	h.mu.Unlock()
	if len(heads) == 0 {
		return nil
	}
	rows := make([]store.CertifiedHead, 0, len(heads))
	for _, head := range heads {
		rows = append(rows, store.CertifiedHead{
			Size: head.Tree.Size, Height: head.Height, Epoch: head.Policy.Number, Ends: head.Ends, Day: ledger.DateAt(head.Certified.Time * 1000), Signed: head.Signed.Append(nil),
		})
	}
	defer h.node.monitor.writing(store.HeadsFile)()
	return h.store.Put(rows...)
}

// pointAt is a head of this ledger as a cosign point.
func (n *Node) pointAt(head ledger.Head, policy *ledger.Policy, ends bool) cosign.Point {
	return cosign.Point{Tree: checkpoint.Tree{Origin: policy.Origin, Size: head.Size, Root: head.Root}, Height: head.Height, Policy: policy, Ends: ends}
}

// pointsOf are the cosign points among what was applied.
func (n *Node) pointsOf(applied []chain.Applied) (points []cosign.Point) {
	for i := range applied {
		if a := &applied[i]; a.Cosign() {
			points = append(points, n.pointAt(a.Head, a.Policy, a.Ends))
		}
	}
	return points
}

// rootAt is the root of the log's first leaves. false: it is shorter.
func (n *Node) rootAt(size uint64) (root ledger.Hash, ok bool, err error) {
	err = n.ledger.View(func(v *chain.View) error {
		if size > v.Head().Size {
			return nil
		}
		root, err = v.RootAt(size)
		ok = err == nil
		return err
	})
	return root, ok, err
}

// contradicted is told when heads contradict each other. The cosigner has logged and counted it.
func (n *Node) contradicted(c cosign.Conflict) { n.evidence.suspect(suspicion{heads: &c}) }

// sendCosignature hands a cosignature of this node's to the other validators.
func (n *Node) sendCosignature(c cosign.Cosignature) {
	for _, o := range n.peers.list() {
		o.post(toPeer(&c))
	}
}

// Cosigned implements peer.Handler.
func (n *Node) Cosigned(from ledger.AccountID, signatures []peer.Cosignature) {
	for i := range signatures {
		n.heads.Receive(from, *fromPeer(&signatures[i]))
	}
}

func toPeer(c *cosign.Cosignature) *peer.Cosignature {
	if c == nil {
		return nil
	}
	p := &peer.Cosignature{Size: c.Size, Root: c.Root, Epoch: c.Epoch, Cosignature: c.Cosignature, Log: c.Log}
	for _, w := range c.Witnesses {
		p.Witnesses = append(p.Witnesses, peer.Witness(w))
	}
	return p
}

func fromPeer(c *peer.Cosignature) *cosign.Cosignature {
	if c == nil {
		return nil
	}
	s := &cosign.Cosignature{Mark: cosign.Mark{Size: c.Size, Root: c.Root}, Epoch: c.Epoch, Cosignature: c.Cosignature, Log: c.Log}
	for _, w := range c.Witnesses {
		s.Witnesses = append(s.Witnesses, cosign.Witness(w))
	}
	return s
}

// heed takes what another validator's answer says about heads.
func (h *heads) heed(from ledger.AccountID, at *peer.Standing) {
	h.Learned(from, fromPeer(at.Yours))
	if at.Cosigned != nil {
		h.Receive(from, *fromPeer(at.Cosigned))
	}
	if at.EpochEnd == nil {
		return
	}
	s, err := checkpoint.Parse(at.EpochEnd)
	if err == nil {
		err = h.EpochEnd(s)
	}
	if err != nil {
		h.node.log.Warn("a validator's proof of an epoch's end is none", "agency", from, "error", err)
	}
}

// epochEnd is the signed checkpoint of the head that ended an epoch; nil: not held, or not over.
func (h *heads) epochEnd(epoch uint32) []byte {
	if h.Epoch() <= epoch {
		return nil
	}
	row, err := h.store.End(epoch)
	if err != nil {
		h.node.log.Error("the end of a policy epoch cannot be read", "epoch", epoch, "error", err)
		return nil
	}
	return row.Signed
}

// Certified is the newest certified head, its height and the policy it is certified under; nil: none yet.
func (n *Node) Certified() (height uint64, policy *ledger.Policy, signed *checkpoint.Signed, certified *checkpoint.Certified) {
	h := n.heads.Certified()
	if h == nil {
		return 0, nil, nil, nil
	}
	return h.Height, h.Policy, h.Signed, h.Certified
}
