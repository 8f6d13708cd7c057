package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	bolt "go.etcd.io/bbolt"

	"github.com/ocopledger/ocop/cmd/ocopd/internal/ceremony"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/ident"
)

// codes are what was found, with the agency behind a blank when it is about one.
func (d *diagnosis) codes() (list []string) {
	for _, x := range d.Findings {
		if x.Agency != 0 {
			x.Code += " " + x.Agency.String()
		}
		list = append(list, x.Code)
	}
	return list
}

// ofTests are findings that every network of these tests has: it hurries, is on one machine, and may run as root.
var ofTests = []string{"settings.heartbeat", "host.shared", "machine.root"}

// beside are the findings that only this test's trouble explains.
func (d *diagnosis) beside() []string {
	return slices.DeleteFunc(d.codes(), func(code string) bool { return slices.Contains(ofTests, code) })
}

func (d *diagnosis) has(codes ...string) bool {
	all := d.codes()
	return !slices.ContainsFunc(codes, func(code string) bool { return !slices.Contains(all, code) })
}

// says is the first sentence of a finding, in English.
func (d *diagnosis) says(code string) string {
	for _, x := range d.Findings {
		if x.Code == code {
			return x.What.English
		}
	}
	return ""
}

// diagnose runs the doctor on a node's directory, which must not change by that.
func (n *network) diagnose(i int, args ...string) diagnosis {
	n.t.Helper()
	r := n.do(append([]string{"doctor", "--json", "--wait", "1s", "--dir", n.node(i)}, args...)...)
	d := read[diagnosis](n.t, r)
	want := exitOK
	if len(d.Findings) > 0 {
		want = map[string]int{"critical": exitCritical, "warning": exitWarning, "note": exitOK}[d.Findings[0].Gravity]
	}
	if r.code != want {
		n.t.Errorf("exit code %d for %v", r.code, d.codes())
	}
	return d
}

