package genesis

import (
	"bytes"
	"slices"

	"google.golang.org/protobuf/proto"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/wire"
	"github.com/ocopledger/ocop/ledger/wire/canon"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

const (
	descriptorMagic   = "OCOPAGY"
	descriptorVersion = 1
)

// MaxDescriptor bounds a descriptor file: 64 grants and 16 keys are far below it.
const MaxDescriptor = 64 << 10

// Descriptor is what an agency hands to the ceremony.
type Descriptor struct {
	ChainName string
	Agency    *recordv1.Agency
	Log       *LogKey // when the agency is to run the publisher
}

// LogKey is a log key with its proof of possession.
type LogKey struct {
	Key   ident.Ed25519Key
	Proof ident.NodeSignature
}

// Marshal writes the descriptor file:
//
//	"OCOPAGY" ‖ version u8 ‖ chain name text8 ‖ log key present u8 [ ‖ log key [32] ‖ proof [64] ] ‖ canonical protobuf of ocop.record.v1.Agency to the end
func (d *Descriptor) Marshal() ([]byte, error) {
	agency, err := canon.Marshal(wire.Records(), d.Agency, Protocol)
	if err != nil {
		return nil, &Error{"descriptor", "not canonical", err}
	}
	b := append([]byte(descriptorMagic), descriptorVersion)
	b = ledger.AppendText8(b, d.ChainName)
	b = ledger.AppendBool(b, d.Log != nil)
	if d.Log != nil {
		b = append(append(b, d.Log.Key[:]...), d.Log.Proof[:]...)
	}
	return append(b, agency...), nil
}

// IsDescriptor tells whether a file calls itself a descriptor, of whatever version.
func IsDescriptor(file []byte) bool { return bytes.HasPrefix(file, []byte(descriptorMagic)) }

// ParseDescriptor reads a descriptor file and checks its keys and proofs.
func ParseDescriptor(data []byte) (*Descriptor, error) {
	if len(data) > MaxDescriptor {
		return nil, fault("descriptor", "%d bytes, at most %d", len(data), MaxDescriptor)
	}
	r := ledger.NewReader("descriptor", data)
	if string(r.Bytes(len(descriptorMagic))) != descriptorMagic {
		r.Fail("not a descriptor")
	}
	r.Version(descriptorVersion)
	d := &Descriptor{ChainName: r.Text8(), Agency: new(recordv1.Agency)}
	if r.Bool() {
		d.Log = new(LogKey)
		r.Copy(d.Log.Key[:])
		r.Copy(d.Log.Proof[:])
	}
	agency := r.Bytes(r.Left())
	if err := r.Close(); err != nil {
		return nil, err
	}
	if err := wire.Records().Check(wire.MessageAgency, agency, Protocol); err != nil {
		return nil, &Error{"descriptor", "not canonical", err}
	}
	if err := proto.Unmarshal(agency, d.Agency); err != nil {
		return nil, &Error{"descriptor", "not protobuf", err}
	}
	if err := CheckAgency(d.ChainName, d.Agency); err != nil {
		return nil, err
	}
	if d.Log != nil {
		place := ident.GenesisPossession{ChainName: d.ChainName, Agency: d.Agency.Account, Purpose: ident.PurposeLog}
		if err := place.Check(d.Log.Key, d.Log.Proof); err != nil {
			return nil, &Error{"log_proof", "proof of possession", err}
		}
	}
	return d, nil
}

// Options is what the ceremony decides beside the descriptors.
type Options struct {
	Protocol    uint32 // initial protocol version; 0: Protocol
	Origin      string // C2SP log origin, such as "log.example/chain"
	Sample      bool
	Time        uint64 // Unix milliseconds
	Publisher   ledger.AccountID
	Territories []*recordv1.Territory
	Schemes     []*recordv1.Scheme   // nil: Schemes()
	Parameters  *recordv1.Parameters // nil: Parameters()
	Quorum      int                  // 0: the default for the number of validators
	TrustPeriod uint64               // seconds; 0: TrustPeriod
	Witnesses   []*recordv1.Witness
}

// Assemble makes a genesis file without countersignatures, and checks it as Parse does.
func Assemble(descriptors []*Descriptor, o Options) (*Genesis, error) {
	if len(descriptors) == 0 {
		return nil, fault("agencies", "no descriptors")
	}
	b := &recordv1.Genesis{
		Protocol: o.Protocol, ChainName: descriptors[0].ChainName, Origin: o.Origin, Sample: o.Sample, Time: o.Time,
		Territories: o.Territories, Schemes: o.Schemes, Parameters: o.Parameters,
		Policy: &recordv1.PolicyParameters{Publisher: uint64(o.Publisher), Quorum: uint32(o.Quorum), TrustPeriod: o.TrustPeriod, Witnesses: o.Witnesses},
	}
	if b.Protocol == 0 {
		b.Protocol = Protocol
	}
	if b.Schemes == nil {
		b.Schemes = Schemes()
	}
	if b.Parameters == nil {
		b.Parameters = Parameters()
	}
	if b.Policy.TrustPeriod == 0 {
		b.Policy.TrustPeriod = TrustPeriod
	}
	validators := 0
	for i, d := range descriptors {
		if d.ChainName != b.ChainName {
			return nil, fault(at("agencies", i, ""), "made for chain %q, not %q", d.ChainName, b.ChainName)
		}
		b.Agencies = append(b.Agencies, d.Agency)
		if d.Agency.Validator != nil {
			validators++
		}
		if d.Agency.Account == uint64(o.Publisher) && d.Log != nil {
			b.Policy.LogKey, b.Policy.LogProof = d.Log.Key[:], d.Log.Proof[:]
		}
	}
	if b.Policy.LogKey == nil {
		return nil, fault("policy.publisher", "the descriptor of agency %d brings no log key", o.Publisher)
	}
	if b.Policy.Quorum == 0 {
		b.Policy.Quorum = uint32(ledger.DefaultQuorum(validators))
	}
	slices.SortFunc(b.Agencies, func(x, y *recordv1.Agency) int { return int(int64(x.Account) - int64(y.Account)) })
	slices.SortFunc(b.Territories, func(x, y *recordv1.Territory) int { return int(int64(x.Code) - int64(y.Code)) })
	body, err := canon.Marshal(wire.Records(), b, Protocol)
	if err != nil {
		return nil, &Error{"body", "not canonical", err}
	}
	return Parse((&ledger.GenesisFile{Body: body}).Append(nil))
}

// Countersign adds an agency's countersignature, in ascending order of agencies, and replaces one it gave before.
func (g *Genesis) Countersign(agency ledger.AccountID, key *ident.PrivateKey) (*Genesis, error) {
	digest := ident.Digest(ident.TypeGenesisCountersign, g.Chain[:])
	signature, err := key.Sign(digest)
	if err != nil {
		return nil, &Error{"countersignatures", "signing", err}
	}
	f := ledger.GenesisFile{Body: g.File.Body}
	for _, c := range g.File.Countersignatures {
		if c.Agency != agency {
			f.Countersignatures = append(f.Countersignatures, c)
		}
	}
	f.Countersignatures = append(f.Countersignatures, ledger.Countersignature{Agency: agency, PublicKey: key.Public(), Signature: signature})
	slices.SortFunc(f.Countersignatures, func(x, y ledger.Countersignature) int { return int(int64(x.Agency) - int64(y.Agency)) })
	return Parse(f.Append(nil))
}

// Bytes is the genesis file.
func (g *Genesis) Bytes() []byte { return g.File.Append(nil) }

// SortKeys puts an agency's keys into the order genesis wants.
func SortKeys(keys []*recordv1.AgencyKey) {
	slices.SortFunc(keys, func(x, y *recordv1.AgencyKey) int { return bytes.Compare(x.PublicKey, y.PublicKey) })
}
