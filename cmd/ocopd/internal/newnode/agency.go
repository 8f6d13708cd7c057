package newnode

import (
	"fmt"
	"io"
	"net"
	"os"
	"slices"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/officer"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/cmd/ocopd/internal/ceremony"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/genesis"
	"github.com/ocopledger/ocop/node/keys"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// draft is an agency whose node has no keys yet.
type draft struct {
	agency *recordv1.Agency
	at     keys.Place
}

func (o *Options) agency() (*draft, error) {
	for _, address := range []struct{ flag, value string }{{"peer", o.Peer}, {"public", o.Public}} {
		if err := reachable(address.flag, address.value); err != nil {
			return nil, err
		}
	}
	if err := linkable(o.Public); err != nil {
		return nil, err
	}
	a := &recordv1.Agency{Account: o.Agency, Name: &recordv1.Name{Choice: &recordv1.Name_Register{Register: ceremony.Clean(o.Name)}}}
	var err error
	if a.Territory, err = ceremony.ParseTerritoryCode(o.Territory); err != nil {
		return nil, verb.Usage(lang.Text{Vi: "--territory: %v", En: "--territory: %v"}, err)
	}
	for _, text := range o.Grants {
		grant, err := ceremony.ParseGrant(text)
		if err != nil {
			return nil, verb.Usage(lang.Text{Vi: "--grants: %v", En: "--grants: %v"}, err)
		}
		a.Grants = append(a.Grants, grant)
	}
	for _, path := range o.Officers {
		key, err := o.officer(path)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(a.Keys, func(other *recordv1.AgencyKey) bool { return slices.Equal(other.PublicKey, key.PublicKey) }) {
			return nil, verb.Usage(lang.Text{Vi: "--officer %s: khóa này đã có", En: "--officer %s: the key is there already"}, path)
		}
		a.Keys = append(a.Keys, key)
	}
	genesis.SortKeys(a.Keys)
	name := o.CosignerName
	if name == "" {
		host, _, _ := net.SplitHostPort(o.Public)
		name = fmt.Sprintf("%s/%s/%d", host, o.ChainName, o.Agency)
	}
	return &draft{a, keys.Place{
		ChainName: o.ChainName, Agency: ledger.AccountID(o.Agency), CosignerName: name, PeerAddress: o.Peer, PublicAddress: o.Public,
	}}, nil
}

// officer reads an officer's proof, which must be for this place.
func (o *Options) officer(path string) (*recordv1.AgencyKey, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, officer.MaxText+1))
	if err != nil {
		return nil, err
	}
	p, err := officer.Parse(string(text))
	if err != nil {
		return nil, lang.Errorf(lang.Text{Vi: "%s: %v", En: "%s: %v"}, path, err)
	}
	if p.ChainName != o.ChainName || uint64(p.Agency) != o.Agency {
		return nil, lang.Errorf(lang.Text{
			Vi: "%s là cho cơ quan %v trên sổ cái %s, không phải cơ quan %d trên sổ cái %s",
			En: "%s is for agency %v on ledger %s, not for agency %d on ledger %s"}, path, p.Agency, p.ChainName, o.Agency, o.ChainName)
	}
	return p.AgencyKey(), nil
}

// descriptor is the agency with its node's keys.
func (d *draft) descriptor(set *keys.Set) (*genesis.Descriptor, error) {
	validator, log, err := set.Validator(d.at)
	if err != nil {
		return nil, err
	}
	d.agency.Validator = validator
	return &genesis.Descriptor{ChainName: d.at.ChainName, Agency: d.agency, Log: log}, nil
}
