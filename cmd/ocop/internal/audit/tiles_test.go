package audit

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ocopledger/ocop/cmd/internal/published"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain/chaintest"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/genesis"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/tiles"
)

// log is a log by its leaves.
type log [][]byte

func (l log) Size() uint64 { return uint64(len(l)) }

func (l log) Tile(level int, index uint64) ([]byte, error) {
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

func (l log) Leaves(from uint64, max int) ([][]byte, error) {
	return l[from:min(from+uint64(max), l.Size())], nil
}

// cosigners are the keys that the validators of a policy sign with: those of genesis, or spare ones.
func cosigners(t *testing.T, p *ledger.Policy) map[ledger.AccountID]*ident.Cosigner {
	t.Helper()
	all := make(map[ledger.AccountID]*ident.Cosigner)
	for _, v := range p.Validators {
		keys := []*ident.Ed25519PrivateKey{chaintest.NodeKey(v.Agency, ident.PurposeCosigner)}
		for n := range 5 {
			keys = append(keys, chaintest.SpareKey(v.Agency, ident.PurposeCosigner, fmt.Sprint(n)))
		}
		for _, k := range keys {
			if k.Public() != v.CosignerKey {
				continue
			}
			c, err := ident.NewCosigner(v.CosignerName, k)
			if err != nil {
				t.Fatal(err)
			}
			all[v.Agency] = c
		}
	}
	return all
}

// publish writes the files of a ledger into a folder, under a head that validators of a policy have cosigned.
func publish(t *testing.T, g *genesis.Genesis, l log, tree checkpoint.Tree, p *ledger.Policy, by ...ledger.AccountID) (dir string) {
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
	signed := &checkpoint.Signed{Tree: tree}
	for _, agency := range by {
		c := cosigners(t, p)[agency]
		sig, err := c.Cosign(tree.Text(), 1_700_000_000)
		if err != nil {
			t.Fatal(err)
		}
		signed = signed.With(checkpoint.CosignatureLine(c.VKey(), sig))
	}
	if len(signed.Lines) == 0 {
		signed = signed.With(checkpoint.Line{Name: "stranger.example", ID: 1, Signature: []byte("x")})
	}
	write(tiles.CheckpointPath, signed.Append(nil))
	write("genesis", g.Bytes())
	return dir
}

func audited(t *testing.T, g *genesis.Genesis, where string) (*Result, *checkpoint.Certified) {
	t.Helper()
	files, err := OpenTiles(t.Context(), where)
	if err != nil {
		t.Fatal(err)
	}
	r := run(t, g, files)
	return r, files.Certified(r)
}

// The files alone are the ledger: from a folder and from a web server, also through policy epochs.
func TestPublishedFilesAreTheLedger(t *testing.T) {
	g, all, head := tell(t)
	tree := checkpoint.Tree{Origin: g.Policy().Origin, Size: head.Size, Root: head.Root}
	epoch := run(t, g, leaves{all: all}).Epoch
	if epoch.Number == 0 {
		t.Fatal("the story does not go beyond epoch 0")
	}
	dir := publish(t, g, all, tree, epoch, 1, 3)
	server := httptest.NewServer(http.FileServer(http.Dir(dir)))
	defer server.Close()
	for _, where := range []string{dir, server.URL, server.URL + "/"} {
		r, c := audited(t, g, where)
		if r.Divergence != nil || r.Head != head || c == nil || len(c.Validators) != 2 {
			t.Errorf("%s: %+v, %+v, %+v", where, r.Divergence, r.Head, c)
		}
	}
	if file, err := (&Tiles{fetch: published.Fetcher(server.URL)}).Genesis(t.Context(), 1<<20); err != nil || string(file) != string(g.Bytes()) {
		t.Errorf("genesis: %d bytes, %v", len(file), err)
	}
}

func TestPublishedFilesThatAreNotTheLedger(t *testing.T) {
	g, all, head := tell(t)
	tree := checkpoint.Tree{Origin: g.Policy().Origin, Size: head.Size, Root: head.Root}
	epoch := run(t, g, leaves{all: all}).Epoch
	change := func(path string, change func([]byte) []byte) func(dir string) {
		return func(dir string) {
			name := filepath.Join(dir, path)
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(name, change(data), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	flip := func(at int) func([]byte) []byte {
		return func(b []byte) []byte { b[at] ^= 1; return b }
	}
	sized := func(path string, size int64) func(dir string) {
		return func(dir string) {
			if err := os.Truncate(filepath.Join(dir, path), size); err != nil {
				t.Fatal(err)
			}
		}
	}
	other, shorter := tree, tree
	other.Root[0] ^= 1
	shorter.Size--
	shorter.Root = merkle.Log.Root(hashesOf(all[:len(all)-1]))
	partial := fmt.Sprintf("tile/0/000.p/%d", head.Size)
	if head.Size >= merkle.TileWidth {
		partial = "tile/0/000"
	}
	bundle := strings.Replace(partial, "tile/0", "tile/entries", 1)
	for name, test := range map[string]struct {
		tree  checkpoint.Tree
		by    []ledger.AccountID
		harm  func(dir string)
		field string
	}{
		"one cosigner":       {tree, []ledger.AccountID{2}, nil, "checkpoint.cosignatures"},
		"no cosigner":        {tree, nil, nil, "checkpoint.cosignatures"},
		"another root":       {other, []ledger.AccountID{1, 2, 3}, nil, "checkpoint.root"},
		"not a block's end":  {shorter, []ledger.AccountID{1, 2, 3}, nil, "seal"},
		"a hash changed":     {tree, []ledger.AccountID{1, 2}, change(partial, flip(40)), "tiles"},
		"a leaf changed":     {tree, []ledger.AccountID{1, 2}, change(bundle, flip(700)), "tiles"},
		"a bundle cut short": {tree, []ledger.AccountID{1, 2}, change(bundle, func(b []byte) []byte { return b[:len(b)-1] }), "tiles"},
		"a bundle missing": {tree, []ledger.AccountID{1, 2}, func(dir string) {
			if err := os.Remove(filepath.Join(dir, bundle)); err != nil {
				t.Fatal(err)
			}
		}, "tiles"},
		"a tile missing": {tree, []ledger.AccountID{1, 2}, func(dir string) {
			if err := os.Remove(filepath.Join(dir, partial)); err != nil {
				t.Fatal(err)
			}
		}, "tiles"},
		"a tile too large":   {tree, []ledger.AccountID{1, 2}, change(partial, func([]byte) []byte { return make([]byte, merkle.TileWidth*merkle.HashSize+1) }), "tiles"},
		"a bundle too large": {tree, []ledger.AccountID{1, 2}, sized(bundle, tiles.MaxBundle+1), "tiles"},
		"a folder for a tile": {tree, []ledger.AccountID{1, 2}, func(dir string) {
			name := filepath.Join(dir, partial)
			if err := errors.Join(os.Remove(name), os.Mkdir(name, 0o755)); err != nil {
				t.Fatal(err)
			}
		}, "tiles"},
		"a file for a folder": {tree, []ledger.AccountID{1, 2}, func(dir string) {
			name := filepath.Join(dir, "tile/entries")
			if err := errors.Join(os.RemoveAll(name), os.WriteFile(name, nil, 0o644)); err != nil {
				t.Fatal(err)
			}
		}, "tiles"},
		"a pipe for a bundle": {tree, []ledger.AccountID{1, 2}, func(dir string) { pipe(t, filepath.Join(dir, bundle)) }, "tiles"},
	} {
		dir := publish(t, g, all[:test.tree.Size], test.tree, epoch, test.by...)
		if test.harm != nil {
			test.harm(dir)
		}
		r, c := audited(t, g, dir)
		d := r.Divergence
		if d == nil || d.Field != test.field || c != nil {
			t.Errorf("%s: %+v, certified %v; want %s", name, d, c != nil, test.field)
			continue
		}
		if d.Field == "tiles" && (d.Height != nil || d.Vietnamese == d.English || !strings.Contains(d.English, "tile/")) {
			t.Errorf("%s: %+v", name, d)
		}
		if strings.HasSuffix(name, "missing") && !strings.Contains(d.English, fmt.Sprintf(".p/%d is missing", head.Size)) && head.Size < merkle.TileWidth {
			t.Errorf("%s: %s", name, d.English)
		}
	}
}

func hashesOf(all [][]byte) (hashes []ledger.Hash) {
	for _, leaf := range all {
		hashes = append(hashes, merkle.Log.Leaf(leaf))
	}
	return hashes
}

func TestNoPublishedFiles(t *testing.T) {
	if _, err := OpenTiles(t.Context(), t.TempDir()); !errors.Is(err, tiles.ErrNotFound) {
		t.Errorf("an empty folder: %v", err)
	}
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	if _, err := OpenTiles(t.Context(), server.URL); !errors.Is(err, tiles.ErrNotFound) {
		t.Errorf("an empty server: %v", err)
	}
	broken := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }))
	defer broken.Close()
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	for name, url := range map[string]string{"a broken server": broken.URL, "no server": gone.URL} {
		_, err := OpenTiles(t.Context(), url)
		if _, ok := errors.AsType[*published.UnreachableError](err); !ok || errors.Is(err, tiles.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	endless := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write(make([]byte, checkpoint.MaxSigned+1)) }))
	defer endless.Close()
	piped := t.TempDir()
	pipe(t, filepath.Join(piped, tiles.CheckpointPath))
	for _, where := range []string{endless.URL, piped} {
		if _, err := OpenTiles(t.Context(), where); !errors.Is(err, tiles.ErrMalformed) {
			t.Errorf("%s: %v", where, err)
		}
	}
}
