package audit

import (
	"crypto/sha256"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/ocopledger/ocop/ledger"
)

// Document is a document that the ledger names.
type Document struct {
	For    string   `json:"for"` // Decision it is the text of, lot that it holds, releases or recalls, product or lot that it reports on
	Name   string   `json:"name"`
	Size   uint64   `json:"size"`
	SHA256 string   `json:"sha256"`
	Files  []string `json:"files,omitempty"` // with these very bytes

	hash ledger.Hash
}

// Matches compares the ledger's documents with a folder.
type Matches struct {
	Matched []Document `json:"matched"`
	Missing []Document `json:"missing"`
	Unknown []string   `json:"unknown"` // files the ledger does not name
}

// Complete tells that every document of the ledger is there.
func (m *Matches) Complete() bool { return len(m.Missing) == 0 }

// Hash reads every file below a folder.
func Hash(dir string) (map[ledger.Hash][]string, error) {
	files := make(map[ledger.Hash][]string)
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		h, err := hashFile(path)
		files[h] = append(files[h], filepath.ToSlash(name))
		return err
	})
	return files, err
}

func hashFile(path string) (h ledger.Hash, err error) {
	f, err := os.Open(path)
	if err != nil {
		return h, err
	}
	defer func() { _ = f.Close() }()
	d := sha256.New()
	if _, err := io.Copy(d, f); err != nil {
		return h, err
	}
	d.Sum(h[:0])
	return h, nil
}

// Match compares. Files are matched by their bytes alone: names change, acts do not.
func Match(documents []Document, files map[ledger.Hash][]string) Matches {
	m := Matches{Matched: []Document{}, Missing: []Document{}, Unknown: []string{}}
	named := make(map[ledger.Hash]bool)
	for _, d := range documents {
		named[d.hash] = true
		if d.Files = slices.Clone(files[d.hash]); len(d.Files) > 0 {
			m.Matched = append(m.Matched, d)
		} else {
			m.Missing = append(m.Missing, d)
		}
	}
	for h, names := range files {
		if !named[h] {
			m.Unknown = append(m.Unknown, names...)
		}
	}
	slices.Sort(m.Unknown)
	return m
}
