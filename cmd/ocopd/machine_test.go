package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ocopledger/ocop/cmd/internal/password"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/ident/keystore"
)

// machine is a machine that commands run on, with a directory of its own.
type machine struct {
	t   testing.TB
	dir string
	env map[string]string
	now func() time.Time

	terminal bool
	derived  string // name of files that snapshots leave out: what they hold is elsewhere, and who opens a ledger writes them
}

func newMachine(t testing.TB) *machine {
	return &machine{t: t, dir: t.TempDir(), env: map[string]string{"OCOP_LANG": "en"}, now: time.Now}
}

func (m *machine) path(parts ...string) string {
	return filepath.Join(append([]string{m.dir}, parts...)...)
}

func (m *machine) write(name, content string) string {
	m.t.Helper()
	if err := os.WriteFile(m.path(name), []byte(content), 0o600); err != nil {
		m.t.Fatal(err)
	}
	return m.path(name)
}

// result is what a command left on the screen.
type result struct {
	code     int
	out, err string
}

// buffer is written by a command that runs, and read meanwhile.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

func (m *machine) do(args ...string) result { return m.doIn(m.t.Context(), args...) }

func (m *machine) doIn(ctx context.Context, args ...string) result {
	var out, err buffer
	code := m.doTo(ctx, &out, &err, args...)
	return result{code, out.String(), err.String()}
}

// doTo runs a command whose output is read meanwhile.
func (m *machine) doTo(ctx context.Context, out, err *buffer, args ...string) int {
	return execute(ctx, env{
		Out: out, Err: err, Getenv: func(name string) string { return m.env[name] }, Now: m.now, Random: rand.Reader, Terminal: m.terminal,
		Password: func(string) ([]byte, error) { return nil, password.ErrNoTerminal },
	}, args)
}

// must runs a command that has to succeed.
func (m *machine) must(args ...string) result {
	m.t.Helper()
	r := m.do(args...)
	if r.code != exitOK {
		m.t.Fatalf("ocopd %s: exit code %d\n%s%s", strings.Join(args, " "), r.code, r.out, r.err)
	}
	return r
}

// read reads what a command wrote with --json.
func read[T any](t testing.TB, r result) (v T) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(r.out))
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v in\n%s", err, r.out)
	}
	return v
}

const testPassword = "mật khẩu thử"

// key makes an officer's keystore, and a file with its password.
func (m *machine) key(name string, account uint64) (keyFile, passwordFile string) {
	m.t.Helper()
	private, err := ident.GeneratePrivateKey(rand.Reader)
	if err != nil {
		m.t.Fatal(err)
	}
	data, err := keystore.Encrypt(rand.Reader, []byte(testPassword), keystore.FromAuthor(account, private), keystore.Params{N: 16, R: 8, P: 1})
	if err != nil {
		m.t.Fatal(err)
	}
	if err := keystore.WriteFile(m.path(name+".json"), data); err != nil {
		m.t.Fatal(err)
	}
	return m.path(name + ".json"), m.write("password", testPassword+"\n")
}

// snapshot is every file of the machine, by its hash.
func (m *machine) snapshot() string {
	m.t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(m.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			fmt.Fprintln(&b, path)
			return err
		}
		if d.Name() == m.derived {
			return nil
		}
		data, err := os.ReadFile(path)
		fmt.Fprintf(&b, "%s %x\n", path, sha256.Sum256(data))
		return err
	})
	if err != nil {
		m.t.Fatal(err)
	}
	return b.String()
}

// freePorts gives a run of ports that are free now. Nodes of a test stop and come back: another test process is not to begin where this one does.
func freePorts(t testing.TB, n int) int {
	t.Helper()
	for i := range 70 {
		base := 25_000 + (os.Getpid()+i)%70*100
		free := 0
		for port := range n {
			l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", base+port))
			if err != nil {
				break
			}
			l.Close()
			free++
		}
		if free == n {
			return base
		}
	}
	t.Fatal("no free ports")
	return 0
}
