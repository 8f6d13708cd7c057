package ident

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/ocopledger/ocop/ledger/ident/internal/curve"
)

// Job is one signature to verify.
type Job struct {
	Key    PublicKey
	Digest [32]byte
	Sig    Signature
	// Stranger: nobody who is known holds the key. Nothing is remembered of its signer, as anybody can make as many keys as he likes; the verdict is the same.
	Stranger bool
}

// Verifier verifies many secp256k1 signatures at once. It takes them together so that an implementation may share work among them (several
// cores, signers seen before, tables, batches); verdicts never depend on that.
type Verifier interface {
	// Verify gives one verdict a job, in order: nil, ErrPublicKey, ErrSignatureRange, ErrHighS or ErrSignature. The error beside them says
	// that there are no verdicts at all, as ctx ended or the verifier is closed. The jobs are not kept, nor read after the return.
	Verify(ctx context.Context, jobs []Job) (verdicts []error, err error)
}

// What a worker takes at once. A signature takes 7 µs by a table and some 30 by the library: smaller pieces would pay for handing over, and share a division
// among fewer; larger ones make others wait for more than 3 ms.
const (
	minPiece = 32
	maxPiece = 64
)

// Pool is a [Verifier] with a fixed number of workers: a call into C of more than 20 µs makes the Go scheduler start threads, so that verifying
// in every caller's goroutine would end with hundreds of them. Signers that come again get a table, by which a signature takes a quarter of the time; what a
// table does not show to be good the library judges, so that verdicts are the library's.
type Pool struct {
	pieces    chan piece
	signers   *remembered[signer]
	tables    *remembered[curve.Table]
	generator func() *curve.Generator
	workers   sync.WaitGroup
	size      int

	byTable, byLibrary atomic.Uint64

	closing sync.RWMutex // held for reading by each Verify, so that Close waits for them
	closed  bool
}

type piece struct {
	ctx      context.Context
	jobs     []Job
	verdicts []error
	done     *sync.WaitGroup
}

// NewPool starts workers (≥ 1, usually the number of cores) that remember the points of keys signers (≥ 0; a signer takes some 200 bytes
// and saves 4–8 µs a signature), and tables of as many, 512 at most (86 KiB each). Close ends them.
func NewPool(workers, keys int) (*Pool, error) { return newPool(workers, keys, min(keys, maxTables)) }

// NewLibraryPool is a pool without tables: what the library does alone, for whoever wants to compare.
func NewLibraryPool(workers, keys int) (*Pool, error) { return newPool(workers, keys, 0) }

func newPool(workers, keys, tables int) (*Pool, error) {
	if workers < 1 || keys < 0 {
		return nil, fmt.Errorf("a pool of %d workers and %d keys cannot verify", workers, keys)
	}
	p := &Pool{
		pieces: make(chan piece), size: workers,
		signers: newRemembered[signer](keys), tables: newRemembered[curve.Table](tables), generator: sync.OnceValue(curve.NewGenerator),
	}
	for range workers {
		w := &worker{pool: p}
		p.workers.Go(w.work)
	}
	return p, nil
}

// Verify implements [Verifier]. Callers share the workers piece by piece, so that a large call does not shut out a small one.
func (p *Pool) Verify(ctx context.Context, jobs []Job) ([]error, error) {
	p.closing.RLock()
	defer p.closing.RUnlock()
	if p.closed {
		return nil, ErrClosed
	}
	var (
		verdicts = make([]error, len(jobs))
		size     = min(max((len(jobs)+p.size-1)/p.size, minPiece), maxPiece)
		done     sync.WaitGroup
	)
	for i := range verdicts {
		verdicts[i] = errUnverified // nil means good: a job that no worker has seen must not be
	}
	for i := 0; i < len(jobs) && ctx.Err() == nil; i += size {
		end := min(i+size, len(jobs))
		done.Add(1)
		select {
		case p.pieces <- piece{ctx, jobs[i:end], verdicts[i:end], &done}:
		case <-ctx.Done():
			done.Done()
		}
	}
	done.Wait() // also when ctx has ended: workers may still be reading the jobs
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return verdicts, nil
}

// Verified says how many signatures tables have shown to be good, and how many verdicts came from the library.
func (p *Pool) Verified() (byTable, byLibrary uint64) { return p.byTable.Load(), p.byLibrary.Load() }

// Tables says of how many signers there is a table, and of how many there may be.
func (p *Pool) Tables() (have, most int) { return p.tables.len(), p.tables.limit }

// Close ends the workers after the calls under way. Later calls get ErrClosed.
func (p *Pool) Close() {
	p.closing.Lock()
	defer p.closing.Unlock()
	if !p.closed {
		p.closed = true
		close(p.pieces)
	}
	p.workers.Wait()
}
