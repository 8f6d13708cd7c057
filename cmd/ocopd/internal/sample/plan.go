package sample

import (
	"fmt"
	"slices"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/subject"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// Step is one record of the plan.
type Step struct {
	Name    string // also the name of its file
	Signer  string // key handle
	Author  ledger.AccountID
	Actions []*recordv1.Action
}

// Keys are the secrets of the sample's people.
type Keys interface {
	// Grant is the key of a handle for an account that gets its first key, with the proof of possession.
	Grant(handle string, account ledger.AccountID, roles uint16) (*recordv1.KeyGrant, error)
	// Private is the key of a handle.
	Private(handle string) (*ident.PrivateKey, error)
	// Commit is a salted commitment to a value that stays outside the ledger.
	Commit(field, value string) (ledger.Hash, error)
	// Show is a salted hash of content that everybody is shown beside the ledger: a public blob.
	Show(media string, content []byte) (ledger.Hash, error)
}

// Document gives the plan the documents of Decisions.
type Document func(name, title string) (*recordv1.Document, error)

// Handles of the sample's traders, in the order of their accounts.
var traders = []struct{ handle, name string }{
	{"thuong-nhan-1", "Công ty thu mua nông sản (mẫu)"},
	{"thuong-nhan-2", "Cửa hàng OCOP thành phố (mẫu)"},
}

// TraderAccount is the account of sample trader i, from 0.
func TraderAccount(i int) ledger.AccountID {
	return Trade*ledger.AccountRange + ledger.AccountID(i+1)
}

// ProducerHandle names the key files of a producer.
func ProducerHandle(a ledger.AccountID) string {
	return fmt.Sprintf("chu-the-%02d", a%ledger.AccountRange)
}

// What producers' and traders' keys may do.
const tradeAndOwnKeys = subject.KeyTrade | subject.KeyGovern

// Years and days of the sample's two rounds.
const (
	round2020      = ledger.Date(20200924)
	reassessBefore = 20 // days before the first start
	gramsPerKilo   = 1000
)

// Plan makes the steps of a ledger that started at a time (Unix milliseconds).
type Plan struct {
	Start     uint64
	Producers []Producer
	keys      Keys
	document  Document
	groups    Groups
}

// Groups maps the file's groups to the codes of a rule set.
type Groups func(scheme, group string) string

// NewPlan reads the sample province.
func NewPlan(start uint64, keys Keys, document Document, groups Groups) (*Plan, error) {
	producers, err := Producers()
	if err != nil {
		return nil, err
	}
	return &Plan{Start: start, Producers: producers, keys: keys, document: document, groups: groups}, nil
}

func (p *Plan) day(before int) ledger.Date { return ledger.DateAt(p.Start).AddDays(-before) }

// Schemes of the two rounds, by the dates of their Decisions.
const (
	scheme2020 = "RS-2019"
	schemeNow  = "RS-2025"
)

// gtins are the products with a bar code, by item. The number is of GS1's prefix 952, which is kept for demonstrations: no goods can have it.
var gtins = map[uint16]string{14: "09521234543213"}

// Registrations are the steps that register producers, products and traders.
func (p *Plan) Registrations() ([]Step, error) {
	var accounts, products []*recordv1.Action
	for _, producer := range p.Producers {
		account := &recordv1.RegisterAccount{
			Account: uint64(producer.Account), Kind: producer.Kind, Roles: 1, Territory: producer.Territory,
			Name: compose.RegisterName(producer.Name),
		}
		if producer.Kind == recordv1.AccountKind_ACCOUNT_KIND_HOUSEHOLD_BUSINESS {
			// A household business is a natural person's: its name is a public blob, erasable, and only its salted hash is in the leaf.
			blob, err := p.keys.Commit(compose.CommitName, producer.Name)
			if err != nil {
				return nil, err
			}
			account.Name = compose.BlobName(blob)
		}
		if producer.HasKey {
			grant, err := p.keys.Grant(ProducerHandle(producer.Account), producer.Account, tradeAndOwnKeys)
			if err != nil {
				return nil, err
			}
			account.Key = grant
		}
		accounts = append(accounts, compose.Act(account))
		for _, product := range producer.Products {
			products = append(products, compose.Act(&recordv1.RegisterProduct{
				Product: compose.ProductRef(product.ID),
				Name:    compose.RegisterName(product.Name),
				Group:   &recordv1.GroupRef{Scheme: schemeNow, Code: p.groups(schemeNow, product.Group)},
				Unit:    product.Unit, Origin: product.Origin, Gtin: gtins[product.Item],
			}))
		}
	}
	var trading []*recordv1.Action
	for i, t := range traders {
		grant, err := p.keys.Grant(t.handle, TraderAccount(i), tradeAndOwnKeys)
		if err != nil {
			return nil, err
		}
		trading = append(trading, compose.Act(&recordv1.RegisterAccount{
			Account: uint64(TraderAccount(i)), Kind: recordv1.AccountKind_ACCOUNT_KIND_ENTERPRISE, Roles: 2, Territory: province,
			Name: compose.RegisterName(t.name), Key: grant,
		}))
	}
	agency := Agencies(3)
	return []Step{
		{"01-chu-the", agency[1].Handle, Agriculture, accounts},
		{"02-san-pham", agency[1].Handle, Agriculture, products},
		{"03-thuong-nhan", agency[2].Handle, Trade, trading},
	}, nil
}

// Decision numbers of the sample.
const (
	number2020       = "MẪU-01/QĐ-UBND"
	numberReassess   = "MẪU-02/QĐ-UBND"
	numberRevocation = "MẪU-03/QĐ-UBND"
)

// typo is the item whose last valid day was typed one year short, and corrected later; revoked the item that is revoked.
const (
	typo    = 9
	revoked = 20
)

// Decisions are the two rounds: the one of 2020 as a historical import, and the re-assessment.
func (p *Plan) Decisions() ([]Step, error) {
	old, err := p.decision(number2020, round2020, scheme2020, true)
	if err != nil {
		return nil, err
	}
	reassessment, err := p.decision(numberReassess, p.day(reassessBefore), schemeNow, false)
	if err != nil {
		return nil, err
	}
	handle := Agencies(1)[0].Handle
	return []Step{{"04-quyet-dinh-2020", handle, Province, old}, {"05-danh-gia-lai", handle, Province, reassessment}}, nil
}

func (p *Plan) decision(number string, date ledger.Date, scheme string, historical bool) ([]*recordv1.Action, error) {
	document, err := p.document(fileName(number), fmt.Sprintf("QUYET DINH %s ngay %s (DU LIEU MAU)", ascii(number), date))
	if err != nil {
		return nil, err
	}
	decision := compose.Decision{ID: decisionID(number, date), Date: date, Document: document, Historical: historical}
	for _, product := range p.products() {
		until := date.AddMonths(36)
		if product.Item == typo && !historical {
			until = date.AddMonths(24)
		}
		a, b, c := scores(product)
		decision.Items = append(decision.Items, &recordv1.Certify{
			Certificate: compose.CertificateRef(ledger.CertificateID{Decision: decision.ID, Item: product.Item}),
			Product:     compose.ProductRef(product.ID),
			Star:        uint32(product.Star),
			Scores:      &recordv1.Scores{A: a, B: b, C: c, Total: a + b + c},
			MinimumsMet: true,
			Group:       p.groups(scheme, product.Group),
			ValidFrom:   uint32(date),
			ValidUntil:  uint32(until),
		})
	}
	records, err := decision.Records(compose.Schema)
	if err != nil {
		return nil, err
	}
	return records[0], nil
}

// scores are illustrative: 75–85 points for 4 stars, 56–65 for 3, different for each product, within the parts of every rule set.
func scores(p Product) (a, b, c uint32) {
	i := uint32(p.Item)
	a, b, c = 2100+i*17%300, 1500+i*13%250, 2000+i*29%350
	if p.Star == 4 {
		a, b, c = a+700, b+500, c+750
	}
	return a, b, c
}

func (p *Plan) products() (all []Product) {
	for _, producer := range p.Producers {
		all = append(all, producer.Products...)
	}
	slices.SortFunc(all, func(x, y Product) int { return int(x.Item) - int(y.Item) })
	return all
}

func (p *Plan) product(item uint16) Product { return p.products()[item-1] }

func decisionID(number string, date ledger.Date) ledger.DecisionID {
	return ledger.DecisionID{Issuer: Province, Year: date.Year(), Number: number}
}
