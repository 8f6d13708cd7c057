package rescue

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// A folder takes another's place with names that can be exchanged and without; when neither works, all is as it was.
func TestSwap(t *testing.T) {
	fault := errors.New("fault")
	for name, c := range map[string]struct {
		exchange func(a, b string) error
		want     error
	}{
		"this system":         {exchange, nil},
		"names apart":         {func(string, string) error { return errors.ErrUnsupported }, nil},
		"names do not change": {func(string, string) error { return fault }, fault},
	} {
		dir := t.TempDir()
		at := func(name string) string { return filepath.Join(dir, name) }
		for _, name := range []string{"new", "data"} {
			if err := errors.Join(os.Mkdir(at(name), 0o700), os.WriteFile(at(name+"/which"), []byte(name), 0o600)); err != nil {
				t.Fatal(err)
			}
		}
		which := func(name string) string {
			data, _ := os.ReadFile(at(name + "/which"))
			return string(data)
		}
		err := swap(at("new"), at("data"), at("old"), c.exchange)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if c.want == nil && (which("data") != "new" || which("old") != "data" || which("new") != "") {
			t.Errorf("%s: data is %q, old %q, new %q", name, which("data"), which("old"), which("new"))
		}
		if c.want != nil && (which("data") != "data" || which("old") != "" || which("new") != "new") {
			t.Errorf("%s: data is %q, old %q, new %q", name, which("data"), which("old"), which("new"))
		}
	}
}

// On Linux names are exchanged at once on the file systems that ledgers are kept on.
func TestExchange(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux can")
	}
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	if err := errors.Join(os.Mkdir(a, 0o700), os.WriteFile(b, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	if err := exchange(a, b); err != nil && !errors.Is(err, errors.ErrUnsupported) {
		t.Error(err)
	} else if info, _ := os.Stat(b); err == nil && !info.IsDir() {
		t.Error("nothing was exchanged")
	}
}
