package keys

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/ocopledger/ocop/ledger/ident"
)

// ErrNoNext: there is no next key to promote.
var ErrNoNext = errors.New("no next key")

// rotated is a key that is rotated: the present one and the next.
type rotated struct {
	purpose    ident.Purpose
	held, next **ident.Ed25519PrivateKey
}

func (s *Set) rotated() []rotated {
	return []rotated{{ident.PurposeNode, &s.Node, &s.NextNode}, {ident.PurposeCosigner, &s.Cosigner, &s.NextCosigner}, {ident.PurposeTLS, &s.TLS, &s.NextTLS}}
}

func (s *Set) rotation(purpose ident.Purpose) (r rotated, err error) {
	for _, r := range s.rotated() {
		if r.purpose == purpose {
			return r, nil
		}
	}
	return r, fmt.Errorf("keys: a %v key is not rotated", purpose)
}

func (r rotated) file(dir string) string { return filepath.Join(dir, r.purpose.String()+".key") }
func (r rotated) nextFile(dir string) string {
	return filepath.Join(dir, r.purpose.String()+".next.key")
}
func (r rotated) oldFile(dir string) string { return filepath.Join(dir, r.purpose.String()+".old.key") }

// Nodes is the held node key with a public half, the present or the next one; nil: none is it.
func (s *Set) Nodes(public ident.Ed25519Key) *ident.Ed25519PrivateKey {
	s.mu.Lock()
	defer s.mu.Unlock()
	return with(public, s.Node, s.NextNode)
}

// Cosigners is the held cosigner key with a public half, the present or the next one; nil: none is it.
func (s *Set) Cosigners(public ident.Ed25519Key) *ident.Ed25519PrivateKey {
	s.mu.Lock()
	defer s.mu.Unlock()
	return with(public, s.Cosigner, s.NextCosigner)
}

// TLSKeys is the held TLS key with a public half, the present or the next one; nil: none is it.
func (s *Set) TLSKeys(public ident.Ed25519Key) *ident.Ed25519PrivateKey {
	s.mu.Lock()
	defer s.mu.Unlock()
	return with(public, s.TLS, s.NextTLS)
}

// AllTLS are the TLS keys held: the present one, and the next if there is one.
func (s *Set) AllTLS() (all []*ident.Ed25519PrivateKey) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range []*ident.Ed25519PrivateKey{s.TLS, s.NextTLS} {
		if k != nil {
			all = append(all, k)
		}
	}
	return all
}

// IsNext tells whether a public half is that of the next key of a purpose.
func (s *Set) IsNext(purpose ident.Purpose, public ident.Ed25519Key) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.rotation(purpose)
	return err == nil && *r.next != nil && (*r.next).Public() == public
}

func with(public ident.Ed25519Key, keys ...*ident.Ed25519PrivateKey) *ident.Ed25519PrivateKey {
	for _, k := range keys {
		if k != nil && k.Public() == public {
			return k
		}
	}
	return nil
}

// CreateNext draws the next key of a purpose, node, cosigner or TLS, and writes its file beside the present one's, which is not touched. A next key that is
// there already is given again: it may be on its way to the ledger.
func CreateNext(dir string, random io.Reader, purpose ident.Purpose) (key *ident.Ed25519PrivateKey, isNew bool, err error) {
	r, err := new(Set).rotation(purpose)
	if err != nil {
		return nil, false, err
	}
	if key, err = read(r.nextFile(dir), purpose); !errors.Is(err, fs.ErrNotExist) {
		return key, false, wrap(err)
	}
	if key, err = ident.GenerateEd25519(random); err == nil {
		err = write(r.nextFile(dir), purpose, key)
	}
	return key, true, wrap(err)
}

// CreateLog draws a log key for a node that is to run the publisher, and writes its file. One that is there already is given again: it may be the log's.
func CreateLog(dir string, random io.Reader) (key *ident.Ed25519PrivateKey, isNew bool, err error) {
	p := place{purpose: ident.PurposeLog}
	if key, err = read(p.file(dir), p.purpose); !errors.Is(err, fs.ErrNotExist) {
		return key, false, wrap(err)
	}
	if key, err = ident.GenerateEd25519(random); err == nil {
		err = write(p.file(dir), p.purpose, key)
	}
	return key, true, wrap(err)
}

func wrap(err error) error {
	if err != nil {
		err = fmt.Errorf("keys: %w", err)
	}
	return err
}

// LoadNext reads the next keys that lie in the directory: a node that runs is told so of those made meanwhile.
func (s *Set) LoadNext(dir string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.rotated() {
		key, err := read(r.nextFile(dir), r.purpose)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return wrap(err)
		}
		*r.next = key
	}
	return nil
}

// Promote makes the next key of a purpose the present one, on the disk and in the set, and destroys the file of the one it replaces: it is overwritten and
// removed. To be called when the ledger names the next key and nothing needs a signature of the other any more; the caller wipes that one when nobody
// signs with it. A crash leaves one of the two as the present key, and Load finishes what was begun.
func (s *Set) Promote(dir string, purpose ident.Purpose) (replaced *ident.Ed25519PrivateKey, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.rotation(purpose)
	if err != nil {
		return nil, err
	}
	if *r.next == nil {
		return nil, fmt.Errorf("keys: %w of purpose %v", ErrNoNext, purpose)
	}
	if err := r.settle(dir); err != nil {
		return nil, wrap(err)
	}
	if err := os.Rename(r.file(dir), r.oldFile(dir)); err != nil {
		return nil, wrap(err)
	}
	if err := r.settle(dir); err != nil {
		return nil, wrap(err)
	}
	replaced, *r.held, *r.next = *r.held, *r.next, nil
	return replaced, nil
}

// settle goes on from wherever a promotion stands. It has begun when the present key's file has been moved aside; then the next one takes its place,
// and the old one goes.
func (r rotated) settle(dir string) error {
	if _, err := os.Lstat(r.oldFile(dir)); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if _, err := os.Lstat(r.file(dir)); errors.Is(err, fs.ErrNotExist) {
		if err := os.Rename(r.nextFile(dir), r.file(dir)); err != nil {
			return err
		}
	}
	if err := syncDir(dir); err != nil { // before the old key is gone for good, the new one's name must be on the disk
		return err
	}
	return destroy(r.oldFile(dir))
}

// destroy overwrites a file and removes it. What a disk keeps of old blocks by itself is beyond a program.
func destroy(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err == nil {
		_, err = f.Write(make([]byte, info.Size()))
	}
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Remove(path)
}
