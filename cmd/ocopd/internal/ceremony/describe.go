package ceremony

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/genesis"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/subject"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// Genesis is a genesis in words.
type Genesis struct {
	Notice            string             `json:"notice,omitempty"`
	Chain             string             `json:"chain_id"`
	ChainName         string             `json:"chain_name"`
	Sample            bool               `json:"sample"`
	Protocol          uint32             `json:"protocol"`
	Time              time.Time          `json:"time"`
	Origin            string             `json:"origin"`
	Agencies          []Agency           `json:"agencies"`
	Policy            Policy             `json:"policy"`
	Schemes           []Scheme           `json:"schemes"`
	Parameters        Parameters         `json:"parameters_ms"`
	Territories       int                `json:"territories"`
	Countersignatures []Countersignature `json:"countersignatures"`
}

// Agency is an agency as it describes itself.
type Agency struct {
	Account   uint64     `json:"account"`
	Name      string     `json:"name"` // of the register, or the hash of the blob that holds it
	Territory Place      `json:"territory"`
	Grants    []Grant    `json:"grants"`
	Officers  []Key      `json:"officers"`
	Validator *Validator `json:"validator,omitempty"`
	Log       *Key       `json:"log_key,omitempty"` // in a descriptor
}

// Place is a territory; the name is empty where it is not known.
type Place struct {
	Code uint32 `json:"code"`
	Name string `json:"name,omitempty"`
}

// Grant is an authority.
type Grant struct {
	Level     string   `json:"level"`
	Territory Place    `json:"territory"`
	Powers    []string `json:"powers"`
	From      string   `json:"from"`
	Until     string   `json:"until,omitempty"`
	level     recordv1.Level
}

// Key is a public key. The fingerprint is for people who compare it: the first 8 bytes of the key's SHA-256.
type Key struct {
	Public      string   `json:"public_key"`
	Fingerprint string   `json:"fingerprint"`
	Roles       []string `json:"roles,omitempty"`
}

// Validator is an agency's node.
type Validator struct {
	Node          Key    `json:"node_key"`
	TLS           Key    `json:"tls_key"`
	Cosigner      Key    `json:"cosigner_key"`
	CosignerName  string `json:"cosigner_name"`
	PeerAddress   string `json:"peer_address"`
	PublicAddress string `json:"public_address"`
}

// Policy is who certifies a head.
type Policy struct {
	Publisher       uint64    `json:"publisher"`
	Log             Key       `json:"log_key"`
	LogVerifier     string    `json:"log_verifier"` // C2SP verifier key
	Validators      int       `json:"validators"`
	Quorum          int       `json:"quorum"`
	Liars           int       `json:"fork_needs"` // 2q − n: validators that must sign two histories before both are certified
	TrustPeriodDays uint64    `json:"trust_period_days"`
	Witnesses       []Witness `json:"witnesses"`
}

// Witness is a pinned outside witness.
type Witness struct {
	Name string `json:"name"`
	Key  Key    `json:"key"`
}

// Scheme is a rule set. Scores are in hundredths.
type Scheme struct {
	ID     string   `json:"id"`
	Source string   `json:"source"`
	From   string   `json:"from"`
	Until  string   `json:"until,omitempty"`
	Max    []uint32 `json:"max_scores"` // of parts A, B, C
	Bands  []Band   `json:"bands"`
	Months uint32   `json:"validity_months"`
	Days   uint32   `json:"validity_days"`
}

// Band is a star of a rule set.
type Band struct {
	Star        uint32   `json:"star"`
	Lowest      uint32   `json:"lowest"`
	Recognisers []string `json:"recognisers"`
	levels      []recordv1.Level
}

// Parameters are windows and limits, in milliseconds.
type Parameters struct {
	BackdatingWindow uint64 `json:"backdating_window"`
	FutureWindow     uint64 `json:"future_window"`
	LongestExpiry    uint64 `json:"longest_expiry"`
	LongestLapse     uint64 `json:"longest_lapse"`
	ClockBound       uint64 `json:"clock_bound"`
	Votes            *Votes `json:"votes,omitempty"` // since protocol version 3

	Resolvers []Resolver `json:"resolvers,omitempty"` // since protocol version 4
}

// Resolver is a host that resolves codes, and its last day; empty: open.
type Resolver struct {
	Host  string `json:"host"`
	Until string `json:"until,omitempty"`
}

// Votes is how many of the validators a change takes.
type Votes struct {
	Percent    int `json:"percent"`
	Needed     int `json:"needed"`
	Validators int `json:"validators"`
}

func parameters(g *genesis.Genesis) Parameters {
	b := g.Body.Parameters
	p := Parameters{b.BackdatingWindow, b.FutureWindow, b.LongestExpiry, b.LongestLapse, b.ClockBound, nil, nil}
	if g.Body.Protocol >= compose.SchemaMembership {
		v := subject.ParametersValue{VotePercent: uint8(cmp.Or(b.VotePercent, subject.DefaultVotePercent))}
		n := len(g.Policy().Validators)
		p.Votes = &Votes{int(v.VotePercent), v.Needed(n), n}
	}
	for _, r := range b.Resolvers {
		p.Resolvers = append(p.Resolvers, Resolver{r.Host, date(r.Until)})
	}
	return p
}

