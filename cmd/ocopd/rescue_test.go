package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/ocopledger/ocop/ledger/store"
	"github.com/ocopledger/ocop/node"
	"github.com/ocopledger/ocop/node/backup"
	"github.com/ocopledger/ocop/node/cosign"
)

// runOnly runs some of the nodes.
func (n *network) runOnly(which ...int) *running {
	ctx, stop := context.WithCancel(context.Background())
	r := &running{network: n, stop: stop, ended: make([]chan result, 3)}
	for _, i := range which {
		ended := make(chan result, 1)
		go func() { ended <- n.doIn(ctx, "run", "--dir", n.node(i), "--json") }()
		r.ended[i] = ended
	}
	n.t.Cleanup(stop)
	return r
}

// closeOnly stops those that run.
func (r *running) closeOnly() {
	r.t.Helper()
	r.stop()
	for i, ended := range r.ended {
		if ended == nil {
			continue
		}
		if end := <-ended; end.code != exitOK {
			r.t.Errorf("node %d: exit code %d\n%s%s", i, end.code, end.out, end.err)
		}
	}
}

// certifiedPatience is far more than any machine needs to certify a head.
const certifiedPatience = 2 * time.Minute

// certified waits until a node has a certified head of all that it has applied.
func (r *running) certified(i int) (s node.Status) {
	r.t.Helper()
	patience := time.After(certifiedPatience)
	for {
		if s = r.status(i); s.Cosign.Size == s.Size {
			return s
		}
		select {
		case end := <-r.ended[i]:
			r.t.Fatalf("node %d has ended: %d\n%s%s", i, end.code, end.out, end.err)
		case <-patience:
			r.t.Fatalf("node %d does not get its head certified: %+v", i, s)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// order posts to a node's operator door.
func (r *running) order(i int, kind, body string) (status int, refused backup.Refused) {
	r.t.Helper()
	a, err := http.Post("http://"+r.address(i, 2)+backup.OrderPath, kind, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	defer a.Body.Close()
	if err := json.NewDecoder(a.Body).Decode(&refused); err != nil {
		r.t.Fatal(err)
	}
	return a.StatusCode, refused
}

// TestBackupRestoreRepair goes all the way on a network of three: a backup of a running node, its rehearsal, what a restore refuses, a restore on a new machine, and
// a repair from a node that runs.
func TestBackupRestoreRepair(t *testing.T) {
	n := newNetwork(t)
	r := n.run()
	for i := range 3 {
		r.status(i)
		r.register(i, (i+1)%3)
	}
	r.certified(2)
	folder := n.path("backup")
	made := read[backupMade](t, n.must("backup", "--dir", n.node(2), "--to", folder, "--json"))
	if !made.Online || made.Folder != folder || made.Manifest.Agency != 3 || made.Manifest.Chain.String() != n.chain || made.Manifest.Certified == nil || made.Notice == "" {
		t.Errorf("%+v", made)
	}
	if err := os.CopyFS(n.path("stray"), os.DirFS(n.node(1))); err != nil {
		t.Fatal(err)
	}
	settings, err := os.ReadFile(n.path("node1", "config.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	n.write("stray/config.yaml", strings.Replace(string(settings), n.address(1, 2), n.address(2, 2), 1))
	if stray := n.do("backup", "--dir", n.path("stray"), "--to", n.path("elsewhere")); stray.code != exitInput || !strings.Contains(stray.err, "agency 3") {
		t.Errorf("through another node's door: %+v", stray)
	}
	if again := n.do("backup", "--dir", n.node(2), "--to", folder); again.code != exitExists {
		t.Errorf("to a folder that is there: %+v", again)
	}
	for _, c := range []struct {
		kind, body string
		want       int
	}{
		{"text/plain", `{"to":"` + n.path("x") + `"}`, http.StatusUnsupportedMediaType}, // what a web page could send
		{"application/json", `{"to":"x"}`, http.StatusBadRequest},
		{"application/json", `{"to":"` + n.path("x", "..", "y") + `/"}`, http.StatusBadRequest},
		{"application/json", `{"to":"` + n.path("node2", "data", "x") + `"}`, http.StatusBadRequest},
		{"application/json", `{"to":"` + n.path("node2", "keys") + `"}`, http.StatusBadRequest},
		{"application/json", `{"folder":"x"}`, http.StatusBadRequest},
		{"application/json", `hello`, http.StatusBadRequest},
		{"application/json", `{"to":"` + n.path("none", "x") + `"}`, http.StatusInternalServerError},
	} {
		if status, refused := r.order(2, c.kind, c.body); status != c.want || refused.Reason.Vietnamese == "" || refused.Reason.English == "" {
			t.Errorf("%s %s: %d, %+v", c.kind, c.body, status, refused)
		}
	}

	before := readTree(t, folder)
	rehearsed := read[restoredReport](t, n.must("restore", "--from", folder, "--dir", n.node(2), "--rehearse", n.path("scratch"), "--json"))
	if !rehearsed.Rehearsal || rehearsed.Records != 3 || rehearsed.Certified == nil || len(rehearsed.Certified.Agencies) < 2 || rehearsed.Root != made.Manifest.Root.String() {
		t.Errorf("%+v", rehearsed)
	}
	if text := n.must("restore", "--from", folder, "--dir", n.node(2), "--rehearse", n.path("scratch2")).out; !strings.Contains(text, "Every signature, rule and state is right.") {
		t.Error(text)
	}
	if busy := n.do("restore", "--from", folder, "--dir", n.node(2)); busy.code != exitInUse {
		t.Errorf("restore of a running node: %+v", busy)
	}
	if busy := n.do("repair", "--from", "http://"+n.public(0), "--dir", n.node(2)); busy.code != exitInUse {
		t.Errorf("repair of a running node: %+v", busy)
	}
	n.registerMore(r, 4) // the node signs what the backup has not
	newest := r.certified(2)
	r.certified(0) // who publishes: with one node down, another that starts anew may certify nothing more
	r.closeOnly()
	if readTree(t, folder) != before {
		t.Error("the backup has changed")
	}

	refused := n.do("restore", "--from", folder, "--dir", n.node(2))
	if refused.code != exitExists || !strings.Contains(refused.err, fmt.Sprint(made.Manifest.Size)) || !strings.Contains(refused.err, "ocopd repair") {
		t.Errorf("behind what was signed: %+v", refused)
	}
	if vi := n.do("restore", "--lang", "vi", "--from", folder, "--dir", n.node(2)); vi.code != exitExists || !strings.Contains(vi.err, "nút này đã đồng ký") {
		t.Errorf("behind what was signed: %+v", vi)
	}
	n.newMachine(t, folder, made.Manifest)
	n.repairFromNode(t, newest.Size)
}

// registerMore submits records until a node's ledger has grown by so many blocks.
func (n *network) registerMore(r *running, blocks int) {
	for i := range blocks {
		r.registerAs(i%3, i%3, uint64(10+i))
	}
}

// newMachine restores a backup where nothing is but the keys, of which the network's nodes know.
func (n *network) newMachine(t *testing.T, folder string, m *backup.Manifest) {
	t.Helper()
	if err := os.CopyFS(n.path("new", "keys"), os.DirFS(n.path("node2", "keys"))); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(n.path("new", "keys"), 0o700); err != nil {
		t.Fatal(err)
	}
	if bad := n.do("restore", "--from", folder, "--dir", n.path("new")); bad.code != exitInput {
		t.Errorf("without a chain id: %+v", bad)
	}
	if bad := n.do("restore", "--from", folder, "--dir", n.path("new"), "--chain-id", strings.Repeat("ab", 32)); bad.code != exitInput {
		t.Errorf("of another ledger: %+v", bad)
	}
	report := read[restoredReport](t, n.must("restore", "--from", folder, "--dir", n.path("new"), "--chain-id", n.chain, "--json"))
	if report.Rehearsal || report.SlotFile || len(report.Made) != 2 || report.Size != m.Size {
		t.Errorf("%+v", report)
	}
	if check := read[checkReport](t, n.must("check", "--dir", n.path("new"), "--json")); !check.OK || check.Size != m.Size {
		t.Errorf("%+v", check)
	}
	if mark, err := backup.ReadMark(n.path("new", "data")); err != nil || mark.Size != m.Size {
		t.Errorf("%+v, %v", mark, err)
	}
	if _, err := os.Stat(n.path("new", cosign.SlotFile)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a slot file came along: %v", err)
	}
}

// repairFromNode damages a node's ledger, and mends it from another node that runs; then it takes part again.
func (n *network) repairFromNode(t *testing.T, size uint64) {
	t.Helper()
	r := n.runOnly(0, 1)
	r.status(0)
	garbleFirstChunk(t, n.path("node2", "data", store.ChainFile))
	check := read[checkReport](t, n.do("check", "--dir", n.node(2), "--json"))
	if check.OK || len(check.Findings) == 0 {
		t.Fatalf("%+v", check)
	}
	from := "http://" + n.public(0)
	dry := read[repairedReport](t, n.must("repair", "--dir", n.node(2), "--from", from, "--dry-run", "--json"))
	text := n.must("repair", "--dir", n.node(2), "--from", from, "--dry-run").out
	done := read[repairedReport](t, n.must("repair", "--dir", n.node(2), "--from", from, "--json"))
	if !dry.DryRun || done.DryRun || len(done.Fetched) == 0 || done.Size < size || done.Certified == nil || len(done.Findings) == 0 || len(done.Aside) != 2 {
		t.Errorf("%+v", done)
	}
	if !strings.Contains(text, check.Findings[0].English) || !strings.Contains(text, "Nothing was replaced (--dry-run)") {
		t.Error(text)
	}
	again := read[repairedReport](t, n.must("repair", "--dir", n.node(2), "--from", from, "--json"))
	if !again.Nothing && len(again.Findings) > 0 {
		t.Errorf("once more: %+v", again)
	}
	n.must("check", "--dir", n.node(2))
	r.closeOnly()
	r = n.run()
	n.takesPart(r)
	r.closeOnly()
	n.must("check", "--dir", n.node(2))
}

// garbleFirstChunk makes some bytes of an early leaf unreadable.
func garbleFirstChunk(t *testing.T, file string) {
	t.Helper()
	db, err := bolt.Open(file, 0o600, &bolt.Options{Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bolt.Tx) error {
		b := tx.Bucket([]byte("leaves"))
		key, row := b.Cursor().First()
		row = bytes.Clone(row)
		for i := len(row) / 2; i < len(row)/2+20; i++ {
			row[i] ^= 0x5a
		}
		return b.Put(bytes.Clone(key), row)
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}

// takesPart has the mended node take a record, and come to the others' head.
func (n *network) takesPart(r *running) {
	n.t.Helper()
	r.status(2)
	r.registerAs(2, 2, 77)
	want := r.certified(0).Size
	for patience := time.Now().Add(certifiedPatience); r.certified(2).Size < want; {
		if time.Now().After(patience) {
			r.t.Fatalf("the mended node has %d leaves of %d", r.certified(2).Size, want)
		}
	}
}

// readTree is every file below a folder.
func readTree(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			fmt.Fprintln(&b, path)
			return err
		}
		data, err := os.ReadFile(path)
		fmt.Fprintf(&b, "%s %d %x\n", path, len(data), data[:min(len(data), 1<<16)])
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}
