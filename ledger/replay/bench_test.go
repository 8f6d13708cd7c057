//go:build unix

package replay_test

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/genesis"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/replay"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

const (
	benchAccounts = 200
	benchBlocks   = 80
	benchRecords  = 250 // a block
)

// busy is a ledger of some 20,000 records: 200 producers that sell to each other and at retail.
var busy = sync.OnceValue(func() *story {
	s := &story{world: newWorld(new(testing.T), shopGenesis())}
	account := func(i int) ledger.AccountID { return province*ledger.AccountRange + 1 + ledger.AccountID(i) }
	name := func(i int) string { return fmt.Sprint("producer ", i) }
	lot := func(i int) ledger.LotID {
		return ledger.LotID{Product: ledger.ProductID{Producer: account(i), Number: 1}, Lot: "L1"}
	}
	var accounts, lots []*compose.Signed
	for i := range benchAccounts {
		accounts = append(accounts, s.sign(province, "2", compose.Act(&recordv1.RegisterAccount{
			Account: uint64(account(i)), Kind: recordv1.AccountKind_ACCOUNT_KIND_COOPERATIVE, Roles: 3, Name: compose.RegisterName("HTX"), Territory: thuanAn,
			Key: s.grant(account(i), 1, ownRoles, name(i)),
		})))
		lots = append(lots, s.sign(account(i), name(i),
			product(lot(i).Product, compose.RegisterName("Cà phê bột"), "RS-2025", "drinks", recordv1.Unit_UNIT_GRAM, ""),
			compose.Act(&recordv1.RegisterLot{Lot: compose.LotRef(lot(i)), Quantity: 1_000_000_000, Unit: recordv1.Unit_UNIT_GRAM, Produced: uint32(ledger.DateAt(s.now))})))
	}
	s.order(0, accounts...)
	s.order(0, lots...)
	sales := make([]ledger.SaleID, benchAccounts)
	for b := range benchBlocks {
		var records []*compose.Signed
		for r := range benchRecords {
			n := b*benchRecords + r
			i := n % benchAccounts
			author, key := account(i), name(i)
			event := s.now + uint64(n) // no two records are the same
			switch round := n / benchAccounts % 3; {
			case round == 0:
				p := s.sign(author, key, compose.Act(&recordv1.ProposeSale{
					Goods: goods(lot(i), 100, event, ledger.CertificateID{}), Buyer: compose.AccountParty(account((i + 1) % benchAccounts)), Lapses: s.now + 30*ledger.DayMillis,
				}))
				sales[i] = action(p, 0)
				records = append(records, p)
			case round == 1 && sales[i] != (ledger.SaleID{}):
				buyer := (i + 1) % benchAccounts
				records = append(records, s.sign(account(buyer), name(buyer), accept(sales[i])))
			default:
				records = append(records, s.sign(author, key, retail(lot(i), 5, event, ledger.CertificateID{})))
			}
		}
		s.order(0, records...)
		s.now += 60_000
	}
	return s
})

func jobsOf(leaves [][]byte) (jobs []ident.Job) {
	for _, leaf := range leaves {
		if leaf[0] == ledger.KindRecord {
			e := must(ledger.ParseEnvelope(leaf))
			jobs = append(jobs, ident.Job{Key: e.PublicKey, Digest: e.Digest, Sig: e.Signature})
		}
	}
	return jobs
}

// cpu is the processor time of the process, garbage collection included.
func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkAudit replays a ledger of some 20,000 records, and says how fast that is beside verifying their signatures and nothing else, by the library and as the audit
// does, by tables: elapsed, and in processor time.
func BenchmarkAudit(b *testing.B) {
	s := busy()
	jobs := jobsOf(s.leaves)
	pool := must(ident.NewPool(runtime.NumCPU(), 16*benchAccounts)) // all signers' points are remembered, as a year's audit has them
	defer pool.Close()
	library := must(ident.NewLibraryPool(runtime.NumCPU(), 16*benchAccounts))
	defer library.Close()
	must(library.Verify(context.Background(), jobs))
	must(pool.Verify(context.Background(), jobs))
	audit := func() {
		a := replay.NewAuditor(s.genesis, pool, nil)
		for part := range slices.Chunk(s.leaves, 1024) {
			if err := a.Feed(context.Background(), part); err != nil {
				b.Fatal(err)
			}
		}
		if _, err := a.Finish(); err != nil {
			b.Fatal(err)
		}
	}
	audit() // the heap has its size, as it has in a ledger that is longer
	type took struct{ elapsed, cpu time.Duration }
	var byLibrary, byTables, audited took
	add := func(t *took, do func()) {
		begun, used := time.Now(), cpu()
		do()
		t.elapsed, t.cpu = t.elapsed+time.Since(begun), t.cpu+cpu()-used
	}
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer() // side by side, so that a busy machine slows all
		add(&byLibrary, func() { must(library.Verify(context.Background(), jobs)) })
		add(&byTables, func() { must(pool.Verify(context.Background(), jobs)) })
		b.StartTimer()
		add(&audited, audit)
	}
	records := float64(b.N * len(jobs))
	b.ReportMetric(records/audited.elapsed.Seconds(), "records/s")
	b.ReportMetric(100*byLibrary.elapsed.Seconds()/audited.elapsed.Seconds(), "%-of-library")
	b.ReportMetric(100*byTables.elapsed.Seconds()/audited.elapsed.Seconds(), "%-of-tables")
	b.ReportMetric(byLibrary.cpu.Seconds()*1e6/records, "cpu-µs/library-signature")
	b.ReportMetric(byTables.cpu.Seconds()*1e6/records, "cpu-µs/signature")
	b.ReportMetric((audited.cpu-byTables.cpu).Seconds()*1e6/records, "cpu-µs/record-beside")
}

