package subject

import (
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
)

// version is the version byte of every value of protocol version 1.
const version = 1

// Level (cấp) of an agency or territory; the numbers are those of ocop.record.v1.Level.
type Level uint8

// Levels, lowest first.
const (
	LevelCommune  Level = 1 // xã
	LevelDistrict Level = 2 // huyện
	LevelProvince Level = 3 // tỉnh
	LevelMinistry Level = 4 // trung ương
)

// levels are the levels there are, as bits of a band's recognisers.
const levels = 1<<LevelCommune | 1<<LevelDistrict | 1<<LevelProvince | 1<<LevelMinistry

// Powers of a grant, as bits.
const (
	PowerRegister = 1 << iota // accounts, keys, products
	PowerCertify
	PowerRevoke
	PowerCorrect
	PowerImport // historical acts
	PowerGovern
	PowerInspect // since protocol version 4
)

// Roles of an account, as bits.
const (
	RoleProducer = 1 << iota
	RoleTrader
	RoleAgency
)

// KeyRoles: what a key may sign, as bits.
const (
	KeyRegister = 1 << iota // an agency's registrations of accounts, keys and products, and their corrections
	KeyCertify              // Decisions, certificates, their corrections, revocations; an agency's holds, recalls and inspections
	KeyTrade                // lots, their stamps, holds and recalls, and sales; a producer's own products and their corrections
	KeyGovern               // votes, the account's own keys, an agency's contact
)

// ProtocolValue holds the protocol version in force.
type ProtocolValue struct{ Version uint32 }

// Append appends the value's bytes.
func (v *ProtocolValue) Append(b []byte) []byte {
	return ledger.AppendU32(append(b, version), v.Version)
}

// ParseProtocol reads the value.
func ParseProtocol(data []byte) (v ProtocolValue, err error) {
	r := ledger.NewReader("protocol", data)
	r.Version(version)
	v.Version = r.U32()
	return v, r.Close()
}

// PolicyValue holds the document of the epoch in force; see ledger.Policy. Its encoding is the version byte and the document.
type PolicyValue struct{ Policy ledger.Policy }

// Append appends the value's bytes.
func (v *PolicyValue) Append(b []byte) []byte { return v.Policy.Append(append(b, version)) }

// ParsePolicy reads the value.
func ParsePolicy(data []byte) (v PolicyValue, err error) {
	r := ledger.NewReader("policy value", data)
	r.Version(version)
	document := r.Bytes(r.Left())
	if err := r.Close(); err != nil {
		return v, err
	}
	p, err := ledger.ParsePolicy(document)
	if err != nil {
		return v, err
	}
	v.Policy = *p
	return v, nil
}

// TerritoryValue is a territory (địa bàn) in the tree of territories.
type TerritoryValue struct {
	Code   uint32
	Level  Level
	Parent uint32 // 0: the country
	Name   string
	From   ledger.Date // 0: open
	Until  ledger.Date // 0: open
}

// Append appends the value's bytes.
func (v *TerritoryValue) Append(b []byte) []byte {
	b = append(b, version)
	b = ledger.AppendU32(b, v.Code)
	b = append(b, byte(v.Level))
	b = ledger.AppendU32(b, v.Parent)
	b = ledger.AppendText8(b, v.Name)
	b = ledger.AppendU32(b, uint32(v.From))
	return ledger.AppendU32(b, uint32(v.Until))
}

// ParseTerritory reads the value.
func ParseTerritory(data []byte) (v TerritoryValue, err error) {
	r := ledger.NewReader("territory", data)
	r.Version(version)
	v.Code = r.U32()
	v.Level = Level(r.U8())
	v.Parent = r.U32()
	v.Name = r.Text8()
	v.From, v.Until = day(r), day(r)
	return v, r.Close()
}

// SchemeValue is a rule set (bộ tiêu chí).
type SchemeValue struct {
	ID             string
	Source         string
	From           ledger.Date
	Until          ledger.Date // 0: open
	MaxA           uint32      // hundredths of a point
	MaxB           uint32
	MaxC           uint32
	Bands          []Band // ascending by star
	Groups         []Group
	ValidityMonths uint8
	ValidityDays   uint8
}

// Band is a star of a rule set.
type Band struct {
	Star        uint8
	Lowest      uint32 // lowest total in hundredths
	Recognisers uint8  // bit 1<<Level: levels competent to recognise it
}

// Group is a product group of a rule set.
type Group struct{ Code, Name string }

// Append appends the value's bytes.
func (v *SchemeValue) Append(b []byte) []byte {
	b = append(b, version)
	b = ledger.AppendText8(b, v.ID)
	b = ledger.AppendText8(b, v.Source)
	for _, n := range []uint32{uint32(v.From), uint32(v.Until), v.MaxA, v.MaxB, v.MaxC} {
		b = ledger.AppendU32(b, n)
	}
	b = append(b, byte(len(v.Bands)))
	for _, band := range v.Bands {
		b = append(b, band.Star)
		b = ledger.AppendU32(b, band.Lowest)
		b = append(b, band.Recognisers)
	}
	b = append(b, byte(len(v.Groups)))
	for _, g := range v.Groups {
		b = ledger.AppendText8(ledger.AppendText8(b, g.Code), g.Name)
	}
	return append(b, v.ValidityMonths, v.ValidityDays)
}

