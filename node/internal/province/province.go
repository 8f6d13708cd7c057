// Package province makes small ledgers for tests of the node: a genesis of a few agencies, their nodes' keys, and records that they sign.
package province

import (
	"crypto/sha256"
	"fmt"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/genesis"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/node/keys"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// ChainName is the name of the ledgers made here, Origin that of their logs.
const (
	ChainName = "test"
	Origin    = "log.example/test"
)

const (
	country = 1
	seat    = 67
	powers  = 63 // all
)

// Address is where an agency's node is to be reached.
type Address struct{ Peer, Public string }

// Province is a genesis with the private keys to it. Agencies are numbered from 1.
type Province struct {
	Genesis  *genesis.Genesis
	Nodes    []*keys.Set
	Officers []*ident.PrivateKey
	tb       testing.TB
}

// New makes a province of one agency an address. Its keys are the same for the same addresses; its block time begins an hour ago.
func New(tb testing.TB, addresses ...Address) *Province {
	tb.Helper()
	return Decided(tb, func(*genesis.Options) {}, addresses...)
}

// Decided is New with what the ceremony decides changed: outside witnesses, or that all is sample data.
func Decided(tb testing.TB, decide func(*genesis.Options), addresses ...Address) *Province {
	tb.Helper()
	var nodes []*keys.Set
	for i, a := range addresses {
		nodes = append(nodes, keysOf(tb, ledger.AccountID(i+1), a))
	}
	return assemble(tb, decide, nodes, addresses)
}

// Of is New with nodes' keys of one's own; the first has a log key.
func Of(tb testing.TB, nodes []*keys.Set, addresses ...Address) *Province {
	tb.Helper()
	return assemble(tb, func(*genesis.Options) {}, nodes, addresses)
}

func assemble(tb testing.TB, decide func(*genesis.Options), nodes []*keys.Set, addresses []Address) *Province {
	tb.Helper()
	p := &Province{Nodes: nodes, tb: tb}
	var descriptors []*genesis.Descriptor
	for i, a := range addresses {
		descriptors = append(descriptors, p.join(ledger.AccountID(i+1), nodes[i], a))
	}
	o := genesis.Options{
		Origin: Origin, Time: uint64(time.Now().Add(-time.Hour).UnixMilli()), Publisher: 1,
		Territories: []*recordv1.Territory{
			{Code: country, Level: recordv1.Level_LEVEL_MINISTRY, Name: "Việt Nam"}, {Code: seat, Level: recordv1.Level_LEVEL_PROVINCE, Parent: country, Name: "Đắk Nông"},
		},
	}
	decide(&o)
	g, err := genesis.Assemble(descriptors, o)
	if err != nil {
		tb.Fatal(err)
	}
	p.Genesis = g
	return p
}

func (p *Province) join(agency ledger.AccountID, node *keys.Set, at Address) *genesis.Descriptor {
	p.tb.Helper()
	officer := Officer(p.tb, agency)
	place := ident.GenesisPossession{ChainName: ChainName, Agency: uint64(agency), Purpose: ident.PurposeAuthor}
	proof, err := place.ProveAuthor(officer)
	if err != nil {
		p.tb.Fatal(err)
	}
	v, log, err := node.Validator(keys.Place{
		ChainName: ChainName, Agency: agency, CosignerName: fmt.Sprintf("node%d.example", agency), PeerAddress: at.Peer, PublicAddress: at.Public,
	})
	if err != nil {
		p.tb.Fatal(err)
	}
	p.Officers = append(p.Officers, officer)
	public := officer.Public()
	return &genesis.Descriptor{ChainName: ChainName, Log: log, Agency: &recordv1.Agency{
		Account: uint64(agency), Name: compose.RegisterName(fmt.Sprintf("UBND xã %d", agency)), Territory: seat,
		Grants:    []*recordv1.Grant{{Level: recordv1.Level_LEVEL_PROVINCE, Territory: seat, Powers: powers, From: 20180507}},
		Keys:      []*recordv1.AgencyKey{{PublicKey: public[:], Roles: 15, Proof: proof[:]}},
		Validator: v,
	}}
}

// Officer is the private key of an agency's officer, the same in every province.
func Officer(tb testing.TB, agency ledger.AccountID) *ident.PrivateKey {
	tb.Helper()
	secret := sha256.Sum256(fmt.Appendf(nil, "officer %d", agency))
	officer, err := ident.NewPrivateKey(secret[:])
	if err != nil {
		tb.Fatal(err)
	}
	return officer
}

func keysOf(tb testing.TB, agency ledger.AccountID, at Address) *keys.Set {
	tb.Helper()
	s := new(keys.Set)
	for purpose, to := range map[string]**ident.Ed25519PrivateKey{"node": &s.Node, "cosigner": &s.Cosigner, "tls": &s.TLS, "log": &s.Log} {
		if purpose == "log" && agency != 1 {
			continue
		}
		seed := sha256.Sum256(fmt.Appendf(nil, "%s %d %s", purpose, agency, at.Peer))
		key, err := ident.NewEd25519PrivateKey(seed[:])
		if err != nil {
			tb.Fatal(err)
		}
		*to = key
	}
	return s
}

// Record signs a record of an agency.
func (p *Province) Record(agency ledger.AccountID, issued time.Time, actions ...*recordv1.Action) *compose.Signed {
	p.tb.Helper()
	schema := compose.SchemaOf(actions...)
	data, err := compose.Marshal(schema, actions)
	if err != nil {
		p.tb.Fatal(err)
	}
	author := compose.Author{Chain: p.Genesis.Chain, Account: agency, Schema: schema, Key: p.Officers[agency-1]}
	signed, err := author.Sign(data, uint64(issued.UnixMilli()), compose.AtOnce)
	if err != nil {
		p.tb.Fatal(err)
	}
	return signed
}

// Register is a record in which an agency registers the n-th account of its range.
func (p *Province) Register(agency ledger.AccountID, n int) *compose.Signed {
	p.tb.Helper()
	return p.RegisterAt(agency, n, time.Now())
}

// RegisterAt is Register with a time of issue.
func (p *Province) RegisterAt(agency ledger.AccountID, n int, issued time.Time) *compose.Signed {
	p.tb.Helper()
	return p.Record(agency, issued, Registration(agency, n)...)
}

// Registration is the action of Register.
func Registration(agency ledger.AccountID, n int) []*recordv1.Action {
	return []*recordv1.Action{compose.Act(&recordv1.RegisterAccount{
		Account: uint64(agency)*ledger.AccountRange + uint64(n), Kind: recordv1.AccountKind_ACCOUNT_KIND_COOPERATIVE, Roles: 1,
		Name: compose.RegisterName(fmt.Sprintf("HTX số %d", n)), Territory: seat,
	})}
}

// Product is a record in which an agency registers product 1 of the n-th account of its range.
func (p *Province) Product(agency ledger.AccountID, n int) *compose.Signed {
	p.tb.Helper()
	return p.Record(agency, time.Now(), ProductOf(agency, n)...)
}

// ProductOf is the actions of Product.
func ProductOf(agency ledger.AccountID, n int) []*recordv1.Action {
	return []*recordv1.Action{compose.Act(&recordv1.RegisterProduct{
		Product: compose.ProductRef(ledger.ProductID{Producer: agency*ledger.AccountRange + ledger.AccountID(n), Number: 1}),
		Name:    compose.RegisterName("Mắc ca"), Group: &recordv1.GroupRef{Scheme: genesis.RS2025, Code: "food"}, Unit: recordv1.Unit_UNIT_GRAM, Origin: seat,
	})}
}
