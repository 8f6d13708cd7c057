package ident

import (
	"context"
	"math/big"
	"sync/atomic"
	"testing"

	"github.com/ocopledger/ocop/ledger/ident/internal/curve"
)

// TestNotShownIsNotBad: a good signature that no table can show to be good, as it adds a point to itself, is good all the same: G + G, with the key G and r = e = s.
func TestNotShownIsNotBad(t *testing.T) {
	r := mod(modelMul(big.NewInt(2), modelG).x, modelN)
	s := r
	if s.Cmp(new(big.Int).Rsh(modelN, 1)) > 0 {
		s = sub(modelN, s, modelN)
	}
	job := Job{Key: modelG.compressed(), Digest: fill(r), Sig: modelSignature(r, s)}
	p := testPool(t, 1, 1)
	point, err := job.Key.decompress()
	if err != nil {
		t.Fatal(err)
	}
	p.tables.put(&job.Key, curve.NewTable(&point))
	got, err := p.Verify(context.Background(), []Job{job, job})
	if err != nil || got[0] != nil || got[1] != nil {
		t.Errorf("%v, %v", got, err)
	}
	if byTable, byLibrary := p.Verified(); byTable != 0 || byLibrary != 2 {
		t.Errorf("%d by tables, %d by the library", byTable, byLibrary)
	}
}

// TestPoolLetsGoOfJobs: whoever gives up while a worker is at his jobs may write over them afterwards. The race detector sees a worker that still reads them.
func TestPoolLetsGoOfJobs(t *testing.T) {
	p := testPool(t, 1, 4)
	jobs := goodJobs(t, 2*maxPiece, 2)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if _, err := p.Verify(&endsWhenAsked{Context: ctx, cancel: cancel}, jobs); err == nil {
		t.Error("verdicts after the end")
	}
	for i := range jobs { // clear would not be seen
		jobs[i].Key[0]++
		jobs[i].Sig[0]++
	}
}

// endsWhenAsked ends when it is asked for the fifth time, which is by a worker: who waits for verdicts asks twice before.
type endsWhenAsked struct {
	context.Context
	cancel context.CancelFunc
	asked  atomic.Int32
}

func (c *endsWhenAsked) Err() error {
	err := c.Context.Err()
	if c.asked.Add(1) == 5 {
		c.cancel()
	}
	return err
}
