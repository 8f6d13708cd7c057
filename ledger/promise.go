package ledger

import "github.com/ocopledger/ocop/ledger/ident"

const (
	// PromiseSize is the size of a promise in bytes.
	PromiseSize    = 1 + 32 + 8 + 32 + 8 + 8 + 8
	promiseVersion = 1
)

// Promise is what a node answers a submission with when the record is accepted and not yet ordered: by a block time, the ledger will hold it, accepted
// or refused. A node promises only what its newest certified head does not hold yet, and nothing beyond the record's expiry.
type Promise struct {
	Chain    ChainID
	Receiver AccountID // agency of the node that promises
	Record   RecordID
	Author   AccountID
	Size     uint64 // of the node's newest certified head
	Deadline uint64 // block time, Unix milliseconds
}

// Append appends the promise's 97 bytes.
func (p *Promise) Append(b []byte) []byte {
	b = append(b, promiseVersion)
	b = append(b, p.Chain[:]...)
	b = AppendU64(b, uint64(p.Receiver))
	b = append(b, p.Record[:]...)
	b = AppendU64(b, uint64(p.Author))
	b = AppendU64(b, p.Size)
	return AppendU64(b, p.Deadline)
}

// ParsePromise reads the 97 bytes.
func ParsePromise(data []byte) (p Promise, err error) {
	r := NewReader("promise", data)
	r.Version(promiseVersion)
	p.Chain = r.Hash()
	p.Receiver = AccountID(r.U64())
	r.Copy(p.Record[:])
	p.Author = AccountID(r.U64())
	p.Size = r.U64()
	p.Deadline = r.U64()
	return p, r.Close()
}

// Message is what the receiver's node key signs.
func (p *Promise) Message() []byte {
	return ident.PAE(ident.TypeAcceptancePromise, p.Append(make([]byte, 0, PromiseSize)))
}

// SignedPromise is an acceptance promise as a client keeps it.
type SignedPromise struct {
	Promise   Promise
	Signature ident.NodeSignature
}

// SignedPromiseSize is the size of a signed promise in bytes.
const SignedPromiseSize = PromiseSize + 64

// Append appends promise and signature, 161 bytes.
func (s *SignedPromise) Append(b []byte) []byte {
	return append(s.Promise.Append(b), s.Signature[:]...)
}

// ParseSignedPromise reads the 161 bytes and verifies nothing.
func ParseSignedPromise(data []byte) (s SignedPromise, err error) {
	if len(data) != SignedPromiseSize {
		return s, malformed("signed promise", "%d bytes, want %d", len(data), SignedPromiseSize)
	}
	s.Promise, err = ParsePromise(data[:PromiseSize])
	copy(s.Signature[:], data[PromiseSize:])
	return s, err
}
