package rescue_test

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ocopledger/ocop/cmd/ocopd/internal/rescue"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/chain/chaintest"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/store"
	"github.com/ocopledger/ocop/ledger/tiles"
	"github.com/ocopledger/ocop/node/config"
	"github.com/ocopledger/ocop/node/cosign"
)

const (
	ocop     = chaintest.Province // whose node it is
	software = "test"
)

var clock = time.Date(2026, 11, 27, 11, 0, 0, 0, time.UTC)

func now() time.Time { return clock }

// point is a head with the policy it is certified under.
type point struct {
	ledger.Head
	policy *ledger.Policy
	index  uint64 // of raft, of its draft
}

// world is a ledger that everybody agrees on.
type world struct {
	*chaintest.Market
	drafts []chaintest.Draft
	leaves [][]byte
	points []point // by height
	pool   *ident.Pool
}

func newWorld(t *testing.T, seed uint64) *world {
	t.Helper()
	m := chaintest.NewMarket(seed)
	w := &world{Market: m, drafts: append(m.Story, m.Drafts(110, 12)...)}
	pool, err := ident.NewPool(2, 1024)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	w.pool = pool
	l := w.open(t, t.TempDir())
	w.points = []point{{Head: l.Head(), policy: l.Epoch()}}
	for _, d := range w.drafts {
		for _, a := range apply(t, l, d) {
			if a.Sealed {
				w.points = append(w.points, point{a.Head, a.Policy, d.Index})
			}
		}
	}
	if w.leaves, err = l.Leaves(0, math.MaxUint64, math.MaxInt); err != nil || len(w.leaves) < 2*merkle.TileWidth {
		t.Fatalf("%d leaves, %v", len(w.leaves), err)
	}
	return w
}

func (w *world) newest() point { return w.points[len(w.points)-1] }

// up is the newest point of at most a size.
func (w *world) up(size uint64) point {
	for i := len(w.points) - 1; ; i-- {
		if w.points[i].Size <= size {
			return w.points[i]
		}
	}
}

