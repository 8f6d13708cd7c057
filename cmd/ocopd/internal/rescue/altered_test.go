package rescue_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/chain/chaintest"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/node/backup"
)

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
