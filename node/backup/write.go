package backup

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/store"
)

// Source is what a backup is made of.
type Source struct {
	Agency   ledger.AccountID
	Software string // version
	Ledger   *chain.Ledger
	Heads    *store.Heads // with all heads that are to be in the backup
	Genesis  []byte       // the file
	Config   []byte       // the file
	Erasures []byte       // orders to erase public blobs, in one file; nil: none
	// Key is the private part of a node key of the agency's; nil: it is not held.
	Key func(ident.Ed25519Key) *ident.Ed25519PrivateKey
	Now func() time.Time
}

// ErrNoKey says that the ledger names no node key of the agency that is held here, as when the node is far behind: nobody could verify the backup.
var ErrNoKey = errors.New("the ledger names no node key of this agency that is held here")

// partial is what a folder is called until it is whole.
const partial = ".partial"

// Write makes a backup in a folder that is not there yet, whose parent is. When it returns, the backup is on the disk and was read again. After an error
// there is no such folder; what was written is removed, and if even that fails, it has another name. Errors: fs.ErrExist, ErrNoKey, *Error, ctx's, those of
// the disk.
func Write(ctx context.Context, dir string, s Source) (m *Manifest, err error) {
	if _, err := os.Lstat(dir); err == nil {
		return nil, &fs.PathError{Op: "backup", Path: dir, Err: fs.ErrExist}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err := room(filepath.Dir(dir), &s); err != nil {
		return nil, err
	}
	part := dir + partial
	if err := os.RemoveAll(part); err != nil { // of one that was broken off
		return nil, err
	}
	if err := os.Mkdir(part, 0o700); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(part))
		}
	}()
	w := &writer{ctx: ctx, dir: part, source: s}
	if m, err = w.all(); err != nil {
		return nil, err
	}
	b, err := Open(part)
	if err == nil {
		err = b.Read(ctx, nil)
	}
	if err != nil {
		return nil, fmt.Errorf("what was written does not come back: %w", err)
	}
	if err := os.Rename(part, dir); err != nil {
		return nil, err
	}
	return m, SyncDir(filepath.Dir(dir))
}

// spare is what a backup leaves free on its disk, which may be the node's own: a node whose disk is full stops.
const spare = 256 << 20

// room refuses a backup that would fill its disk, before anything is written.
func room(parent string, s *Source) error {
	chain, err := s.Ledger.CopySize()
	if err != nil {
		return err
	}
	heads, err := s.Heads.CopySize()
	if err != nil {
		return err
	}
	free, known, err := freeBytes(parent)
	if err != nil {
		return err
	}
	if want := chain + heads + spare; known && free < uint64(want) {
		return wrong("", "room", "đĩa của %s còn trống %d MiB, cần %d", "the disk of %s has %d MiB free, want %d", parent, free>>20, want>>20)
	}
	return nil
}

// writer fills a folder.
type writer struct {
	ctx    context.Context
	dir    string
	source Source
	files  []File
}

func (w *writer) all() (*Manifest, error) {
	s := &w.source
	for _, f := range []struct {
		name string
		fill func(io.Writer) error
	}{
		{store.HeadsFile, s.Heads.Copy}, // before the ledger, which then has what is certified
		{store.ChainFile, s.Ledger.Copy},
		{GenesisFile, bytesOf(s.Genesis)},
		{ConfigFile, bytesOf(s.Config)},
	} {
		if err := w.file(f.name, f.fill); err != nil {
			return nil, err
		}
	}
	if len(s.Erasures) > 0 {
		if err := w.file(ErasuresFile, bytesOf(s.Erasures)); err != nil {
			return nil, err
		}
	}
	m, head, err := w.manifest()
	if err != nil {
		return nil, err
	}
	key, epoch, err := w.policies(head)
	if err != nil {
		return nil, err
	}
	m.Epoch = epoch
	slices.SortFunc(w.files, func(a, b File) int { return cmp.Compare(a.Name, b.Name) })
	m.Files = w.files
	raw, err := m.marshal()
	if err != nil {
		return nil, err
	}
	line, err := signature(key, raw)
	if err != nil {
		return nil, err
	}
	if err := w.file(SignatureFile, bytesOf(line)); err != nil {
		return nil, err
	}
	if err := w.file(ManifestFile, bytesOf(raw)); err != nil { // last: without it, it is no backup
		return nil, err
	}
	return m, errors.Join(SyncDir(filepath.Join(w.dir, policyFolder)), SyncDir(w.dir))
}

