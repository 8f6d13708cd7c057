package verify

import (
	"encoding/base64"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
)

const (
	memoryHeader  = "ocop-memory@v1"
	memoryComment = "# "
	// MaxMemory bounds a memory file in bytes: a policy document in base64 and a signed checkpoint.
	MaxMemory = checkpoint.MaxPolicyFile + checkpoint.MaxSigned
)

// Memory is what a client keeps of a ledger between two visits, so that nobody can show it less than it has seen: its newest certified head. With the
// policy epoch of that head it is also a beginning of trust, and the more often the client looks, the less it depends on trust periods.
// As a file it is text for people to read, and whole: the head's signatures are there, which make it evidence should the ledger ever contradict it.
type Memory struct {
	Policy *ledger.Policy
	Since  uint64 // of the trust in the epoch, Unix seconds
	Head   *checkpoint.Signed
	// Comment is a line for people, such as that the ledger holds sample data. It says nothing to a verifier. May be empty.
	Comment string
}

// Remember begins a memory with a head that t certifies.
func Remember(t Trust, s *checkpoint.Signed) (*Memory, error) {
	c, err := t.Certify(s)
	if err != nil {
		return nil, err
	}
	return &Memory{Policy: t.Policy, Since: t.knows(c.Time).Since, Head: s}, nil
}

// Trust is the memory as a beginning of trust, at the verifier's time in Unix seconds.
func (m *Memory) Trust(now uint64) Trust {
	return Trust{Policy: m.Policy, Since: m.Since, Now: now}
}

// Against refuses a head that goes back: memory when it has fewer leaves than the one remembered, root when it has as many and is another, chain when its
// origin is another. It looks at no signature: a head that passes is not believed yet.
func (m *Memory) Against(t checkpoint.Tree) error {
	switch know := m.Head.Tree; {
	case t.Origin != know.Origin:
		return fail(WordChain, nil, "%s, remembered is %s", t.Origin, know.Origin)
	case t.Size < know.Size:
		return fail(WordMemory, nil, "a head of %d leaves, remembered is one of %d", t.Size, know.Size)
	case t.Size == know.Size && t.Root != know.Root:
		return fail(WordRoot, nil, "two trees of %d leaves have the roots %v and %v", t.Size, know.Root, t.Root)
	}
	return nil
}

// Check is [Trust.Head] for a client that remembers. It refuses a head that goes back as that, before it asks for the head's epoch: that an older head is of
// a retired epoch as well is not what the client needs to hear. That the head continues the one remembered is for Next to check.
func (m *Memory) Check(t Trust, s *checkpoint.Signed, seal []byte, path []ledger.Hash, handovers []*checkpoint.Handover) (*Head, error) {
	spoken, err := Seal(s.Tree, seal, path)
	if err != nil {
		return nil, err
	}
	if spoken.Chain != m.Policy.Chain {
		return nil, fail(WordChain, nil, "the seal is of chain %v, remembered is %v", spoken.Chain, m.Policy.Chain)
	}
	if err := m.Against(s.Tree); err != nil {
		return nil, err
	}
	return t.Head(s, seal, path, handovers)
}

// Next is the memory after a head that t certifies, proof being the consistency proof from the head remembered to it: checks n) and o) of the package.
// t is the trust of the head's own epoch, as [Trust.Head] gives it. A head that is no news, the one remembered with older signatures, leaves the memory as
// it is. After an error the memory stays: memory is the word for what is merely old, root or consistency for two heads of which one is a lie.
func (m *Memory) Next(t Trust, s *checkpoint.Signed, proof []ledger.Hash) (*Memory, error) {
	if t.Policy.Chain != m.Policy.Chain {
		return nil, fail(WordChain, nil, "chain %v, remembered is %v", t.Policy.Chain, m.Policy.Chain)
	}
	next, err := Remember(t, s)
	if err != nil {
		return nil, err
	}
	if have, know := t.Policy.Number, m.Policy.Number; have < know {
		return nil, fail(WordMemory, nil, "epoch %d, remembered is %d", have, know)
	} else if have == know && t.Policy.Hash() != m.Policy.Hash() {
		return nil, fail(WordPolicy, nil, "epoch %d is another than the one remembered", have)
	}
	if err := m.Against(s.Tree); err != nil {
		return nil, err
	}
	if err := Consistent(m.Head.Tree, s.Tree, proof); err != nil {
		return nil, err
	}
	if s.Tree == m.Head.Tree && next.Since <= m.Since {
		return m, nil
	}
	next.Since, next.Comment = max(next.Since, m.Since), m.Comment
	return next, nil
}

// Append appends the file.
func (m *Memory) Append(b []byte) []byte {
	b = append(b, memoryHeader+"\n"...)
	if m.Comment != "" {
		b = append(b, memoryComment+m.Comment+"\n"...)
	}
	b = fmt.Appendf(b, "epoch %d %v\nsince %d\npolicy ", m.Policy.Number, m.Policy.Hash(), m.Since)
	b = base64.StdEncoding.AppendEncode(b, m.Policy.Append(nil))
	return m.Head.Append(append(b, "\n\n"...))
}

// ParseMemory reads a file that Append wrote, and checks that the head is certified under the policy: a file damaged by hand or by a disk is refused.
// The error's word is format, or policy.
func ParseMemory(data []byte) (*Memory, error) {
	if len(data) > MaxMemory {
		return nil, fail(WordFormat, nil, "memory of %d bytes, at most %d", len(data), MaxMemory)
	}
	if !utf8.Valid(data) {
		return nil, fail(WordFormat, nil, "memory: not UTF-8")
	}
	head, rest, _ := strings.Cut(string(data), "\n\n")
	m := new(Memory)
	encoded := ""
	if i := strings.LastIndex(head, "\npolicy "); i >= 0 {
		encoded = head[i+len("\npolicy "):]
	}
	document, err := base64.StdEncoding.Strict().DecodeString(encoded)
	if err != nil {
		return nil, fail(WordFormat, err, "memory: policy")
	}
	if m.Policy, err = ledger.ParsePolicy(document); err != nil {
		return nil, fail(WordFormat, err, "memory")
	}
	if err := checkpoint.CheckPolicy(m.Policy); err != nil {
		return nil, fail(WordPolicy, err, "memory")
	}
	if m.Head, err = checkpoint.Parse([]byte(rest)); err != nil {
		return nil, fail(WordFormat, err, "memory")
	}
	before, _, _ := strings.Cut(head, "\npolicy ")
	if _, err := fmt.Sscanf(before[strings.LastIndexByte(before, '\n')+1:], "since %d", &m.Since); err != nil {
		return nil, fail(WordFormat, err, "memory: since")
	}
	if m.Since>>63 != 0 {
		return nil, fail(WordFormat, nil, "memory: since %d, beyond every time that a cosignature can have", m.Since)
	}
	if line, ok := strings.CutPrefix(head, memoryHeader+"\n"+memoryComment); ok {
		m.Comment, _, _ = strings.Cut(line, "\n")
	}
	if string(m.Append(nil)) != string(data) {
		return nil, fail(WordFormat, nil, "memory: not as it was written")
	}
	if _, err := m.Head.Certify(m.Policy); err != nil {
		return nil, fail(WordFormat, err, "memory: the head is not certified under the policy")
	}
	return m, nil
}
