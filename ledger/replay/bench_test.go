package replay_test

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
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

// BenchmarkAudit replays a ledger of some 20,000 records, and says how fast that is beside verifying their signatures and nothing else.
func BenchmarkAudit(b *testing.B) {
	s := busy()
	jobs := jobsOf(s.leaves)
	pool := must(ident.NewPool(runtime.GOMAXPROCS(0), benchAccounts))
	defer pool.Close()
	var alone time.Duration
	for b.Loop() {
		b.StopTimer() // side by side, so that a busy machine slows both
		begun := time.Now()
		must(pool.Verify(context.Background(), jobs))
		alone += time.Since(begun)
		b.StartTimer()
		a := replay.NewAuditor(s.genesis, pool, nil)
		for part := range slices.Chunk(s.leaves, 2048) {
			if err := a.Feed(context.Background(), part); err != nil {
				b.Fatal(err)
			}
		}
		if _, err := a.Finish(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N*len(jobs))/b.Elapsed().Seconds(), "records/s")
	b.ReportMetric(100*alone.Seconds()/b.Elapsed().Seconds(), "%-of-verification")
}

// BenchmarkFollow derives the ledger's blocks on one core, signatures aside.
func BenchmarkFollow(b *testing.B) {
	s := busy()
	envelopes := make([]*ledger.Envelope, len(s.leaves))
	for i, leaf := range s.leaves {
		envelopes[i] = parsed(leaf)
	}
	for b.Loop() {
		f, _ := follow(s.genesis)
		for i, leaf := range s.leaves[1:] {
			if _, err := f.Leaf(leaf, envelopes[i+1]); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(b.Elapsed().Seconds()*1e6/float64(b.N*len(s.leaves)), "µs/leaf")
}
