package command

import (
	"bytes"
	"encoding/json"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ocopledger/ocop/cmd/internal/password"
)

// machine is a computer with a folder, a clock that stands still, and somebody at the keyboard.
type machine struct {
	t         *testing.T
	dir       string
	env       map[string]string
	passwords []string  // typed one after the other
	typed     string    // what is typed otherwise
	now       time.Time // zero: the real clock
	random    *rand.ChaCha8

	out, err string // of the last command
}

func newMachine(t *testing.T) *machine {
	t.Helper()
	m := &machine{
		t: t, dir: t.TempDir(), env: map[string]string{"OCOP_LANG": "en"}, now: time.UnixMilli(1_790_000_000_000), random: rand.NewChaCha8([32]byte{1}),
	}
	t.Chdir(m.dir)
	return m
}

// run runs a command line and returns its exit code.
func (m *machine) run(args ...string) int {
	m.t.Helper()
	var out, errs bytes.Buffer
	code := Main(m.t.Context(), Env{
		In: strings.NewReader(m.typed), Out: &out, Err: &errs, Getenv: func(name string) string { return m.env[name] },
		Now: m.clock, Random: m.random,
		Password: func(string) ([]byte, error) {
			if len(m.passwords) == 0 {
				return nil, password.ErrNoTerminal
			}
			p := m.passwords[0]
			m.passwords = m.passwords[1:]
			return []byte(p), nil
		},
	}, args)
	m.out, m.err = out.String(), errs.String()
	return code
}

func (m *machine) clock() time.Time {
	if m.now.IsZero() {
		return time.Now()
	}
	return m.now
}

// ok runs a command line that must succeed, and returns its output.
func (m *machine) ok(args ...string) string {
	m.t.Helper()
	if code := m.run(args...); code != exitOK {
		m.t.Fatalf("ocop %s: exit code %d\n%s%s", strings.Join(args, " "), code, m.out, m.err)
	}
	return m.out
}

// fails runs a command line that must end with a code and say something.
func (m *machine) fails(code int, says string, args ...string) {
	m.t.Helper()
	if got := m.run(args...); got != code {
		m.t.Errorf("ocop %s: exit code %d, want %d\n%s%s", strings.Join(args, " "), got, code, m.out, m.err)
	}
	if !strings.Contains(m.out+m.err, says) {
		m.t.Errorf("ocop %s says %q%q, want %q in it", strings.Join(args, " "), m.out, m.err, says)
	}
}

// json runs a command line with --json and reads its output.
func (m *machine) json(into any, args ...string) int {
	m.t.Helper()
	code := m.run(append(args, "--json")...)
	d := json.NewDecoder(strings.NewReader(m.out))
	if err := d.Decode(into); err != nil {
		m.t.Fatalf("ocop %s --json: %v\n%s%s", strings.Join(args, " "), err, m.out, m.err)
	}
	if _, err := d.Token(); err != io.EOF {
		m.t.Errorf("ocop %s --json: more than one value\n%s", strings.Join(args, " "), m.out)
	}
	return code
}

func (m *machine) write(name, data string) {
	m.t.Helper()
	if err := os.WriteFile(name, []byte(data), 0o644); err != nil {
		m.t.Fatal(err)
	}
}

func (m *machine) read(name string) string {
	m.t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		m.t.Fatal(err)
	}
	return string(data)
}

// golden compares with testdata, or writes it when OCOP_GOLDEN=write. source is the folder of this package.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join(source, "testdata", name)
	if os.Getenv("OCOP_GOLDEN") == "write" {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s:\n%s\nwant:\n%s", name, got, want)
	}
}

var source = func() string {
	dir, err := os.Getwd()
	if err != nil {
		panic(err)
	}
	return dir
}()