// BenchmarkRead parses leaves as the audit does, signatures aside.
func BenchmarkRead(b *testing.B) {
	s := busy()
	b.ReportAllocs()
	used := cpu()
	for b.Loop() {
		if _, bad, err := replay.Read(context.Background(), believing{}, s.leaves[1:], nil); bad != nil || err != nil {
			b.Fatal(bad, err)
		}
	}
	b.ReportMetric((cpu()-used).Seconds()*1e6/float64(b.N*len(s.leaves)), "cpu-µs/leaf")
}

// BenchmarkReplay is an audit, signatures aside: all that an auditor pays for beside them.
func BenchmarkReplay(b *testing.B) {
	s := busy()
	b.ReportAllocs()
	used := cpu()
	for b.Loop() {
		a := replay.NewAuditor(s.genesis, believing{}, nil)
		for part := range slices.Chunk(s.leaves, 1024) {
			if err := a.Feed(context.Background(), part); err != nil {
				b.Fatal(err)
			}
		}
		if _, err := a.Finish(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric((cpu()-used).Seconds()*1e6/float64(b.N*len(s.leaves)), "cpu-µs/leaf")
}

// believing takes every signature for good.
type believing struct{}

func (believing) Verify(_ context.Context, jobs []ident.Job) ([]error, error) {
	return make([]error, len(jobs)), nil
}

// BenchmarkFollow derives the ledger's blocks, signatures aside.
func BenchmarkFollow(b *testing.B) {
	s := busy()
	benchmarkFollow(b, s.genesis, s.leaves)
}

func benchmarkFollow(b *testing.B, g *genesis.Genesis, leaves [][]byte) {
	envelopes, actions := make([]*ledger.Envelope, len(leaves)), 0
	for i, leaf := range leaves {
		if envelopes[i] = parsed(leaf); envelopes[i] != nil {
			actions += len(envelopes[i].Actions)
		}
	}
	runtime.GC()
	b.ReportAllocs()
	used := cpu()
	for b.Loop() {
		f, _ := follow(g)
		for i, leaf := range leaves[1:] {
			if _, err := f.Leaf(leaf, envelopes[i+1]); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric((cpu()-used).Seconds()*1e6/float64(b.N*actions), "cpu-µs/action")
}

// BenchmarkFollowActions derives blocks of records of 100 retail sales each: what an action costs beside no signature of its own.
func BenchmarkFollowActions(b *testing.B) {
	const records, actions = 400, 100
	s := &story{world: newWorld(new(testing.T), shopGenesis())}
	producer := ledger.AccountID(province*ledger.AccountRange + 1)
	lot := func(i int) ledger.LotID {
		return ledger.LotID{Product: ledger.ProductID{Producer: producer, Number: 1}, Lot: fmt.Sprint("L", i)}
	}
	s.order(0, s.sign(province, "2", compose.Act(&recordv1.RegisterAccount{
		Account: uint64(producer), Kind: recordv1.AccountKind_ACCOUNT_KIND_COOPERATIVE, Roles: 3, Name: compose.RegisterName("HTX"), Territory: thuanAn,
		Key: s.grant(producer, 1, ownRoles, "producer"),
	})))
	setup := []*recordv1.Action{product(lot(0).Product, compose.RegisterName("Cà phê bột"), "RS-2025", "drinks", recordv1.Unit_UNIT_GRAM, "")}
	for i := range actions {
		setup = append(setup, compose.Act(&recordv1.RegisterLot{Lot: compose.LotRef(lot(i)), Quantity: 1_000_000_000, Unit: recordv1.Unit_UNIT_GRAM, Produced: uint32(ledger.DateAt(s.now))}))
	}
	s.order(0, s.sign(producer, "producer", setup...))
	for r := 0; r < records; r += 10 {
		var block []*compose.Signed
		for range 10 {
			var sales []*recordv1.Action
			for i := range actions {
				sales = append(sales, retail(lot(i), 5, s.now+uint64(r), ledger.CertificateID{}))
			}
			s.now++
			block = append(block, s.sign(producer, "producer", sales...))
		}
		s.order(0, block...)
	}
	benchmarkFollow(b, s.genesis, s.leaves)
}
