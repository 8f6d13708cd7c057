package blob

import (
	"slices"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/subject"
)

// Ground is why a blob is erased.
type Ground uint8

// Grounds of an erasure.
const (
	GroundConsent  Ground = 1 // whom it concerns, or who owns it, asks for it
	GroundOrder    Ground = 2 // a court or another authority orders it
	GroundMistaken Ground = 3 // it should never have been there
)

// Erasure is an agency's order that a blob be destroyed on every node. It stays for ever in the blob's place.
type Erasure struct {
	Chain   ledger.ChainID
	Blob    ledger.Hash
	Subject subject.ID // an account or a product that names the blob on the ledger, or did
	Agency  ledger.AccountID
	Epoch   uint32 // the agency's key epoch: its key was bound then, and not retired
	Time    uint64 // Unix milliseconds below 2^48, by the signer's clock
	Ground  Ground
}

// SignedErasure is the order as nodes keep it.
type SignedErasure struct {
	Erasure
	Key       ident.PublicKey
	Signature ident.Signature
}

const (
	erasureMagic   = "OCOPERAS"
	erasureVersion = 1
	// MaxErasure bounds a signed order in bytes.
	MaxErasure = len(erasureMagic) + 1 + 32 + 32 + 1 + 1 + 255 + 8 + 4 + 8 + 1 + 33 + 64
)

func (e *Erasure) append(b []byte) []byte {
	b = append(append(b, erasureMagic...), erasureVersion)
	b = append(append(b, e.Chain[:]...), e.Blob[:]...)
	b = ledger.AppendText8(append(b, byte(e.Subject.Kind)), e.Subject.Name)
	b = ledger.AppendU64(b, uint64(e.Agency))
	b = ledger.AppendU32(b, e.Epoch)
	b = ledger.AppendU64(b, e.Time)
	return append(b, byte(e.Ground))
}

// Sign signs the order with a key of the agency's.
func (e *Erasure) Sign(key *ident.PrivateKey) (*SignedErasure, error) {
	signature, err := key.Sign(ident.Digest(ident.TypeBlobErasure, e.append(nil)))
	return &SignedErasure{*e, key.Public(), signature}, err
}

// Append appends order, key and signature.
func (s *SignedErasure) Append(b []byte) []byte {
	return append(append(s.append(b), s.Key[:]...), s.Signature[:]...)
}

// Hash names the order in reports: the hash of what is signed, so that signing it again makes no other order.
func (s *SignedErasure) Hash() ledger.Hash {
	return ident.Digest(ident.TypeBlobErasure, s.append(nil))
}

// ParseErasure reads a signed order. Its signature is for [SignedErasure.Verify].
func ParseErasure(data []byte) (*SignedErasure, error) {
	r := ledger.NewReader("erasure of a blob", data)
	if string(r.Bytes(len(erasureMagic))) != erasureMagic {
		r.Fail("it does not begin with %s", erasureMagic)
	}
	r.Version(erasureVersion)
	s := new(SignedErasure)
	s.Chain, s.Blob = r.Hash(), r.Hash()
	s.Subject.Kind = subject.Kind(r.U8())
	s.Subject.Name = string(r.Bytes(int(r.U8())))
	s.Agency = ledger.AccountID(r.U64())
	s.Epoch = r.U32()
	if s.Time = r.U64(); s.Time >= 1<<48 {
		r.Fail("time %d", s.Time)
	}
	if s.Ground = Ground(r.U8()); s.Ground < GroundConsent || s.Ground > GroundMistaken {
		r.Fail("ground %d", s.Ground)
	}
	r.Copy(s.Key[:])
	r.Copy(s.Signature[:])
	return s, r.Close()
}

// Verify verifies the signature: the errors of ident.PublicKey.Verify. Whether the key is the agency's and the agency may order this is [SignedErasure.By]
// and the ledger's to say.
func (s *SignedErasure) Verify() error { return s.Key.Verify(s.Hash(), s.Signature) }

// By checks the key against the agency's account as any later state has it: keys stay in an account, so that an order that was good once is good for ever.
// What it cannot tell is that the order was signed while the key was in office; who takes an order from a client also wants the epoch to be the newest.
func (s *SignedErasure) By(agency *subject.AccountValue) error {
	i := slices.IndexFunc(agency.Keys, func(k subject.Key) bool { return k.PublicKey == s.Key })
	if agency.Account != s.Agency || i < 0 {
		return wrong("key", "khóa ký không phải của cơ quan %v", "the key that signed is none of agency %v", s.Agency)
	}
	k := &agency.Keys[i]
	if s.Epoch < k.Bound || k.Retired != 0 && s.Epoch >= k.Retired || s.Epoch > agency.Epoch {
		return wrong("key_epoch", "khóa ký của cơ quan %v không có hiệu lực ở kỳ khóa %d", "the key that signed was not agency %v's in key epoch %d", s.Agency, s.Epoch)
	}
	if k.Roles&subject.KeyRegister == 0 {
		return wrong("key_role", "khóa ký của cơ quan %v không có quyền đăng ký", "the key of agency %v that signed may not register", s.Agency)
	}
	return nil
}

// Report is a node's word that it has destroyed what it had of a blob, and gives it to nobody any more.
type Report struct {
	Chain   ledger.ChainID
	Blob    ledger.Hash
	Erasure ledger.Hash // of the order that was carried out
	Agency  ledger.AccountID
	Time    uint64 // Unix milliseconds, by the node's clock
	Held    bool   // the node had a copy
}

// SignedReport is a report as it is published.
type SignedReport struct {
	Report
	Key       ident.Ed25519Key // node key
	Signature ident.NodeSignature
}

const (
	reportVersion = 1
	// ReportSize is the size of a signed report in bytes.
	ReportSize = 1 + 32 + 32 + 32 + 8 + 8 + 1 + 32 + 64
)

func (p *Report) append(b []byte) []byte {
	b = append(b, reportVersion)
	b = append(append(append(b, p.Chain[:]...), p.Blob[:]...), p.Erasure[:]...)
	b = ledger.AppendU64(b, uint64(p.Agency))
	b = ledger.AppendU64(b, p.Time)
	return ledger.AppendBool(b, p.Held)
}

// Sign signs the report with the node key.
func (p *Report) Sign(key *ident.Ed25519PrivateKey) (*SignedReport, error) {
	signature, err := key.Sign(ident.PAE(ident.TypeBlobReport, p.append(nil)))
	return &SignedReport{*p, key.Public(), signature}, err
}

// Append appends report, key and signature.
func (s *SignedReport) Append(b []byte) []byte {
	return append(append(s.append(b), s.Key[:]...), s.Signature[:]...)
}

// ParseReport reads a signed report, and verifies nothing.
func ParseReport(data []byte) (*SignedReport, error) {
	r := ledger.NewReader("report of an erasure", data)
	r.Version(reportVersion)
	s := new(SignedReport)
	s.Chain, s.Blob, s.Erasure = r.Hash(), r.Hash(), r.Hash()
	s.Agency = ledger.AccountID(r.U64())
	s.Time = r.U64()
	s.Held = r.Bool()
	r.Copy(s.Key[:])
	r.Copy(s.Signature[:])
	return s, r.Close()
}

// Verify verifies the signature: nil or ident.ErrSignature. Whether the key was a node key of the agency's, policy documents say.
func (s *SignedReport) Verify() error {
	return s.Key.Verify(ident.PAE(ident.TypeBlobReport, s.append(nil)), s.Signature)
}
