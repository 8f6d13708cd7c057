package keys

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestKeysComeBack(t *testing.T) {
	for _, withLog := range []bool{false, true} {
		dir := filepath.Join(t.TempDir(), "keys")
		made, err := Create(dir, rand.Reader, withLog)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Load(dir)
		if err != nil {
			t.Fatal(err)
		}
		if got.Node.Secret() != made.Node.Secret() || got.Cosigner.Secret() != made.Cosigner.Secret() || got.TLS.Secret() != made.TLS.Secret() || (got.Log != nil) != withLog {
			t.Error("keys differ")
		}
		if withLog && got.Log.Secret() != made.Log.Secret() {
			t.Error("log key differs")
		}
		if _, err := Create(dir, rand.Reader, withLog); !errors.Is(err, fs.ErrExist) {
			t.Errorf("second time: %v", err)
		}
		again, err := Load(dir)
		if err != nil || again.Node.Secret() != made.Node.Secret() {
			t.Errorf("after the second time: %v", err)
		}
	}
}

func TestBadKeyFiles(t *testing.T) {
	dir := t.TempDir()
	if _, err := Load(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no files: %v", err)
	}
	if _, err := Create(dir, rand.Reader, false); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "node.key")
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	words := strings.Fields(string(good))
	flipped := []byte(words[2])
	flipped[0] ^= 1
	tls, err := os.ReadFile(filepath.Join(dir, "tls.key"))
	if err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string]string{
		"empty": "", "a word less": "ocop node " + words[2], "no hexadecimal": "ocop node " + strings.Repeat("x", 64) + " " + words[3],
		"short seed": "ocop node ab " + words[3], "a flipped digit": "ocop node " + string(flipped) + " " + words[3], "another purpose": string(tls), "another word": "key" + string(good[4:]),
	} {
		if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(dir); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		} else if strings.Contains(err.Error(), words[2]) || strings.Contains(err.Error(), string(flipped)) {
			t.Errorf("%s: the message tells the seed", name)
		}
	}
	if runtime.GOOS == "windows" {
		return
	}
	if err := errors.Join(os.WriteFile(path, good, 0o600), os.Chmod(path, 0o640)); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(dir); !errors.Is(err, ErrOpen) {
		t.Errorf("readable by the group: %v", err)
	}
}
