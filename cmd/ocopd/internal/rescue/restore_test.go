package rescue_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ocopledger/ocop/cmd/ocopd/internal/rescue"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/chain/chaintest"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/store"
	"github.com/ocopledger/ocop/node/backup"
	"github.com/ocopledger/ocop/node/config"
)

// A new machine with the node's keys and a backup comes to the same ledger; what it was told is all there.
func TestRestoreOnANewMachine(t *testing.T) {
	w := newWorld(t, 1)
	n := w.newNode(t, w.newest())
	folder := n.backUp()
	bare := w.bareNode(t)
	if _, err := bare.restore(folder); err == nil || !strings.Contains(err.Error(), "--chain-id") {
		t.Errorf("a backup says itself which ledger it is: %v", err)
	}
	done, err := rescue.Restore{From: folder, Dir: bare.dir, Chain: w.Chain(), Verifier: w.pool, Now: now}.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if done.Head != w.newest().Head || done.Certified == nil || len(done.Certified.Validators) != 3 || !done.Floor.None || done.Aside != "" || len(done.Made) != 2 {
		t.Errorf("%+v", done)
	}
	if r := w.check(t, bare.data); !r.OK() || r.Head != w.newest().Head {
		t.Errorf("%+v", r)
	}
	mark, err := backup.ReadMark(bare.data)
	if err != nil || *mark != (backup.Mark{Height: done.Head.Height, Size: done.Head.Size, Root: done.Head.Root, Time: clock}) {
		t.Errorf("mark %+v, %v", mark, err)
	}
	for _, name := range []string{config.FileName, "genesis"} {
		was, _ := os.ReadFile(filepath.Join(n.dir, name))
		is, err := os.ReadFile(filepath.Join(bare.dir, name))
		if err != nil || !bytes.Equal(was, is) {
			t.Errorf("%s: %v", name, err)
		}
	}
	l := w.open(t, bare.data)
	if l.AppliedIndex() != 0 {
		t.Errorf("raft's position is %d", l.AppliedIndex())
	}
	apply(t, l, w.drafts...) // raft delivers all again
	if l.Head() != w.newest().Head {
		t.Errorf("head %+v", l.Head())
	}
}

// What was there is kept under another name, evidence goes along, and a backup of a node restored so is restored again.
func TestRestoreKeepsWhatWasThere(t *testing.T) {
	w := newWorld(t, 2)
	early := w.points[20]
	n := w.newNode(t, early)
	n.write("data/evidence/one", []byte("against somebody"))
	n.write("data/raft.db", []byte("votes"))
	later := w.newNode(t, w.newest())
	n.sign(early.Size, early.Root)
	was := tree(t, n.data)
	done, err := n.restore(later.backUp())
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.ReplaceAll(tree(t, done.Aside), done.Aside, n.data); got != was {
		t.Errorf("aside is\n%s\nwas\n%s", got, was)
	}
	if _, err := os.Stat(filepath.Join(n.data, "raft.db")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("raft's store came along: %v", err)
	}
	if data, err := os.ReadFile(filepath.Join(n.data, "evidence", "one")); err != nil || string(data) != "against somebody" {
		t.Errorf("%s, %v", data, err)
	}
	if done.Floor.Size != early.Size || !done.Floor.Sure {
		t.Errorf("%+v", done.Floor)
	}
	clock = clock.Add(time.Hour)
	if _, err := n.restore(n.backUp()); err != nil {
		t.Error(err)
	}
	if r := w.check(t, n.data); !r.OK() || r.Head != w.newest().Head {
		t.Errorf("%+v", r)
	}
}

