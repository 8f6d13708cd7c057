package genesis

import (
	"google.golang.org/protobuf/proto"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/subject"
	"github.com/ocopledger/ocop/ledger/wire"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// Protocol is the newest protocol version this software knows, and the one it begins ledgers with. Ledgers that began with an older one keep it.
const Protocol = 4

// Genesis is a checked genesis document.
type Genesis struct {
	Chain ledger.ChainID
	Body  *recordv1.Genesis // not to be modified
	File  ledger.GenesisFile
}

// SampleNotice stands above all that speaks of a ledger of sample data, because the names in it are real.
const SampleNotice = "DỮ LIỆU MẪU – không có giá trị"

// Notice is what every output about the ledger says first; empty unless it is a sample.
func (g *Genesis) Notice() string {
	if g.Body.GetSample() {
		return SampleNotice
	}
	return ""
}

// Parse reads a genesis file and checks all of it: encoding, order, keys and proofs, territories, rule sets, parameters, quorum and
// countersignatures. Errors are *Error, or wrap ledger.ErrMalformed or a *wire.Error.
func Parse(file []byte) (*Genesis, error) {
	f, err := ledger.ParseGenesisFile(file)
	if err != nil {
		return nil, err
	}
	g, err := parseBody(f.Body)
	if err != nil {
		return nil, err
	}
	g.File = *f
	return g, g.checkCountersignatures()
}

func parseBody(body []byte) (*Genesis, error) {
	if err := wire.Records().Check(wire.MessageGenesis, body, Protocol); err != nil {
		return nil, &Error{"body", "not canonical", err}
	}
	g := &Genesis{Chain: ident.Digest(ident.TypeGenesis, body), Body: new(recordv1.Genesis)}
	if err := proto.Unmarshal(body, g.Body); err != nil {
		return nil, &Error{"body", "not protobuf", err}
	}
	if err := wire.Records().Check(wire.MessageGenesis, body, min(g.Body.Protocol, Protocol)); err != nil {
		return nil, &Error{"body", "not canonical in the protocol version that it names", err}
	}
	for _, check := range []func(*recordv1.Genesis) error{checkGeneral, checkTerritories, checkSchemes, checkAgencies, checkPolicy} {
		if err := check(g.Body); err != nil {
			return nil, err
		}
	}
	return g, nil
}

func checkGeneral(b *recordv1.Genesis) error {
	if b.Protocol > Protocol {
		return fault("protocol", "version %d, this software knows versions up to %d", b.Protocol, Protocol)
	}
	if b.Time > maxTime {
		return fault("time", "%d ms is not a time", b.Time)
	}
	p := b.Parameters
	for _, window := range []struct {
		field string
		value uint64
	}{{"backdating_window", p.BackdatingWindow}, {"future_window", p.FutureWindow}, {"longest_expiry", p.LongestExpiry},
		{"longest_lapse", p.LongestLapse}, {"clock_bound", p.ClockBound}} {
		if window.value > subject.MaxWindow {
			return fault("parameters."+window.field, "%d ms, at most a year", window.value)
		}
	}
	if p.LongestExpiry > subject.MaxExpiry {
		return fault("parameters.longest_expiry", "%d ms, at most 30 days: nodes remember ids for so long", p.LongestExpiry)
	}
	if n := p.VotePercent; n != 0 && n < subject.LeastVotePercent { // the schema has the upper bound
		return fault("parameters.vote_percent", "%d of 100 validators, want more than half", n)
	}
	return checkResolvers(resolvers(p))
}

func checkResolvers(all []subject.Resolver) error {
	seen := map[string]bool{}
	for i, v := range all {
		field := at("parameters.resolvers", i, "")
		if !v.Valid() {
			return fault(field, "%q until %s, want a host in lower case, with a port or without, and a day or none", v.Host, v.Until)
		}
		if seen[v.Host] {
			return fault(field, "%q stands twice", v.Host)
		}
		seen[v.Host] = true
	}
	return nil
}

// maxTime is what a record id holds, in milliseconds.
const maxTime = 1<<48 - 1

func (g *Genesis) checkCountersignatures() error {
	digest := ident.Digest(ident.TypeGenesisCountersign, g.Chain[:])
	for i, c := range g.File.Countersignatures {
		if i > 0 && c.Agency <= g.File.Countersignatures[i-1].Agency {
			return fault(at("countersignatures", i, ""), "not in ascending order of agency")
		}
		if !g.officer(c.Agency, c.PublicKey) {
			return fault(at("countersignatures", i, ""), "not by an officer's key of agency %d", c.Agency)
		}
		if err := c.PublicKey.Verify(digest, c.Signature); err != nil {
			return &Error{at("countersignatures", i, ""), "agency " + c.Agency.String(), err}
		}
	}
	return nil
}

func (g *Genesis) officer(agency ledger.AccountID, key ident.PublicKey) bool {
	for _, a := range g.Body.Agencies {
		for _, k := range a.Keys {
			if a.Account == uint64(agency) && string(k.PublicKey) == string(key[:]) {
				return true
			}
		}
	}
	return false
}
