package ident

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"

	"go.uber.org/goleak"
	"pgregory.net/rapid"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func testPool(t testing.TB, workers, keys int) *Pool {
	t.Helper()
	p, err := NewPool(workers, keys)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// goodJobs are n signatures by a number of signers.
func goodJobs(t testing.TB, n, signers int) []Job {
	t.Helper()
	keys := make([]*PrivateKey, signers)
	for i := range keys {
		keys[i] = testKey(t, fmt.Sprint("signer", i))
	}
	jobs := make([]Job, n)
	for i := range jobs {
		digest := sha256.Sum256(binary.BigEndian.AppendUint32(nil, uint32(i)))
		sig, err := keys[i%signers].Sign(digest)
		if err != nil {
			t.Fatal(err)
		}
		jobs[i] = Job{keys[i%signers].Public(), digest, sig}
	}
	return jobs
}

// TestPoolEqualsOneByOne: whatever the mixture, the number of workers and the size of the cache, verdicts are those of the plain check, in order.
func TestPoolEqualsOneByOne(t *testing.T) {
	edge, _ := edgeCases()
	all := append(goodJobs(t, 40, 5), edge...)
	verdicts := make(map[Job]error, len(all))
	for _, j := range all {
		verdicts[j] = j.Key.Verify(j.Digest, j.Sig)
	}
	rapid.Check(t, func(t *rapid.T) {
		p, err := NewPool(rapid.IntRange(1, 5).Draw(t, "workers"), rapid.IntRange(0, 6).Draw(t, "keys"))
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		for range 3 { // the cache is warm from the second time on
			n := rapid.SampledFrom([]int{0, 1, 31, 32, 33, 64, 65, 150}).Draw(t, "number") // around the bounds of pieces
			jobs := rapid.SliceOfN(rapid.SampledFrom(all), n, n).Draw(t, "jobs")
			got, err := p.Verify(context.Background(), jobs)
			if err != nil || len(got) != len(jobs) {
				t.Fatalf("%d verdicts of %d jobs, %v", len(got), len(jobs), err)
			}
			for i, j := range jobs {
				if got[i] != verdicts[j] {
					t.Fatalf("job %d: got %v, want %v", i, got[i], verdicts[j])
				}
			}
		}
	})
}

func TestPoolServesManyCallers(t *testing.T) {
	p := testPool(t, 3, 4)
	jobs := goodJobs(t, 200, 7)
	var callers sync.WaitGroup
	for c := range 8 {
		callers.Go(func() {
			mine := slices.Clone(jobs)
			bad := c * 20
			mine[bad].Sig[5] ^= 1
			got, err := p.Verify(context.Background(), mine)
			if err != nil {
				t.Error(err)
				return
			}
			for i, verdict := range got {
				if (verdict != nil) != (i == bad) {
					t.Errorf("caller %d, job %d: %v", c, i, verdict)
				}
			}
		})
	}
	callers.Wait()
}

func TestPoolStops(t *testing.T) {
	if _, err := NewPool(0, 1); err == nil {
		t.Error("a pool of no workers would wait for ever")
	}
	p := testPool(t, 2, 4)
	jobs := goodJobs(t, 100, 2)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if got, err := p.Verify(ctx, jobs); got != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("after cancelling: %v, %v", got, err)
	}
	// Callers that are cancelled or closed upon under way get verdicts for all jobs or none.
	var callers sync.WaitGroup
	for range 6 {
		ctx, cancel := context.WithCancel(context.Background())
		callers.Go(func() {
			got, err := p.Verify(ctx, jobs)
			if (err == nil) != (len(got) == len(jobs)) || (err == nil && slices.ContainsFunc(got, func(e error) bool { return e != nil })) {
				t.Errorf("%d verdicts, %v", len(got), err)
			}
		})
		callers.Go(func() { runtime.Gosched(); cancel() })
	}
	callers.Go(p.Close)
	callers.Wait()
	if _, err := p.Verify(context.Background(), jobs); !errors.Is(err, ErrClosed) {
		t.Errorf("after closing: %v", err)
	}
	p.Close()
}

func TestKeyCacheIsBoundedAndRight(t *testing.T) {
	const limit = 10
	c := newKeyCache(limit)
	random := rand.New(rand.NewPCG(1, 2))
	value := func(i int) (PublicKey, *[65]byte) { return PublicKey{byte(i)}, &[65]byte{byte(i)} }
	hot, hotPoint := value(255)
	c.put(&hot, hotPoint)
	for i := range 2000 {
		k, point := value(random.IntN(200))
		if got, ok := c.get(&k); ok && *got != *point {
			t.Fatal("the point of another key")
		}
		c.put(&k, point)
		if len(c.young)+len(c.old) > limit {
			t.Fatalf("%d keys after %d", len(c.young)+len(c.old), i)
		}
		if i%4 == 0 { // a signer seen once in half the limit stays
			if _, ok := c.get(&hot); !ok {
				t.Fatalf("a signer seen all the time was forgotten after %d", i)
			}
		}
	}
}

// TestOnlySignersAreRemembered: keys in bad signatures must not push out those who sign.
func TestOnlySignersAreRemembered(t *testing.T) {
	p := testPool(t, 1, 100)
	jobs := goodJobs(t, 50, 50)
	for i := range jobs[:49] {
		jobs[i].Digest[0] ^= 1
	}
	if _, err := p.Verify(context.Background(), jobs); err != nil {
		t.Fatal(err)
	}
	if n := len(p.keys.young) + len(p.keys.old); n != 1 {
		t.Errorf("%d keys are remembered, want the one that signed", n)
	}
}

func BenchmarkSign(b *testing.B) {
	k := testKey(b, "k")
	for b.Loop() {
		_, _ = k.Sign([32]byte{1})
	}
}

func BenchmarkVerify(b *testing.B) {
	j := goodJobs(b, 1, 1)[0]
	for b.Loop() {
		if j.Key.Verify(j.Digest, j.Sig) != nil {
			b.Fatal()
		}
	}
}

// BenchmarkPool64 verifies 64 signatures of one signer; divide by 64 for one.
func BenchmarkPool64(b *testing.B) {
	jobs := goodJobs(b, 64, 1)
	for _, keys := range []int{0, 16} {
		b.Run(fmt.Sprintf("workers=1/keys=%d", keys), func(b *testing.B) {
			p := testPool(b, 1, keys)
			for b.Loop() {
				_, _ = p.Verify(context.Background(), jobs)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(jobs)), "ns/sig")
		})
	}
}

func BenchmarkPoolSingle(b *testing.B) {
	jobs := goodJobs(b, 1, 1)
	p := testPool(b, runtime.NumCPU(), 16)
	for b.Loop() {
		_, _ = p.Verify(context.Background(), jobs)
	}
}

func BenchmarkDigest(b *testing.B) {
	body := make([]byte, 101)
	b.ReportAllocs()
	for b.Loop() {
		_ = Digest(TypeRecordHeader, body)
	}
}
