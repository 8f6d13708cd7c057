package genesis

import (
	"bytes"
	"slices"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/statemap"
	"github.com/ocopledger/ocop/ledger/subject"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// Subject is a subject of the first state.
type Subject struct {
	ID    subject.ID
	Key   ledger.Hash
	Value []byte
}

// Policy is the document of policy epoch 0.
func (g *Genesis) Policy() *ledger.Policy {
	b := g.Body
	p := &ledger.Policy{
		Chain: g.Chain, Origin: b.Origin, Publisher: ledger.AccountID(b.Policy.Publisher), LogKey: ident.Ed25519Key(b.Policy.LogKey),
		Quorum: uint8(b.Policy.Quorum), TrustPeriod: b.Policy.TrustPeriod,
	}
	for _, a := range b.Agencies {
		if v := a.Validator; v != nil {
			p.Validators = append(p.Validators, ledger.PolicyValidator{
				Agency: ledger.AccountID(a.Account), NodeKey: ident.Ed25519Key(v.NodeKey), CosignerName: v.CosignerName, CosignerKey: ident.Ed25519Key(v.CosignerKey),
			})
		}
	}
	for _, w := range b.Policy.Witnesses {
		p.Witnesses = append(p.Witnesses, ledger.PolicyWitness{Name: w.Name, Key: ident.Ed25519Key(w.Key)})
	}
	return p
}

// Entry is the first entry in the history of every subject that genesis makes.
func (g *Genesis) Entry(value []byte) ledger.Entry {
	return ledger.Entry{Time: g.Body.Time, Action: ledger.WholeRecord, ActionHash: g.Chain, Value: subject.ValueHash(value)}
}

// Subjects is the first state, in ascending order of state keys.
func (g *Genesis) Subjects() []Subject {
	b := g.Body
	var list []Subject
	add := func(id subject.ID, value []byte) { list = append(list, Subject{id, id.Key(), value}) }

	p := b.Parameters
	add(subject.Parameters(), (&subject.ParametersValue{
		BackdatingWindow: p.BackdatingWindow, FutureWindow: p.FutureWindow, LongestExpiry: p.LongestExpiry, LongestLapse: p.LongestLapse, ClockBound: p.ClockBound,
		VotePercent: uint8(p.VotePercent), Resolvers: resolvers(p),
	}).Append(nil))
	add(subject.Policy(), (&subject.PolicyValue{Policy: *g.Policy()}).Append(nil))
	add(subject.Protocol(), (&subject.ProtocolValue{Version: b.Protocol}).Append(nil))
	add(subject.Schemes(), (&subject.SchemesValue{Schemes: calendar(b)}).Append(nil))
	for _, t := range b.Territories {
		add(subject.Territory(t.Code), (&subject.TerritoryValue{
			Code: t.Code, Level: subject.Level(t.Level), Parent: t.Parent, Name: t.Name, From: ledger.Date(t.From), Until: ledger.Date(t.Until),
		}).Append(nil))
	}
	for _, s := range b.Schemes {
		add(subject.Scheme(s.Id), schemeValue(s).Append(nil))
	}
	for _, a := range b.Agencies {
		account := ledger.AccountID(a.Account)
		add(subject.Authority(account), authorityValue(a).Append(nil))
		add(subject.Account(account), accountValue(a).Append(nil))
		add(subject.Activity(account), (&subject.ActivityValue{}).Append(nil))
		if v := a.Validator; v != nil {
			add(subject.Node(account), (&subject.NodeValue{
				Agency: account, Incarnation: 1, TLSKey: ident.Ed25519Key(v.TlsKey), PeerAddress: v.PeerAddress, PublicAddress: v.PublicAddress,
			}).Append(nil))
		}
	}
	slices.SortFunc(list, func(x, y Subject) int { return bytes.Compare(x.Key[:], y.Key[:]) })
	return list
}

func schemeValue(s *recordv1.Scheme) *subject.SchemeValue {
	v := &subject.SchemeValue{
		ID: s.Id, Source: s.Source, From: ledger.Date(s.From), Until: ledger.Date(s.Until), MaxA: s.MaxA, MaxB: s.MaxB, MaxC: s.MaxC,
		ValidityMonths: uint8(s.ValidityMonths), ValidityDays: uint8(s.ValidityDays),
	}
	for _, band := range s.Bands {
		b := subject.Band{Star: uint8(band.Star), Lowest: band.Lowest}
		for _, level := range band.Recognisers {
			b.Recognisers |= 1 << level
		}
		v.Bands = append(v.Bands, b)
	}
	for _, group := range s.Groups {
		v.Groups = append(v.Groups, subject.Group{Code: group.Code, Name: group.Name})
	}
	return v
}

func authorityValue(a *recordv1.Agency) *subject.AuthorityValue {
	v := &subject.AuthorityValue{Agency: ledger.AccountID(a.Account)}
	for _, g := range a.Grants {
		v.Grants = append(v.Grants, subject.Grant{
			Level: subject.Level(g.Level), Territory: g.Territory, Powers: uint16(g.Powers), From: ledger.Date(g.From), Until: ledger.Date(g.Until),
		})
	}
	return v
}

func accountValue(a *recordv1.Agency) *subject.AccountValue {
	v := &subject.AccountValue{
		Account: ledger.AccountID(a.Account), Kind: uint8(recordv1.AccountKind_ACCOUNT_KIND_AGENCY), Roles: subject.RoleAgency,
		Name: nameOf(a.Name), Territory: a.Territory, Registrar: ledger.AccountID(a.Account), Stated: ledger.ActionID{Action: ledger.WholeRecord}, Epoch: 1,
	}
	for _, k := range a.Keys {
		v.Keys = append(v.Keys, subject.Key{PublicKey: ident.PublicKey(k.PublicKey), Roles: uint16(k.Roles), Bound: 1})
	}
	return v
}

func nameOf(n *recordv1.Name) subject.Name {
	if blob := n.GetBlob(); blob != nil {
		return subject.Name{Blob: ledger.Hash(blob)}
	}
	return subject.Name{Register: n.GetRegister()}
}

// State is the map over the first state.
func (g *Genesis) State() statemap.Map {
	subjects := g.Subjects()
	leaves := make([]statemap.Leaf, len(subjects))
	for i, s := range subjects {
		entry := g.Entry(s.Value)
		leaves[i] = statemap.Leaf{Key: s.Key, Value: entry.Value, N: 1, History: entry.LeafHash()}
	}
	m, err := statemap.Build(leaves)
	if err != nil {
		panic("genesis: " + err.Error()) // keys are sorted, and two subjects never share one
	}
	return m
}

// Seal is seal 0, the first leaf of the log.
func (g *Genesis) Seal() *ledger.Seal {
	policy := g.Policy().Hash()
	return &ledger.Seal{
		Chain: g.Chain, Previous: g.Chain, Time: g.Body.Time, RootBefore: merkle.Log.Root(nil), State: g.State().Root(),
		Protocol: g.Body.Protocol, Policy: policy, NextPolicy: policy,
	}
}

func resolvers(p *recordv1.Parameters) (all []subject.Resolver) {
	for _, v := range p.Resolvers {
		all = append(all, subject.Resolver{Host: v.Host, Until: ledger.Date(v.Until)})
	}
	return all
}
