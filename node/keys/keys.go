// Package keys keeps the keys of a node's own process: node, cosigner, TLS and, on the publisher, log key.
//
// A node must come up again by itself after a power cut, so that its keys lie on its disk without a password, one file each, readable by their
// owner alone. What they can do is bounded: they sign drafts and heads of this node, and name it to its peers. Officers' keys, which sign records,
// are never kept by a node.
//
// Node, cosigner and TLS keys are rotated: a next key is drawn beside the present one ([CreateNext]), a record names it on the ledger, and from the block
// after on it is the one that signs, or that the node shows its peers. Until then both are held. [Set.Promote] makes it the present one and destroys the
// other.
//
// A file is one line: the word ocop, the purpose, the 32-byte seed and the public key, both in hexadecimal. The public key is there to be read and
// compared, and shows a damaged file.
package keys

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"github.com/ocopledger/ocop/ledger/ident"
)

var (
	// ErrOpen: a key file can be read by others than its owner.
	ErrOpen = errors.New("key file is open to others than its owner")
	// ErrMalformed: a key file is not what Create writes.
	ErrMalformed = errors.New("malformed key file")
)

// maxFile bounds a key file, in bytes.
const maxFile = 512

// Set is a node's keys. The fields are set before the node runs; while it runs, the keys that are rotated are looked up by what the ledger names.
type Set struct {
	Node     *ident.Ed25519PrivateKey
	Cosigner *ident.Ed25519PrivateKey
	TLS      *ident.Ed25519PrivateKey
	Log      *ident.Ed25519PrivateKey // nil unless this node is, or stands by to be, the publisher

	NextNode     *ident.Ed25519PrivateKey // nil unless one was made
	NextCosigner *ident.Ed25519PrivateKey
	NextTLS      *ident.Ed25519PrivateKey

	mu sync.Mutex // guards Node, Cosigner, TLS and the next ones while the node runs
}

func (s *Set) places() []place {
	return []place{{ident.PurposeNode, &s.Node}, {ident.PurposeCosigner, &s.Cosigner}, {ident.PurposeTLS, &s.TLS}, {ident.PurposeLog, &s.Log}}
}

type place struct {
	purpose ident.Purpose
	key     **ident.Ed25519PrivateKey
}

func (p place) file(dir string) string { return filepath.Join(dir, p.purpose.String()+".key") }

// Create draws new keys from random and writes their files. It overwrites none: a key that was ever named on a ledger must not be lost to a second
// init. The directory is made if need be.
func Create(dir string, random io.Reader, withLog bool) (*Set, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	s := new(Set)
	for _, p := range s.places() {
		if p.purpose == ident.PurposeLog && !withLog {
			continue
		}
		key, err := ident.GenerateEd25519(random)
		if err != nil {
			return nil, fmt.Errorf("keys: %w", err)
		}
		if err := write(p.file(dir), p.purpose, key); err != nil {
			return nil, fmt.Errorf("keys: %w", err)
		}
		*p.key = key
	}
	return s, nil
}

func write(path string, purpose ident.Purpose, key *ident.Ed25519PrivateKey) error {
	seed := key.Secret()
	defer clear(seed[:])
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(f, "ocop %s %x %s\n", purpose, seed, key.Public())
	return errors.Join(err, f.Sync(), f.Close())
}

// Load reads the keys of a directory. All but the log key and the next keys must be there. A promotion that was broken off is finished first.
func Load(dir string) (*Set, error) {
	s := new(Set)
	for _, r := range s.rotated() {
		if err := r.settle(dir); err != nil {
			return nil, fmt.Errorf("keys: %w", err)
		}
	}
	for _, p := range s.places() {
		key, err := read(p.file(dir), p.purpose)
		if p.purpose == ident.PurposeLog && errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("keys: %w", err)
		}
		*p.key = key
	}
	return s, s.LoadNext(dir)
}

func read(path string, purpose ident.Purpose) (*ident.Ed25519PrivateKey, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 { // there, permissions are not in the mode
		return nil, fmt.Errorf("%w: %s has mode %04o, want 0600", ErrOpen, path, info.Mode().Perm())
	}
	data, err := io.ReadAll(io.LimitReader(f, maxFile))
	defer clear(data)
	if err != nil {
		return nil, err
	}
	return parse(path, purpose, strings.Fields(string(data)))
}

func parse(path string, purpose ident.Purpose, words []string) (*ident.Ed25519PrivateKey, error) {
	if len(words) != 4 || words[0] != "ocop" {
		return nil, fmt.Errorf("%w: %s: want one line of four words", ErrMalformed, path)
	}
	if words[1] != purpose.String() {
		return nil, fmt.Errorf("%w: %s holds a %s key, want a %s key", ErrMalformed, path, words[1], purpose)
	}
	seed, err := hex.DecodeString(words[2])
	defer clear(seed)
	if err != nil || len(seed) != 32 {
		return nil, fmt.Errorf("%w: %s: the seed is not 64 hexadecimal digits", ErrMalformed, path)
	}
	key, err := ident.NewEd25519PrivateKey(seed)
	if err != nil {
		return nil, err
	}
	if key.Public().String() != words[3] {
		return nil, fmt.Errorf("%w: %s: the public key is not that of the seed", ErrMalformed, path)
	}
	return key, nil
}
