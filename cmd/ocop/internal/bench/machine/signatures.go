package machine

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/ocopledger/ocop/ledger/ident"
)

// Speed is how fast a machine verifies authors' signatures and does nothing else.
type Speed struct {
	OneCore  float64 `json:"one_core_per_second"`  // elapsed
	AllCores float64 `json:"all_cores_per_second"` // elapsed: what neighbours leave
	CPU      float64 `json:"cpu_us"`               // processor time of one, which neighbours change less; 0: not known on this system
}

// Signatures are the speeds of one machine in one run.
type Signatures struct {
	Library Speed `json:"library"` // as it verifies a signer whom it never met: what other systems are measured by
	Tables  Speed `json:"tables"`  // as nodes verify signers who come again
}

const (
	// signers are as many as a node remembers easily.
	signers = 16
	// drawn signatures are verified again and again.
	drawn = 1024
	// before the clock starts, signatures are verified so often that nodes would have made tables.
	before = 2
)

// MeasureSignatures verifies for a time on one core, and for as long on all of them, each with and without tables.
func MeasureSignatures(ctx context.Context, cores int, d time.Duration) (s Signatures, err error) {
	jobs, err := sign()
	if err != nil {
		return s, err
	}
	if s.Library, err = speed(ctx, ident.NewLibraryPool, jobs, cores, d); err != nil {
		return s, err
	}
	s.Tables, err = speed(ctx, ident.NewPool, jobs, cores, d)
	return s, err
}

type newPool func(workers, keys int) (*ident.Pool, error)

func speed(ctx context.Context, create newPool, jobs []ident.Job, cores int, d time.Duration) (s Speed, err error) {
	one, err := verify(ctx, create, jobs, 1, d)
	if err != nil {
		return s, err
	}
	all, err := verify(ctx, create, jobs, cores, d)
	return Speed{OneCore: one.rate(), AllCores: all.rate(), CPU: one.cpuEach()}, err
}

// Best of two measurements: neighbours only make them worse.
func Best(a, b Signatures) Signatures {
	return Signatures{best(a.Library, b.Library), best(a.Tables, b.Tables)}
}

func best(a, b Speed) Speed {
	return Speed{OneCore: max(a.OneCore, b.OneCore), AllCores: max(a.AllCores, b.AllCores), CPU: min(a.CPU, b.CPU)}
}

func sign() ([]ident.Job, error) {
	keys := make([]*ident.PrivateKey, signers)
	for i := range keys {
		secret := sha256.Sum256([]byte{byte(i)}) // it signs nothing that anybody takes
		var err error
		if keys[i], err = ident.NewPrivateKey(secret[:]); err != nil {
			return nil, err
		}
	}
	jobs := make([]ident.Job, drawn)
	for i := range jobs {
		key := keys[i%signers]
		digest := sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(i)))
		sig, err := key.Sign(digest)
		if err != nil {
			return nil, err
		}
		jobs[i] = ident.Job{Key: key.Public(), Digest: digest, Sig: sig}
	}
	return jobs, nil
}

type verified struct {
	n            int
	elapsed, cpu time.Duration
}

func (v verified) rate() float64 { return float64(v.n) / v.elapsed.Seconds() }

func (v verified) cpuEach() float64 { return float64(v.cpu) / float64(time.Microsecond) / float64(v.n) }

func verify(ctx context.Context, create newPool, jobs []ident.Job, workers int, d time.Duration) (v verified, err error) {
	pool, err := create(workers, signers)
	if err != nil {
		return v, err
	}
	defer pool.Close()
	round := func() error {
		errs, err := pool.Verify(ctx, jobs)
		if err != nil {
			return err
		}
		for i, err := range errs {
			if err != nil {
				return fmt.Errorf("signature %d of our own: %w", i, err)
			}
		}
		return nil
	}
	for range before {
		if err := round(); err != nil {
			return v, err
		}
	}
	cpu, begun := CPU(), time.Now()
	for v.n == 0 || time.Since(begun) < d {
		if err := round(); err != nil {
			return v, err
		}
		v.n += len(jobs)
	}
	v.elapsed, v.cpu = time.Since(begun), CPU()-cpu
	return v, nil
}