// ParseScheme reads the value.
func ParseScheme(data []byte) (v SchemeValue, err error) {
	r := ledger.NewReader("scheme", data)
	r.Version(version)
	v.ID = r.Text8()
	v.Source = r.Text8()
	v.From, v.Until = day(r), day(r)
	v.MaxA, v.MaxB, v.MaxC = r.U32(), r.U32(), r.U32()
	for n := r.U8(); n > 0 && !r.Failed(); n-- {
		b := Band{r.U8(), r.U32(), r.U8()}
		if b.Recognisers&^levels != 0 {
			r.Fail("recognisers %08b of %d stars, some of no level", b.Recognisers, b.Star)
		}
		v.Bands = append(v.Bands, b)
	}
	for n := r.U8(); n > 0 && !r.Failed(); n-- {
		v.Groups = append(v.Groups, Group{r.Text8(), r.Text8()})
	}
	v.ValidityMonths, v.ValidityDays = r.U8(), r.U8()
	return v, r.Close()
}

// SchemesValue is the calendar of rule sets, in ascending order of From; their dates do not overlap.
type SchemesValue struct{ Schemes []SchemeDates }

// SchemeDates are the first and last Decision date of a rule set.
type SchemeDates struct {
	ID    string
	From  ledger.Date
	Until ledger.Date // 0: open
}

// At is the id of the rule set in force on a date.
func (v *SchemesValue) At(d ledger.Date) (id string, ok bool) {
	for _, s := range v.Schemes {
		if s.From <= d && (s.Until == 0 || d <= s.Until) {
			return s.ID, true
		}
	}
	return "", false
}

// Append appends the value's bytes.
func (v *SchemesValue) Append(b []byte) []byte {
	b = append(b, version, byte(len(v.Schemes)))
	for _, s := range v.Schemes {
		b = ledger.AppendText8(b, s.ID)
		b = ledger.AppendU32(ledger.AppendU32(b, uint32(s.From)), uint32(s.Until))
	}
	return b
}

// ParseSchemes reads the value.
func ParseSchemes(data []byte) (v SchemesValue, err error) {
	r := ledger.NewReader("schemes", data)
	r.Version(version)
	for n := r.U8(); n > 0 && !r.Failed(); n-- {
		v.Schemes = append(v.Schemes, SchemeDates{r.Text8(), day(r), day(r)})
	}
	return v, r.Close()
}

// day reads a date of a value that genesis makes, 0 or a day: nothing but the parser stands between such a value and whoever believes it, while the dates of
// other values are those of acts, and checked with them.
func day(r *ledger.Reader) ledger.Date {
	d := ledger.Date(r.U32())
	if d != 0 && !d.Valid() {
		r.Fail("%d is no day", d)
	}
	return d
}

// AuthorityValue is what an agency may do (thẩm quyền).
type AuthorityValue struct {
	Agency ledger.AccountID
	Grants []Grant
}

// Grant is one authority: level, territory, powers, dates.
type Grant struct {
	Level     Level
	Territory uint32
	Powers    uint16
	From      ledger.Date
	Until     ledger.Date // 0: open
}

// Append appends the value's bytes.
func (v *AuthorityValue) Append(b []byte) []byte {
	b = append(b, version)
	b = ledger.AppendU64(b, uint64(v.Agency))
	b = append(b, byte(len(v.Grants)))
	for _, g := range v.Grants {
		b = append(b, byte(g.Level))
		b = ledger.AppendU32(b, g.Territory)
		b = ledger.AppendU16(b, g.Powers)
		b = ledger.AppendU32(b, uint32(g.From))
		b = ledger.AppendU32(b, uint32(g.Until))
	}
	return b
}

// ParseAuthority reads the value.
func ParseAuthority(data []byte) (v AuthorityValue, err error) {
	r := ledger.NewReader("authority", data)
	r.Version(version)
	v.Agency = ledger.AccountID(r.U64())
	for n := r.U8(); n > 0 && !r.Failed(); n-- {
		v.Grants = append(v.Grants, Grant{Level(r.U8()), r.U32(), r.U16(), day(r), day(r)})
	}
	return v, r.Close()
}

// NodeValue is an agency's node: what its peers pin.
type NodeValue struct {
	Agency        ledger.AccountID
	Incarnation   uint32 // of its raft store; with the agency it makes the raft server id
	TLSKey        ident.Ed25519Key
	PeerAddress   string
	PublicAddress string
}

// Append appends the value's bytes.
func (v *NodeValue) Append(b []byte) []byte {
	b = append(b, version)
	b = ledger.AppendU64(b, uint64(v.Agency))
	b = ledger.AppendU32(b, v.Incarnation)
	b = append(b, v.TLSKey[:]...)
	return ledger.AppendText8(ledger.AppendText8(b, v.PeerAddress), v.PublicAddress)
}

// ParseNode reads the value.
func ParseNode(data []byte) (v NodeValue, err error) {
	r := ledger.NewReader("node", data)
	r.Version(version)
	v.Agency = ledger.AccountID(r.U64())
	v.Incarnation = r.U32()
	r.Copy(v.TLSKey[:])
	v.PeerAddress = r.Text8()
	v.PublicAddress = r.Text8()
	return v, r.Close()
}