// A restore never goes back, and says so in both languages; nothing of the node changes.
func TestRestoreNeverGoesBack(t *testing.T) {
	w := newWorld(t, 3)
	early := w.points[20]
	folder := w.newNode(t, early).backUp()
	for name, c := range map[string]struct {
		make func() *node
		want error
		says []string
	}{
		"behind what it has cosigned": {func() *node {
			n := w.newNode(t, w.points[10])
			n.sign(w.newest().Size, w.newest().Root)
			return n
		}, rescue.ErrBelow, []string{fmt.Sprint(w.newest().Size), fmt.Sprint(early.Size), "ocopd repair"}},
		"beside what it has cosigned": {func() *node {
			n := w.newNode(t, w.points[10])
			n.sign(w.points[9].Size, ledger.Hash{7})
			return n
		}, rescue.ErrBelow, []string{fmt.Sprint(w.points[9].Size)}},
		"behind its own ledger": {func() *node { return w.newNode(t, w.points[21]) }, rescue.ErrNewer, []string{fmt.Sprint(w.points[21].Size), fmt.Sprint(early.Size)}},
		"while it runs": {func() *node {
			n := w.newNode(t, w.points[10])
			w.open(t, n.data)
			return n
		}, store.ErrInUse, nil},
		"of another ledger": {func() *node {
			n := w.newNode(t, w.points[10])
			n.write("genesis", chaintest.NewAt(chaintest.Start.AddDate(0, 0, 1)).Genesis.Bytes())
			return n
		}, chain.ErrOtherChain, nil},
	} {
		t.Run(name, func(t *testing.T) {
			n := c.make()
			before := tree(t, n.dir)
			_, err := n.restore(folder)
			if !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
			for _, word := range c.says {
				if !strings.Contains(err.Error(), word) {
					t.Errorf("%v does not say %s", err, word)
				}
			}
			if after := tree(t, n.dir); after != before {
				t.Errorf("the node's directory is\n%s\nwas\n%s", after, before)
			}
		})
	}
}

// A rehearsal proves the same, changes nothing, and says whether the restore would be refused. The node may run.
func TestRehearse(t *testing.T) {
	w := newWorld(t, 4)
	early := w.points[20]
	folder := w.newNode(t, early).backUp()
	n := w.newNode(t, w.points[15])
	scratch := filepath.Join(t.TempDir(), "scratch")
	before := tree(t, n.dir)
	rehearse := func() (*rescue.Restored, error) {
		return rescue.Restore{From: folder, Dir: n.dir, Scratch: scratch, Verifier: w.pool, Now: now}.Run(t.Context())
	}
	done, err := rehearse()
	if err != nil || done.Head != early.Head || done.Refused != nil || done.Data != scratch {
		t.Fatalf("%+v, %v", done, err)
	}
	if tree(t, n.dir) != before {
		t.Error("the node's directory has changed")
	}
	if r := w.check(t, scratch); !r.OK() {
		t.Errorf("%+v", r)
	}
	if _, err := rehearse(); !errors.Is(err, fs.ErrExist) {
		t.Errorf("into a folder that is there: %v", err)
	}
	n.sign(w.newest().Size, w.newest().Root)
	w.open(t, n.data)
	scratch += "2"
	if done, err = rehearse(); err != nil || !errors.Is(done.Refused, rescue.ErrBelow) {
		t.Errorf("%+v, %v", done, err)
	}
	done, err = rescue.Restore{From: folder, Scratch: scratch + "3", Chain: w.Chain(), Verifier: w.pool, Now: now}.Run(t.Context())
	if err != nil || done.Head != early.Head {
		t.Errorf("without a node: %+v, %v", done, err)
	}
}

// reseal signs a manifest again.
func reseal(t *testing.T, folder string, key *ident.Ed25519PrivateKey) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(folder, backup.ManifestFile))
	if err != nil {
		t.Fatal(err)
	}
	s, err := key.Sign(ident.PAE(ident.TypeBackupManifest, data))
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, backup.SignatureFile), fmt.Appendf(nil, "ocop backup-manifest %v %v\n", key.Public(), s), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// refuses restores an altered copy of a backup: it is refused, and nothing is left behind.
func refuses(t *testing.T, n *node, folder, what string, alter func(copied string)) error {
	t.Helper()
	copied := filepath.Join(t.TempDir(), "copy")
	if err := os.CopyFS(copied, os.DirFS(folder)); err != nil {
		t.Fatal(err)
	}
	alter(copied)
	before := tree(t, n.dir)
	_, err := n.restore(copied)
	if err == nil {
		t.Fatalf("%s: it is restored", what)
	}
	if after := tree(t, n.dir); after != before {
		t.Fatalf("the node's directory is\n%s\nwas\n%s", after, before)
	}
	return err
}

