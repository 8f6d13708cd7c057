package chain

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/replay"
)

// Why a draft is applied as nothing.
var (
	ErrDraftMalformed = errors.New("draft does not parse")
	ErrDraftChain     = errors.New("draft of another chain")
	ErrDraftTerm      = errors.New("draft of another term than its place in the order")
	ErrDraftOrder     = errors.New("draft that does not come after the newest block's")
	ErrDraftProposer  = errors.New("draft by no validator")
	ErrDraftSignature = errors.New("draft not signed by its proposer")
	ErrDraftRecord    = errors.New("draft holds a record that does not parse or whose signature is wrong")
)

// verified is a draft and what was found about it. Bad is why it is nothing, whatever its place in the order: proposer and term depend on the place.
type verified struct {
	ordered *replay.Ordered
	bad     error
	signer  ident.Ed25519Key // a key that the draft was found to be signed with; zero: none was tried, or it is not
}

// at says why the draft is nothing at its place in the order, if it is: in the term, and behind the block at which the machine stands.
func (v *verified) at(term uint64, m *replay.Machine) error {
	if v.bad != nil {
		return v.bad
	}
	if err := overtaken(v.ordered.Header.Order(), m.Draft()); err != nil { // first: its proposer's epoch may be over
		return err
	}
	if err := v.proposed(m.Policy()); err != nil {
		return err
	}
	if have := v.ordered.Header.Term; have != term {
		return fmt.Errorf("%w: %d, in term %d", ErrDraftTerm, have, term)
	}
	return nil
}

// overtaken says that a draft does not come after the newest block's.
func overtaken(place, newest ledger.DraftOrder) error {
	if place.After(newest) {
		return nil
	}
	return fmt.Errorf("%w: sequence %d of term %d, after sequence %d of term %d", ErrDraftOrder, place.Sequence, place.Term, newest.Sequence, newest.Term)
}

// proposed checks that a validator of the policy in force at the draft's place signed it.
func (v *verified) proposed(policy *ledger.Policy) error {
	h := &v.ordered.Header
	validator, ok := policy.Validator(h.Proposer)
	switch {
	case !ok:
		return fmt.Errorf("%w: agency %d", ErrDraftProposer, h.Proposer)
	case v.signer == validator.NodeKey && v.signer != (ident.Ed25519Key{}):
		return nil
	}
	if err := validator.NodeKey.Verify(h.Message(), v.ordered.Signature); err != nil {
		return fmt.Errorf("%w: agency %d: %w", ErrDraftSignature, h.Proposer, err)
	}
	v.signer = validator.NodeKey
	return nil
}

// drafts parses and verifies drafts, once each.
type drafts struct {
	chain    ledger.ChainID
	policy   func() *ledger.Policy // of the next block
	verifier ident.Verifier
	watch    Watcher
	known    *memory // envelopes whose signatures were verified

	ctx    context.Context // of drafts that are verified before they are applied
	cancel context.CancelFunc

	mu      sync.Mutex
	waiting map[ledger.DraftOrder]*preverified
	order   []ledger.DraftOrder // of waiting, oldest first
	running sync.WaitGroup
	closed  bool
}

// preverified is a draft that is being verified, or has been. One of several that claim the same place: nobody who is honest makes a second.
type preverified struct {
	data   []byte
	done   chan struct{}
	result *verified // nil when it was not verified: for its proposer, or as the ledger is being closed
}

// maxWaiting bounds the drafts that are being verified, or are and not yet applied: of up to 1 MiB each, and as much again for what was read of it. Those beyond are
// verified when they are applied.
const maxWaiting = 64

func newDrafts(chain ledger.ChainID, policy func() *ledger.Policy, verifier ident.Verifier, watch Watcher) *drafts {
	ctx, cancel := context.WithCancel(context.Background())
	return &drafts{chain: chain, policy: policy, verifier: verifier, watch: watch, known: newMemory(), ctx: ctx, cancel: cancel, waiting: make(map[ledger.DraftOrder]*preverified)}
}

func (d *drafts) close() {
	d.mu.Lock()
	d.closed = true
	d.mu.Unlock()
	d.cancel()
	d.running.Wait()
}

// placeOf reads of a draft what place among all drafts it claims.
func placeOf(data []byte) (ledger.DraftOrder, error) {
	h, err := ledger.ParseDraftHeader(data[:min(len(data), ledger.DraftHeaderSize)])
	if err != nil {
		return ledger.DraftOrder{}, err
	}
	return h.Order(), nil
}

