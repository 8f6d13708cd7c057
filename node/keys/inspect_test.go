package keys_test

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/node/keys"
)

// TestInspect: what lies there is told, and a promotion that was broken off is not finished by looking.
func TestInspect(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	set, err := keys.Create(dir, rand.Reader, false)
	if err != nil {
		t.Fatal(err)
	}
	next, _, err := keys.CreateNext(dir, rand.Reader, ident.PurposeCosigner)
	if err != nil {
		t.Fatal(err)
	}
	found := keys.Inspect(dir)
	if len(found.Problems) != 0 || found.Open || len(found.Left) != 0 || len(found.Held) != 3 || found.TLS == nil || found.TLS.Public() != set.TLS.Public() {
		t.Errorf("%+v", found)
	}
	if n, ok := found.Next[ident.PurposeCosigner]; !ok || len(found.Next) != 1 || n.Public != next.Public() || n.Made.IsZero() {
		t.Errorf("next keys %+v", found.Next)
	}

	if err := os.Rename(filepath.Join(dir, "cosigner.key"), filepath.Join(dir, "cosigner.old.key")); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Chmod(dir, 0o755), os.Chmod(filepath.Join(dir, "tls.key"), 0o644), os.WriteFile(filepath.Join(dir, "node.key"), []byte("ocop"), 0o600)); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second look finds what the first found
		found = keys.Inspect(dir)
		joined := errors.Join(found.Problems...)
		if !found.Open || len(found.Left) != 1 || found.Left[0] != "cosigner.old.key" || found.TLS != nil || len(found.Held) != 0 || len(found.Problems) != 3 ||
			!errors.Is(joined, keys.ErrOpen) || !errors.Is(joined, keys.ErrMalformed) || !errors.Is(joined, fs.ErrNotExist) {
			t.Errorf("%+v", found)
		}
	}
}
