package chain

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/flaw"
	"github.com/ocopledger/ocop/ledger/genesis"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/replay"
	"github.com/ocopledger/ocop/ledger/store"
)

// CheckOptions of Check.
type CheckOptions struct {
	Dir      string
	Genesis  []byte         // the genesis file, or
	Chain    ledger.ChainID // the chain id alone; without either, what the files themselves say is taken
	Verifier ident.Verifier
	Progress func(done, size uint64) // told now and then, in leaves; may be nil
}

// Report is what a check found.
type Report struct {
	Chain     ledger.ChainID
	Head      ledger.Head // up to which the leaves were derived again
	Records   uint64      // accepted, up to Head
	Refusals  uint64
	Policies  []*ledger.Policy // of the epochs that have begun up to Head, by number. Not to be modified
	Findings  []*Finding
	Unchecked []flaw.Flaw // what could not be looked at, and why
}

// OK tells that everything was looked at and nothing found.
func (r *Report) OK() bool { return len(r.Findings) == 0 && len(r.Unchecked) == 0 }

// Check looks through the files of a ledger that no node has open, without changing them: it derives everything again from the leaves and compares each row of
// both files. It names every damaged place, as far as one does not hide the other. The error says that it could not look: store.ErrInUse, ctx's, ErrOtherChain,
// or ErrNoLedger.
func Check(ctx context.Context, o CheckOptions) (*Report, error) {
	path := filepath.Join(o.Dir, store.ChainFile)
	inspect := store.Options{ReadOnly: true, Inspect: true}
	chain, err := store.OpenChain(path, inspect)
	if errors.Is(err, store.ErrFormat) {
		return &Report{Unchecked: []flaw.Flaw{otherFile(store.ChainFile)}}, nil
	}
	if isMissing(err) {
		return nil, fmt.Errorf("%s: %w", path, ErrNoLedger)
	}
	if err != nil {
		return damagedFile(err)
	}
	defer chain.Close()
	var r *Report
	err = chain.View(func(tx *store.ChainTx) error {
		g, found, err := genesisOf(tx, &o)
		if err != nil {
			r, err = damagedFile(err)
			return err
		}
		index, notes, err := openForCheck(filepath.Join(o.Dir, store.IndexFile), inspect)
		if err != nil {
			return err
		}
		if index != nil {
			defer index.Close()
		}
		if r, err = check(ctx, g, tx, index, o.Verifier, o.Progress); err == nil {
			r.Findings = append(append(found, r.Findings...), notes.Findings...)
			r.Unchecked = append(r.Unchecked, notes.Unchecked...)
		}
		return err
	})
	return r, err
}

// damagedFile makes a report of a file that cannot be opened for its damage.
func damagedFile(err error) (*Report, error) {
	first, ok := finding(err).(*Finding)
	if !ok {
		return nil, err
	}
	r := &Report{Findings: []*Finding{first}, Unchecked: []flaw.Flaw{flaw.New("rest", "phần còn lại của %s", "the rest of %s", first.File)}}
	if pages, ok := errors.AsType[*store.DamagedPages](err); ok {
		for _, d := range pages.Found[1:] {
			r.Findings = append(r.Findings, ofDamage(d))
		}
	}
	return r, nil
}

// genesisOf reads the genesis that the files began with, and holds it against the one asked for.
func genesisOf(tx *store.ChainTx, o *CheckOptions) (*genesis.Genesis, []*Finding, error) {
	file := tx.StoredGenesis()
	want := o.Chain
	if o.Genesis != nil {
		g, err := genesis.Parse(o.Genesis)
		if err != nil {
			return nil, nil, err
		}
		want = g.Chain
	}
	place := func(cause error) *Finding {
		return &Finding{File: store.ChainFile, Bucket: "meta", Row: "genesis", NoLeaf: true, Cause: cause}
	}
	g, err := genesis.Parse(file)
	switch {
	case err != nil && o.Genesis != nil:
		g, parsing := genesis.Parse(o.Genesis)
		return g, []*Finding{place(err)}, parsing
	case err != nil:
		return nil, nil, place(err)
	case want != (ledger.ChainID{}) && g.Chain != want:
		return nil, nil, fmt.Errorf("%w: the files hold %v, asked for is %v", ErrOtherChain, g.Chain, want)
	}
	return g, nil, nil
}

