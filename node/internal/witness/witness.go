// Package witness is an outside witness for tests, as c2sp.org/tlog-witness describes it: it cosigns what follows from what it cosigned before, and remembers
// that on disk before it answers.
package witness

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/merkle"
)

// maxRequest is what common witnesses take, in bytes.
const maxRequest = 10 << 10

// Witness answers under any submission prefix.
type Witness struct {
	tb   testing.TB
	mine *ident.Cosigner
	file string // the newest tree it cosigned
	now  func() time.Time

	mu    sync.Mutex
	log   ident.VKey
	down  bool
	asked map[string]int // by path
}

// New makes a witness that trusts no log yet and keeps its state in a folder. One in the folder of another goes on where that one was.
func New(tb testing.TB, dir, name string, key *ident.Ed25519PrivateKey, now func() time.Time) *Witness {
	tb.Helper()
	mine, err := ident.NewCosigner(name, key)
	if err != nil {
		tb.Fatal(err)
	}
	return &Witness{tb: tb, mine: mine, file: filepath.Join(dir, "checkpoint"), now: now, asked: make(map[string]int)}
}

// Key is what a policy pins.
func (w *Witness) Key() ident.VKey { return w.mine.VKey() }

// Trust makes it take checkpoints of a log.
func (w *Witness) Trust(log ident.VKey) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.log = log
}

// Down makes it answer nothing but that it is down, or ends that.
func (w *Witness) Down(down bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.down = down
}

// Asked is how often it was asked at a path of its own; empty: anywhere.
func (w *Witness) Asked(path string) (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for at, times := range w.asked {
		if path == "" || at == path {
			n += times
		}
	}
	return n
}

// Tree is the newest tree that it has cosigned.
func (w *Witness) Tree() (tree checkpoint.Tree) {
	text, err := os.ReadFile(w.file)
	if errors.Is(err, fs.ErrNotExist) {
		return checkpoint.Tree{Root: merkle.EmptyRoot()}
	}
	if err == nil {
		tree, err = checkpoint.ParseTree(text)
	}
	if err != nil {
		w.tb.Error(err)
	}
	return tree
}

// ServeHTTP answers add-checkpoint.
func (w *Witness) ServeHTTP(a http.ResponseWriter, q *http.Request) {
	w.mu.Lock() // comparing with what is known, and remembering, are one step
	defer w.mu.Unlock()
	w.asked[q.URL.Path]++
	if w.down {
		http.Error(a, "down", http.StatusServiceUnavailable)
		return
	}
	body, err := io.ReadAll(io.LimitReader(q.Body, maxRequest+1))
	if err != nil || len(body) > maxRequest || q.Method != http.MethodPost || !strings.HasSuffix(q.URL.Path, "/add-checkpoint") {
		http.Error(a, "not add-checkpoint", http.StatusBadRequest)
		return
	}
	r, err := parse(body)
	if err != nil {
		http.Error(a, err.Error(), http.StatusBadRequest)
		return
	}
	known := w.Tree()
	if status := w.judge(r, known); status != http.StatusOK {
		if status == http.StatusConflict {
			a.Header().Set("Content-Type", "text/x.tlog.size")
		}
		a.WriteHeader(status)
		fmt.Fprintf(a, "%d\n", known.Size)
		return
	}
	tree := r.head.Tree
	if err := w.remember(tree); err != nil {
		w.tb.Error(err)
		return
	}
	made, err := w.mine.Cosign(tree.Text(), uint64(w.now().Unix()))
	if err != nil {
		w.tb.Error(err)
	}
	stranger := checkpoint.Line{Name: "stranger.example", ID: 7, Signature: bytes.Repeat([]byte{1}, ident.CosignatureSize)}
	out := (&checkpoint.Signed{Tree: tree, Lines: []checkpoint.Line{stranger, checkpoint.CosignatureLine(w.mine.VKey(), made)}}).Append(nil)
	a.Write(out[len(tree.Text())+1:])
}

// judge decides in the order of the standard, whose words stand beside each answer.
func (w *Witness) judge(r *request, known checkpoint.Tree) int {
	tree := r.head.Tree
	if tree.Origin != w.log.Name { // "If the checkpoint origin is unknown"
		return http.StatusNotFound
	}
	if line, ok := r.head.Line(w.log.Name, w.log.ID()); !ok || !w.log.Verifier().Verify(tree.Text(), line.Signature) { // "MUST verify the checkpoint signature"
		return http.StatusForbidden
	}
	if r.old > tree.Size { // "The old size MUST be equal to or lower than the checkpoint size"
		return http.StatusBadRequest
	}
	if r.old != known.Size { // "MUST check that the old size matches the size of the latest checkpoint it cosigned"
		return http.StatusConflict
	}
	if merkle.Log.CheckConsistency(r.proof, r.old, known.Root, tree.Size, tree.Root) != nil { // "or if a Merkle Consistency Proof doesn't verify"
		return http.StatusUnprocessableEntity
	}
	return http.StatusOK
}

// remember has the tree on disk when it returns: "The witness MUST persist the new checkpoint before responding."
func (w *Witness) remember(tree checkpoint.Tree) error {
	next := w.file + ".new"
	f, err := os.Create(next)
	if err != nil {
		return err
	}
	_, err = f.Write(tree.Text())
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(next, w.file)
}

// request is a submission.
type request struct {
	old   uint64
	proof []ledger.Hash
	head  *checkpoint.Signed
}

func parse(body []byte) (r *request, err error) {
	first, rest, ok := bytes.Cut(body, []byte("\n\n"))
	lines := strings.Split(string(first), "\n")
	old, isOld := strings.CutPrefix(lines[0], "old ")
	r = new(request)
	if r.old, err = strconv.ParseUint(old, 10, 64); err != nil || !ok || !isOld || strconv.FormatUint(r.old, 10) != old {
		return nil, fmt.Errorf("no old size: %q, %w", lines[0], err)
	}
	for _, line := range lines[1:] {
		hash, err := base64.StdEncoding.DecodeString(line)
		if err != nil || len(hash) != len(ledger.Hash{}) || len(r.proof) == 63 {
			return nil, fmt.Errorf("%q is no hash, or one too many", line)
		}
		r.proof = append(r.proof, ledger.Hash(hash))
	}
	r.head, err = checkpoint.Parse(rest)
	return r, err
}
