package node

import (
	"context"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/node/door"
	"github.com/ocopledger/ocop/node/metrics"
	"github.com/ocopledger/ocop/node/peer"
	"github.com/ocopledger/ocop/node/replica"
)

const (
	// askEvery is how often each peer is asked where it stands, and askLimit how long for an answer.
	askEvery = 250 * time.Millisecond
	askLimit = time.Second
	// fresh is how old an answer may be to count.
	fresh = 3 * time.Second
)

// peers is what this node knows of the other validators, and its connections to them.
type peers struct {
	node    *Node
	door    *door.Peer
	running sync.WaitGroup
	pace    pace

	mu     sync.Mutex
	closed bool
	all    map[string]*other // by raft id
}

// other is another validator.
type other struct {
	replica.Member
	client *peer.Client
	stop   context.CancelFunc

	mu    sync.Mutex
	asked time.Time // when at was answered; zero: never
	at    peer.Standing
	ahead time.Duration // of its clock, as seen from here
	out   []peer.Cosignature
	posts chan struct{} // has room for one: there is something in out

	contact    *contact
	told       [8]byte   // run of this node that it has heard of, and answered
	mark       uint64    // of the drafts it has told of
	distrusted time.Time // until then it is not asked for evidence
}

func newPeers(n *Node, d *door.Peer) (*peers, error) {
	return &peers{node: n, door: d, all: make(map[string]*other)}, nil
}

func (p *peers) start() { p.refresh() }

// refresh begins to know new validators, and forgets those that are none any more.
func (p *peers) refresh() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	members := p.node.members.all()
	if p.door == nil {
		return
	}
	for id, o := range p.all {
		if !slices.Contains(members, o.Member) {
			o.stop()
			delete(p.all, id)
		}
	}
	for _, m := range members {
		if m.Agency == p.node.agency || p.all[m.ID] != nil {
			continue
		}
		reached := new(contact)
		client, err := peer.NewClient(peer.Options{
			Dial: func(ctx context.Context) (net.Conn, error) {
				return reached.dialed(p.door.Dial(ctx, m.Address, door.ProtocolGRPC, m.Key))
			},
			Credentials: door.Credentials(), Limit: longestWait,
			Forwarding: func() func() { return p.node.monitor.metrics.Begin(metrics.Forward) },
		})
		if err != nil { // of the options alone
			p.node.fail(err)
			return
		}
		ctx, stop := context.WithCancel(context.Background())
		o := &other{Member: m, client: client, stop: stop, posts: make(chan struct{}, 1), contact: reached}
		p.all[m.ID] = o
		p.running.Go(func() {
			var posting sync.WaitGroup
			posting.Go(func() { o.deliver(ctx) })
			o.watch(ctx, p.node)
			posting.Wait()
			client.Close()
		})
	}
}

// restart begins all connections anew, and returns at once: connections take their time to end.
func (p *peers) restart() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.running.Go(p.again)
	}
}

func (p *peers) again() {
	p.mu.Lock()
	for id, o := range p.all {
		o.stop()
		delete(p.all, id)
	}
	p.mu.Unlock()
	p.refresh()
}

func (p *peers) close() {
	p.mu.Lock()
	p.closed = true
	for _, o := range p.all {
		o.stop()
	}
	p.mu.Unlock()
	p.running.Wait()
}

