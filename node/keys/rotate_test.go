package keys

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/ocopledger/ocop/ledger/ident"
)

// files lists the names in a directory.
func files(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func made(t *testing.T) (dir string, s *Set) {
	t.Helper()
	dir = t.TempDir()
	if _, err := Create(dir, rand.Reader, false); err != nil {
		t.Fatal(err)
	}
	s, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	return dir, s
}

func next(t *testing.T, dir string, purpose ident.Purpose) *ident.Ed25519PrivateKey {
	t.Helper()
	key, isNew, err := CreateNext(dir, rand.Reader, purpose)
	if err != nil || !isNew {
		t.Fatalf("next %v key: new %v, %v", purpose, isNew, err)
	}
	return key
}

func TestNextKeysLieBesideThePresentOnes(t *testing.T) {
	dir, s := made(t)
	cosigner, node, tls := next(t, dir, ident.PurposeCosigner), next(t, dir, ident.PurposeNode), next(t, dir, ident.PurposeTLS)
	if again, isNew, err := CreateNext(dir, rand.Reader, ident.PurposeNode); err != nil || isNew || again.Secret() != node.Secret() {
		t.Errorf("a second time: new %v, %v", isNew, err)
	}
	if s.Nodes(node.Public()) != nil || s.Cosigners(cosigner.Public()) != nil {
		t.Error("a set knows keys that it was not told of")
	}
	if err := s.LoadNext(dir); err != nil {
		t.Fatal(err)
	}
	loaded, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []*Set{s, loaded} {
		for _, c := range []struct {
			found *ident.Ed25519PrivateKey
			want  *ident.Ed25519PrivateKey
		}{
			{s.Nodes(node.Public()), node}, {s.Nodes(s.Node.Public()), s.Node}, {s.Cosigners(cosigner.Public()), cosigner}, {s.Cosigners(s.Cosigner.Public()), s.Cosigner},
			{s.TLSKeys(tls.Public()), tls}, {s.TLSKeys(s.TLS.Public()), s.TLS},
		} {
			if c.found == nil || c.found.Secret() != c.want.Secret() {
				t.Errorf("found %v, want %v", c.found, c.want)
			}
		}
		if s.Nodes(cosigner.Public()) != nil || s.Cosigners(s.Node.Public()) != nil || s.Nodes(s.TLS.Public()) != nil || s.TLSKeys(node.Public()) != nil {
			t.Error("a key is found in another use")
		}
	}
	if info, err := os.Stat(filepath.Join(dir, "node.next.key")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("next key's file: %v, %v", info, err)
	}
	for _, purpose := range []ident.Purpose{ident.PurposeLog, ident.PurposeAuthor} {
		if _, _, err := CreateNext(dir, rand.Reader, purpose); err == nil {
			t.Errorf("a next %v key is made", purpose)
		}
		if _, err := s.Promote(dir, purpose); err == nil {
			t.Errorf("a %v key is promoted", purpose)
		}
	}
}

func TestPromoteDestroysTheOldKey(t *testing.T) {
	dir, s := made(t)
	old := s.Cosigner
	if _, err := s.Promote(dir, ident.PurposeCosigner); !errors.Is(err, ErrNoNext) {
		t.Fatalf("without a next key: %v", err)
	}
	key := next(t, dir, ident.PurposeCosigner)
	if err := s.LoadNext(dir); err != nil {
		t.Fatal(err)
	}
	// Another name for the old key's file, to see what becomes of its bytes.
	witness := filepath.Join(t.TempDir(), "witness")
	if err := os.Link(filepath.Join(dir, "cosigner.key"), witness); err != nil {
		t.Skipf("no links here: %v", err)
	}
	replaced, err := s.Promote(dir, ident.PurposeCosigner)
	if err != nil || replaced != old {
		t.Fatalf("replaced %v, %v", replaced, err)
	}
	left, err := os.ReadFile(witness)
	if err != nil || len(left) == 0 || slices.ContainsFunc(left, func(b byte) bool { return b != 0 }) {
		t.Errorf("of the old key's file is left %q, %v", left, err)
	}
	if got, want := files(t, dir), []string{"cosigner.key", "node.key", "tls.key"}; !slices.Equal(got, want) {
		t.Errorf("files %v, want %v", got, want)
	}
	loaded, err := Load(dir)
	if err != nil || loaded.Cosigner.Secret() != key.Secret() || s.Cosigner.Secret() != key.Secret() || s.NextCosigner != nil || loaded.NextCosigner != nil {
		t.Errorf("after the promotion: %v, %v", loaded, err)
	}
	if s.Cosigners(old.Public()) != nil {
		t.Error("the old key is still held")
	}
	next(t, dir, ident.PurposeCosigner) // and on to the one after
}

func TestLogKeyOfANewPublisher(t *testing.T) {
	dir, s := made(t)
	key, isNew, err := CreateLog(dir, rand.Reader)
	if err != nil || !isNew || s.Log != nil {
		t.Fatalf("new %v, %v", isNew, err)
	}
	if again, isNew, err := CreateLog(dir, rand.Reader); err != nil || isNew || again.Secret() != key.Secret() {
		t.Errorf("a second time: new %v, %v", isNew, err)
	}
	if loaded, err := Load(dir); err != nil || loaded.Log == nil || loaded.Log.Secret() != key.Secret() {
		t.Errorf("loaded: %v, %v", loaded, err)
	}
}

// TLS keys are promoted like the others, each purpose by itself.
func TestPromoteOneOfSeveral(t *testing.T) {
	dir, s := made(t)
	tls, node := next(t, dir, ident.PurposeTLS), next(t, dir, ident.PurposeNode)
	if err := s.LoadNext(dir); err != nil {
		t.Fatal(err)
	}
	if !s.IsNext(ident.PurposeTLS, tls.Public()) || s.IsNext(ident.PurposeNode, tls.Public()) {
		t.Error("the next TLS key is not told from others")
	}
	old := s.TLS
	if replaced, err := s.Promote(dir, ident.PurposeTLS); err != nil || replaced != old || s.TLS.Secret() != tls.Secret() || s.NextTLS != nil {
		t.Fatalf("replaced %v, %v", replaced, err)
	}
	if s.NextNode == nil || s.NextNode.Secret() != node.Secret() || s.TLSKeys(old.Public()) != nil {
		t.Error("another key than the TLS key was promoted")
	}
	loaded, err := Load(dir)
	if err != nil || loaded.TLS.Secret() != tls.Secret() || loaded.NextTLS != nil || loaded.NextNode == nil {
		t.Errorf("after the promotion: %v, %v", loaded, err)
	}
}

// Wherever a promotion is broken off, what is found later is the next key, and the old one is gone.
func TestPromotionBrokenOff(t *testing.T) {
	for name, cut := range map[string]func(dir string) error{
		"before the next key took the place": func(dir string) error {
			return os.Rename(filepath.Join(dir, "node.key"), filepath.Join(dir, "node.old.key"))
		},
		"before the old key was destroyed": func(dir string) error {
			return errors.Join(os.Rename(filepath.Join(dir, "node.key"), filepath.Join(dir, "node.old.key")),
				os.Rename(filepath.Join(dir, "node.next.key"), filepath.Join(dir, "node.key")))
		},
		"when the old key was overwritten": func(dir string) error {
			return errors.Join(os.Rename(filepath.Join(dir, "node.next.key"), filepath.Join(dir, "node.key")),
				os.WriteFile(filepath.Join(dir, "node.old.key"), make([]byte, 100), 0o600))
		},
	} {
		dir, _ := made(t)
		key := next(t, dir, ident.PurposeNode)
		if err := cut(dir); err != nil {
			t.Fatal(err)
		}
		s, err := Load(dir)
		if err != nil || s.Node.Secret() != key.Secret() || s.NextNode != nil {
			t.Errorf("broken off %s: %v, %v", name, s, err)
		}
		if got, want := files(t, dir), []string{"cosigner.key", "node.key", "tls.key"}; !slices.Equal(got, want) {
			t.Errorf("broken off %s: files %v", name, got)
		}
	}
	// An old key whose successor is lost is not thrown away.
	dir, _ := made(t)
	if err := os.Rename(filepath.Join(dir, "node.key"), filepath.Join(dir, "node.old.key")); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without a next key: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "node.old.key")); err != nil {
		t.Errorf("the only key is gone: %v", err)
	}
}
