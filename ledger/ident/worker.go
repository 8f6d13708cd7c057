package ident

import "github.com/ocopledger/ocop/ledger/ident/internal/curve"

const (
	// maxTables is how many signers a pool has tables of: 44 MiB. A province has some hundreds who sign every day.
	maxTables = 512
	// tableAfter is how many good signatures of a signer without a table come before one is made, while there is room. Making one costs as much as nine signatures save.
	tableAfter = 16
	// tableAfterMore is the same when another's table has to go. Even where there are so many signers that each table is forgotten before it is used, verifying takes a
	// tenth longer and no more.
	tableAfterMore = 64
	// gathered is how many jobs of callers that wait a worker takes together at most: as many as share a division.
	gathered = 32
)

// worker verifies for a pool, in a goroutine of its own.
type worker struct {
	pool   *Pool
	tables *curve.Verifier // nil before the first claim

	pieces []piece
	claims []curve.Claim
	of     []claimed
	good   []bool
}

type claimed struct {
	job     *Job
	verdict *error
}

func (w *worker) work() {
	for first := range w.pool.pieces {
		w.pieces = append(w.pieces[:0], first)
		w.gather(len(first.jobs))
		for _, p := range w.pieces {
			for i := range p.jobs {
				if p.ctx.Err() != nil {
					break
				}
				w.judge(&p.jobs[i], &p.verdicts[i])
			}
		}
		w.judgeClaims()
		for i := range w.pieces {
			w.pieces[i].done.Done()
			w.pieces[i] = piece{}
		}
	}
}

// gather takes what others wait with, too: many callers with one signature each are then served like one with many.
func (w *worker) gather(jobs int) {
	for jobs < gathered {
		select {
		case p, ok := <-w.pool.pieces:
			if !ok {
				return
			}
			w.pieces = append(w.pieces, p)
			jobs += len(p.jobs)
		default:
			return
		}
	}
}

// judge gives a verdict, or puts the job by for the tables.
func (w *worker) judge(j *Job, verdict *error) {
	if *verdict = precheck(&j.Key, &j.Sig); *verdict != nil {
		return
	}
	if table, ok := w.pool.tables.get(&j.Key); ok {
		*verdict = errUnverified
		w.claims = append(w.claims, curve.Claim{Table: table, Digest: &j.Digest, Sig: (*[64]byte)(&j.Sig)})
		w.of = append(w.of, claimed{j, verdict})
		return
	}
	*verdict = w.pool.library(j)
}

// judgeClaims takes from tables what they show to be good. Only the library says that something is bad.
func (w *worker) judgeClaims() {
	if len(w.claims) == 0 {
		return
	}
	if w.tables == nil {
		w.tables = curve.NewVerifier(w.pool.generator())
	}
	for len(w.good) < len(w.claims) {
		w.good = append(w.good, false)
	}
	w.tables.Verify(w.claims, w.good)
	shown := uint64(0)
	for i, c := range w.of {
		if w.good[i] {
			*c.verdict = nil
			shown++
		} else {
			*c.verdict = w.pool.library(c.job)
		}
	}
	w.pool.byTable.Add(shown)
	clear(w.claims) // they point into what callers own
	clear(w.of)
	w.claims, w.of = w.claims[:0], w.of[:0]
}

// library asks the library, and remembers who signed well.
func (p *Pool) library(j *Job) error {
	p.byLibrary.Add(1)
	key := j.Key // read once: were it written meanwhile, against the contract, what is remembered would still be of one key
	known, ok := p.signers.get(&key)
	if !ok {
		point, err := key.decompress()
		if err != nil {
			return err
		}
		known = &signer{point: point}
	}
	if err := verifyPoint(&known.point, &j.Digest, &j.Sig); err != nil {
		return err
	}
	if j.Stranger {
		return nil
	}
	if !ok {
		p.signers.put(&key, known) // only now: random keys without signatures push nobody out
	}
	if p.tables.limit > 0 && known.good.Add(1) >= p.tableAfter() {
		p.tables.put(&key, curve.NewTable(&known.point))
		known.good.Store(0)
	}
	return nil
}

func (p *Pool) tableAfter() uint32 {
	if p.tables.len() < p.tables.limit {
		return tableAfter
	}
	return tableAfterMore
}