// otherFile says that a file is not one of this software's.
func otherFile(name string) flaw.Flaw {
	return flaw.New("other_file", "%s: không phải tệp của phiên bản phần mềm này", "%s: not a file of this format", name)
}

// openForCheck opens index.db, if it is there and whole enough.
func openForCheck(path string, o store.Options) (*store.Index, *Report, error) {
	notes := new(Report)
	x, err := store.OpenIndex(path, o)
	switch {
	case errors.Is(err, store.ErrFormat):
		notes.Unchecked = []flaw.Flaw{otherFile(store.IndexFile)}
		return nil, notes, nil
	case isMissing(err):
		notes.Unchecked = []flaw.Flaw{flaw.New("no_file", "%s: không có tệp này", "%s: there is no such file", store.IndexFile)}
		return nil, notes, nil
	}
	if err != nil {
		notes, err = damagedFile(err)
		return nil, notes, err
	}
	return x, notes, nil
}

// checker derives the ledger again and compares.
type checker struct {
	ctx      context.Context
	tx       *store.ChainTx
	index    *indexChecker // nil: there is none
	auditor  *replay.Auditor
	progress func(done, size uint64)
	report   *Report

	size     uint64 // leaves seen
	seals    uint64
	lastSeal uint64 // index
	edge     edge
	tiles    uint64   // complete ones
	waiting  [][]byte // leaves not yet fed
	stopped  bool     // the leaves diverge: what follows from them is not known any more
	log      merkle.Frontier
}

// feedLeaves is how many leaves are derived at once.
const feedLeaves = 2048

func check(ctx context.Context, g *genesis.Genesis, tx *store.ChainTx, index *store.Index, verifier ident.Verifier, progress func(done, size uint64)) (*Report, error) {
	c := &checker{ctx: ctx, tx: tx, progress: progress, report: &Report{Chain: g.Chain}}
	if c.progress == nil {
		c.progress = func(uint64, uint64) {}
	}
	for _, d := range tx.MetaRows() {
		c.report.Findings = append(c.report.Findings, ofDamage(d))
	}
	c.report.Policies = []*ledger.Policy{g.Policy()}
	observe := func(b *replay.Block) {
		if b.Seal.EndsEpoch() {
			c.report.Policies = append(c.report.Policies, b.Next)
		}
	}
	if index != nil {
		x, err := newIndexChecker(g, tx, index)
		if err != nil {
			return nil, err
		}
		defer x.close()
		c.index = x
		policies := observe
		observe = func(b *replay.Block) {
			policies(b)
			x.block(b)
		}
	}
	c.auditor = replay.NewAuditor(g, verifier, observe)
	if err := c.leaves(); err != nil {
		return nil, err
	}
	c.extraTiles()
	c.extraSeals()
	if c.index != nil {
		return c.report, c.index.finish(c.report)
	}
	return c.report, nil
}

// find notes a finding, with the record that its leaf is.
func (c *checker) find(f *Finding) {
	if f.Record == "" && !f.NoLeaf {
		if leaf, err := c.tx.Leaf(f.Leaf); err == nil && leaf[0] == ledger.KindRecord {
			if a, err := ledger.PeekRecord(leaf); err == nil {
				f.Record = a.ID().String()
			}
		}
	}
	c.report.Findings = append(c.report.Findings, f)
}

func (c *checker) leaves() error {
	head, _, headErr := c.tx.Head()
	var failed error
	err := c.tx.EachLeaf(func(s store.StoredLeaf) bool {
		if failed = c.leaf(&s); failed != nil {
			return false
		}
		if c.size%feedLeaves == 0 {
			c.progress(c.size, max(head.Log.Size, c.size))
		}
		return true
	})
	if failed != nil {
		return failed
	}
	if err != nil {
		c.find(finding(err).(*Finding))
		c.stop(flaw.New("lengths", "các lá từ lá %d trở đi: mất độ dài của chúng", "leaves from %d on: their lengths are lost", c.size))
	}
	if err := c.feed(); err != nil {
		return err
	}
	result, err := c.auditor.Finish()
	c.report.Head, c.report.Records, c.report.Refusals = result.Head, result.Records, result.Refusals
	if !c.stopped && err != nil {
		if err := c.diverged(err); err != nil {
			return err
		}
	}
	if headErr == nil && err == nil && !c.stopped {
		c.head(&head, &result)
	}
	c.progress(c.size, c.size)
	return nil
}

