package genesis

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/merkle"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// seeded gives the same key material for the same name.
type seeded struct{ seed merkle.Hash }

func (s *seeded) Read(p []byte) (int, error) {
	for n := 0; n < len(p); {
		s.seed = merkle.Log.Leaf(s.seed[:])
		n += copy(p[n:], s.seed[:])
	}
	return len(p), nil
}

func source(name string) *seeded { return &seeded{merkle.Log.Leaf([]byte(name))} }

const chainName = "test-chain"

func officer(t *testing.T, agency uint64) *ident.PrivateKey {
	t.Helper()
	key, err := ident.GeneratePrivateKey(source("officer " + ledger.AccountID(agency).String()))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func descriptor(t *testing.T, agency uint64) *Descriptor {
	t.Helper()
	place := ident.GenesisPossession{ChainName: chainName, Agency: agency, Purpose: ident.PurposeAuthor}
	key := officer(t, agency)
	proof, err := place.ProveAuthor(key)
	if err != nil {
		t.Fatal(err)
	}
	public := key.Public()
	a := &recordv1.Agency{
		Account: agency, Name: &recordv1.Name{Choice: &recordv1.Name_Register{Register: "Cơ quan " + ledger.AccountID(agency).String()}}, Territory: 67,
		Grants:    []*recordv1.Grant{{Level: recordv1.Level_LEVEL_PROVINCE, Territory: 67, Powers: 63, From: 20180507}},
		Keys:      []*recordv1.AgencyKey{{PublicKey: public[:], Roles: 15, Proof: proof[:]}},
		Validator: &recordv1.Validator{CosignerName: "node" + ledger.AccountID(agency).String() + ".example", PeerAddress: "127.0.0.1:7401", PublicAddress: "127.0.0.1:7400"},
	}
	ed := func(purpose ident.Purpose) (key, proof []byte) {
		private, err := ident.GenerateEd25519(source(purpose.String() + ledger.AccountID(agency).String()))
		if err != nil {
			t.Fatal(err)
		}
		place.Purpose = purpose
		p, err := place.Prove(private)
		if err != nil {
			t.Fatal(err)
		}
		public := private.Public()
		return public[:], p[:]
	}
	v := a.Validator
	v.NodeKey, v.NodeProof = ed(ident.PurposeNode)
	v.CosignerKey, v.CosignerProof = ed(ident.PurposeCosigner)
	v.TlsKey, v.TlsProof = ed(ident.PurposeTLS)
	d := &Descriptor{ChainName: chainName, Agency: a}
	if agency == 1 {
		k, p := ed(ident.PurposeLog)
		d.Log = &LogKey{ident.Ed25519Key(k), ident.NodeSignature(p)}
	}
	return d
}

func options() Options {
	return Options{
		Origin: "log.example/test", Time: 1_790_000_000_000, Publisher: 1,
		Territories: []*recordv1.Territory{
			{Code: 67, Level: recordv1.Level_LEVEL_PROVINCE, Parent: 1, Name: "Đắk Nông"},
			{Code: 1, Level: recordv1.Level_LEVEL_MINISTRY, Name: "Việt Nam"},
		},
	}
}

func assembled(t *testing.T) *Genesis {
	t.Helper()
	g, err := Assemble([]*Descriptor{descriptor(t, 2), descriptor(t, 1), descriptor(t, 3)}, options())
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestAssembleParsesBack(t *testing.T) {
	g := assembled(t)
	again, err := Parse(g.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if again.Chain != g.Chain || !bytes.Equal(again.Bytes(), g.Bytes()) {
		t.Error("the file does not parse back to itself")
	}
	if q := g.Policy().Quorum; q != 2 {
		t.Errorf("quorum %d of 3, want 2", q)
	}
	seal := g.Seal()
	if seal.Previous != g.Chain || seal.Height != 0 || seal.RootBefore != merkle.Log.Root(nil) {
		t.Errorf("seal 0 is %+v", seal)
	}
	// 3 parameters-like subjects, schemes' calendar, 2 territories, 3 schemes, and 4 for each of 3 agencies.
	if n := len(g.Subjects()); n != 4+2+3+12 {
		t.Errorf("%d subjects", n)
	}
}

func TestCountersignaturesAreNoPartOfTheChainID(t *testing.T) {
	g := assembled(t)
	signed, err := g.Countersign(2, officer(t, 2))
	if err != nil {
		t.Fatal(err)
	}
	signed, err = signed.Countersign(1, officer(t, 1))
	if err != nil {
		t.Fatal(err)
	}
	if signed.Chain != g.Chain || len(signed.File.Countersignatures) != 2 {
		t.Errorf("chain %s, %d countersignatures", signed.Chain, len(signed.File.Countersignatures))
	}
	if _, err := g.Countersign(1, officer(t, 2)); err == nil {
		t.Error("a countersignature by another agency's officer passes")
	}
	file := signed.Bytes()
	file[len(file)-1] ^= 1
	if _, err := Parse(file); err == nil {
		t.Error("an altered countersignature passes")
	}
}

func TestEveryByteOfABodyIsBound(t *testing.T) {
	file := assembled(t).Bytes()
	g, err := Parse(file)
	if err != nil {
		t.Fatal(err)
	}
	step := max(1, len(file)/997)
	for i := 0; i < len(file); i += step {
		changed := bytes.Clone(file)
		changed[i] ^= 0x10
		if other, err := Parse(changed); err == nil && other.Chain == g.Chain {
			t.Fatalf("byte %d can change without changing the chain id", i)
		}
	}
}

func TestDescriptorRoundTrip(t *testing.T) {
	for _, agency := range []uint64{1, 2} {
		d := descriptor(t, agency)
		data, err := d.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		back, err := ParseDescriptor(data)
		if err != nil {
			t.Fatal(err)
		}
		if !proto.Equal(back.Agency, d.Agency) || back.ChainName != d.ChainName || (back.Log == nil) != (d.Log == nil) {
			t.Errorf("descriptor of agency %d comes back as another", agency)
		}
		for i := 0; i < len(data); i += 7 {
			changed := bytes.Clone(data)
			changed[i] ^= 1
			if other, err := ParseDescriptor(changed); err == nil && proto.Equal(other.Agency.Validator, d.Agency.Validator) && other.ChainName == d.ChainName && bytes.Equal(other.Agency.Keys[0].PublicKey, d.Agency.Keys[0].PublicKey) && bytes.Equal(other.Agency.Keys[0].Proof, d.Agency.Keys[0].Proof) && (d.Log == nil || *other.Log == *d.Log) && other.Agency.Account == d.Agency.Account && proto.Equal(other.Agency.Name, d.Agency.Name) && other.Agency.Territory == d.Agency.Territory && other.Agency.Keys[0].Roles == d.Agency.Keys[0].Roles && proto.Equal(other.Agency.Grants[0], d.Agency.Grants[0]) {
				t.Errorf("byte %d of a descriptor changes nothing", i)
			}
		}
	}
}

func TestBadBeginnings(t *testing.T) {
	for _, bad := range []struct {
		name, field string
		change      func(d []*Descriptor, o *Options)
	}{
		{"territory without its parent", "territories[1].parent", func(_ []*Descriptor, o *Options) { o.Territories[0].Parent = 9 }},
		{"two countries", "territories", func(_ []*Descriptor, o *Options) { o.Territories[0].Parent = 0 }},
		{"level above the parent's", "territories[1].level", func(_ []*Descriptor, o *Options) { o.Territories[0].Level = recordv1.Level_LEVEL_MINISTRY }},
		{"grant in an unknown territory", "agencies[0].grants[0].territory", func(d []*Descriptor, _ *Options) { d[0].Agency.Grants[0].Territory = 68 }},
		{"grant that ends before it begins", "agencies[0].grants[0].until", func(d []*Descriptor, _ *Options) { d[0].Agency.Grants[0].Until = 20180506 }},
		{"no such date", "agencies[0].grants[0].until", func(d []*Descriptor, _ *Options) { d[0].Agency.Grants[0].From = 20190229 }},
		{"another agency's proof", "agencies[1].keys[0].proof", func(d []*Descriptor, _ *Options) { d[1].Agency.Keys[0].Proof = d[0].Agency.Keys[0].Proof }},
		{"node key proved for TLS", "agencies[0].validator.node_proof", func(d []*Descriptor, _ *Options) {
			d[0].Agency.Validator.NodeProof = d[0].Agency.Validator.TlsProof
		}},
		{"quorum of half", "policy.quorum", func(_ []*Descriptor, o *Options) { o.Quorum = 1 }},
		{"quorum of more than all", "policy.quorum", func(_ []*Descriptor, o *Options) { o.Quorum = 4 }},
		{"publisher without a log key", "policy.publisher", func(_ []*Descriptor, o *Options) { o.Publisher = 2 }},
		{"two cosigners of one name", "agencies[1].validator.cosigner_name", func(d []*Descriptor, _ *Options) {
			d[1].Agency.Validator.CosignerName = d[0].Agency.Validator.CosignerName
		}},
		{"a log key that is a node's", "policy.log_key", func(d []*Descriptor, _ *Options) {
			node, err := ident.GenerateEd25519(source(ident.PurposeNode.String() + "1"))
			if err != nil {
				t.Fatal(err)
			}
			place := ident.GenesisPossession{ChainName: chainName, Agency: 1, Purpose: ident.PurposeLog}
			proof, err := place.Prove(node)
			if err != nil {
				t.Fatal(err)
			}
			d[0].Log = &LogKey{node.Public(), proof}
		}},
		{"a witness with a cosigner's key", "policy.witnesses[0].key", func(d []*Descriptor, o *Options) { o.Witnesses = witnesses(d[1].Agency.Validator.CosignerKey) }},
		{"a witness with a node's key", "policy.witnesses[0].key", func(d []*Descriptor, o *Options) { o.Witnesses = witnesses(d[1].Agency.Validator.NodeKey) }},
		{"a witness with the log key", "policy.witnesses[0].key", func(d []*Descriptor, o *Options) { o.Witnesses = witnesses(d[0].Log.Key[:]) }},
		{"two witnesses of one key", "policy.witnesses[1].key", func(_ []*Descriptor, o *Options) {
			o.Witnesses = witnesses(witnessKey(t, 1), witnessKey(t, 1))
		}},
		{"two witnesses of one name", "policy.witnesses[1].name", func(_ []*Descriptor, o *Options) {
			o.Witnesses = witnesses(witnessKey(t, 1), witnessKey(t, 2))
			o.Witnesses[1].Name = o.Witnesses[0].Name
		}},
		{"rule sets that overlap", "schemes", func(_ []*Descriptor, o *Options) {
			o.Schemes = Schemes()
			o.Schemes[0].Until = 20230224
		}},
		{"parts that do not add up", "schemes[2].max_a", func(_ []*Descriptor, o *Options) {
			o.Schemes = Schemes()
			o.Schemes[2].MaxA++
		}},
		{"bands that fall", "schemes[0].bands[1].star", func(_ []*Descriptor, o *Options) {
			o.Schemes = Schemes()
			o.Schemes[0].Bands[1].Lowest = 49_00
		}},
		{"ids remembered too long", "parameters.longest_expiry", func(_ []*Descriptor, o *Options) {
			o.Parameters = Parameters()
			o.Parameters.LongestExpiry++
		}},
		{"a resolver in capitals", "parameters.resolvers[1]", resolving("ocop.example.vn", "OCOP.example.vn")},
		{"a resolver twice", "parameters.resolvers[2]", resolving("a.example", "b.example:8443", "a.example")},
		{"a resolver before there were any", "body", func(d []*Descriptor, o *Options) {
			resolving("a.example")(d, o)
			o.Protocol = 3
		}},
		{"a protocol version that nobody knows", "protocol", func(_ []*Descriptor, o *Options) { o.Protocol = Protocol + 1 }},
		{"another chain's descriptor", "agencies[2]", func(d []*Descriptor, _ *Options) { d[2].ChainName = "other" }},
		{"an agency twice", "agencies[1].account", func(d []*Descriptor, _ *Options) { d[1] = d[0] }},
	} {
		t.Run(bad.name, func(t *testing.T) {
			d, o := []*Descriptor{descriptor(t, 1), descriptor(t, 2), descriptor(t, 3)}, options()
			bad.change(d, &o)
			_, err := Assemble(d, o)
			var e *Error
			if !errors.As(err, &e) || e.Field != bad.field {
				t.Errorf("error %v, want one of field %s", err, bad.field)
			}
		})
	}
}

func resolving(hosts ...string) func([]*Descriptor, *Options) {
	return func(_ []*Descriptor, o *Options) {
		o.Parameters = Parameters()
		for _, host := range hosts {
			o.Parameters.Resolvers = append(o.Parameters.Resolvers, &recordv1.Resolver{Host: host})
		}
	}
}

func witnesses(keys ...[]byte) (list []*recordv1.Witness) {
	for i, key := range keys {
		list = append(list, &recordv1.Witness{Name: fmt.Sprintf("witness-%d.example", i), Key: key})
	}
	return list
}

func witnessKey(t *testing.T, n byte) []byte {
	t.Helper()
	private, err := ident.NewEd25519PrivateKey(bytes.Repeat([]byte{n, 'w'}, 16))
	if err != nil {
		t.Fatal(err)
	}
	key := private.Public()
	return key[:]
}

// What CheckPolicy asks of a document is met by every genesis that is taken, also one with as many witnesses as there may be.
func TestTheFirstPolicyIsSound(t *testing.T) {
	o := options()
	for n := range byte(ledger.MaxWitnesses) {
		o.Witnesses = append(o.Witnesses, witnesses(witnessKey(t, n+1))...)
		o.Witnesses[n].Name = fmt.Sprintf("witness-%d.example", n)
	}
	g, err := Assemble([]*Descriptor{descriptor(t, 1), descriptor(t, 2), descriptor(t, 3)}, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := checkpoint.CheckPolicy(g.Policy()); err != nil {
		t.Error(err)
	}
}

func TestSchemesAreSelectedByDate(t *testing.T) {
	g := assembled(t)
	dates := calendar(g.Body)
	var days []string
	for _, d := range dates {
		days = append(days, d.ID+" "+d.From.String()+"–"+d.Until.String())
	}
	want := "RS-2019 21/08/2019–23/02/2023, RS-2023 24/02/2023–05/07/2025, RS-2025 06/07/2025–00/00/0000"
	if got := strings.Join(days, ", "); got != want {
		t.Errorf("calendar %s, want %s", got, want)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("OCOPGEN\x01\x00\x00\x00\x01\x08\x00"))
	f.Add([]byte("OCOPAGY\x01\x04test\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if g, err := Parse(data); err == nil && !bytes.Equal(g.Bytes(), data) {
			t.Error("a genesis file has two encodings")
		}
		if d, err := ParseDescriptor(data); err == nil {
			if again, err := d.Marshal(); err != nil || !bytes.Equal(again, data) {
				t.Error("a descriptor has two encodings")
			}
		}
	})
}

// A ledger begins with the version that its genesis names; none named is the newest.
func TestProtocolVersions(t *testing.T) {
	for named, want := range map[uint32]uint32{0: Protocol, 1: 1, 2: 2, 3: 3, 4: 4} {
		o := options()
		o.Protocol = named
		g, err := Assemble([]*Descriptor{descriptor(t, 1), descriptor(t, 2), descriptor(t, 3)}, o)
		if err != nil || g.Body.Protocol != want || g.Seal().Protocol != want {
			t.Errorf("version %d: %v, %v", named, g, err)
		}
	}
}
