package receipts_test

import (
	"crypto/sha256"
	"fmt"
	"testing"

	"github.com/ocopledger/ocop/ledger"
	. "github.com/ocopledger/ocop/ledger/chain/chaintest"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/prove"
	"github.com/ocopledger/ocop/ledger/statemap"
	"github.com/ocopledger/ocop/ledger/verify/receipts"
)

// maxTypical is what the receipt of a product with twenty records in its closure may take.
const maxTypical = 20_000

// many is the ledger of chaintest.World.Many.
func many(t testing.TB) (*scene, ledger.ProductID) {
	w := New()
	drafts, one := w.Many()
	return newScene(t, w, drafts...), one
}

func TestReceiptsAreSmall(t *testing.T) {
	s, one := many(t)
	r := s.product(one)
	file := r.Append(nil)
	if len(r.Records) != ManyRecords {
		t.Fatalf("%d records in the closure", len(r.Records))
	}
	if len(file) > maxTypical {
		t.Errorf("%d bytes for %d records and %d subjects, at most %d", len(file), len(r.Records), len(r.Members), maxTypical)
	}
	got, err := receipts.Subject(t.Context(), file, s.options())
	if err != nil || got.Verdict.Kind != receipts.VerdictInForce || got.Verdict.Until != got.Certificates[1].Value.ValidUntil {
		t.Errorf("%v, %v", got, err)
	}
	t.Logf("%d bytes, %d records, %d subjects", len(file), len(r.Records), len(r.Members))
}

// crowd is a ledger with so many more subjects and leaves than the one beneath, which are random.
type crowd struct {
	prove.Source
	head  ledger.Head
	state statemap.Map
	log   *merkle.Tree
	seal  []byte
}

func newCrowd(t testing.TB, src prove.Source, subjects int) *crowd {
	leaves := make([]statemap.Leaf, subjects)
	for i := range leaves {
		h := sha256.Sum256(fmt.Append(nil, i))
		leaves[i] = statemap.Leaf{Key: h, Value: h, N: 1, History: h}
	}
	c := &crowd{Source: src, head: src.Head(), state: src.Map().Update(leaves), log: merkle.NewTree(merkle.Log)}
	for i := range 2 * subjects {
		c.log.Append(sha256.Sum256(fmt.Append(nil, i)))
	}
	leaf, err := src.Leaf(c.head.Size - 1)
	if err != nil {
		t.Fatal(err)
	}
	seal, err := ledger.ParseSeal(leaf)
	if err != nil {
		t.Fatal(err)
	}
	seal.SizeBefore, seal.RootBefore, seal.State = c.log.Size(), c.log.Root(), c.state.Root()
	c.log.Append(seal.Leaf())
	c.seal = seal.Append(nil)
	c.head.Size, c.head.Root, c.head.State = c.log.Size(), c.log.Root(), seal.State
	return c
}

func (c *crowd) Head() ledger.Head                  { return c.head }
func (c *crowd) Map() statemap.Map                  { return c.state }
func (c *crowd) Hashes() (merkle.HashReader, error) { return c.log, nil }

func (c *crowd) Leaf(index uint64) ([]byte, error) {
	if index == c.head.Size-1 {
		return c.seal, nil
	}
	return c.Source.Leaf(index)
}
