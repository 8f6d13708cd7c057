package password

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/ocopledger/ocop/cmd/internal/verb"
)

func TestGiven(t *testing.T) {
	dir := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	getenv := func(name string) string { return map[string]string{"P": "mâ\u0323t"}[name] }
	for name, c := range map[string]struct {
		source Source
		want   string
		asked  bool
	}{
		"nothing":           {Source{}, "", true},
		"file":              {Source{File: file("plain", "mật khẩu\n")}, "mật khẩu", false},
		"first line":        {Source{File: file("lines", "a b\r\nsecond\n")}, "a b", false},
		"no line end":       {Source{File: file("bare", "x")}, "x", false},
		"variable, not NFC": {Source{Variable: "P"}, "mật", false},
	} {
		got, ok, err := c.source.Given(getenv)
		if err != nil || ok == c.asked || string(got) != c.want {
			t.Errorf("%s: %q, %v, %v", name, got, ok, err)
		}
	}
	if _, _, err := (Source{File: file("a", "b"), Variable: "P"}).Given(getenv); !isUsage(err) {
		t.Errorf("both: %v", err)
	}
	if _, _, err := (Source{Variable: "Q"}).Given(getenv); !errors.Is(err, ErrEmpty) {
		t.Errorf("unset variable: %v", err)
	}
	if _, _, err := (Source{File: filepath.Join(dir, "none")}).Given(getenv); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

func isUsage(err error) bool {
	_, ok := errors.AsType[*verb.UsageError](err)
	return ok
}
