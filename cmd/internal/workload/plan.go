package workload

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/genesis"
	"github.com/ocopledger/ocop/ledger/ident"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// Officer is an agency and a key of its own on the ledger.
type Officer struct {
	Account ledger.AccountID
	Key     *ident.PrivateKey
}

// Options of a plan.
type Options struct {
	Chain ledger.ChainID
	// Registrars register producers and products, each those in its own range of accounts: 1 at least, all of different agencies. They have the power to
	// register in Territory, and their keys may register.
	Registrars []Officer
	// Certifier certifies all products with 3 or 4 stars: it has the power to certify in Territory at a level that gives them, and its key may certify.
	// With the zero Officer there are no certificates, and sales make no claim.
	Certifier Officer
	Territory uint32 // where producers are and products come from
	Scheme    string // rule set of the products' groups, and of the Decision's date; "": genesis.RS2025
	Seed      uint64
	// Base is how many account numbers of a registrar's range are left out: its first producer is Base+1. Plans of one ledger need ranges apart; those that
	// overlap collide in the first wave, where the ledger refuses an account that is taken.
	Base uint32
	// Sizes; 0: the default.
	Producers int // ≤ 100,000
	Products  int // ≥ Producers
	Lots      int // ≥ Products
}

// Default sizes: those of a province's programme.
const (
	DefaultProducers = 300
	DefaultProducts  = 600
	DefaultLots      = 3_000
)

// Bounds of options.
const (
	maxProducers = 100_000
	maxLotsEach  = 9_999 // of a product: what its codes can count
)

// lotQuantity is what a lot of the setup has, in grams, millilitres or pieces: so much that no sale of this package can be the one too many, however long
// a run is. The largest that a ledger takes is a thousand times more.
const lotQuantity = 1_000_000_000_000

// ErrOptions says that no plan can be made of the options.
var ErrOptions = errors.New("workload: options out of range")

// Plan is the producers of a workload with what they make. It is not modified, and may be used from several goroutines.
type Plan struct {
	o         Options
	producers []producer
	products  []product
	lots      []lot
	choice    [12]weights // of products, by the month
}

type producer struct {
	account ledger.AccountID
	key     *ident.PrivateKey
	kind    recordv1.AccountKind
	name    string
}

type product struct {
	id          ledger.ProductID
	producer    int // in Plan.producers
	goods       int // in catalogue
	name        string
	star        uint32
	lots        []int // in Plan.lots
	certificate uint16
}

type lot struct {
	id      ledger.LotID
	product int // in Plan.products
}

// New makes a plan: ErrOptions.
func New(o Options) (*Plan, error) {
	if o.Scheme == "" {
		o.Scheme = genesis.RS2025
	}
	for _, size := range []struct {
		n        *int
		standard int
	}{{&o.Producers, DefaultProducers}, {&o.Products, max(DefaultProducts, 2*o.Producers)}, {&o.Lots, max(DefaultLots, 5*o.Products)}} {
		if *size.n == 0 {
			*size.n = size.standard
		}
	}
	switch {
	case !apart(o.Registrars):
		return nil, fmt.Errorf("%w: registrars without account or key, or two of one agency", ErrOptions)
	case o.Producers < 1 || o.Producers > maxProducers || uint64(o.Base)+uint64(o.Producers) >= ledger.AccountRange:
		return nil, fmt.Errorf("%w: %d producers after %d others", ErrOptions, o.Producers, o.Base)
	case o.Products < o.Producers || o.Lots < o.Products || o.Lots > maxLotsEach*o.Products:
		return nil, fmt.Errorf("%w: %d producers, %d products, %d lots", ErrOptions, o.Producers, o.Products, o.Lots)
	case (o.Certifier.Account != 0) != (o.Certifier.Key != nil):
		return nil, fmt.Errorf("%w: a certifier without account or key", ErrOptions)
	}
	p := &Plan{o: o}
	if err := p.people(); err != nil {
		return nil, err
	}
	p.goods()
	return p, nil
}

// apart tells whether officers are some, and of different agencies.
func apart(officers []Officer) bool {
	seen := make(map[ledger.AccountID]bool)
	for _, o := range officers {
		if !o.Account.IsAgency() || o.Key == nil || seen[o.Account] {
			return false
		}
		seen[o.Account] = true
	}
	return len(officers) > 0
}

