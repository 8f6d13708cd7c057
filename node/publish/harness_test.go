package publish

import (
	"bytes"
	"encoding/binary"
	"sync"
	"testing"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/tiles"
)

// network is a policy with the keys behind it, and a log that grows.
type network struct {
	policy    ledger.Policy
	cosigners []*ident.Ed25519PrivateKey
	log       *ident.Ed25519PrivateKey

	mu     sync.Mutex
	leaves leaves
	head   *checkpoint.Signed
}

const origin = "log.example/sample"

func key(t testing.TB, seed byte) *ident.Ed25519PrivateKey {
	t.Helper()
	k, err := ident.NewEd25519PrivateKey(bytes.Repeat([]byte{seed}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func newNetwork(t testing.TB) *network {
	n := &network{log: key(t, 9)}
	n.policy = ledger.Policy{Chain: ledger.Hash{1}, Origin: origin, Publisher: 1, LogKey: n.log.Public(), Quorum: 2}
	for i := range byte(3) {
		k := key(t, 10+i)
		n.cosigners = append(n.cosigners, k)
		n.policy.Validators = append(n.policy.Validators, ledger.PolicyValidator{
			Agency: ledger.AccountID(i + 1), NodeKey: key(t, 20+i).Public(), CosignerName: "v" + string('1'+rune(i)) + ".example", CosignerKey: k.Public(),
		})
	}
	return n
}

// grow lengthens the log and publishes its head, cosigned by so many.
func (n *network) grow(t testing.TB, size, cosigned int) *checkpoint.Signed {
	t.Helper()
	n.mu.Lock()
	defer n.mu.Unlock()
	for i := len(n.leaves); i < size; i++ {
		n.leaves = append(n.leaves, binary.BigEndian.AppendUint32([]byte{1}, uint32(i)))
	}
	hashes := make([]ledger.Hash, size)
	for i := range hashes {
		hashes[i] = merkle.Log.Leaf(n.leaves[i])
	}
	head := &checkpoint.Signed{Tree: checkpoint.Tree{Origin: origin, Size: uint64(size), Root: merkle.Log.Root(hashes)}}
	for i := range cosigned {
		c, err := ident.NewCosigner(n.policy.Validators[i].CosignerName, n.cosigners[i])
		if err != nil {
			t.Fatal(err)
		}
		sig, err := c.Cosign(head.Tree.Text(), 1_700_000_000)
		if err != nil {
			t.Fatal(err)
		}
		head = head.With(checkpoint.CosignatureLine(c.VKey(), sig))
	}
	n.head = head
	if line, ok, err := Sign(head, &n.policy, 1, n.log); err == nil && ok {
		n.head = head.With(line)
	}
	return n.head
}

func (n *network) logLine(t testing.TB, head *checkpoint.Signed) checkpoint.Line {
	t.Helper()
	line, ok, err := Sign(head, &n.policy, 1, n.log)
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	return line
}

// Published and the others implement Source.
func (n *network) Published() *checkpoint.Signed {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.head
}

func (n *network) Log(read func(tiles.Log) error) error {
	n.mu.Lock()
	now := n.leaves
	n.mu.Unlock()
	return read(now)
}

func (n *network) Policy() ([]byte, error) { return []byte("the policy\n"), nil }

func (n *network) Epoch(number uint32) ([]byte, error) {
	if number > 1 {
		return nil, tiles.ErrNotFound
	}
	return []byte{'e', '0' + byte(number), '\n'}, nil
}

func (n *network) Genesis() []byte { return []byte("OCOPGEN") }

// leaves is a log that makes each tile anew.
type leaves [][]byte

func (l leaves) Size() uint64 { return uint64(len(l)) }

func (l leaves) Tile(level int, index uint64) ([]byte, error) {
	var b []byte
	span := 1 << (8 * level)
	for i := range merkle.TileWidthAt(l.Size(), level, index) {
		from := (int(index)*merkle.TileWidth + i) * span
		hashes := make([]ledger.Hash, span)
		for j := range hashes {
			hashes[j] = merkle.Log.Leaf(l[from+j])
		}
		root := merkle.Log.Root(hashes)
		b = append(b, root[:]...)
	}
	return b, nil
}

func (l leaves) Leaves(from uint64, max int) ([][]byte, error) {
	return l[from:min(from+uint64(max), l.Size())], nil
}
