package ledger

import "github.com/ocopledger/ocop/ledger/ident"

// Bounds of a policy document. One log key, the validators and the witnesses fit the 16 signatures every C2SP verifier accepts.
const (
	MaxValidators = 7
	MaxWitnesses  = 8
	policyVersion = 1
)

// Policy is the document of a policy epoch: whose signatures certify a head. Seals name it by its hash.
type Policy struct {
	Number      uint32 // 0 is derived from genesis
	Chain       ChainID
	Origin      string // C2SP log origin
	Publisher   AccountID
	LogKey      ident.Ed25519Key
	Validators  []PolicyValidator // 1–7, ascending by agency
	Quorum      uint8             // more than half of the validators
	Witnesses   []PolicyWitness   // 0–8 pinned outside witnesses
	TrustPeriod uint64            // seconds
	Previous    Hash              // document of the epoch before; zero in epoch 0
}

// PolicyValidator is a validator in a policy.
type PolicyValidator struct {
	Agency       AccountID
	NodeKey      ident.Ed25519Key
	CosignerName string
	CosignerKey  ident.Ed25519Key
}

// PolicyWitness is an outside witness in a policy.
type PolicyWitness struct {
	Name string
	Key  ident.Ed25519Key
}

// Append appends the document's bytes.
func (p *Policy) Append(b []byte) []byte {
	b = append(b, policyVersion)
	b = AppendU32(b, p.Number)
	b = append(b, p.Chain[:]...)
	b = AppendText8(b, p.Origin)
	b = AppendU64(b, uint64(p.Publisher))
	b = append(b, p.LogKey[:]...)
	b = append(b, byte(len(p.Validators)))
	for i := range p.Validators {
		v := &p.Validators[i]
		b = AppendU64(b, uint64(v.Agency))
		b = append(b, v.NodeKey[:]...)
		b = AppendText8(b, v.CosignerName)
		b = append(b, v.CosignerKey[:]...)
	}
	b = append(b, p.Quorum, byte(len(p.Witnesses)))
	for i := range p.Witnesses {
		b = AppendText8(b, p.Witnesses[i].Name)
		b = append(b, p.Witnesses[i].Key[:]...)
	}
	b = AppendU64(b, p.TrustPeriod)
	return append(b, p.Previous[:]...)
}

// ParsePolicy reads a document and checks its bounds.
func ParsePolicy(data []byte) (*Policy, error) {
	r := NewReader("policy", data)
	p := new(Policy)
	r.Version(policyVersion)
	p.Number = r.U32()
	p.Chain = r.Hash()
	p.Origin = r.Text8()
	p.Publisher = AccountID(r.U64())
	r.Copy(p.LogKey[:])
	n := int(r.U8())
	if n < 1 || n > MaxValidators {
		r.Fail("%d validators, want 1 to %d", n, MaxValidators)
	}
	for i := 0; i < n && !r.Failed(); i++ {
		var v PolicyValidator
		v.Agency = AccountID(r.U64())
		r.Copy(v.NodeKey[:])
		v.CosignerName = r.Text8()
		r.Copy(v.CosignerKey[:])
		if i > 0 && v.Agency <= p.Validators[i-1].Agency {
			r.Fail("validators not in ascending order of agency")
		}
		p.Validators = append(p.Validators, v)
	}
	p.Quorum = r.U8()
	if int(p.Quorum) <= n/2 || int(p.Quorum) > n {
		r.Fail("quorum %d of %d validators", p.Quorum, n)
	}
	n = int(r.U8())
	if n > MaxWitnesses {
		r.Fail("%d witnesses, at most %d", n, MaxWitnesses)
	}
	for i := 0; i < n && !r.Failed(); i++ {
		var w PolicyWitness
		w.Name = r.Text8()
		r.Copy(w.Key[:])
		p.Witnesses = append(p.Witnesses, w)
	}
	p.TrustPeriod = r.U64()
	p.Previous = r.Hash()
	return p, r.Close()
}

// Hash is what seals name the document by.
func (p *Policy) Hash() Hash { return ident.Digest(ident.TypePolicy, p.Append(nil)) }

// Validator finds a validator by its agency.
func (p *Policy) Validator(agency AccountID) (PolicyValidator, bool) {
	for _, v := range p.Validators {
		if v.Agency == agency {
			return v, true
		}
	}
	return PolicyValidator{}, false
}

// DefaultQuorum is 2 of 3, and ⌊2n/3⌋+1 from n = 4: a certified fork needs 2q − n liars.
func DefaultQuorum(n int) int {
	if n == 3 {
		return 2
	}
	return 2*n/3 + 1
}
