package ledger_test

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
	"pgregory.net/rapid"
)

// part is a line of FORMAT.md's tables: so many bytes at that offset.
type part struct {
	offset int
	want   []byte
}

func u(size int, v uint64) []byte { return binary.BigEndian.AppendUint64(nil, v)[8-size:] }

func checkLayout(t *testing.T, name string, data []byte, size int, parts ...part) {
	t.Helper()
	if len(data) != size {
		t.Errorf("%s of %d bytes, want %d", name, len(data), size)
	}
	next := 0
	for _, p := range parts {
		if p.offset != next {
			t.Errorf("%s: bytes %d to %d are not described", name, next, p.offset)
		}
		next = p.offset + len(p.want)
		if !bytes.Equal(data[p.offset:next], p.want) {
			t.Errorf("%s at %d: %x, want %x", name, p.offset, data[p.offset:next], p.want)
		}
	}
	if next != len(data) {
		t.Errorf("%s: bytes behind %d are not described", name, next)
	}
}

func fill(b byte) (h ledger.Hash) { copy(h[:], bytes.Repeat([]byte{b}, len(h))); return h }

func slice(h ledger.Hash) []byte { return h[:] }

func fillSig(b byte) []byte { return bytes.Repeat([]byte{b}, 64) }

// TestLayouts holds the fixed encodings against the tables of FORMAT.md.
func TestLayouts(t *testing.T) {
	h := ledger.Header{
		Chain: fill(1), Schema: 0x0203, Issued: 0x0405_0607_0809, Expires: 0x0a0b_0c0d_0e0f_1011, Author: 0x1213_1415, Key: ident.KeyID{0x16, 7: 0x17}, ActionCount: 0x18,
		ActionsRoot: fill(0x19),
	}
	checkLayout(t, "record header", h.Append(nil), 101,
		part{0, []byte{1}}, part{1, slice(fill(1))}, part{33, u(2, 0x0203)}, part{35, u(8, 0x0405_0607_0809)}, part{43, u(8, 0x0a0b_0c0d_0e0f_1011)},
		part{51, u(8, 0x1213_1415)}, part{59, h.Key[:]}, part{67, u(2, 0x18)}, part{69, slice(fill(0x19))})
	d := ledger.DraftHeader{Chain: fill(1), Term: 2, Proposer: 3, Sequence: 4, Previous: fill(5), Time: 6, Flags: 1, Count: 7, Records: fill(8)}
	draft := d.Append(nil)
	checkLayout(t, "draft header", draft, 134,
		part{0, []byte{1}}, part{1, slice(fill(1))}, part{33, u(8, 2)}, part{41, u(8, 3)}, part{49, u(8, 4)}, part{57, slice(fill(5))}, part{89, u(8, 6)},
		part{97, []byte{1}}, part{98, u(4, 7)}, part{102, slice(fill(8))})
	s := ledger.Seal{
		Chain: fill(1), Height: 2, Previous: fill(3), Time: 4, Flags: 1, SizeBefore: 5, RootBefore: fill(6), Accepted: 7, Refused: 8, State: fill(9), Protocol: 10,
		Policy: fill(11), NextPolicy: fill(12), Draft: d, Signature: ident.NodeSignature(fillSig(13)),
	}
	checkLayout(t, "seal", s.Append(nil), 429,
		part{0, []byte{2, 1}}, part{2, slice(fill(1))}, part{34, u(8, 2)}, part{42, slice(fill(3))}, part{74, u(8, 4)}, part{82, []byte{1}}, part{83, u(8, 5)},
		part{91, slice(fill(6))}, part{123, u(4, 7)}, part{127, u(4, 8)}, part{131, slice(fill(9))}, part{163, u(4, 10)}, part{167, slice(fill(11))},
		part{199, slice(fill(12))}, part{231, draft}, part{365, fillSig(13)})
	row := ledger.Refusal{Record: ledger.RecordID(fill(1)), Author: 2, Reason: 3, Action: 4}
	checkLayout(t, "refusal", row.Append(nil), 44, part{0, slice(fill(1))}, part{32, u(8, 2)}, part{40, u(2, 3)}, part{42, u(2, 4)})
	f := ledger.Refusals{Height: 5, Rows: []ledger.Refusal{row}}
	checkLayout(t, "refusals", f.Append(nil), 56, part{0, []byte{3, 1}}, part{2, u(8, 5)}, part{10, u(2, 1)}, part{12, row.Append(nil)})
	e := ledger.Entry{Leaf: 1, Height: 2, Time: 3, Record: ledger.RecordID(fill(4)), Action: 5, ActionHash: fill(6), Value: fill(7)}
	checkLayout(t, "history entry", e.Append(nil), 122,
		part{0, u(8, 1)}, part{8, u(8, 2)}, part{16, u(8, 3)}, part{24, slice(fill(4))}, part{56, u(2, 5)}, part{58, slice(fill(6))}, part{90, slice(fill(7))})
	env := ledger.AppendEnvelope(nil, &h, ident.PublicKey{2, 32: 9}, ident.Signature(fillSig(8)), [][]byte{{0xaa}, {0xbb, 0xcc}})
	checkLayout(t, "envelope", env, 1+1+33+64+2+101+2+3+4,
		part{0, []byte{1, 1}}, part{2, append([]byte{2}, append(make([]byte, 31), 9)...)}, part{35, fillSig(8)}, part{99, u(2, 101)}, part{101, h.Append(nil)},
		part{202, u(2, 2)}, part{204, []byte{0, 1, 0xaa}}, part{207, []byte{0, 2, 0xbb, 0xcc}})
}

func TestRecordID(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		issued := rapid.Uint64Range(0, 1<<48-1).Draw(t, "issued")
		digest := [32]byte(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "digest"))
		id := ledger.NewRecordID(issued, digest)
		if id.IssuedAt() != issued || !bytes.Equal(id[6:], digest[:26]) || !bytes.Equal(id[:6], u(6, issued)) {
			t.Errorf("%v of %d", id, issued)
		}
	})
}