// watch asks the validator where it stands, again and again.
func (o *other) watch(ctx context.Context, n *Node) {
	ticker := time.NewTicker(askEvery)
	defer ticker.Stop()
	for {
		o.ask(ctx, n)
		n.yieldIfAhead()
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

func (o *other) ask(ctx context.Context, n *Node) {
	ctx, cancel := context.WithTimeout(ctx, askLimit)
	defer cancel()
	sent := time.Now()
	o.mu.Lock()
	q := peer.Question{Epoch: n.heads.Epoch(), DraftsMark: o.mark, Seat: n.seat()}
	o.mu.Unlock()
	at, err := o.client.Standing(ctx, q)
	if err != nil {
		o.contact.failed(err, time.Now())
		return
	}
	back := time.Now()
	o.contact.answered(back.Sub(sent))
	n.heads.heed(o.Agency, &at)
	n.evidence.heed(ctx, o, &at)
	at.Drafts, at.Evidence = nil, nil
	// The clock was read somewhere between sending and answer.
	here := n.o.Now().Add(-back.Sub(sent) / 2)
	o.mu.Lock()
	defer o.mu.Unlock()
	o.asked, o.at, o.ahead = back, at, time.UnixMilli(int64(at.Clock)).Sub(here)
	if q.Seat != nil {
		o.told = q.Seat.Run
	}
}

// post sends a cosignature soon. Of those that cannot be sent the newest remain; and whoever missed them asks for the newest.
func (o *other) post(c *peer.Cosignature) {
	o.mu.Lock()
	if o.out = append(o.out, *c); len(o.out) > peer.MaxCosign {
		o.out = o.out[1:]
	}
	o.mu.Unlock()
	select {
	case o.posts <- struct{}{}:
	default:
	}
}

// deliver sends what is posted, together what waits together.
func (o *other) deliver(ctx context.Context) {
	cosigning := o.client.Cosigning()
	defer cosigning.Close()
	for {
		select {
		case <-o.posts:
		case <-ctx.Done():
			return
		}
		o.mu.Lock()
		out := o.out
		o.out = nil
		o.mu.Unlock()
		if len(out) == 0 {
			continue
		}
		limited, cancel := context.WithTimeout(ctx, askLimit)
		_ = cosigning.Send(limited, out) // the validator asks for the newest when it is back
		cancel()
	}
}

// known is what is freshly known of the validator.
func (o *other) known() (at peer.Standing, ahead time.Duration, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.at, o.ahead, !o.asked.IsZero() && time.Since(o.asked) <= fresh
}

func (p *peers) list() []*other {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := make([]*other, 0, len(p.all))
	for _, o := range p.all {
		list = append(list, o)
	}
	slices.SortFunc(list, func(a, b *other) int { return int(int64(a.Agency) - int64(b.Agency)) })
	return list
}

// waiting is how many records wait to be handed to other validators, and their bytes: to the one that leads, or led.
func (p *peers) waiting() (records, bytes int64) {
	for _, o := range p.list() {
		r, b := o.client.Waiting()
		records, bytes = records+r, bytes+b
	}
	return records, bytes
}

// leaderClient is the connection to whoever leads, if that is another node.
func (n *Node) leaderClient() (*peer.Client, ledger.AccountID, bool) {
	id := n.leaderID()
	n.peers.mu.Lock()
	defer n.peers.mu.Unlock()
	o, ok := n.peers.all[id]
	if !ok {
		return nil, 0, false
	}
	return o.client, o.Agency, true
}

// hold tells the batcher to wait: healthy voters cannot follow, or this node's clock is ahead of theirs.
func (p *peers) hold() bool {
	s := sight{
		term: p.node.term(), own: p.node.ledger.Head().Size, voters: len(p.node.members.all()), clock: p.node.clockAhead() > p.node.clockTolerance(), now: time.Now(),
	}
	for _, o := range p.list() {
		if at, _, ok := o.known(); ok {
			s.seen = append(s.seen, stand{o.Agency, at})
		}
	}
	return p.pace.hold(&s)
}

// clockAhead is how far this node's clock is ahead of the median of all it can see, its own included.
func (n *Node) clockAhead() time.Duration {
	offsets := []time.Duration{0}
	for _, o := range n.peers.list() {
		if _, ahead, ok := o.known(); ok {
			offsets = append(offsets, ahead)
		}
	}
	slices.Sort(offsets)
	return -offsets[len(offsets)/2]
}

// clockTolerance is how far ahead a leader's clock may be: half of what followers take, so that it gives way before they drop it.
func (n *Node) clockTolerance() time.Duration { return n.clockBound() / 2 }

// yieldIfAhead hands the office over when this node's clock is ahead: followers would drop its drafts, and elect it again after their timeout.
func (n *Node) yieldIfAhead() {
	if n.term() == 0 {
		return
	}
	if ahead := n.clockAhead(); ahead > n.clockTolerance() {
		n.log.Error("this machine's clock is ahead of the other validators': handing the office over. Set the clock", "ahead", ahead)
		n.replica.Yield()
	}
}

// Standing implements peer.Handler.
func (n *Node) Standing(from ledger.AccountID, q peer.Question) peer.Standing {
	n.callers.note(from, n.o.Now())
	drafts, mark := n.evidence.drafts.Since(q.DraftsMark)
	told := make([]peer.Draft, len(drafts))
	for i := range drafts {
		told[i] = peer.Draft(drafts[i])
	}
	met, shut := n.meet(from, q.Seat)
	head := n.ledger.Head()
	at := peer.Standing{
		Clock: uint64(n.o.Now().UnixMilli()), Height: head.Height, Size: head.Size, Leader: n.Leader(),
		Cosigned: toPeer(n.heads.Own()), Yours: toPeer(n.heads.Of(from)), EpochEnd: n.heads.epochEnd(q.Epoch),
		Drafts: told, DraftsMark: mark, Evidence: n.evidence.names(), Diverged: n.diverged(), Met: met, Shut: shut,
	}
	select {
	case <-n.seated:
		at.Seated, at.Term = true, n.replica.Status().Term
	default:
	}
	return at
}

// seat is the node's raft store as it tells others of it, before it votes with it; nil: it takes no part.
func (n *Node) seat() *peer.Seat {
	n.seating.mu.Lock()
	mine := n.seating.mine
	n.seating.mu.Unlock()
	if mine == nil {
		return nil
	}
	s := *mine
	select {
	case <-n.seated:
		s.Term = n.replica.Status().Term
	default:
	}
	return &s
}

// meet remembers another validator's raft store, and tells what is known of it. One that contradicts what was met before is shut out of raft, whatever it says
// later, until its agency signs a new incarnation.
func (n *Node) meet(from ledger.AccountID, seat *peer.Seat) (met *peer.Seat, shut bool) {
	m, ok := n.members.byAgency(from)
	if !ok {
		return nil, false
	}
	fail := func(err error) (*peer.Seat, bool) {
		n.fail(&replica.StorageError{Op: "what is known of other raft stores", Err: err})
		return nil, false
	}
	if seat != nil && seat.ID == m.ID {
		meeting, err := n.store.Meet(m.ID, replica.Acquaintance{Store: seat.Store, Run: seat.Run, Starts: seat.Starts, Term: seat.Term})
		if err != nil {
			return fail(err)
		}
		if (meeting == replica.Contradicts || n.seating.late(m.ID, meeting)) && !n.gate.Shut(m.ID) {
			n.gate.SetShut(m.ID, true)
			n.log.Error("a validator came back with another raft store, or an older one: it is not listened to before its agency signs a new incarnation", "agency", from, "id", m.ID)
		}
	}
	a, known, err := n.store.Met(m.ID)
	if err != nil {
		return fail(err)
	}
	met = &peer.Seat{ID: m.ID}
	if known {
		met.Store, met.Starts, met.Term = a.Store, a.Starts, a.Term
	}
	return met, n.gate.Shut(m.ID)
}
