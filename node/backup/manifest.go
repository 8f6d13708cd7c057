package backup

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/flaw"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/store"
)

// Names of the files in a folder, beside store.ChainFile and store.HeadsFile.
const (
	ManifestFile  = "manifest.json"
	SignatureFile = "manifest.sig"
	GenesisFile   = "genesis"
	ConfigFile    = "config.yaml"
	ErasuresFile  = "erasures" // orders to erase public blobs; left out when there are none
	policyFolder  = "policy/"
)

const (
	format = "ocop backup 1"
	// maxManifest bounds a manifest in bytes: room for ten thousand policy epochs.
	maxManifest = 2 << 20
	// maxSignature bounds the line of a signature: three words, a key and a signature in hexadecimal.
	maxSignature   = 512
	signaturePlace = "ocop backup-manifest"
)

// Manifest says what a backup is. It is JSON that people can read, and its very bytes are signed.
type Manifest struct {
	Format   string           `json:"format"`
	Chain    ledger.ChainID   `json:"chain_id"`
	Agency   ledger.AccountID `json:"agency"`   // whose node made it
	Software string           `json:"software"` // its version
	Time     time.Time        `json:"time"`     // when it was made, UTC

	Height    uint64      `json:"height"` // of the newest block
	Size      uint64      `json:"size"`   // leaves
	Root      ledger.Hash `json:"root"`
	BlockTime uint64      `json:"block_time"`   // of the newest block, Unix milliseconds
	Epoch     uint32      `json:"policy_epoch"` // of the next block: the newest document in policy/

	Certified *Certified `json:"certified,omitempty"` // nil: no head was certified yet
	Files     []File     `json:"files"`               // by name
}

// Certified is the newest certified head the node had.
type Certified struct {
	Size       uint64 `json:"size"`
	Height     uint64 `json:"height"`
	Epoch      uint32 `json:"policy_epoch"` // under which it is certified
	Checkpoint string `json:"checkpoint"`   // with its cosignatures
}

// File is a file of a backup.
type File struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// Error says what is wrong with a backup, in both languages.
type Error struct {
	flaw.Flaw
	File string // of the backup; empty: the folder
	Err  error  // cause, if there is one
}

func wrong(file, kind, vietnamese, english string, args ...any) *Error {
	e := &Error{File: file, Flaw: flaw.New(kind, vietnamese, english, args...)}
	for _, a := range args {
		if err, ok := a.(error); ok {
			e.Err = err
		}
	}
	return e
}

func (e *Error) Error() string {
	_, english := e.Sentences()
	return english
}

// Sentences say it to people.
func (e *Error) Sentences() (vietnamese, english string) {
	if e.File == "" {
		return "bản sao lưu: " + e.Vietnamese, "backup: " + e.English
	}
	return fmt.Sprintf("bản sao lưu, tệp %s: %s", e.File, e.Vietnamese), fmt.Sprintf("backup, file %s: %s", e.File, e.English)
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

func (m *Manifest) marshal() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	err := e.Encode(m)
	return b.Bytes(), err
}

func message(manifest []byte) []byte { return ident.PAE(ident.TypeBackupManifest, manifest) }

// signature is the line of manifest.sig.
func signature(key *ident.Ed25519PrivateKey, manifest []byte) ([]byte, error) {
	s, err := key.Sign(message(manifest))
	return fmt.Appendf(nil, "%s %v %v\n", signaturePlace, key.Public(), s), err
}

// parseManifest takes exactly what marshal writes.
func parseManifest(data []byte) (*Manifest, error) {
	m := new(Manifest)
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(m); err != nil {
		return nil, wrong(ManifestFile, "malformed", "không đọc được: %v", "cannot be read: %v", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, wrong(ManifestFile, "malformed", "thừa dữ liệu ở cuối", "something stands behind its end")
	}
	if m.Format != format {
		return nil, wrong(ManifestFile, "format", "định dạng %q, phần mềm này đọc %q", "it has format %q, this software reads %q", m.Format, format)
	}
	names := make([]string, len(m.Files))
	for i, f := range m.Files {
		names[i] = f.Name
		if !named(f.Name) || f.Bytes < 0 {
			return nil, wrong(ManifestFile, "malformed", "tên tệp %q không thuộc bản sao lưu nào", "the file name %q is of no backup", f.Name)
		}
	}
	if !slices.IsSorted(names) || len(slices.Compact(slices.Clone(names))) < len(names) {
		return nil, wrong(ManifestFile, "malformed", "danh sách tệp không theo thứ tự", "its files are out of order")
	}
	for _, needed := range []string{store.ChainFile, store.HeadsFile, GenesisFile, ConfigFile} {
		if !slices.Contains(names, needed) {
			return nil, wrong(ManifestFile, "incomplete", "thiếu tệp %s", "it names no file %s", needed)
		}
	}
	return m, nil
}

// named tells whether a backup may hold a file of the name: a path from elsewhere must not lead out of the folder.
func named(name string) bool {
	switch name {
	case store.ChainFile, store.HeadsFile, GenesisFile, ConfigFile, ErasuresFile:
		return true
	}
	number, ok := strings.CutPrefix(name, policyFolder)
	return ok && number != "" && strings.Trim(number, "0123456789") == ""
}

// Signature is whose key signed a manifest, by the manifest's own word.
type Signature struct {
	Key       ident.Ed25519Key
	Signature ident.NodeSignature
}

func parseSignature(data []byte) (s Signature, err error) {
	rest, begins := strings.CutPrefix(string(data), signaturePlace+" ")
	rest, ends := strings.CutSuffix(rest, "\n")
	words := strings.Split(rest, " ")
	if !begins || !ends || len(words) != 2 {
		return s, wrong(SignatureFile, "malformed", "không phải dòng chữ ký", "it is not the line of a signature")
	}
	if s.Key, err = ident.ParseEd25519Key(words[0]); err == nil {
		s.Signature, err = ident.ParseNodeSignature(words[1])
	}
	if err != nil {
		return s, wrong(SignatureFile, "malformed", "không phải dòng chữ ký: %v", "it is not the line of a signature: %v", err)
	}
	return s, nil
}

// Signed checks that the manifest was signed by a node key that its agency has, or had, by the documents of a ledger's policy epochs.
func (b *Backup) Signed(epochs []*ledger.Policy) error {
	for _, p := range epochs {
		if v, ok := p.Validator(b.Manifest.Agency); ok && v.NodeKey == b.signature.Key {
			if err := v.NodeKey.Verify(message(b.raw), b.signature.Signature); err != nil {
				return wrong(SignatureFile, "signature", "chữ ký không khớp với %s: %v", "it does not fit %s: %v", ManifestFile, err)
			}
			return nil
		}
	}
	return wrong(SignatureFile, "signer", "khóa %v không phải khóa nút của cơ quan %v trên sổ cái", "key %v is no node key of agency %v on the ledger", b.signature.Key, b.Manifest.Agency)
}
