package keys

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/ocopledger/ocop/ledger/ident"
)

// Found is what lies in a directory of keys.
type Found struct {
	Held     map[ident.Purpose]ident.Ed25519Key
	Next     map[ident.Purpose]NextKey
	Left     []string // files of a promotion that was broken off
	Open     bool     // others than the owner can look into the directory
	Problems []error  // one for each file that cannot be used: ErrOpen, ErrMalformed, fs.ErrNotExist, those of the disk

	TLS *ident.Ed25519PrivateKey // nil when it cannot be used
}

// NextKey is a key that waits to be named on the ledger.
type NextKey struct {
	Public ident.Ed25519Key
	Made   time.Time // when its file was written
}

// Inspect looks through a directory and changes nothing: unlike Load it finishes no promotion, and it goes on after what it cannot read.
func Inspect(dir string) Found {
	found := Found{Held: make(map[ident.Purpose]ident.Ed25519Key), Next: make(map[ident.Purpose]NextKey)}
	if info, err := os.Stat(dir); err == nil && runtime.GOOS != "windows" {
		found.Open = info.Mode().Perm()&0o077 != 0
	}
	set := new(Set)
	for _, p := range set.places() {
		key, err := read(p.file(dir), p.purpose)
		switch {
		case err == nil:
			found.Held[p.purpose] = key.Public()
		case p.purpose != ident.PurposeLog || !errors.Is(err, fs.ErrNotExist):
			found.Problems = append(found.Problems, wrap(err))
		}
		if p.purpose == ident.PurposeTLS {
			found.TLS = key
		}
	}
	for _, r := range set.rotated() {
		key, err := read(r.nextFile(dir), r.purpose)
		if err == nil {
			next := NextKey{Public: key.Public()}
			if info, err := os.Stat(r.nextFile(dir)); err == nil {
				next.Made = info.ModTime()
			}
			found.Next[r.purpose] = next
		} else if !errors.Is(err, fs.ErrNotExist) {
			found.Problems = append(found.Problems, wrap(err))
		}
		if _, err := os.Lstat(r.oldFile(dir)); err == nil {
			found.Left = append(found.Left, filepath.Base(r.oldFile(dir)))
		}
	}
	return found
}
