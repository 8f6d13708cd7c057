package chain_test

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/chain/chaintest"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/store"
	"github.com/ocopledger/ocop/ledger/subject"
)

const goldenDir = "../testdata/golden"

// goldenBlock is what this test wants to know of a block of the golden ledger.
type goldenBlock struct {
	SealHash string `json:"seal_hash"`
	Root     string `json:"root"`
	State    string `json:"state_root"`
	Changes  []struct {
		Kind    uint8    `json:"kind"`
		ID      string   `json:"id"`
		Value   string   `json:"value"`
		Entries []string `json:"entries"`
	} `json:"changes"`
}

func goldenLeaves(t *testing.T, version string) (leaves [][]byte) {
	t.Helper()
	f, err := os.Open(filepath.Join(goldenDir, version, "leaves.txt"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		leaf, err := hex.DecodeString(lines.Text())
		if err != nil {
			t.Fatal(err)
		}
		leaves = append(leaves, leaf)
	}
	return leaves
}

// A chain.db that holds the golden leaves opens to the golden state: values, histories and roots.
func TestGoldenLedgersComeBack(t *testing.T) {
	for _, version := range []string{"v1", "v2", "v3", "v4"} {
		t.Run(version, func(t *testing.T) { comesBack(t, version) })
	}
}

func comesBack(t *testing.T, version string) {
	genesis, err := os.ReadFile(filepath.Join(goldenDir, version, "genesis.bin"))
	if err != nil {
		t.Fatal(err)
	}
	o := options(t, chaintest.New())
	o.Genesis = genesis
	open(t, o).Close()
	leaves := goldenLeaves(t, version)
	writeLeaves(t, o.Dir, leaves)

	var expected struct {
		Blocks []goldenBlock `json:"blocks"`
	}
	data, err := os.ReadFile(filepath.Join(goldenDir, version, "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &expected); err != nil {
		t.Fatal(err)
	}
	values, histories := map[subject.ID]string{}, map[subject.ID][]string{}
	for _, b := range expected.Blocks {
		for _, c := range b.Changes {
			name, err := hex.DecodeString(c.ID)
			if err != nil {
				t.Fatal(err)
			}
			id := subject.ID{Kind: subject.Kind(c.Kind), Name: string(name)}
			values[id] = c.Value
			histories[id] = append(histories[id], c.Entries...)
		}
	}
	l := open(t, o)
	last := expected.Blocks[len(expected.Blocks)-1]
	if h := l.Head(); h.Seal.String() != last.SealHash || h.Root.String() != last.Root || h.State.String() != last.State || h.Size != uint64(len(leaves)) {
		t.Fatalf("head %+v, want %s, %s, %s", h, last.SealHash, last.Root, last.State)
	}
	err = l.View(func(v *chain.View) error {
		for id, want := range values {
			if got, ok := v.Value(id); !ok || hex.EncodeToString(got) != want {
				t.Errorf("%v: %x, want %s", id, got, want)
			}
			entries, err := v.History(id, 0, 1000)
			if err != nil || len(entries) != len(histories[id]) {
				t.Fatalf("%v: %d entries (%v), want %d", id, len(entries), err, len(histories[id]))
			}
			for i := range entries {
				if got := hex.EncodeToString(entries[i].Append(nil)); got != histories[id][i] {
					t.Errorf("%v, entry %d: %s, want %s", id, i, got, histories[id][i])
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	checkClean(t, o)
}

// writeLeaves puts the leaves after the first into chain.db.
func writeLeaves(t *testing.T, dir string, leaves [][]byte) {
	t.Helper()
	c, err := store.OpenChain(filepath.Join(dir, store.ChainFile), store.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	batch := store.Batch{Leaves: leaves[1:]}
	for i, leaf := range leaves {
		batch.Head.Log = batch.Head.Log.Append(merkle.Log, merkle.Log.Leaf(leaf))
		if leaf[0] != ledger.KindSeal {
			continue
		}
		seal, err := ledger.ParseSeal(leaf)
		if err != nil {
			t.Fatal(err)
		}
		batch.Head.Height, batch.Head.Time, batch.Head.Seal = seal.Height, seal.Time, merkle.Log.Leaf(leaf)
		batch.Seals = append(batch.Seals, store.Seal{Height: seal.Height, Leaf: uint64(i)})
	}
	if err := c.Append(batch); err != nil {
		t.Fatal(err)
	}
}

// Whatever raft hands over, the ledger goes on.
func FuzzApply(f *testing.F) {
	w := chaintest.New()
	story := w.Story()
	for _, d := range story[:4] {
		f.Add(d.Data)
	}
	l := open(f, options(f, w))
	apply(f, l, story...)
	index := story[len(story)-1].Index
	f.Fuzz(func(t *testing.T, data []byte) {
		index++
		kept := bytes.Clone(data)
		l.Preverify(data)
		head := l.Head()
		applied, err := l.Apply(t.Context(), []chain.Entry{{Index: index, Term: 1, Data: data}})
		if err != nil {
			t.Fatal(err)
		}
		if applied[0].Sealed || l.Head() != head || !bytes.Equal(data, kept) {
			t.Errorf("applied %+v", applied[0])
		}
	})
}
