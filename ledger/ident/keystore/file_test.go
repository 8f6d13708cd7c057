package keystore

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// listed checks that a directory holds the named files alone, each whole and private.
func listed(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != len(files) {
		t.Errorf("%d files in %s, want %d: %v", len(entries), dir, len(files), entries)
	}
	for name, content := range files {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || string(data) != content {
			t.Errorf("%s: %q, %v", name, data, err)
		}
		info, err := os.Stat(filepath.Join(dir, name))
		if err == nil && runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", name, info.Mode())
		}
	}
}

func TestWriteFile(t *testing.T) {
	noLink := func(string, string) error { return errors.ErrUnsupported }
	for name, link := range map[string]func(string, string) error{"link": os.Link, "no links": noLink} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "key.json")
			if err := writeFile(path, []byte("first"), link); err != nil {
				t.Fatal(err)
			}
			listed(t, dir, map[string]string{"key.json": "first"})
			if err := writeFile(path, []byte("second"), link); !errors.Is(err, fs.ErrExist) {
				t.Errorf("over another key: %v", err)
			}
			listed(t, dir, map[string]string{"key.json": "first"})
			if err := writeFile(filepath.Join(dir, "none", "key.json"), nil, link); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("no directory: %v", err)
			}
			listed(t, dir, map[string]string{"key.json": "first"})
		})
	}
}

func TestWriteFileKeepsDanglingLinks(t *testing.T) {
	dir := t.TempDir()
	if err := os.Symlink("nowhere", filepath.Join(dir, "key.json")); err != nil {
		t.Skip(err)
	}
	if err := WriteFile(filepath.Join(dir, "key.json"), []byte("x")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("through a link: %v", err)
	}
}

// TestOneOfManyWins: of writers at once one succeeds, and its file is whole.
func TestOneOfManyWins(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key.json")
	results := make(chan error)
	for i := range 8 {
		go func() { results <- WriteFile(path, bytes.Repeat([]byte{byte('a' + i)}, 1000)) }()
	}
	won := 0
	for range 8 {
		if err := <-results; err == nil {
			won++
		} else if !errors.Is(err, fs.ErrExist) {
			t.Error(err)
		}
	}
	data, err := os.ReadFile(path)
	if won != 1 || err != nil || len(data) != 1000 || !bytes.Equal(data, bytes.Repeat(data[:1], 1000)) {
		t.Errorf("%d writers succeeded, file of %d bytes, %v", won, len(data), err)
	}
}

func TestReadFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "key.json")
	if _, err := ReadFile(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if err := WriteFile(path, make([]byte, MaxFile)); err != nil {
		t.Fatal(err)
	}
	if data, err := ReadFile(path); err != nil || len(data) != MaxFile {
		t.Errorf("%d bytes, %v", len(data), err)
	}
	big := filepath.Join(dir, "big")
	if err := WriteFile(big, make([]byte, MaxFile+1)); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadFile(big); !errors.Is(err, ErrDamaged) {
		t.Errorf("too big: %v", err)
	}
}