func (c *checker) stop(why flaw.Flaw) {
	if !c.stopped {
		c.report.Unchecked = append(c.report.Unchecked, why)
	}
	c.stopped = true
}

// leaf takes a leaf in: as it was written, if that can be told.
func (c *checker) leaf(s *store.StoredLeaf) error {
	if err := c.ctx.Err(); err != nil {
		return err
	}
	if s.Data == nil && s.Damage != nil { // the lengths of a chunk, mended
		c.find(ofDamage(s.Damage))
		return nil
	}
	leaf := append([]byte(nil), s.Data...)
	hash := merkle.Log.Leaf(leaf)
	if s.Damage != nil {
		if s.Mended != nil {
			leaf, hash = s.Mended, merkle.Log.Leaf(s.Mended)
		} else if tile, ok := c.tx.StoredTile(0, s.Index/merkle.TileWidth); ok && tile.Intact {
			hash = ledger.Hash(tile.Hashes[s.Index%merkle.TileWidth*merkle.HashSize:])
		}
		c.find(describe(s, c.report.Chain))
	}
	c.edge.grow(hash, c.tile, s.Index)
	c.log = c.log.Append(merkle.Log, hash)
	if len(leaf) > 0 && leaf[0] == ledger.KindSeal {
		c.seal(s.Index)
	}
	c.size++
	if c.stopped {
		return nil
	}
	if s.Damage != nil && s.Mended == nil {
		if err := c.feed(); err != nil {
			return err
		}
		c.stop(flaw.New("follows", "những gì suy ra từ lá %d đã hỏng: trạng thái và %s", "what follows from leaf %d, which is damaged: states and %s", s.Index, store.IndexFile))
		return nil
	}
	if c.waiting = append(c.waiting, leaf); len(c.waiting) == feedLeaves {
		return c.feed()
	}
	return nil
}

func (c *checker) feed() error {
	leaves := c.waiting
	c.waiting = nil
	if len(leaves) == 0 || c.stopped {
		return nil
	}
	if err := c.auditor.Feed(c.ctx, leaves); err != nil {
		return c.diverged(err)
	}
	return nil
}

// diverged notes that the leaves contradict themselves. Any other error is returned.
func (c *checker) diverged(err error) error {
	if errors.Is(err, replay.ErrUnfinished) {
		c.find(&Finding{File: store.ChainFile, Bucket: "leaves", Leaf: c.size, Field: "seal", Cause: err})
		c.stop(flaw.New("unsealed", "khối chưa có dấu niêm", "the block without a seal"))
		return nil
	}
	d, ok := errors.AsType[*replay.Divergence](err)
	if !ok {
		return err
	}
	c.find(ofDivergence(d))
	c.stop(flaw.New("follows", "những gì suy ra từ lá %d: trạng thái và %s", "what follows from leaf %d: states and %s", d.Leaf, store.IndexFile))
	return nil
}

// head compares the head row with the newest seal.
func (c *checker) head(h *store.Head, result *replay.Result) {
	for _, f := range []struct {
		field     string
		want, got any
	}{
		{"height", result.Head.Height, h.Height},
		{"size", result.Head.Size, h.Log.Size},
		{"log frontier", c.log.Root(merkle.Log), h.Log.Root(merkle.Log)},
		{"seal hash", result.Head.Seal, h.Seal},
		{"time", result.Head.Time, h.Time},
	} {
		if f.want != f.got {
			c.find(&Finding{
				File: store.ChainFile, Bucket: "meta", Row: "head", Leaf: result.Head.Size - 1, Field: f.field, Want: fmt.Sprint(f.want), Got: fmt.Sprint(f.got),
			})
		}
	}
}