// certified tells whether products are certified.
func (p *Plan) certified() bool { return p.o.Certifier.Key != nil }

// secret derives what is drawn for a purpose: a key, a stream of choices.
func (p *Plan) secret(purpose string, n uint64) [32]byte {
	b := append([]byte("ocop workload "+purpose+"\n"), p.o.Chain[:]...)
	b = ledger.AppendU64(b, p.o.Seed)
	for _, o := range p.o.Registrars {
		b = ledger.AppendU64(b, uint64(o.Account))
	}
	b = ledger.AppendU64(ledger.AppendU64(b, uint64(p.o.Base)), n)
	return sha256.Sum256(b)
}

func (p *Plan) random(purpose string, n uint64) *rand.Rand {
	return rand.New(rand.NewChaCha8(p.secret(purpose, n)))
}

var kinds = [...]struct {
	kind recordv1.AccountKind
	word string
}{
	{recordv1.AccountKind_ACCOUNT_KIND_COOPERATIVE, "Hợp tác xã"},
	{recordv1.AccountKind_ACCOUNT_KIND_ENTERPRISE, "Công ty"},
	{recordv1.AccountKind_ACCOUNT_KIND_COOPERATIVE_GROUP, "Tổ hợp tác"},
}

func (p *Plan) people() error {
	p.producers = make([]producer, p.o.Producers)
	registrars := len(p.o.Registrars)
	for i := range p.producers {
		number := uint64(p.o.Base) + uint64(i) + 1 // in the plan: that of the account is within its registrar's range
		secret := p.secret("key", number)
		key, err := ident.NewPrivateKey(secret[:])
		if err != nil {
			return fmt.Errorf("workload: %w", err)
		}
		kind := kinds[i%len(kinds)]
		p.producers[i] = producer{
			account: p.o.Registrars[p.registrar(i)].Account*ledger.AccountRange + ledger.AccountID(p.o.Base) + ledger.AccountID(i/registrars) + 1,
			key:     key, kind: kind.kind, name: fmt.Sprintf("%s %d (tải thử)", kind.word, number),
		}
	}
	return nil
}

// registrar is who registers a producer and its products, in Options.Registrars: they take turns.
func (p *Plan) registrar(producer int) int { return producer % len(p.o.Registrars) }

// goods hands out products and lots in turn: everybody has some, and the first have one more.
func (p *Plan) goods() {
	random := p.random("goods", 0)
	p.products = make([]product, p.o.Products)
	for i := range p.products {
		owner, goods := i%len(p.producers), random.IntN(len(catalogue))
		number := uint32(i/len(p.producers) + 1)
		p.products[i] = product{
			id: ledger.ProductID{Producer: p.producers[owner].account, Number: number}, producer: owner, goods: goods,
			name: fmt.Sprintf("%s %d", catalogue[goods].name, number), star: 3 + uint32(random.IntN(2)), certificate: uint16(i%itemsEach + 1),
		}
	}
	p.lots = make([]lot, p.o.Lots)
	for i := range p.lots {
		at := i % len(p.products)
		product := &p.products[at]
		p.lots[i] = lot{ledger.LotID{Product: product.id, Lot: fmt.Sprintf("TT-%04d", i/len(p.products)+1)}, at}
		product.lots = append(product.lots, i)
	}
	habit := random.Perm(len(p.products)) // what sells best, in this order
	for month := range p.choice {
		p.choice[month] = newWeights(len(p.products), func(i int) uint64 { return popularity(habit[i]) * catalogue[p.products[i].goods].season(month+1) })
	}
}

// Producers lists the accounts of the producers, ascending.
func (p *Plan) Producers() []ledger.AccountID {
	accounts := make([]ledger.AccountID, len(p.producers))
	for i := range p.producers {
		accounts[i] = p.producers[i].account
	}
	slices.Sort(accounts)
	return accounts
}

// Lots lists the lots of the setup.
func (p *Plan) Lots() []ledger.LotID {
	lots := make([]ledger.LotID, len(p.lots))
	for i := range p.lots {
		lots[i] = p.lots[i].id
	}
	return lots
}