func TestDoctorUsage(t *testing.T) {
	m := newMachine(t)
	for name, args := range map[string][]string{
		"neither": {}, "both": {"--dir", m.dir, "--network", "--node", "127.0.0.1:1"}, "no node": {"--network"}, "node without network": {"--dir", m.dir, "--node", "127.0.0.1:1"},
		"backups from outside": {"--network", "--node", "127.0.0.1:1", "--backups", m.dir}, "no time": {"--dir", m.dir, "--wait", "0s"}, "argument": {"--dir", m.dir, "more"},
	} {
		if r := m.do(append([]string{"doctor"}, args...)...); r.code != exitUsage || r.out != "" {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

// TestDoctorOfADirectory: everything about a stopped node, without a network, and without changing a byte.
func TestDoctorOfADirectory(t *testing.T) {
	n := newNetwork(t)
	before := n.snapshot()
	d := n.diagnose(0)
	if d.Looked != "stopped" || d.Notice != ceremony.SampleNotice || d.Agency != 1 || !d.has("files.none", "node.stopped", "quorum.lost", "peer.refused 2", "peer.refused 3") {
		t.Errorf("a node that never ran: %+v", d)
	}
	if n.snapshot() != before {
		t.Error("the doctor changed something")
	}
	text := n.do("doctor", "--dir", n.node(0), "--wait", "1s", "--lang", "vi")
	for _, want := range []string{ceremony.SampleNotice + "\n", "Nút của cơ quan 1", "NGHIÊM TRỌNG  quorum.lost\n", "từ chối kết nối", "      ocopd run --dir " + n.node(0) + "\n"} {
		if !strings.Contains(text.out, want) {
			t.Errorf("%q is not in\n%s", want, text.out)
		}
	}
	if text.err != "" || text.code != exitCritical {
		t.Errorf("%+v", text)
	}
}

// TestDoctorOfBadInput: what a node would not start with is named, each with its place.
func TestDoctorOfBadInput(t *testing.T) {
	n := newNetwork(t)
	config := n.path("node0", "config.yaml")
	file := func(path string) string {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	for name, c := range map[string]struct {
		change func() error
		undo   func() error
		want   []string
		say    string
	}{
		"a setting": {
			func() error {
				return os.WriteFile(config, []byte(strings.Replace(file(config), "heartbeat: 400ms", "heartbeat: 1h", 1)), 0o600)
			},
			func() error {
				return os.WriteFile(config, []byte(strings.Replace(file(config), "heartbeat: 1h", "heartbeat: 400ms", 1)), 0o600)
			},
			[]string{"config.broken"}, "raft.heartbeat: 1h0m0s is not in",
		},
		"genesis": {
			func() error { return os.Rename(n.path("node0", "genesis"), n.path("aside")) },
			func() error { return os.Rename(n.path("aside"), n.path("node0", "genesis")) },
			[]string{"genesis.broken"}, "genesis",
		},
		"a key that others can read": {
			func() error { return os.Chmod(n.path("node0", "keys", "tls.key"), 0o644) },
			func() error { return os.Chmod(n.path("node0", "keys", "tls.key"), 0o600) },
			[]string{"keys.broken"}, "mode 0644",
		},
		"a key that is gone": {
			func() error { return os.Rename(n.path("node0", "keys", "node.key"), n.path("aside")) },
			func() error { return os.Rename(n.path("aside"), n.path("node0", "keys", "node.key")) },
			[]string{"keys.broken"}, "node.key",
		},
		"the keys of another agency": {
			func() error { return swap(n.path("node0", "keys"), n.path("node1", "keys")) },
			func() error { return swap(n.path("node0", "keys"), n.path("node1", "keys")) },
			[]string{"keys.unnamed"}, "node, cosigner, tls",
		},
		"a directory of keys open to all": {
			func() error { return os.Chmod(n.path("node0", "keys"), 0o755) },
			func() error { return os.Chmod(n.path("node0", "keys"), 0o700) },
			[]string{"keys.open"}, "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if err := c.change(); err != nil {
				t.Fatal(err)
			}
			d := n.diagnose(0)
			if !d.has(c.want...) || !strings.Contains(d.says(c.want[0]), c.say) {
				t.Errorf("found %v: %s", d.codes(), d.says(c.want[0]))
			}
			if err := c.undo(); err != nil {
				t.Fatal(err)
			}
			if d := n.diagnose(0); d.has(c.want[0]) {
				t.Error("found when it was mended, too")
			}
		})
	}
}

func swap(a, b string) error {
	return errors.Join(os.Rename(a, a+".aside"), os.Rename(b, a), os.Rename(a+".aside", b))
}

// TestDoctorOfDamage: damage that a start would meet is found without deriving anything, and nothing is written.
func TestDoctorOfDamage(t *testing.T) {
	n := newNetwork(t)
	r := n.run()
	for i := range 3 {
		r.status(i)
		r.register(i, i)
	}
	for _, end := range r.close() {
		if end.code != exitOK {
			t.Fatalf("%+v", end)
		}
	}
	data := n.path("node0", "data")
	whole := n.path("whole")
	if err := copyTree(whole, n.node(0)); err != nil {
		t.Fatal(err)
	}
	if d := n.diagnose(0); !slices.Equal(d.beside(), []string{"node.stopped", "quorum.lost", "peer.refused 2", "peer.refused 3"}) {
		t.Errorf("a sound directory: %v", d.codes())
	}
	for i, c := range []struct {
		name   string
		change func() error
		want   string
	}{
		{"chain.db cut", func() error { return os.Truncate(filepath.Join(data, "chain.db"), 20_000) }, "files.chain-damaged"},
		{"chain.db gone", func() error { return os.Remove(filepath.Join(data, "chain.db")) }, "files.chain-missing"},
		{"a flipped bit in the head", func() error { flipRow(t, filepath.Join(data, "chain.db"), "meta", 2); return nil }, "files.chain-damaged"},
		{"index.db scribbled over", func() error { return scribble(filepath.Join(data, "index.db"), 0) }, "files.index-damaged"},
		{"index.db gone", func() error { return os.Remove(filepath.Join(data, "index.db")) }, "files.index-missing"},
		{"heads.db scribbled over", func() error { return scribble(filepath.Join(data, "heads.db"), 0) }, "files.heads-damaged"},
		{"raft.db scribbled over", func() error { return scribble(filepath.Join(data, "raft.db"), 0) }, "files.raft-damaged"},
		{"raft.db with damaged pages", func() error { return scribble(filepath.Join(data, "raft.db"), 8192) }, "files.raft-damaged"},
		{"raft.db cut", func() error { return os.Truncate(filepath.Join(data, "raft.db"), 9000) }, "files.raft-damaged"},
		{"raft.db gone", func() error { return os.Remove(filepath.Join(data, "raft.db")) }, "files.raft-missing"},
		{"the slot gone", func() error { return os.Remove(n.path("node0", "cosigner.slot")) }, "files.slot"},
		{"the slot scribbled over", func() error { return scribble(n.path("node0", "cosigner.slot"), 4096) }, "files.slot"},
		{"an older chain.db", func() error { return older(t, n, filepath.Join(data, "chain.db")) }, "files.slot-ahead"},
		{"restored", func() error {
			return errors.Join(os.Remove(filepath.Join(data, "raft.db")), os.WriteFile(filepath.Join(data, "restored"), []byte("height 3\n"), 0o600))
		}, "files.restored"},
		{"a raft.db of newer software", func() error { return newerRaft(filepath.Join(data, "raft.db")) }, "files.other"},
		{"the genesis of another network", func() error { return os.WriteFile(n.path("node0", "genesis"), otherGenesis(t), 0o600) }, "files.other"},
	} {
		if testing.Short() && i%4 != 0 { // whatever is damaged, the same things run beside each other
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			defer func() {
				if err := errors.Join(os.RemoveAll(n.node(0)), copyTree(n.node(0), whole)); err != nil {
					t.Fatal(err)
				}
			}()
			if err := c.change(); err != nil {
				t.Fatal(err)
			}
			before := n.snapshot()
			if d := n.diagnose(0); !d.has(c.want) {
				t.Errorf("found %v", d.codes())
			}
			if n.snapshot() != before {
				t.Error("the doctor changed something")
			}
		})
	}
}

// copyTree copies a directory with its permissions, which keys have to have.
func copyTree(to, from string) error {
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		return err
	}
	return filepath.WalkDir(from, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		rest, err := filepath.Rel(from, path)
		return errors.Join(err, os.Chmod(filepath.Join(to, rest), info.Mode().Perm()))
	})
}

