package node

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/store"
	"github.com/ocopledger/ocop/ledger/subject"
	"github.com/ocopledger/ocop/ledger/tiles"
	"github.com/ocopledger/ocop/node/cosign"
	"github.com/ocopledger/ocop/node/publish"
)

// publishEvery is how often a mirror is brought up to date and witnesses are asked at the most: both take disk or network for every head.
const publishEvery = time.Second

// published is the newest certified head that bears the log's signature, with what outside witnesses have signed of it. It implements publish.Source.
type published struct {
	node *Node

	mu      sync.Mutex
	head    *cosign.Head
	changed chan struct{} // closed when there is another one, and made anew
}

func newPublished(n *Node) *published { return &published{node: n, changed: make(chan struct{})} }

// start does all that publishing takes, until ctx ends.
func (p *published) start(ctx context.Context, running *sync.WaitGroup) {
	running.Go(func() { p.run(ctx) })
	c := &p.node.o.Config.Publish
	if c.Mirror != "" {
		running.Go(func() { p.mirror(ctx, p.node.o.Config.Path(c.Mirror)) })
	}
	if urls, err := c.Addresses(); err == nil && len(urls) > 0 { // the configuration was validated
		running.Go(func() { p.witness(ctx, urls) })
	}
}

func (p *published) set(head *cosign.Head) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.head != nil && p.head.Tree.Size > head.Tree.Size {
		return
	}
	p.head = head
	close(p.changed)
	p.changed = make(chan struct{})
}

func (p *published) newest() (head *cosign.Head, changed <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.head, p.changed
}

