package grow

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/workload"
	"github.com/ocopledger/ocop/cmd/ocopd/internal/devnet"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/subject"
	"github.com/ocopledger/ocop/node/config"
	"github.com/ocopledger/ocop/node/keys"
	"github.com/ocopledger/ocop/node/replica"
)

// Options of a ledger to be made.
type Options struct {
	Dir      string
	Nodes    int // of the network that has it, 1 to 7
	Agencies int // that genesis names, from Nodes to MostAgencies
	BasePort int // as in devnet.Options
	Records  uint64
	Seed     uint64 // of what is traded; keys are drawn from Random
	Random   io.Reader
	Now      func() time.Time // when the ledger ends
	Progress func(Step)       // told ten times; may be nil
}

// Step is what the making has come to, and what a record has cost since the step before.
type Step struct {
	Done, Of    uint64        // records
	Elapsed     time.Duration // since the step before
	Records     uint64        // since the step before
	Sign, Apply time.Duration // CPU of a record, of all threads; apply with the writing of the index that ran beside it
	Heap        uint64        // bytes of live and dead objects
}

// Shape of what is made.
const (
	days         = 365   // that the ledger spans
	blockRecords = 1_000 // of a draft
	ahead        = 20    // blocks that are signed before they are applied: so that the two are measured apart
	signers      = 1 << 12
	term         = 1 // of the only leader there ever was
)

// ErrNotEmpty: there is a ledger already, and none is ever overwritten.
var ErrNotEmpty = lang.Errorf(lang.Text{Vi: "đã có sổ cái ở đây", En: "there is a ledger here already"})

var named = lang.Text{Vi: "%s: %s", En: "%s: %s"}

// Make makes a network whose nodes all hold one ledger of so many records of trade, after the records of its setup. It is not certified: the first run of the
// nodes does that. What is left by an error is of no use.
func Make(ctx context.Context, o Options) (*devnet.Network, error) {
	if found, err := filepath.Glob(filepath.Join(o.Dir, "nodes", "*")); err != nil {
		return nil, err
	} else if len(found) > 0 {
		return nil, lang.Errorf(named, o.Dir, ErrNotEmpty)
	}
	start := o.Now().Add(-days*24*time.Hour - time.Hour)
	network, err := devnet.Open(devnet.Options{Dir: o.Dir, Nodes: o.Nodes, Agencies: o.Agencies, BasePort: o.BasePort, Random: o.Random, Now: func() time.Time { return start }})
	if err != nil {
		return nil, err
	}
	m := &maker{o: o, network: network, start: uint64(start.UnixMilli())}
	if err := m.make(ctx); err != nil {
		return nil, fmt.Errorf("growing a ledger: %w", err)
	}
	return network, nil
}

// maker makes one ledger, in the first node's directory.
type maker struct {
	o       Options
	network *devnet.Network
	start   uint64 // Unix milliseconds
	plan    *workload.Plan
	ledger  *chain.Ledger
	drafts  drafter
	index   uint64 // of the newest draft, as if raft had ordered it

	sign, apply time.Duration // CPU since the last step
	since       time.Time
	done, told  uint64 // records
}

func (m *maker) make(ctx context.Context) (err error) {
	first := m.network.Nodes[0].Dir
	dir, err := dataOf(first)
	if err != nil {
		return err
	}
	set, err := keys.Load(filepath.Join(first, "keys"))
	if err != nil {
		return err
	}
	m.drafts = drafter{chain: m.network.Genesis.Chain, term: term, proposer: m.network.Nodes[0].Agency.Account, key: set.Node}
	if m.plan, err = Plan(m.network, m.o.Seed); err != nil {
		return err
	}
	pool, err := ident.NewPool(runtime.NumCPU(), signers)
	if err != nil {
		return err
	}
	defer pool.Close()
	if m.ledger, err = chain.Open(ctx, chain.Options{Dir: dir, Genesis: m.network.Genesis.Bytes(), Verifier: pool}); err != nil {
		return err
	}
	err = m.fill(ctx)
	grown := replica.Grown{Mark: markOf(m.ledger.Head()), Index: m.ledger.AppliedIndex(), Term: term}
	if err = errors.Join(err, m.ledger.Close()); err != nil {
		return err
	}
	return m.hand(dir, grown)
}

func markOf(h ledger.Head) replica.Mark {
	return replica.Mark{Height: h.Height, Size: h.Size, Root: h.Root}
}

func dataOf(node string) (string, error) {
	c, err := config.Load(filepath.Join(node, config.FileName))
	if err != nil {
		return "", err
	}
	return c.Path(c.Data), nil
}

// Agencies of a ledger. By default one certifies, and two register producers; more of them only keep the ledger.
const (
	DefaultAgencies = 3
	MostAgencies    = ledger.MaxValidators
)

// Base leaves the account numbers of the sample province free.
const Base = 1_000

