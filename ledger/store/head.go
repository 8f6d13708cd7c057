package store

import (
	"encoding/binary"
	"fmt"

	"github.com/ocopledger/ocop/ledger/flaw"
	"github.com/ocopledger/ocop/ledger/merkle"
)

// Head is how far chain.db has come.
type Head struct {
	Height       uint64
	Time         uint64 // block time of the newest seal
	Log          merkle.Frontier
	Seal         merkle.Hash // leaf hash of the newest seal
	AppliedIndex uint64      // raft index and term of the last entry applied; 0 before the first
	AppliedTerm  uint64
}

const headVersion = 1

// HeadFields names the head's fields and where they begin, for reports of damage.
var headFields = []struct {
	at   int
	name string
}{{0, "version"}, {1, "height"}, {9, "time"}, {17, "applied raft index"}, {25, "applied raft term"}, {33, "seal hash"}, {65, "log frontier"}}

func (h *Head) append(b []byte) []byte {
	b = append(b, headVersion)
	for _, n := range []uint64{h.Height, h.Time, h.AppliedIndex, h.AppliedTerm} {
		b = binary.BigEndian.AppendUint64(b, n)
	}
	b = append(b, h.Seal[:]...)
	return h.Log.AppendBinary(b)
}

func parseHead(b []byte) (h Head, err error) {
	if len(b) < 65 || b[0] != headVersion {
		return h, fmt.Errorf("%w: head of %s", ErrFormat, ChainFile)
	}
	for i, n := range []*uint64{&h.Height, &h.Time, &h.AppliedIndex, &h.AppliedTerm} {
		*n = binary.BigEndian.Uint64(b[1+8*i:])
	}
	copy(h.Seal[:], b[33:])
	h.Log, err = merkle.ParseFrontier(b[65:])
	return h, err
}

// headDamage names the field of the head in which a bit is wrong, if it is one bit.
func headDamage(content []byte, want, got uint32) *Damage {
	d := &Damage{File: ChainFile, Bucket: "meta", Row: "head", Detail: flaw.Checksum()}
	if position, found := flippedBit(content, want, got); found {
		if position < 0 {
			d.Detail = flaw.ChecksumBit()
			return d
		}
		name := ""
		for _, f := range headFields {
			if f.at <= position/8 {
				name = f.name
			}
		}
		d.Detail = flaw.Join(flaw.New("bit", "%s", "%s", name), flaw.Bit(position/8, position%8))
	}
	return d
}