// TestAlteredFiles alters, cuts, lengthens, removes and replaces every file of a backup.
func TestAlteredFiles(t *testing.T) {
	w := newWorld(t, 5)
	n := w.newNode(t, w.points[3])
	folder := w.newNode(t, w.newest()).backUp()
	b, err := backup.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	names := []string{backup.ManifestFile, backup.SignatureFile}
	for _, f := range b.Manifest.Files {
		names = append(names, f.Name)
	}
	if len(names) < 9 { // with documents of epochs
		t.Fatalf("the backup has %v", names)
	}
	for _, name := range names {
		at := func(folder string) string { return filepath.Join(folder, name) }
		edit := func(change func([]byte) []byte) func(string) {
			return func(folder string) {
				data, err := os.ReadFile(at(folder))
				if err == nil {
					err = os.WriteFile(at(folder), change(data), 0o600)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
		}
		for what, alter := range map[string]func(string){
			"a bit flipped in the middle": edit(func(d []byte) []byte { d[len(d)/2] ^= 1; return d }),
			"a bit flipped at the end":    edit(func(d []byte) []byte { d[len(d)-2] ^= 1; return d }),
			"cut short":                   edit(func(d []byte) []byte { return d[:len(d)-1] }),
			"emptied":                     edit(func(d []byte) []byte { return nil }),
			"a byte longer":               edit(func(d []byte) []byte { return append(d, '\n') }),
			"missing":                     func(folder string) { os.Remove(at(folder)) },
			"a folder":                    func(folder string) { os.Remove(at(folder)); os.Mkdir(at(folder), 0o700) },
			"a link":                      func(folder string) { os.Remove(at(folder)); os.Symlink("/dev/zero", at(folder)) },
		} {
			err := refuses(t, n, folder, name+", "+what, alter)
			if e, ok := errors.AsType[*backup.Error](err); !ok || e.File != name && name != backup.ManifestFile && name != backup.SignatureFile {
				t.Errorf("%s, %s: %v", name, what, err)
			}
		}
	}
	err = refuses(t, n, folder, "a file more", func(folder string) { os.WriteFile(filepath.Join(folder, "more"), nil, 0o600) })
	if e, ok := errors.AsType[*backup.Error](err); !ok || e.File != "more" {
		t.Errorf("a file more: %v", err)
	}
}

// TestAlteredManifests alters every field, once without a new signature, once signed by a stranger, and once by the node itself, whose word is not enough.
func TestAlteredManifests(t *testing.T) {
	w := newWorld(t, 6)
	n := w.newNode(t, w.points[3])
	folder := w.newNode(t, w.points[24]).backUp()
	harmless := []string{"software", "time"} // nobody can know better than the node
	fields := 0
	var walk func(v any, path string, visit func(path string, set func(any)))
	walk = func(v any, path string, visit func(string, func(any))) {
		switch v := v.(type) {
		case map[string]any:
			for key, inner := range v {
				visit(path+key, func(x any) { v[key] = x })
				walk(inner, path+key+".", visit)
			}
		case []any:
			for i, inner := range v {
				walk(inner, fmt.Sprint(path, i, "."), visit)
			}
		}
	}
	other := func(v any) any {
		switch v := v.(type) {
		case float64:
			return v + 1
		case string:
			if len(v) == 64 {
				return strings.Repeat("ab", 32)
			}
			if at, err := time.Parse(time.RFC3339, v); err == nil {
				return at.Add(time.Hour)
			}
			return v + "x"
		}
		return nil
	}
	manifest := func() (m map[string]any) {
		data, err := os.ReadFile(filepath.Join(folder, backup.ManifestFile))
		if err == nil {
			err = json.Unmarshal(data, &m)
		}
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	var paths []string
	walk(manifest(), "", func(path string, _ func(any)) { paths = append(paths, path) })
	for _, path := range paths {
		altered := manifest()
		walk(altered, "", func(p string, set func(any)) {
			if p == path {
				set(other(valueAt(altered, path)))
			}
		})
		data, err := json.MarshalIndent(altered, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		fields++
		for signer, key := range map[string]*ident.Ed25519PrivateKey{
			"nobody": nil, "a stranger": chaintest.NodeKey(chaintest.Nobody, ident.PurposeNode), "the node": chaintest.SpareKey(ocop, ident.PurposeNode, "1"),
		} {
			if signer == "the node" && slices.Contains(harmless, path) {
				continue
			}
			err := refuses(t, n, folder, path+", signed by "+signer, func(folder string) {
				if err := os.WriteFile(filepath.Join(folder, backup.ManifestFile), data, 0o600); err != nil {
					t.Fatal(err)
				}
				if key != nil {
					reseal(t, folder, key)
				}
			})
			if !is[*backup.Error](err) && !is[*chain.Finding](err) && !errors.Is(err, chain.ErrOtherChain) && !errors.Is(err, chain.ErrNotFound) && !errors.Is(err, chain.ErrNoBoundary) {
				t.Errorf("%s, signed by %s: %v", path, signer, err)
			}
		}
	}
	if fields < 25 {
		t.Errorf("only %d fields: %v", fields, paths)
	}
	err := refuses(t, n, folder, "signed by another agency", func(folder string) { reseal(t, folder, chaintest.NodeKey(chaintest.Ministry, ident.PurposeNode)) })
	if e, ok := errors.AsType[*backup.Error](err); !ok || e.Kind != "signer" {
		t.Errorf("signed by another agency: %v", err)
	}
}

func is[T error](err error) bool {
	_, ok := errors.AsType[T](err)
	return ok
}

// valueAt finds a value by its path.
func valueAt(v any, path string) any {
	for key := range strings.SplitSeq(path, ".") {
		switch at := v.(type) {
		case map[string]any:
			v = at[key]
		case []any:
			var i int
			fmt.Sscan(key, &i)
			v = at[i]
		}
	}
	return v
}

// What makes no backup: a place that is taken, a node that runs, a damaged ledger, keys that are not the node's. Nothing is left where it should have been.
func TestNoBackup(t *testing.T) {
	w := newWorld(t, 7)
	for name, c := range map[string]struct {
		prepare func(n *node, folder string)
		want    func(error) bool
	}{
		"the folder is there": {func(n *node, folder string) { os.Mkdir(folder, 0o700) }, func(err error) bool { return errors.Is(err, fs.ErrExist) }},
		"its parent is not":   {func(n *node, folder string) { os.Remove(filepath.Dir(folder)) }, func(err error) bool { return errors.Is(err, fs.ErrNotExist) }},
		"the node runs":       {func(n *node, folder string) { w.open(t, n.data) }, func(err error) bool { return errors.Is(err, store.ErrInUse) }},
		"no ledger":           {func(n *node, folder string) { os.RemoveAll(n.data) }, func(err error) bool { return errors.Is(err, chain.ErrNoLedger) }},
		"a damaged ledger":    {func(n *node, folder string) { flipRow(t, filepath.Join(n.data, store.ChainFile), "seals", 2) }, is[*chain.Finding]},
		"another node's keys": {func(n *node, folder string) {
			os.Remove(filepath.Join(n.dir, "keys", "node.key"))
			key := chaintest.NodeKey(chaintest.Ministry, ident.PurposeNode)
			n.write("keys/node.key", fmt.Appendf(nil, "ocop node %x %s\n", key.Secret(), key.Public()))
		}, func(err error) bool { return errors.Is(err, backup.ErrNoKey) }},
	} {
		t.Run(name, func(t *testing.T) {
			n := w.newNode(t, w.newest())
			folder := filepath.Join(t.TempDir(), "parent", "backup")
			if err := os.Mkdir(filepath.Dir(folder), 0o700); err != nil {
				t.Fatal(err)
			}
			c.prepare(n, folder)
			if err := n.tryBackUp(folder); !c.want(err) {
				t.Errorf("%v", err)
			}
			left, _ := os.ReadDir(filepath.Dir(folder))
			for _, e := range left {
				inside, _ := os.ReadDir(filepath.Join(filepath.Dir(folder), e.Name()))
				if len(inside) > 0 {
					t.Errorf("left behind: %s with %d files", e.Name(), len(inside))
				}
			}
		})
	}
}