// Plan is what is traded in a network: the province certifies, and each other agency that may registers producers. Where the province is alone, it registers too.
func Plan(network *devnet.Network, seed uint64) (*workload.Plan, error) {
	body := network.Genesis.Body
	o := workload.Options{Chain: network.Genesis.Chain, Territory: body.Agencies[0].Territory, Seed: seed, Base: Base}
	for i, agency := range network.Agencies {
		key, err := network.People.Private(agency.Handle)
		if err != nil {
			return nil, err
		}
		officer := workload.Officer{Account: agency.Account, Key: key}
		switch {
		case i == 0:
			o.Certifier = officer
		case agency.Powers&subject.PowerRegister != 0:
			o.Registrars = append(o.Registrars, officer)
		}
	}
	if len(o.Registrars) == 0 {
		o.Registrars = []workload.Officer{o.Certifier}
	}
	return workload.New(o)
}

// fill puts setup and trade on the ledger.
func (m *maker) fill(ctx context.Context) error {
	waves, err := m.plan.Setup(m.start)
	if err != nil {
		return err
	}
	for _, wave := range waves {
		if err := m.append(ctx, m.start, wave); err != nil {
			return err
		}
	}
	market := m.plan.Market(m.start)
	calendar := workload.NewCalendar(m.start, days)
	m.apply, m.since = 0, time.Now()
	for m.done < m.o.Records {
		blocks, err := m.decide(market, calendar)
		if err != nil {
			return err
		}
		signed, err := m.signed(ctx, blocks)
		if err != nil {
			return err
		}
		for i, block := range signed {
			if err := m.append(ctx, blocks[i].time, block); err != nil {
				return err
			}
			m.done += uint64(len(block))
		}
		m.step()
	}
	return nil
}

// block is records that are decided, and the time of their draft.
type block struct {
	time    uint64
	records []*workload.Unsigned
}

func (m *maker) decide(market *workload.Market, calendar *workload.Calendar) (blocks []block, err error) {
	for at := m.done; at < m.o.Records && len(blocks) < ahead; {
		b := block{time: calendar.At(at, m.o.Records), records: make([]*workload.Unsigned, min(blockRecords, m.o.Records-at))}
		for i := range b.records {
			if b.records[i], err = market.Next(b.time); err != nil {
				return nil, err
			}
		}
		blocks, at = append(blocks, b), at+uint64(len(b.records))
	}
	return blocks, nil
}

// signed signs blocks beside each other.
func (m *maker) signed(ctx context.Context, blocks []block) ([][]*compose.Signed, error) {
	before := cpu()
	signed := make([][]*compose.Signed, len(blocks))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.NumCPU())
	for i := range blocks {
		signed[i] = make([]*compose.Signed, len(blocks[i].records))
		group.Go(func() (err error) {
			for j, u := range blocks[i].records {
				if signed[i][j], err = u.Sign(); err != nil {
					return err
				}
			}
			return ctx.Err()
		})
	}
	err := group.Wait()
	m.sign += cpu() - before
	return signed, err
}

// append applies records, all of which must be accepted, in as few drafts as they fit into.
func (m *maker) append(ctx context.Context, at uint64, records []*compose.Signed) error {
	raw := make([][]byte, len(records))
	for i, r := range records {
		raw[i] = r.Envelope
		m.ledger.Remember(ledger.EnvelopeHash(r.Envelope))
	}
	for len(raw) > 0 {
		n := fits(raw)
		data, err := m.drafts.draft(at, raw[:n])
		if err != nil {
			return err
		}
		m.index++
		before := cpu()
		applied, err := m.ledger.Apply(ctx, []chain.Entry{{Index: m.index, Term: m.drafts.term, Data: data}})
		m.apply += cpu() - before
		if err == nil {
			err = accepted(&applied[0])
		}
		if err != nil {
			return err
		}
		raw = raw[n:]
	}
	return nil
}

// errNotAccepted: the generator makes what the rules accept, or is wrong.
var errNotAccepted = errors.New("a record was not accepted")

func accepted(a *chain.Applied) error {
	if a.Bad != nil {
		return a.Bad
	}
	for i := range a.Outcomes {
		if o := &a.Outcomes[i]; o.Status != chain.Accepted || o.Duplicate {
			return fmt.Errorf("%w: record %v of block %d: %v", errNotAccepted, o.Record, a.Head.Height, o.Refusal)
		}
	}
	return nil
}

// steps is how often progress is told.
const steps = 10

func (m *maker) step() {
	if m.o.Progress == nil || m.done*steps/m.o.Records == m.told*steps/m.o.Records {
		return
	}
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	now, n := time.Now(), m.done-m.told
	m.o.Progress(Step{
		Done: m.done, Of: m.o.Records, Elapsed: now.Sub(m.since), Records: n, Sign: m.sign / time.Duration(n), Apply: m.apply / time.Duration(n), Heap: memory.HeapAlloc,
	})
	m.since, m.told, m.sign, m.apply = now, m.done, 0, 0
}
