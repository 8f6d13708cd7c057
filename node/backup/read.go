package backup

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// Backup is a folder whose manifest was read.
type Backup struct {
	Manifest *Manifest

	dir       string
	raw       []byte // the manifest's bytes, which are signed
	signature Signature
}

// Open reads a folder's manifest. Nothing of it is to be believed yet. Errors: *Error, those of the disk.
func Open(dir string) (*Backup, error) {
	b := &Backup{dir: dir}
	if _, err := os.Stat(dir); err != nil {
		return nil, err
	}
	var err error
	if b.raw, err = small(dir, ManifestFile, maxManifest); err != nil {
		return nil, err
	}
	line, err := small(dir, SignatureFile, maxSignature)
	if err != nil {
		return nil, err
	}
	if b.signature, err = parseSignature(line); err != nil {
		return nil, err
	}
	b.Manifest, err = parseManifest(b.raw)
	return b, err
}

// small reads a file that is bounded.
func small(dir, name string, most int64) ([]byte, error) {
	f, err := regular(dir, name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(data)) > most {
		err = wrong(name, "size", "lớn hơn %d byte", "it is larger than %d bytes", most)
	}
	return data, err
}

// regular opens a regular file and no other: to open a pipe may wait for ever.
func regular(dir, name string) (*os.File, error) {
	path := filepath.Join(dir, filepath.FromSlash(name))
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, wrong(name, "missing", "bị thiếu", "it is missing")
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, wrong(name, "malformed", "không phải tệp thường", "it is no regular file")
	}
	return os.Open(path)
}

// Read goes through all files and holds them against the manifest. Each is passed on as it is read: what is used is what was checked. into may be nil; a
// writer it returns may be nil, too. Errors: *Error naming the file, ctx's, those of the disk and of into.
func (b *Backup) Read(ctx context.Context, into func(name string) (io.WriteCloser, error)) error {
	if err := b.nothingElse(); err != nil {
		return err
	}
	for _, f := range b.Manifest.Files {
		if err := b.file(ctx, f, into); err != nil {
			return err
		}
	}
	return nil
}

func (b *Backup) file(ctx context.Context, f File, into func(string) (io.WriteCloser, error)) (err error) {
	from, err := regular(b.dir, f.Name)
	if err != nil {
		return err
	}
	defer from.Close()
	var to io.WriteCloser
	if into != nil {
		if to, err = into(f.Name); err != nil {
			return err
		}
	}
	sum := sha256.New()
	all := []io.Writer{sum}
	if to != nil {
		all = append(all, to)
		defer func() { err = errors.Join(err, to.Close()) }()
	}
	n, err := io.Copy(whileWanted{ctx, io.MultiWriter(all...)}, io.LimitReader(from, f.Bytes+1))
	switch got := hex.EncodeToString(sum.Sum(nil)); {
	case err != nil:
		return err
	case n < f.Bytes:
		return wrong(f.Name, "cut", "bị cắt cụt: có %d byte, phải là %d", "it is cut short: %d bytes of %d", n, f.Bytes)
	case n > f.Bytes:
		return wrong(f.Name, "longer", "dài hơn %d byte đã ghi", "it is longer than the %d bytes that were written", f.Bytes)
	case got != f.SHA256:
		return wrong(f.Name, "altered", "SHA-256 là %s, phải là %s", "its SHA-256 is %s, want %s", got, f.SHA256)
	}
	return nil
}

// nothingElse refuses files that the manifest does not name: it is not the folder that was signed.
func (b *Backup) nothingElse() error {
	return filepath.WalkDir(b.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(b.dir, path)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		if name == ManifestFile || name == SignatureFile || slices.ContainsFunc(b.Manifest.Files, func(f File) bool { return f.Name == name }) {
			return nil
		}
		return wrong(name, "extra", "bản kê không có tệp này", "the manifest does not name it")
	})
}

// Small reads a file of the backup that is bounded, such as genesis and config.yaml. Read must have gone through the folder.
func (b *Backup) Small(name string, most int64) ([]byte, error) { return small(b.dir, name, most) }

// whileWanted writes while a context lasts.
type whileWanted struct {
	ctx context.Context
	w   io.Writer
}

func (w whileWanted) Write(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	return w.w.Write(p)
}