// scribble writes nonsense over a file from a place on, to its end.
func scribble(path string, from int) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	for i := from; i < len(data); i++ {
		data[i] = byte(i*7 + 1)
	}
	return os.WriteFile(path, data, 0o600)
}

// older puts a chain.db in place that is as the ledger began.
func older(t *testing.T, n *network, path string) error {
	t.Helper()
	file, err := os.ReadFile(n.path("genesis"))
	if err != nil {
		return err
	}
	pool, err := ident.NewPool(1, 16)
	if err != nil {
		return err
	}
	defer pool.Close()
	dir := t.TempDir()
	l, err := chain.Open(t.Context(), chain.Options{Dir: dir, Genesis: file, Verifier: pool})
	if err != nil {
		return err
	}
	if err := l.Close(); err != nil {
		return err
	}
	data, err := os.ReadFile(filepath.Join(dir, "chain.db"))
	return errors.Join(err, os.WriteFile(path, data, 0o600))
}

// newerRaft marks a raft.db as of a format that nobody knows yet.
func newerRaft(path string) error {
	db, err := bolt.Open(path, 0o600, nil)
	if err != nil {
		return err
	}
	err = db.Update(func(tx *bolt.Tx) error { return tx.Bucket([]byte("meta")).Put([]byte("format"), []byte{99}) })
	return errors.Join(err, db.Close())
}

func otherGenesis(t *testing.T) []byte {
	t.Helper()
	data, err := os.ReadFile(newNetwork(t).path("genesis"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestDoctorOfBackups: a folder of backups is looked at when the operator names it.
func TestDoctorOfBackups(t *testing.T) {
	n := newNetwork(t)
	if err := os.MkdirAll(n.path("backups", "1"), 0o700); err != nil {
		t.Fatal(err)
	}
	if d := n.diagnose(0, "--backups", n.path("backups")); !d.has("backup.none") {
		t.Errorf("an empty folder: %v", d.codes())
	}
	n.write("backups/1/manifest", "")
	if d := n.diagnose(0, "--backups", n.path("backups")); d.has("backup.none") || d.has("backup.old") || d.has("backup.keys") {
		t.Errorf("a new backup: %v", d.codes())
	}
	n.write("backups/1/node.key", "")
	if d := n.diagnose(0, "--backups", n.path("backups")); !d.has("backup.keys") {
		t.Errorf("a backup with keys: %v", d.codes())
	}
	if _, err := os.Stat(n.path("nowhere")); !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	if d := n.diagnose(0, "--backups", n.path("nowhere")); !d.has("backup.none") {
		t.Errorf("no folder: %v", d.codes())
	}
}

// TestDoctorThroughASocket: the operator's door may be a socket; one that everybody can use is told of.
func TestDoctorThroughASocket(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("sockets have no permissions there")
	}
	n := newNetwork(t)
	room, err := os.MkdirTemp("", "door") // a socket's path has to be short
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(room)
	config, err := os.ReadFile(n.path("node0", "config.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	n.write("node0/config.yaml", strings.Replace(string(config), n.address(0, 2), "unix:"+filepath.Join(room, "door"), 1))
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan result, 1)
	go func() { ended <- n.doIn(ctx, "run", "--dir", n.node(0)) }()
	var d diagnosis
	for d.Looked != "live" {
		select {
		case end := <-ended:
			t.Fatalf("%+v", end)
		default:
			d = n.diagnose(0)
		}
	}
	if d.has("settings.socket-open") {
		t.Error("a socket in a directory of its owner is open to all")
	}
	if err := errors.Join(os.Chmod(room, 0o755), os.Chmod(filepath.Join(room, "door"), 0o777)); err != nil {
		t.Fatal(err)
	}
	if d := n.diagnose(0); d.Looked != "live" || !d.has("settings.socket-open") {
		t.Errorf("a socket for all: %s %v", d.Looked, d.codes())
	}
	stop()
	<-ended
}

func agenciesOf(list []diagnosedPeer) (all []ledger.AccountID) {
	for _, p := range list {
		all = append(all, p.Agency)
	}
	return all
}
