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

	"github.com/ocopledger/ocop/ledger/ident/internal/curve"
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
		jobs[i] = Job{Key: keys[i%signers].Public(), Digest: digest, Sig: sig}
	}
	return jobs
}

// TestPoolEqualsOneByOne: whatever the mixture, the number of workers and the size of the cache, verdicts are those of the plain check, in order.
func TestPoolEqualsOneByOne(t *testing.T) {
	edge, _ := edgeCases()
	all := append(goodJobs(t, 40, 5), edge...)
	for _, j := range all {
		j.Stranger = true
		all = append(all, j)
	}
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

// TestTablesEqualTheLibrary: with a table of every key that is a point, verdicts are those of the plain check, be they of good signatures, of damaged ones, or of
// those that verifiers get wrong first.
func TestTablesEqualTheLibrary(t *testing.T) {
	all, names := edgeCases()
	for len(names) < len(all)+40 {
		names = append(names, "signed")
	}
	all = append(all, goodJobs(t, 40, 5)...)
	p := testPool(t, 2, 100)
	for i := range all {
		if point, err := all[i].Key.decompress(); err == nil {
			p.tables.put(&all[i].Key, curve.NewTable(&point))
		}
	}
	got, err := p.Verify(context.Background(), all)
	if err != nil {
		t.Fatal(err)
	}
	good := uint64(0)
	for i, j := range all {
		want := j.Key.Verify(j.Digest, j.Sig)
		if got[i] != want {
			t.Errorf("%s: got %v, want %v", names[i], got[i], want)
		}
		if want == nil {
			good++
		}
	}
	// Of all good ones only that with equal summands may be left to the library.
	if byTable, _ := p.Verified(); byTable < good-1 {
		t.Errorf("%d of %d good signatures were shown by tables", byTable, good)
	}
	rapid.Check(t, func(t *rapid.T) {
		jobs := rapid.SliceOfN(rapid.SampledFrom(all), 1, 70).Draw(t, "jobs")
		for i := range jobs {
			part := rapid.SampledFrom([][]byte{nil, nil, jobs[i].Digest[:], jobs[i].Sig[:]}).Draw(t, "part")
			if part != nil {
				part[rapid.IntRange(0, len(part)-1).Draw(t, "byte")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
			}
		}
		got, err := p.Verify(context.Background(), jobs)
		if err != nil {
			t.Fatal(err)
		}
		for i, j := range jobs {
			if want := j.Key.Verify(j.Digest, j.Sig); got[i] != want {
				t.Fatalf("%+v: got %v, want %v", j, got[i], want)
			}
		}
	})
}

// TestTablesAreOfThoseWhoSign: a table is made after so many good signatures, bad ones count for nothing, and no more are kept than there is room for.
func TestTablesAreOfThoseWhoSign(t *testing.T) {
	p := testPool(t, 1, 4)
	verify := func(jobs []Job) {
		t.Helper()
		if _, err := p.Verify(context.Background(), jobs); err != nil {
			t.Fatal(err)
		}
	}
	jobs := goodJobs(t, tableAfter, 1)
	for i := range 2 * tableAfter {
		bad := jobs[0]
		bad.Digest[0] ^= byte(1 + i%255)
		verify([]Job{bad})
	}
	verify(jobs[1:])
	if p.tables.len() != 0 {
		t.Fatal("a table before its time")
	}
	verify(jobs[:1])
	have, most := p.Tables()
	if byTable, _ := p.Verified(); have != 1 || most != 4 || byTable != 0 {
		t.Fatalf("%d tables of %d, %d signatures by them", have, most, byTable)
	}
	verify(jobs)
	if byTable, byLibrary := p.Verified(); byTable != tableAfter || byLibrary != 3*tableAfter {
		t.Errorf("%d by tables, %d by the library", byTable, byLibrary)
	}
	for range 3 {
		verify(goodJobs(t, 10*tableAfter, 10))
	}
	if n := p.tables.len(); n > 4 {
		t.Errorf("%d tables, there is room for 4", n)
	}
	if library, err := NewLibraryPool(1, 4); err != nil {
		t.Error(err)
	} else {
		p = library
		defer p.Close()
		verify(goodJobs(t, 3*tableAfter, 1))
		if byTable, byLibrary := p.Verified(); byTable != 0 || byLibrary != 3*tableAfter {
			t.Errorf("the library alone: %d by tables, %d", byTable, byLibrary)
		}
	}
}

// TestStrangersLeaveNothing: whose key nobody holds can sign as often as he likes, and takes neither a table's place nor a signer's. One whose table is there is verified by it.
func TestStrangersLeaveNothing(t *testing.T) {
	p := testPool(t, 1, 4)
	verify := func(jobs []Job, strangers bool) {
		t.Helper()
		for i := range jobs {
			jobs[i].Stranger = strangers
		}
		verdicts, err := p.Verify(context.Background(), jobs)
		if err != nil || slices.ContainsFunc(verdicts, func(e error) bool { return e != nil }) {
			t.Fatalf("%v, %v", verdicts, err)
		}
	}
	verify(goodJobs(t, 20*tableAfterMore, 20), true)
	if p.tables.len() != 0 || p.signers.len() != 0 {
		t.Fatalf("of strangers there are %d tables and %d signers", p.tables.len(), p.signers.len())
	}
	known := goodJobs(t, 4*tableAfter, 4)
	verify(known, false)
	if have, _ := p.Tables(); have != 4 {
		t.Fatalf("%d tables", have)
	}
	verify(goodJobs(t, 40*tableAfterMore, 40), true) // the first four among them
	before, _ := p.Verified()
	verify(known, false)
	if after, _ := p.Verified(); after-before != uint64(len(known)) {
		t.Errorf("after strangers came, %d of %d signatures are verified by tables", after-before, len(known))
	}
	if before != tableAfterMore*4 {
		t.Errorf("of strangers, %d signatures were verified by tables", before)
	}
}

// FuzzTables compares a table of a signer with the library on whatever digest and signature, and on a good signature of that digest.
func FuzzTables(f *testing.F) {
	all, _ := edgeCases()
	for _, j := range all {
		f.Add([]byte("secret"), j.Digest[:], j.Sig[:])
	}
	f.Fuzz(func(t *testing.T, seed, digest, sig []byte) {
		if len(digest) != 32 || len(sig) != 64 {
			t.Skip()
		}
		secret := sha256.Sum256(seed)
		k, err := NewPrivateKey(secret[:])
		if err != nil {
			t.Skip()
		}
		p := testPool(t, 1, 1)
		key := k.Public()
		point, err := key.decompress()
		if err != nil {
			t.Fatal(err)
		}
		p.tables.put(&key, curve.NewTable(&point))
		signed, err := k.Sign([32]byte(digest))
		if err != nil {
			t.Fatal(err)
		}
		jobs := []Job{{Key: key, Digest: [32]byte(digest), Sig: signed}, {Key: key, Digest: [32]byte(digest), Sig: Signature(sig)}}
		got, err := p.Verify(context.Background(), jobs)
		if err != nil {
			t.Fatal(err)
		}
		for i, j := range jobs {
			if want := j.Key.Verify(j.Digest, j.Sig); got[i] != want {
				t.Errorf("%+v: got %v, want %v", j, got[i], want)
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

func TestRememberedIsBoundedAndRight(t *testing.T) {
	const limit = 10
	c := newRemembered[byte](limit)
	random := rand.New(rand.NewPCG(1, 2))
	value := func(i int) (PublicKey, *byte) { b := byte(i); return PublicKey{b}, &b }
	for i := range 2000 {
		k, v := value(random.IntN(200))
		if got, ok := c.get(&k); ok && *got != *v {
			t.Fatal("what is of another key")
		}
		c.put(&k, v)
		if c.len() > limit {
			t.Fatalf("%d keys after %d", c.len(), i)
		}
		if _, ok := c.get(&k); !ok {
			t.Fatalf("number %d is not kept", i)
		}
	}
	c = newRemembered[byte](limit)
	for i := range 10 * limit { // as many as there is room for push nobody out
		k, v := value(i % limit)
		if _, ok := c.get(&k); ok != (i >= limit) {
			t.Fatalf("round %d: key %d is kept: %v", i/limit, i%limit, ok)
		}
		c.put(&k, v)
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
	if n := p.signers.len(); n != 1 {
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
		for name, create := range map[string]func(int, int) (*Pool, error){"tables": NewPool, "library": NewLibraryPool} {
			b.Run(fmt.Sprintf("workers=1/keys=%d/%s", keys, name), func(b *testing.B) {
				p, err := create(1, keys)
				if err != nil {
					b.Fatal(err)
				}
				defer p.Close()
				_, _ = p.Verify(context.Background(), jobs) // the table is made
				for b.Loop() {
					_, _ = p.Verify(context.Background(), jobs)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(jobs)), "ns/sig")
			})
		}
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
