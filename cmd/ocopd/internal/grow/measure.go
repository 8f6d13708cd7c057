package grow

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/ocopd/internal/devnet"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/replay"
	"github.com/ocopledger/ocop/ledger/store"
	"github.com/ocopledger/ocop/node/config"
	"github.com/ocopledger/ocop/node/keys"
)

// Cost is what something took: by the clock, and of all processors. The first says little on a machine that others use.
type Cost struct{ Elapsed, CPU time.Duration }

// Per is the cost of one of n.
func (c Cost) Per(n uint64) Cost {
	n = max(n, 1)
	return Cost{c.Elapsed / time.Duration(n), c.CPU / time.Duration(n)}
}

func taken(do func() error) (c Cost, err error) {
	at, before := time.Now(), cpu()
	err = do()
	return Cost{time.Since(at), cpu() - before}, err
}

// Size is how large a ledger is.
type Size struct {
	Records     uint64 // accepted
	Leaves      uint64
	Subjects    uint64
	Height      uint64
	RecordBytes uint64 // of the envelopes
	Chain       uint64 // bytes of chain.db that the disk holds
	Index       uint64 // and of index.db
}

// Inside is what a ledger costs that this process opened.
type Inside struct {
	Size
	Open             Cost
	Heap, RSS        uint64         // bytes after opening
	Large, Small     Cost           // of a record, on top of the ledger, in blocks of 1,000 and of 100; signatures were verified before
	Verify           Cost           // of a signature, by itself
	Library          Cost           // of a signature by the library alone, without tables of signers
	Audit            Cost           // of a record, of the whole ledger from its first leaf
	Longest, Typical []ledger.LotID // the longest first
	Sold             []ledger.RecordID
}

// Shape of the measurement.
const (
	onTop       = 20_000 // records
	small       = 100    // of a block
	warmUp      = 5_000  // records that come first: the caches of a ledger that was just opened are empty
	verified    = 20_000 // signatures
	auditFeed   = 2_048  // leaves
	sampled     = 300    // lots and records that are asked for
	longestLot  = 1_000  // entries
	longestLots = 20     // that come closest to it
)

// ErrNoNetwork: the directory holds no network of one node.
var ErrNoNetwork = lang.Errorf(lang.Text{Vi: "ở đây không có mạng lưới một nút", En: "there is no network of one node here"})

// Made is the network of one node that Make made in a directory before.
func Made(dir string) (*devnet.Network, error) {
	found, err := filepath.Glob(filepath.Join(dir, "nodes", "*", config.FileName))
	if err != nil {
		return nil, err
	}
	if len(found) != 1 {
		return nil, lang.Errorf(named, dir, ErrNoNetwork)
	}
	c, err := config.Load(found[0])
	if err != nil {
		return nil, err
	}
	_, port, err := net.SplitHostPort(c.Public.Listen)
	if err != nil {
		return nil, err
	}
	base, err := strconv.Atoi(port)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(filepath.Join(dir, "genesis")); err != nil { // another would be made
		return nil, err
	}
	return devnet.Open(devnet.Options{Dir: dir, Nodes: 1, BasePort: base})
}