func (w *world) open(t *testing.T, dir string) *chain.Ledger {
	t.Helper()
	l, err := chain.Open(t.Context(), chain.Options{Dir: dir, Genesis: w.Genesis.Bytes(), Verifier: w.pool, NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func apply(t *testing.T, l *chain.Ledger, drafts ...chaintest.Draft) []chain.Applied {
	t.Helper()
	entries := make([]chain.Entry, len(drafts))
	for i, d := range drafts {
		entries[i] = chain.Entry{Index: d.Index, Term: d.Term, Data: d.Data}
	}
	applied, err := l.Apply(t.Context(), entries)
	if err != nil {
		t.Fatal(err)
	}
	return applied
}

// check checks the files of a data directory.
func (w *world) check(t *testing.T, data string) *chain.Report {
	t.Helper()
	r, err := chain.Check(t.Context(), chain.CheckOptions{Dir: data, Genesis: w.Genesis.Bytes(), Verifier: w.pool})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// node is the directory of a stopped node.
type node struct {
	t *testing.T
	*world
	dir, data string
}

// newNode makes a node that has come to a point, and has kept it certified.
func (w *world) newNode(t *testing.T, at point) *node {
	t.Helper()
	n := w.bareNode(t)
	c := config.Default()
	c.Agency, c.Operator.Listen = uint64(ocop), ""
	n.write(config.FileName, c.Write())
	n.write("genesis", w.Genesis.Bytes())
	l := w.open(t, n.data)
	for _, d := range w.drafts {
		if d.Index <= at.index {
			apply(t, l, d)
		}
	}
	if l.Head() != at.Head {
		t.Fatalf("the node is at %+v, want %+v", l.Head(), at.Head)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	n.keep(at)
	return n
}

// bareNode is a directory with keys alone.
func (w *world) bareNode(t *testing.T) *node {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "node")
	n := &node{t, w, dir, filepath.Join(dir, "data")}
	for purpose, key := range map[ident.Purpose]*ident.Ed25519PrivateKey{
		ident.PurposeNode: chaintest.SpareKey(ocop, ident.PurposeNode, "1"), ident.PurposeCosigner: chaintest.SpareKey(ocop, ident.PurposeCosigner, "2"),
		ident.PurposeTLS: chaintest.NodeKey(ocop, ident.PurposeTLS),
	} {
		n.write("keys/"+purpose.String()+".key", fmt.Appendf(nil, "ocop %s %x %s\n", purpose, key.Secret(), key.Public()))
	}
	return n
}

func (n *node) write(name string, data []byte) {
	n.t.Helper()
	path := filepath.Join(n.dir, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, data, 0o600)); err != nil {
		n.t.Fatal(err)
	}
}

// keep writes a certified head into heads.db.
func (n *node) keep(p point) {
	n.t.Helper()
	h, err := store.OpenHeads(filepath.Join(n.data, store.HeadsFile), store.Options{NoSync: true})
	if err != nil {
		n.t.Fatal(err)
	}
	signed := chaintest.Cosign(p.policy, p.Head, 1_790_000_000)
	row := store.CertifiedHead{Size: p.Size, Height: p.Height, Epoch: p.policy.Number, Day: 20260922, Signed: signed.Append(nil)}
	if err := errors.Join(h.Put(row), h.Close()); err != nil {
		n.t.Fatal(err)
	}
}

// sign writes a slot file that says that the node has cosigned a head, as package cosign does.
func (n *node) sign(size uint64, root ledger.Hash) {
	n.t.Helper()
	file := make([]byte, 8192)
	for sequence := range uint64(2) {
		b := append([]byte("OCOPSLOT"), 1)
		b = binary.BigEndian.AppendUint64(b, sequence+1)
		chainID := n.Chain()
		b = append(b, chainID[:]...)
		b = binary.BigEndian.AppendUint64(b, size)
		b = append(b, root[:]...)
		b = binary.BigEndian.AppendUint32(b, crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)))
		copy(file[(sequence+1)%2*4096:], b)
	}
	n.write(cosign.SlotFile, file)
	mark, sure, err := cosign.ReadSlot(filepath.Join(n.dir, cosign.SlotFile), n.Chain())
	if err != nil || !sure || mark.Size != size || mark.Root != root {
		n.t.Fatalf("slot file: %+v, %v, %v", mark, sure, err)
	}
}

// backUp makes a backup of the node.
func (n *node) backUp() (folder string) {
	n.t.Helper()
	folder = filepath.Join(n.t.TempDir(), "backup")
	if err := n.tryBackUp(folder); err != nil {
		n.t.Fatal(err)
	}
	return folder
}

func (n *node) tryBackUp(folder string) error {
	c, err := config.Load(filepath.Join(n.dir, config.FileName))
	if err != nil {
		n.t.Fatal(err)
	}
	_, err = rescue.BackUp(n.t.Context(), c, n.Genesis.Bytes(), folder, rescue.Stopped{Verifier: n.pool, Software: software, Now: now})
	return err
}

func (n *node) restore(from string) (*rescue.Restored, error) {
	return rescue.Restore{From: from, Dir: n.dir, Verifier: n.pool, Now: now}.Run(n.t.Context())
}

func (n *node) repair(from string) (*rescue.Repaired, error) {
	return rescue.Repair{Dir: n.dir, From: from, Verifier: n.pool, Now: now}.Run(n.t.Context())
}

// tree is every file below a folder, by its hash; a database, which has room for much more than is in it, by when it was written.
func tree(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			fmt.Fprintln(&b, path)
			return err
		}
		info, err := d.Info()
		if err != nil || info.Size() > 1<<20 {
			fmt.Fprintln(&b, path, info.Size(), info.ModTime())
			return err
		}
		data, err := os.ReadFile(path)
		fmt.Fprintf(&b, "%s %x\n", path, sha256.Sum256(data))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// log is a log by its leaves.
type log [][]byte

func (l log) Size() uint64 { return uint64(len(l)) }

func (l log) Tile(level int, index uint64) ([]byte, error) {
	var b []byte
	span := 1 << (8 * level)
	for i := range merkle.TileWidthAt(l.Size(), level, index) {
		hashes := make([]ledger.Hash, span)
		for j := range hashes {
			hashes[j] = merkle.Log.Leaf(l[(int(index)*merkle.TileWidth+i)*span+j])
		}
		root := merkle.Log.Root(hashes)
		b = append(b, root[:]...)
	}
	return b, nil
}

func (l log) Leaves(from uint64, max int) ([][]byte, error) {
	return l[from:min(from+uint64(max), l.Size())], nil
}

func rootOf(leaves [][]byte) ledger.Hash {
	hashes := make([]ledger.Hash, len(leaves))
	for i, leaf := range leaves {
		hashes[i] = merkle.Log.Leaf(leaf)
	}
	return merkle.Log.Root(hashes)
}

// publish writes the files of a log into a folder, under its head as it is signed.
func publish(t *testing.T, l log, head *checkpoint.Signed) (dir string) {
	t.Helper()
	dir = t.TempDir()
	write := func(path string, data []byte) {
		name := filepath.Join(dir, filepath.FromSlash(path))
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, data, 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	for tile := range merkle.Tiles(0, l.Size()) {
		paths := []string{tile.Path()}
		if tile.Level == 0 {
			paths = append(paths, tile.EntriesPath())
		}
		for _, path := range paths {
			data, err := tiles.Read(l, path)
			if err != nil {
				t.Fatal(err)
			}
			write(path, data)
		}
	}
	write(tiles.CheckpointPath, head.Append(nil))
	return dir
}

// published publishes a point, certified, with the handovers that lead to its epoch.
func (w *world) published(t *testing.T, p point) string {
	t.Helper()
	dir := publish(t, w.leaves[:p.Size], chaintest.Cosign(p.policy, p.Head, 1_790_000_000))
	if err := os.Mkdir(filepath.Join(dir, "policy"), 0o700); err != nil {
		t.Fatal(err)
	}
	for i, end := range w.points[:p.Height] {
		next := w.points[i+1].policy
		if next.Number == end.policy.Number {
			continue
		}
		h := checkpoint.Handover{Policy: next, Seal: w.leaves[end.Size-1], Checkpoint: chaintest.Cosign(end.policy, end.Head, 1_790_000_000)}
		if err := os.WriteFile(filepath.Join(dir, "policy", fmt.Sprint(next.Number)), h.Append(nil), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