// Countersignature says whether an agency agrees to the genesis.
type Countersignature struct {
	Agency uint64 `json:"agency"`
	Signed bool   `json:"signed"`
	Key    string `json:"fingerprint,omitempty"`
}

// Describe puts a genesis into words.
func Describe(g *genesis.Genesis) *Genesis {
	b := g.Body
	d := &Genesis{
		Chain: g.Chain.String(), ChainName: b.ChainName, Sample: b.Sample, Protocol: b.Protocol, Time: moment(b.Time), Origin: b.Origin,
		Policy: policy(g), Territories: len(b.Territories), Countersignatures: countersignatures(g),
		Parameters: parameters(g),
	}
	if b.Sample {
		d.Notice = SampleNotice
	}
	names := make(map[uint32]string, len(b.Territories))
	for _, t := range b.Territories {
		names[t.Code] = t.Name
	}
	for _, a := range b.Agencies {
		d.Agencies = append(d.Agencies, agency(a, names))
	}
	for _, s := range b.Schemes {
		d.Schemes = append(d.Schemes, scheme(s))
	}
	return d
}

// DescribeAgency puts a descriptor into words. The names of territories stand in no descriptor.
func DescribeAgency(d *genesis.Descriptor) Agency {
	a := agency(d.Agency, nil)
	if d.Log != nil {
		k := key(d.Log.Key[:])
		a.Log = &k
	}
	return a
}

func agency(a *recordv1.Agency, names map[uint32]string) Agency {
	place := func(code uint32) Place { return Place{code, names[code]} }
	d := Agency{Account: a.Account, Name: a.Name.GetRegister(), Territory: place(a.Territory)}
	if blob := a.Name.GetBlob(); blob != nil {
		d.Name = hex.EncodeToString(blob)
	}
	for _, g := range a.Grants {
		d.Grants = append(d.Grants, Grant{
			Level: levelName(g.Level), Territory: place(g.Territory), Powers: bitNames(powers, uint16(g.Powers)), From: date(g.From), Until: date(g.Until), level: g.Level,
		})
	}
	for _, k := range a.Keys {
		officer := key(k.PublicKey)
		officer.Roles = RoleNames(uint16(k.Roles))
		d.Officers = append(d.Officers, officer)
	}
	if v := a.Validator; v != nil {
		d.Validator = &Validator{
			Node: key(v.NodeKey), TLS: key(v.TlsKey), Cosigner: key(v.CosignerKey), CosignerName: v.CosignerName,
			PeerAddress: v.PeerAddress, PublicAddress: v.PublicAddress,
		}
	}
	return d
}

func policy(g *genesis.Genesis) Policy {
	p := g.Policy()
	d := Policy{
		Publisher: uint64(p.Publisher), Log: key(p.LogKey[:]), Validators: len(p.Validators), Quorum: int(p.Quorum),
		Liars: 2*int(p.Quorum) - len(p.Validators), TrustPeriodDays: p.TrustPeriod / (24 * 60 * 60), Witnesses: []Witness{},
	}
	if v, err := ident.NewVKey(p.Origin, ident.NoteLog, p.LogKey); err == nil {
		d.LogVerifier = v.String()
	}
	for _, w := range p.Witnesses {
		d.Witnesses = append(d.Witnesses, Witness{w.Name, key(w.Key[:])})
	}
	return d
}

func scheme(s *recordv1.Scheme) Scheme {
	d := Scheme{
		ID: s.Id, Source: s.Source, From: date(s.From), Until: date(s.Until), Max: []uint32{s.MaxA, s.MaxB, s.MaxC}, Months: s.ValidityMonths, Days: s.ValidityDays,
	}
	for _, band := range s.Bands {
		b := Band{Star: band.Star, Lowest: band.Lowest, levels: band.Recognisers}
		for _, level := range band.Recognisers {
			b.Recognisers = append(b.Recognisers, levelName(level))
		}
		d.Bands = append(d.Bands, b)
	}
	return d
}

func countersignatures(g *genesis.Genesis) (list []Countersignature) {
	for _, a := range g.Body.Agencies {
		c := Countersignature{Agency: a.Account}
		if i := slices.IndexFunc(g.File.Countersignatures, func(s ledger.Countersignature) bool { return uint64(s.Agency) == a.Account }); i >= 0 {
			public := g.File.Countersignatures[i].PublicKey
			c.Signed, c.Key = true, Fingerprint(public[:])
		}
		list = append(list, c)
	}
	return list
}

func key(public []byte) Key {
	return Key{Public: hex.EncodeToString(public), Fingerprint: Fingerprint(public)}
}

// Fingerprint is what people compare a public key by, over the telephone if need be.
func Fingerprint(public []byte) string {
	sum := sha256.Sum256(public)
	return fmt.Sprintf("%x-%x-%x-%x", sum[0:2], sum[2:4], sum[4:6], sum[6:8])
}

func date(d uint32) string {
	if d == 0 {
		return ""
	}
	return ledger.Date(d).String()
}

func moment(milli uint64) time.Time {
	return time.UnixMilli(int64(milli)).In(time.FixedZone("+07:00", ledger.OffsetMillis/1000))
}
