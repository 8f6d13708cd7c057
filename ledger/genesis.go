package ledger

import (
	"github.com/ocopledger/ocop/ledger/ident"
)

// Bounds of a genesis file.
const (
	MaxGenesisBody      = 8 << 20
	MaxCountersignature = 64
	genesisVersion      = 1
	genesisMagic        = "OCOPGEN"
)

// GenesisFile is a genesis document as it is passed around: the body, which the chain id is the hash of, and the agencies' countersignatures
// under the chain id, which are not part of it.
type GenesisFile struct {
	Body              []byte // canonical protobuf of ocop.record.v1.Genesis
	Countersignatures []Countersignature
}

// Countersignature is an agency's signature over the chain id: "this is the genesis we agreed on".
type Countersignature struct {
	Agency    AccountID
	PublicKey ident.PublicKey
	Signature ident.Signature // secp256k1 over Digest(TypeGenesisCountersign, chain id)
}

// Append appends the file's bytes.
func (g *GenesisFile) Append(b []byte) []byte {
	b = append(b, genesisMagic...)
	b = append(b, genesisVersion)
	b = AppendU32(b, uint32(len(g.Body)))
	b = append(b, g.Body...)
	b = append(b, byte(len(g.Countersignatures)))
	for i := range g.Countersignatures {
		c := &g.Countersignatures[i]
		b = AppendU64(b, uint64(c.Agency))
		b = append(b, c.PublicKey[:]...)
		b = append(b, c.Signature[:]...)
	}
	return b
}

// ParseGenesisFile takes the file apart. The body's contents are checked by package genesis.
func ParseGenesisFile(data []byte) (*GenesisFile, error) {
	r := NewReader("genesis file", data)
	if string(r.Bytes(len(genesisMagic))) != genesisMagic {
		r.Fail("not a genesis file")
	}
	r.Version(genesisVersion)
	n := r.U32()
	if n == 0 || n > MaxGenesisBody {
		r.Fail("body of %d bytes, want 1 to %d", n, MaxGenesisBody)
	}
	g := &GenesisFile{Body: r.Bytes(int(n))}
	count := int(r.U8())
	if count > MaxCountersignature {
		r.Fail("%d countersignatures, at most %d", count, MaxCountersignature)
	}
	for i := 0; i < count && !r.Failed(); i++ {
		var c Countersignature
		c.Agency = AccountID(r.U64())
		r.Copy(c.PublicKey[:])
		r.Copy(c.Signature[:])
		g.Countersignatures = append(g.Countersignatures, c)
	}
	return g, r.Close()
}

// ChainID is the hash of the body.
func (g *GenesisFile) ChainID() ChainID { return ident.Digest(ident.TypeGenesis, g.Body) }