// begin verifies a draft in the background, unless it is known or too many are. The data are not to be modified until it is applied. Of one that no validator of the policy in force signed, records are not
// looked at before it is committed: the policy may be another one then.
func (d *drafts) begin(data []byte) {
	place, err := placeOf(data)
	if err != nil {
		return // it will be found to be nothing, and that takes no time
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if other, taken := d.waiting[place]; d.closed || taken && !d.displace(place, other, data) {
		return
	}
	if len(d.order) == maxWaiting && !d.forgetOldest() {
		return
	}
	p := &preverified{data: data, done: make(chan struct{})}
	d.waiting[place] = p
	d.order = append(d.order, place)
	d.running.Go(func() {
		defer close(p.done)
		v, err := d.parse(data), error(nil)
		if v.bad == nil {
			if v.proposed(d.policy()) != nil {
				d.drop(place, p) // it keeps neither memory nor the place
				return
			}
			v, err = d.signatures(d.ctx, v, VerifyAhead)
		}
		if err == nil {
			p.result = v
		}
	})
}

// displace frees the place of another draft that claimed it before, once that is verified: a validator signs drafts of places that are to come, if it lies, and would
// have all verified late that come there. The caller holds mu.
func (d *drafts) displace(place ledger.DraftOrder, other *preverified, data []byte) bool {
	select {
	case <-other.done:
	default:
		return false // it takes memory until it is
	}
	if bytes.Equal(other.data, data) {
		return false
	}
	d.remove(place)
	return true
}

// forgetOldest makes room, if the oldest draft is verified: it was never committed, perhaps, as its leader lost office. If it is applied after all, the signatures
// are known still. One that is being verified keeps its place, as it takes memory until it is. The caller holds mu.
func (d *drafts) forgetOldest() bool {
	select {
	case <-d.waiting[d.order[0]].done:
	default:
		return false
	}
	delete(d.waiting, d.order[0])
	d.order = d.order[1:]
	return true
}

// take returns a draft verified. Nothing is verified of one that the newest block has overtaken: of a ledger that ran ahead of raft those are many. The
// error is ctx's, or that the verifier is closed: then nothing is known.
func (d *drafts) take(ctx context.Context, data []byte, newest ledger.DraftOrder) (*verified, error) {
	place, err := placeOf(data)
	if err != nil {
		return &verified{bad: fmt.Errorf("%w: %w", ErrDraftMalformed, err)}, nil
	}
	d.mu.Lock()
	p := d.waiting[place]
	d.mu.Unlock()
	if err := overtaken(place, newest); err != nil {
		d.drop(place, p)
		return &verified{bad: err}, nil
	}
	if p != nil && !bytes.Equal(p.data, data) {
		d.drop(place, p)
		p = nil
	}
	if p != nil {
		select {
		case <-p.done:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		d.drop(place, p)
		if p.result != nil {
			return p.result, nil
		}
	}
	v := d.parse(data)
	if v.bad != nil {
		return v, nil
	}
	return d.signatures(ctx, v, VerifyLate)
}

// drop gives the place of a draft free, if it has it still.
func (d *drafts) drop(place ledger.DraftOrder, p *preverified) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if p != nil && d.waiting[place] == p {
		d.remove(place)
	}
}

// remove takes a draft away. The caller holds mu.
func (d *drafts) remove(place ledger.DraftOrder) {
	delete(d.waiting, place)
	for i := range d.order {
		if d.order[i] == place {
			d.order = append(d.order[:i], d.order[i+1:]...)
			return
		}
	}
}

// parse looks at the bytes.
func (d *drafts) parse(data []byte) *verified {
	draft, err := ledger.ParseDraft(data)
	if err != nil {
		return &verified{bad: fmt.Errorf("%w: %w", ErrDraftMalformed, err)}
	}
	if draft.Header.Chain != d.chain {
		return &verified{bad: ErrDraftChain}
	}
	v := &verified{ordered: &replay.Ordered{Header: draft.Header, Signature: draft.Signature, Raw: draft.Records}}
	v.ordered.Envelopes = make([]*ledger.Envelope, len(draft.Records))
	for i, raw := range draft.Records {
		if v.ordered.Envelopes[i], err = ledger.ParseEnvelope(raw); err != nil {
			return &verified{bad: fmt.Errorf("%w: record %d: %w", ErrDraftRecord, i, err)}
		}
	}
	return v
}

// signatures verifies the records' signatures that were not verified on this node before.
func (d *drafts) signatures(ctx context.Context, v *verified, step Step) (*verified, error) {
	envelopes := v.ordered.Envelopes
	jobs := make([]ident.Job, 0, len(envelopes))
	places := make([]int, 0, len(envelopes))
	v.ordered.Hashes = make([]ledger.Hash, len(envelopes))
	for i, e := range envelopes {
		v.ordered.Hashes[i] = ledger.EnvelopeHash(v.ordered.Raw[i])
		if d.known.has(v.ordered.Hashes[i]) {
			continue
		}
		jobs = append(jobs, ident.Job{Key: e.PublicKey, Digest: e.Digest, Sig: e.Signature})
		places = append(places, i)
	}
	d.watch.Count(KnownSignatures, len(envelopes)-len(jobs))
	if len(jobs) == 0 {
		return v, nil
	}
	verdicts, err := timed{d.verifier, d.watch, step}.Verify(ctx, jobs)
	if err != nil {
		return nil, fmt.Errorf("verify the records of a draft: %w", err)
	}
	for i, verdict := range verdicts {
		if verdict != nil {
			return &verified{bad: fmt.Errorf("%w: record %d, %v: %w", ErrDraftRecord, places[i], envelopes[places[i]].ID, verdict)}, nil
		}
	}
	for _, i := range places {
		d.known.add(v.ordered.Hashes[i]) // the draft may come again, in another term
	}
	return v, nil
}

// maxMemory bounds the envelopes remembered: 4 MiB of hashes, some seconds of the highest load.
const maxMemory = 1 << 17

// memory is a set of hashes that forgets the oldest half when it is full.
type memory struct {
	mu         sync.Mutex
	young, old map[[32]byte]struct{}
}

func newMemory() *memory { return &memory{young: make(map[[32]byte]struct{})} }

func (m *memory) add(h [32]byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.young) >= maxMemory/2 {
		m.old, m.young = m.young, make(map[[32]byte]struct{})
	}
	m.young[h] = struct{}{}
}

func (m *memory) has(h [32]byte) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.young[h]; ok {
		return true
	}
	_, ok := m.old[h]
	return ok
}