// each calls do for the newest published head, again when there is another one, and no more often than publishEvery, until ctx ends.
func (p *published) each(ctx context.Context, do func(*cosign.Head)) {
	ticker := time.NewTicker(publishEvery)
	defer ticker.Stop()
	var last *cosign.Head
	for {
		head, changed := p.newest()
		if head != nil && head != last {
			do(head)
			last = head
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

// mirror keeps the folder of the configuration a copy of the log.
func (p *published) mirror(ctx context.Context, dir string) {
	m := publish.NewMirror(dir, p)
	p.each(ctx, func(*cosign.Head) {
		if _, err := m.Sync(ctx); err != nil && ctx.Err() == nil {
			p.node.log.Error("the mirror is not up to date", "dir", dir, "error", err)
		}
	})
}

// witness asks the outside witnesses of the policy for their cosignatures, on the publisher.
func (p *published) witness(ctx context.Context, urls map[string]string) {
	n := p.node
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	var pinned []ledger.PolicyWitness
	var ask *publish.Witnesses
	p.each(ctx, func(head *cosign.Head) {
		if head.Policy.Publisher != n.agency {
			return
		}
		if ask == nil || !slices.Equal(pinned, head.Policy.Witnesses) {
			pinned = head.Policy.Witnesses
			ask = publish.NewWitnesses(client, publish.ProveFrom(p), addressed(pinned, urls))
		}
		line, _ := logLine(head)
		lines, err := ask.Cosign(ctx, n.o.Now(), head.Signed, line)
		if err != nil && ctx.Err() == nil {
			n.log.Warn("an outside witness did not cosign", "size", head.Tree.Size, "height", head.Height, "error", err)
		}
		if len(lines) > 0 && !n.heads.Witnessed(head.Tree.Size, lines) {
			n.log.Warn("outside witnesses cosigned a head that has been forgotten since", "size", head.Tree.Size, "height", head.Height)
		}
	})
}

// addressed are the witnesses whose addresses are known.
func addressed(pinned []ledger.PolicyWitness, urls map[string]string) (all []publish.Witness) {
	for _, w := range pinned {
		if url := urls[w.Name]; url != "" {
			all = append(all, publish.Witness{Name: w.Name, Key: w.Key, URL: url})
		}
	}
	return all
}

// Published implements publish.Source.
func (p *published) Published() *checkpoint.Signed {
	if head, _ := p.newest(); head != nil {
		return head.Signed
	}
	return nil
}

// Log implements publish.Source.
func (p *published) Log(read func(tiles.Log) error) error {
	return p.node.ledger.View(func(v *chain.View) error { return read(viewed{v}) })
}

// viewed is a view as a log of files.
type viewed struct{ *chain.View }

// Size implements tiles.Log.
func (v viewed) Size() uint64 { return v.Head().Size }

// Policy implements publish.Source: the epoch of the published head.
func (p *published) Policy() ([]byte, error) {
	head, _ := p.newest()
	if head == nil {
		return nil, fmt.Errorf("%w: no head is published yet", tiles.ErrNotFound)
	}
	return p.node.policyFile(head.Policy)
}

// Epoch implements publish.Source.
func (p *published) Epoch(number uint32) ([]byte, error) {
	if number == 0 {
		first, err := p.node.policyOf(0)
		if err != nil {
			return nil, err
		}
		return p.node.policyFile(first)
	}
	h, err := p.node.Handover(number)
	if errors.Is(err, store.ErrNotFound) {
		return nil, fmt.Errorf("%w: %w", tiles.ErrNotFound, err)
	}
	if err != nil {
		return nil, err
	}
	return h.Append(nil), nil
}

// Genesis implements publish.Source.
func (p *published) Genesis() []byte { return p.node.ledger.Genesis().Bytes() }

// policyFile writes a policy with the public addresses that the ledger has of its validators.
func (n *Node) policyFile(p *ledger.Policy) ([]byte, error) {
	addresses := make(map[ledger.AccountID]string)
	err := n.ledger.View(func(v *chain.View) error {
		for _, one := range p.Validators {
			value, ok := v.Value(subject.Node(one.Agency))
			if !ok {
				continue
			}
			node, err := subject.ParseNode(value)
			if err != nil {
				return err
			}
			addresses[one.Agency] = "http://" + node.PublicAddress
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	url := func(a ledger.AccountID) string { return addresses[a] }
	file := checkpoint.FormatPolicy(p, url, url(p.Publisher)+publish.Prefix)
	if notice := n.ledger.Genesis().Notice(); notice != "" { // whoever verifies with the file alone is to be told, too
		file = append([]byte("# "+notice+"\n"), file...)
	}
	return file, nil
}

// Handover is what began a policy epoch, from 1 on. It wraps store.ErrNotFound when the epoch has not begun, or its beginning is not certified yet.
func (n *Node) Handover(number uint32) (*checkpoint.Handover, error) {
	if number == 0 {
		return nil, fmt.Errorf("%w: epoch 0 begins with genesis", store.ErrNotFound)
	}
	row, err := n.heads.store.End(number - 1)
	if err != nil {
		return nil, err
	}
	h := new(checkpoint.Handover)
	if h.Checkpoint, err = checkpoint.Parse(row.Signed); err != nil {
		return nil, err
	}
	size := h.Checkpoint.Tree.Size
	err = n.ledger.View(func(v *chain.View) (err error) {
		if h.Policy, _, err = v.PolicyOf(number); err != nil {
			return err
		}
		if h.Seal, err = v.Leaf(size - 1); err != nil {
			return err
		}
		hashes, err := v.Hashes()
		if err != nil {
			return err
		}
		h.Path, err = merkle.Log.ProveInclusion(hashes, size, size-1)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("handover to epoch %d: %w", number, err)
	}
	return h, nil
}

// CertifiedChanged gives a channel that is closed when another head is certified, or more has signed the newest one.
func (n *Node) CertifiedChanged() <-chan struct{} { return n.heads.Changed() }

// WaitCertified waits until a height is certified: nil, ErrUnavailable when the node stops, or ctx's error.
func (n *Node) WaitCertified(ctx context.Context, height uint64) error {
	for {
		changed := n.heads.Changed()
		if h := n.heads.Certified(); h != nil && h.Height >= height {
			return nil
		}
		select {
		case <-changed:
		case <-n.leaving.Done():
			return ErrUnavailable
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Handovers are those after an epoch, in order.
func (n *Node) Handovers(after uint32) (all []*checkpoint.Handover, err error) {
	for e := after + 1; e <= n.heads.Epoch(); e++ {
		h, err := n.Handover(e)
		if err != nil {
			return nil, err
		}
		all = append(all, h)
	}
	return all, nil
}

// Published is what strangers are shown of the ledger.
func (n *Node) Published() publish.Source { return n.published }
