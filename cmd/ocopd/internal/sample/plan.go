package sample

import (
	"fmt"
	"slices"

	"github.com/ocopledger/ocop/ledger"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// Step is one record of the plan.
type Step struct {
	Name    string // also the name of its file
	Signer  string // key handle
	Author  ledger.AccountID
	Actions []*recordv1.Action
}

// Keys gives the plan public keys and proofs of possession; Records the ids of what has been signed before.
type Keys interface {
	// Grant is the key of a handle for an account that gets its first key.
	Grant(handle string, account ledger.AccountID, roles uint32) (*recordv1.KeyGrant, error)
	// Commit is a salted commitment to a value that stays outside the ledger.
	Commit(name, value string) ([]byte, error)
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

// Key roles of ocop.record.v1.KeyGrant: what producers' and traders' keys may do.
const tradeAndOwnKeys = 4 | 8

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

// Registrations are the steps that register producers, products and traders.
func (p *Plan) Registrations() ([]Step, error) {
	var accounts, products []*recordv1.Action
	for _, producer := range p.Producers {
		account := &recordv1.RegisterAccount{
			Account: uint64(producer.Account), Kind: producer.Kind, Roles: 1, Territory: producer.Territory,
			Name: &recordv1.Name{Choice: &recordv1.Name_Register{Register: producer.Name}},
		}
		if producer.Kind == recordv1.AccountKind_ACCOUNT_KIND_HOUSEHOLD_BUSINESS {
			// A household business is a natural person's: its name is a public blob, erasable, and only its salted hash is in the leaf.
			blob, err := p.keys.Commit("name", producer.Name)
			if err != nil {
				return nil, err
			}
			account.Name = &recordv1.Name{Choice: &recordv1.Name_Blob{Blob: blob}}
		}
		if producer.HasKey {
			grant, err := p.keys.Grant(ProducerHandle(producer.Account), producer.Account, tradeAndOwnKeys)
			if err != nil {
				return nil, err
			}
			account.Key = grant
		}
		accounts = append(accounts, &recordv1.Action{Kind: &recordv1.Action_RegisterAccount{RegisterAccount: account}})
		for _, product := range producer.Products {
			products = append(products, &recordv1.Action{Kind: &recordv1.Action_RegisterProduct{RegisterProduct: &recordv1.RegisterProduct{
				Product: productRef(product.ID),
				Name:    &recordv1.Name{Choice: &recordv1.Name_Register{Register: product.Name}},
				Group:   &recordv1.GroupRef{Scheme: schemeNow, Code: p.groups(schemeNow, product.Group)},
				Unit:    product.Unit, Origin: product.Origin,
			}}})
		}
	}
	var trading []*recordv1.Action
	for i, t := range traders {
		grant, err := p.keys.Grant(t.handle, TraderAccount(i), tradeAndOwnKeys)
		if err != nil {
			return nil, err
		}
		trading = append(trading, &recordv1.Action{Kind: &recordv1.Action_RegisterAccount{RegisterAccount: &recordv1.RegisterAccount{
			Account: uint64(TraderAccount(i)), Kind: recordv1.AccountKind_ACCOUNT_KIND_ENTERPRISE, Roles: 2, Territory: province,
			Name: &recordv1.Name{Choice: &recordv1.Name_Register{Register: t.name}}, Key: grant,
		}}})
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
	ref := decisionRef(number, date)
	actions := []*recordv1.Action{{Kind: &recordv1.Action_OpenDecision{OpenDecision: &recordv1.OpenDecision{
		Decision: ref, Date: uint32(date), Document: document, Part: 1, Parts: 1, Historical: historical,
	}}}}
	for _, product := range p.products() {
		until := date.AddMonths(36)
		if product.Item == typo && !historical {
			until = date.AddMonths(24)
		}
		a, b, c := scores(product)
		actions = append(actions, &recordv1.Action{Kind: &recordv1.Action_Certify{Certify: &recordv1.Certify{
			Certificate: &recordv1.CertificateRef{Decision: ref, Item: uint32(product.Item)},
			Product:     productRef(product.ID),
			Star:        uint32(product.Star),
			Scores:      &recordv1.Scores{A: a, B: b, C: c, Total: a + b + c},
			MinimumsMet: true,
			Group:       p.groups(scheme, product.Group),
			ValidFrom:   uint32(date),
			ValidUntil:  uint32(until),
		}}})
	}
	return actions, nil
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

func productRef(id ledger.ProductID) *recordv1.ProductRef {
	return &recordv1.ProductRef{Producer: uint64(id.Producer), Number: id.Number}
}

func decisionRef(number string, date ledger.Date) *recordv1.DecisionRef {
	return &recordv1.DecisionRef{Issuer: uint64(Province), Year: uint32(date.Year()), Number: number}
}
