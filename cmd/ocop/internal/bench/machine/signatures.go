package machine

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/ocopledger/ocop/ledger/ident"
)

// Signatures is how fast a machine verifies authors' signatures and does nothing else.
type Signatures struct {
	OneCore  float64 `json:"one_core_per_second"`  // elapsed
	AllCores float64 `json:"all_cores_per_second"` // elapsed: what neighbours leave
	CPU      float64 `json:"cpu_us"`               // processor time of one, which neighbours change less; 0: not known on this system
}

const (
	// signers are as many as a node remembers easily, so that keys are parsed once, as there.
	signers = 16
	// drawn signatures are verified again and again.
	drawn = 1024
)

// MeasureSignatures verifies for a time on one core, and for as long on all of them.
func MeasureSignatures(ctx context.Context, cores int, d time.Duration) (s Signatures, err error) {
	jobs, err := sign()
	if err != nil {
		return s, err
	}
	one, err := verify(ctx, jobs, 1, d)
	if err != nil {
		return s, err
	}
	all, err := verify(ctx, jobs, cores, d)
	s.OneCore, s.AllCores, s.CPU = one.rate(), all.rate(), one.cpuEach()
	return s, err
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

func verify(ctx context.Context, jobs []ident.Job, workers int, d time.Duration) (v verified, err error) {
	pool, err := ident.NewPool(workers, signers)
	if err != nil {
		return v, err
	}
	defer pool.Close()
	cpu, begun := CPU(), time.Now()
	for v.n == 0 || time.Since(begun) < d {
		errs, err := pool.Verify(ctx, jobs)
		if err != nil {
			return v, err
		}
		for i, err := range errs {
			if err != nil {
				return v, fmt.Errorf("signature %d of our own: %w", i, err)
			}
		}
		v.n += len(jobs)
	}
	v.elapsed, v.cpu = time.Since(begun), CPU()-cpu
	return v, nil
}
