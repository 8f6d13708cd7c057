package witness

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/merkle"
)

const origin = "log.example/test"

func key(t *testing.T, seed byte) *ident.Ed25519PrivateKey {
	t.Helper()
	k, err := ident.NewEd25519PrivateKey(bytes.Repeat([]byte{seed}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// submission is a request about the first leaves of a history, which the log has signed.
func submission(t *testing.T, log *ident.Ed25519PrivateKey, origin, history string, old, size int) []byte {
	t.Helper()
	var leaves []ledger.Hash
	for i := range size {
		leaves = append(leaves, merkle.Log.Leaf(fmt.Append(nil, history, i)))
	}
	tree := checkpoint.Tree{Origin: origin, Size: uint64(size), Root: merkle.Log.Root(leaves)}
	signer, err := ident.NewLogSigner(origin, log)
	if err != nil {
		t.Fatal(err)
	}
	signature, err := signer.Sign(tree.Text())
	if err != nil {
		t.Fatal(err)
	}
	whole := merkle.NewTree(merkle.Log)
	for _, leaf := range leaves {
		whole.Append(leaf)
	}
	proof, err := merkle.Log.ProveConsistency(whole, uint64(min(old, size)), uint64(size))
	if err != nil {
		t.Fatal(err)
	}
	b := fmt.Appendf(nil, "old %d\n", old)
	for _, h := range proof {
		b = append(base64.StdEncoding.AppendEncode(b, h[:]), '\n')
	}
	head := checkpoint.Signed{Tree: tree, Lines: []checkpoint.Line{{Name: signer.Name(), ID: signer.KeyHash(), Signature: signature}}}
	return head.Append(append(b, '\n'))
}

// TestWitness: it cosigns one history and nothing else, also after it was started anew.
func TestWitness(t *testing.T) {
	dir, log := t.TempDir(), key(t, 1)
	now := func() time.Time { return time.Unix(1_700_000_000, 0) }
	var w *Witness
	start := func() {
		w = New(t, dir, "witness.example", key(t, 2), now)
		w.Trust(ident.VKey{Name: origin, Type: ident.NoteLog, Key: log.Public()})
	}
	start()
	for _, step := range []struct {
		what      string
		body      []byte
		status    int
		remembers uint64
	}{
		{"the first head", submission(t, log, origin, "one", 0, 3), 200, 3},
		{"a larger one", submission(t, log, origin, "one", 3, 8), 200, 8},
		{"the same again", submission(t, log, origin, "one", 8, 8), 200, 8},
		{"a size it does not know", submission(t, log, origin, "one", 3, 9), 409, 8},
		{"a smaller one", submission(t, log, origin, "one", 8, 7), 400, 8},
		{"another history", submission(t, log, origin, "another", 8, 9), 422, 8},
		{"another history of the same size", submission(t, log, origin, "another", 8, 8), 422, 8},
		{"another key", submission(t, key(t, 3), origin, "one", 8, 9), 403, 8},
		{"another log", submission(t, log, "log.example/other", "one", 8, 9), 404, 8},
		{"no request", []byte("hello"), 400, 8},
		{"a leading zero", []byte("old 08\n\n"), 400, 8},
		{"too much", bytes.Repeat([]byte{'a'}, 11<<10), 400, 8},
		{"a larger one", submission(t, log, origin, "one", 8, 20), 200, 20},
	} {
		start() // all it knows is on disk
		a := httptest.NewRecorder()
		w.ServeHTTP(a, httptest.NewRequest(http.MethodPost, "/any/add-checkpoint", bytes.NewReader(step.body)))
		if a.Code != step.status || w.Tree().Size != step.remembers {
			t.Errorf("%s: status %d, want %d; it remembers %d leaves, want %d", step.what, a.Code, step.status, w.Tree().Size, step.remembers)
		}
		if signed := strings.Contains(a.Body.String(), "— witness.example "); signed != (step.status == http.StatusOK) {
			t.Errorf("%s: cosigned is %v", step.what, signed)
		}
		if conflict := a.Header().Get("Content-Type") == "text/x.tlog.size" && a.Body.String() == "8\n"; conflict != (step.status == http.StatusConflict) {
			t.Errorf("%s: %q", step.what, a.Body)
		}
	}
}
