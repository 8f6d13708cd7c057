package ledger

import (
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/merkle"
)

// SealSize is the size of a seal in bytes.
const SealSize = 2 + 32 + 8 + 32 + 8 + 1 + 8 + 32 + 4 + 4 + 32 + 4 + 32 + 32 + DraftHeaderSize + 64

const sealVersion = 1

// FlagClockReset marks the block in which governance set block time back.
const FlagClockReset = 1

// Seal ends a block and is its last leaf. It links the blocks, and commits to the log before it and the state after it.
type Seal struct {
	Chain      ChainID
	Height     uint64 // 0 is the genesis seal
	Previous   Hash   // leaf hash of the previous seal; of seal 0 the chain id
	Time       uint64 // block time: the proposer's, clamped to be monotonic, Unix milliseconds
	Flags      uint8
	SizeBefore uint64 // leaves before the seal, which is the seal's own index
	RootBefore Hash   // root of the log of that size
	Accepted   uint32 // record leaves in the block
	Refused    uint32 // rows of its refusals leaf
	State      Hash   // root of the state map after the block
	Protocol   uint32
	Policy     Hash // document of the epoch the block belongs to
	NextPolicy Hash // differs when the block ends its epoch
	Draft      DraftHeader
	Signature  ident.NodeSignature // the proposer's, over the draft header; zero in seal 0, like the draft header's fields
}

// Append appends the seal's bytes, which are its leaf.
func (s *Seal) Append(b []byte) []byte {
	b = append(b, KindSeal, sealVersion)
	b = append(b, s.Chain[:]...)
	b = AppendU64(b, s.Height)
	b = append(b, s.Previous[:]...)
	b = AppendU64(b, s.Time)
	b = append(b, s.Flags)
	b = AppendU64(b, s.SizeBefore)
	b = append(b, s.RootBefore[:]...)
	b = AppendU32(b, s.Accepted)
	b = AppendU32(b, s.Refused)
	b = append(b, s.State[:]...)
	b = AppendU32(b, s.Protocol)
	b = append(b, s.Policy[:]...)
	b = append(b, s.NextPolicy[:]...)
	b = s.Draft.Append(b)
	return append(b, s.Signature[:]...)
}

// EndsEpoch tells whether the seal's block is the last of its policy epoch.
func (s *Seal) EndsEpoch() bool { return s.Policy != s.NextPolicy }

// Leaf is the hash of the seal as a leaf of the log: the link to it.
func (s *Seal) Leaf() Hash { return merkle.Log.Leaf(s.Append(make([]byte, 0, SealSize))) }

// ParseSeal reads a seal.
func ParseSeal(data []byte) (*Seal, error) {
	r := NewReader("seal", data)
	if k := r.U8(); k != KindSeal {
		r.Fail("kind 0x%02x, want 0x%02x", k, KindSeal)
	}
	r.Version(sealVersion)
	s := new(Seal)
	s.Chain = r.Hash()
	s.Height = r.U64()
	s.Previous = r.Hash()
	s.Time = r.U64()
	s.Flags = r.U8()
	s.SizeBefore = r.U64()
	s.RootBefore = r.Hash()
	s.Accepted = r.U32()
	s.Refused = r.U32()
	s.State = r.Hash()
	s.Protocol = r.U32()
	s.Policy = r.Hash()
	s.NextPolicy = r.Hash()
	s.Draft = r.draftHeader()
	r.Copy(s.Signature[:])
	if s.Flags&^FlagClockReset != 0 {
		r.Fail("unknown flags 0x%02x", s.Flags)
	}
	return s, r.Close()
}
