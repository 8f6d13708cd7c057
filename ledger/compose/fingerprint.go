package compose

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/ocopledger/ocop/ledger"
)

// Fingerprint is the short digest by which people recognise what they sign: 16 hexadecimal digits in groups of four. It covers ledger, author
// and every action of every record in order, and neither time nor signature, so that draft, simulation, signing and submission show the same.
// 64 bits: nobody finds a second draft with the fingerprint of a first one.
type Fingerprint [8]byte

// NewFingerprint digests the records of a draft, each given as its actions root.
//
//	SHA-256("ocop draft v1\n" ‖ chain id ‖ author u64 ‖ schema u16 ‖ actions roots)[:8]
func NewFingerprint(chain ledger.ChainID, author ledger.AccountID, schema uint16, roots []ledger.Hash) (f Fingerprint) {
	b := append([]byte("ocop draft v1\n"), chain[:]...)
	b = ledger.AppendU64(b, uint64(author))
	b = ledger.AppendU16(b, schema)
	for _, root := range roots {
		b = append(b, root[:]...)
	}
	sum := sha256.Sum256(b)
	copy(f[:], sum[:])
	return f
}

func (f Fingerprint) String() string {
	h := hex.EncodeToString(f[:])
	return h[:4] + " " + h[4:8] + " " + h[8:12] + " " + h[12:]
}