func bytesOf(data []byte) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	}
}

// file writes a file, on the disk when it returns.
func (w *writer) file(name string, fill func(io.Writer) error) (err error) {
	f, err := os.OpenFile(filepath.Join(w.dir, filepath.FromSlash(name)), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	sum := sha256.New()
	to := &counted{w: io.MultiWriter(f, sum)}
	if err = fill(whileWanted{w.ctx, to}); err == nil {
		err = f.Sync()
	} else if w.ctx.Err() != nil {
		err = w.ctx.Err() // bbolt does not wrap what a writer says
	}
	w.files = append(w.files, File{name, to.n, hex.EncodeToString(sum.Sum(nil))})
	return errors.Join(err, f.Close())
}

type counted struct {
	w io.Writer
	n int64
}

func (c *counted) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

// manifest says what the copies are, as they are on the disk: to open them looks through their pages.
func (w *writer) manifest() (*Manifest, store.Head, error) {
	s := &w.source
	m := &Manifest{Format: format, Chain: s.Ledger.Chain(), Agency: s.Agency, Software: s.Software, Time: s.Now().UTC().Truncate(time.Second)}
	head, err := headOf(filepath.Join(w.dir, store.ChainFile))
	if err != nil {
		return nil, head, err
	}
	m.Height, m.Size, m.Root, m.BlockTime = head.Height, head.Log.Size, head.Log.Root(merkle.Log), head.Time
	m.Certified, err = CertifiedIn(filepath.Join(w.dir, store.HeadsFile))
	return m, head, err
}

func headOf(path string) (head store.Head, err error) {
	c, err := store.OpenChain(path, store.Options{ReadOnly: true})
	if err != nil {
		return head, err
	}
	err = c.View(func(tx *store.ChainTx) (err error) {
		present := false
		if head, present, err = tx.Head(); err == nil && !present {
			err = fmt.Errorf("%w: head of %s", store.ErrNotFound, store.ChainFile)
		}
		return err
	})
	return head, errors.Join(err, c.Close())
}

// CertifiedIn is the newest head of a heads.db that nobody writes; nil: it has none.
func CertifiedIn(path string) (*Certified, error) {
	h, err := store.OpenHeads(path, store.Options{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	row, err := h.Newest()
	closing := h.Close()
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil, closing
	case err != nil:
		return nil, errors.Join(err, closing)
	}
	return &Certified{Size: row.Size, Height: row.Height, Epoch: row.Epoch, Checkpoint: string(row.Signed)}, closing
}

// policies writes the documents of the epochs that the copy of the ledger knows, and finds the key that it names: newest first, those before are retired.
func (w *writer) policies(head store.Head) (key *ident.Ed25519PrivateKey, newest uint32, err error) {
	if err := os.Mkdir(filepath.Join(w.dir, policyFolder), 0o700); err != nil {
		return nil, 0, err
	}
	var known []*ledger.Policy
	for number := uint32(0); number <= w.source.Ledger.Policy().Number; number++ {
		var p *ledger.Policy
		var begun uint64
		if err := w.source.Ledger.View(func(v *chain.View) (err error) {
			p, begun, err = v.PolicyOf(number)
			return err
		}); err != nil {
			return nil, 0, err
		}
		if begun > head.Height { // it began while the files were copied
			break
		}
		if err := w.file(policyFolder+strconv.FormatUint(uint64(number), 10), bytesOf(p.Append(nil))); err != nil {
			return nil, 0, err
		}
		known, newest = append(known, p), number
	}
	for _, p := range slices.Backward(known) {
		if v, ok := p.Validator(w.source.Agency); ok {
			if key := w.source.Key(v.NodeKey); key != nil {
				return key, newest, nil
			}
		}
	}
	return nil, 0, fmt.Errorf("%w: agency %v", ErrNoKey, w.source.Agency)
}

// SyncDir puts a folder's entries on the disk.
func SyncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(ignoreUnsupported(d.Sync()), d.Close())
}
