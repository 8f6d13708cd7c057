package cosign

import (
	"crypto/sha256"
	"path/filepath"
	"testing"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/ident"
)

// BenchmarkSign is what a cosigner does with a head before it is released: the disk remembers it, and it is signed.
func BenchmarkSign(b *testing.B) {
	seed := sha256.Sum256([]byte("bench"))
	private, err := ident.NewEd25519PrivateKey(seed[:])
	if err != nil {
		b.Fatal(err)
	}
	signer, err := ident.NewCosigner("v1.example", private)
	if err != nil {
		b.Fatal(err)
	}
	slot, err := OpenSlot(filepath.Join(b.TempDir(), "slot"), chainID)
	if err != nil {
		b.Fatal(err)
	}
	defer slot.Close()
	size := uint64(0)
	for b.Loop() {
		size++
		tree := checkpoint.Tree{Origin: origin, Size: size, Root: ledger.Hash(sha256.Sum256([]byte{byte(size)}))}
		if err := slot.write(Mark{Size: tree.Size, Root: tree.Root}); err != nil {
			b.Fatal(err)
		}
		if _, err := signer.Cosign(tree.Text(), size); err != nil {
			b.Fatal(err)
		}
	}
}