// MeasureInside opens a copy of the network's ledger and measures. The copy is removed; seed is the one it was made with. quick leaves the
// audit out.
func MeasureInside(ctx context.Context, network *devnet.Network, seed uint64, quick bool) (in *Inside, err error) {
	data, err := dataOf(network.Nodes[0].Dir)
	if err != nil {
		return nil, err
	}
	copied, err := os.MkdirTemp(network.Dir, "copy-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(copied)) }()
	if err := copyFiles(copied, data, store.ChainFile, store.IndexFile); err != nil {
		return nil, err
	}
	pool, err := ident.NewPool(runtime.NumCPU(), signers)
	if err != nil {
		return nil, err
	}
	defer pool.Close()
	set, err := keys.Load(filepath.Join(network.Nodes[0].Dir, "keys"))
	if err != nil {
		return nil, err
	}
	m := &meter{maker: maker{o: Options{Seed: seed}, network: network, start: network.Genesis.Body.Time}, pool: pool, in: new(Inside), quick: quick}
	m.drafts = drafter{chain: network.Genesis.Chain, proposer: network.Nodes[0].Agency.Account, key: set.Node}
	if m.plan, err = Plan(network, seed); err != nil {
		return nil, err
	}
	return m.in, m.measure(ctx, copied, data)
}

// meter measures one ledger.
type meter struct {
	maker
	pool  *ident.Pool
	in    *Inside
	quick bool
}

func (m *meter) measure(ctx context.Context, dir, original string) (err error) {
	m.in.Open, err = taken(func() (err error) {
		m.ledger, err = chain.Open(ctx, chain.Options{Dir: dir, Genesis: m.network.Genesis.Bytes(), Verifier: m.pool})
		return err
	})
	if err != nil {
		return err
	}
	m.in.Heap, m.in.RSS = heap(), rss("self")
	err = m.opened(ctx, original)
	return errors.Join(err, m.ledger.Close())
}

func (m *meter) opened(ctx context.Context, original string) error {
	if err := m.look(original); err != nil {
		return err
	}
	if !m.quick {
		if err := m.audit(ctx); err != nil {
			return err
		}
	}
	return m.grow(ctx)
}

// grow applies more sales on top.
func (m *meter) grow(ctx context.Context) (err error) {
	m.drafts.term = m.ledger.Draft().Term + 1
	m.index = m.ledger.AppliedIndex()
	sales := m.plan.Sales(m.start, 1)
	now := m.ledger.Head().Time
	for _, part := range []struct {
		n, block int
		into     *Cost
	}{{warmUp, blockRecords, new(Cost)}, {onTop, blockRecords, &m.in.Large}, {onTop, small, &m.in.Small}} {
		records := make([]*compose.Signed, part.n)
		for i := range records {
			now++
			if records[i], err = sales.Next(now); err != nil {
				return err
			}
		}
		if *part.into, err = m.applied(ctx, records, part.block, now); err != nil {
			return err
		}
	}
	return nil
}

// applied is the cost of a record, with the writing of the index.
func (m *meter) applied(ctx context.Context, records []*compose.Signed, size int, now uint64) (Cost, error) {
	runtime.GC() // of what made the records
	all, err := taken(func() error {
		for len(records) > 0 {
			n := min(size, len(records))
			if err := m.append(ctx, now, records[:n]); err != nil {
				return err
			}
			records = records[n:]
		}
		return m.ledger.FlushIndex()
	})
	return all.Per(onTop), err
}

// audit derives the whole ledger from its leaves, and verifies some of its signatures by themselves in the same minute.
func (m *meter) audit(ctx context.Context) error {
	a := replay.NewAuditor(m.network.Genesis, m.pool, nil)
	size := m.in.Leaves
	var jobs []ident.Job
	all, err := taken(func() error {
		for next := uint64(0); next < size; {
			leaves, err := m.ledger.Leaves(next, min(size, next+auditFeed), 1<<30)
			if err != nil {
				return err
			}
			if len(jobs) < verified {
				jobs = append(jobs, jobsOf(leaves)...)
			}
			if err := a.Feed(ctx, leaves); err != nil {
				return err
			}
			next += uint64(len(leaves))
		}
		_, err := a.Finish()
		return err
	})
	if err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	m.in.Audit = all.Per(m.in.Records)
	library, err := ident.NewLibraryPool(runtime.NumCPU(), signers)
	if err != nil {
		return err
	}
	defer library.Close()
	for _, by := range []struct {
		pool *ident.Pool
		into *Cost
	}{{m.pool, &m.in.Verify}, {library, &m.in.Library}} {
		alone, err := taken(func() error {
			verdicts, err := by.pool.Verify(ctx, jobs)
			return errors.Join(append(verdicts, err)...)
		})
		if err != nil {
			return err
		}
		*by.into = alone.Per(uint64(len(jobs)))
	}
	return nil
}

func jobsOf(leaves [][]byte) (jobs []ident.Job) {
	for _, leaf := range leaves {
		if e, err := ledger.ParseEnvelope(leaf); err == nil {
			jobs = append(jobs, ident.Job{Key: e.PublicKey, Digest: e.Digest, Sig: e.Signature})
		}
	}
	return jobs
}

// heap is what is live, in bytes.
func heap() uint64 {
	runtime.GC()
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	return memory.HeapAlloc
}
