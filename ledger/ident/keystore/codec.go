package keystore

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/ocopledger/ocop/ledger/ident"
)

// MaxFile bounds a keystore file in bytes. Ours have about 800, those of wallets with extensions of their own a few thousand.
const MaxFile = 16 << 10

// The words of the format.
const (
	formatVersion = 3
	cipherName    = "aes-128-ctr"
	kdfName       = "scrypt"
	derivedLength = 32
	maxSalt       = 64 // bytes; 32 is usual
	checksumSize  = 8  // bytes of SHA-256: enough against accidents, which is all it is for

	typeAuthor  = "secp256k1"
	typeEd25519 = "ed25519"

	checksumType = "application/vnd.ocop.keystore-checksum.v1"
)

// document is the JSON form. Fields of other wallets are ignored.
type document struct {
	Version int       `json:"version"`
	ID      string    `json:"id"`
	Address string    `json:"address,omitempty"`
	Crypto  cryptoDoc `json:"crypto"`
	OCOP    *labelDoc `json:"ocop,omitempty"`
}

type cryptoDoc struct {
	Cipher       string    `json:"cipher"`
	CipherText   string    `json:"ciphertext"`
	CipherParams cipherDoc `json:"cipherparams"`
	KDF          string    `json:"kdf"`
	KDFParams    kdfDoc    `json:"kdfparams"`
	MAC          string    `json:"mac"`
}

type cipherDoc struct {
	IV string `json:"iv"`
}

type kdfDoc struct {
	DKLen int    `json:"dklen"`
	N     int    `json:"n"`
	P     int    `json:"p"`
	R     int    `json:"r"`
	Salt  string `json:"salt"`
}

// labelDoc is our extension.
type labelDoc struct {
	Type      string `json:"type"`
	Purpose   string `json:"purpose"`
	Account   uint64 `json:"account,string"`
	PublicKey string `json:"public_key"`
	MAC       string `json:"mac"`
	Checksum  string `json:"checksum"`
}

// sealed is a document with its parts decoded and bounded.
type sealed struct {
	doc        document
	params     Params
	salt       []byte
	iv         [16]byte
	ciphertext [32]byte
	mac        [32]byte
	label      *label // nil in files of other wallets
}

type label struct {
	purpose ident.Purpose
	account uint64
	public  []byte
	mac     [32]byte
}

// Info is what a file says of itself without its password. Nothing of it is proved before the file is opened.
type Info struct {
	Purpose ident.Purpose
	Account uint64 // 0 when not known
	Public  []byte // nil in files of other wallets
	Address string // lower-case hexadecimal without 0x; empty when the file has none
	Params  Params
}

// Inspect reads a file without opening it: ErrDamaged or ErrUnsupported. A file of ours that passes is undamaged.
func Inspect(data []byte) (*Info, error) {
	s, err := parse(data)
	if err != nil {
		return nil, err
	}
	info := &Info{Purpose: ident.PurposeAuthor, Address: strings.ToLower(s.doc.Address), Params: s.params}
	if s.label != nil {
		info.Purpose, info.Account, info.Public = s.label.purpose, s.label.account, s.label.public
	}
	return info, nil
}

func parse(data []byte) (*sealed, error) {
	if len(data) > MaxFile {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrDamaged, MaxFile)
	}
	var version struct{ Version json.RawMessage }
	if err := json.Unmarshal(data, &version); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if v := string(bytes.TrimSpace(version.Version)); v != strconv.Itoa(formatVersion) {
		return nil, fmt.Errorf("%w: version %.20s, want %d", ErrUnsupported, v, formatVersion)
	}
	s := new(sealed)
	if err := json.Unmarshal(data, &s.doc); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if err := s.decode(); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *sealed) decode() error {
	c := &s.doc.Crypto
	switch {
	case c.Cipher != cipherName:
		return fmt.Errorf("%w: cipher %.20q, want %s", ErrUnsupported, c.Cipher, cipherName)
	case c.KDF != kdfName:
		return fmt.Errorf("%w: key derivation %.20q, want %s", ErrUnsupported, c.KDF, kdfName)
	case c.KDFParams.DKLen != derivedLength:
		return fmt.Errorf("%w: derived key of %d bytes, want %d", ErrUnsupported, c.KDFParams.DKLen, derivedLength)
	case len(c.KDFParams.Salt) > 2*maxSalt:
		return fmt.Errorf("%w: salt of more than %d bytes", ErrUnsupported, maxSalt)
	}
	s.params = Params{N: c.KDFParams.N, R: c.KDFParams.R, P: c.KDFParams.P}
	if err := s.params.check(); err != nil {
		return err
	}
	var err error
	if s.salt, err = hex.DecodeString(c.KDFParams.Salt); err != nil {
		return fmt.Errorf("%w: salt is not hexadecimal", ErrDamaged)
	}
	for _, f := range []struct {
		name string
		dst  []byte
		text string
	}{{"iv", s.iv[:], c.CipherParams.IV}, {"ciphertext", s.ciphertext[:], c.CipherText}, {"mac", s.mac[:], c.MAC}} {
		if err := decodeHex(f.name, f.dst, f.text); err != nil {
			return err
		}
	}
	if s.doc.OCOP == nil {
		return nil
	}
	return s.decodeLabel()
}

func (s *sealed) decodeLabel() (err error) {
	l := s.doc.OCOP
	s.label = &label{account: l.Account}
	if s.label.purpose, err = ident.ParsePurpose(l.Purpose); err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	keyType, size := keyForm(s.label.purpose)
	if l.Type != keyType {
		return fmt.Errorf("%w: %v key of type %.20q, want %s", ErrDamaged, s.label.purpose, l.Type, keyType)
	}
	s.label.public = make([]byte, size)
	if err := decodeHex("public key", s.label.public, l.PublicKey); err != nil {
		return err
	}
	if err := decodeHex("label's mac", s.label.mac[:], l.MAC); err != nil {
		return err
	}
	if l.Checksum != s.doc.checksum() {
		return fmt.Errorf("%w: its checksum does not fit: a character was changed or lost", ErrDamaged)
	}
	return nil
}

// keyForm is the type of a purpose's keys and the size of their public half.
func keyForm(p ident.Purpose) (keyType string, size int) {
	if p == ident.PurposeAuthor {
		return typeAuthor, len(ident.PublicKey{})
	}
	return typeEd25519, len(ident.Ed25519Key{})
}

// checksum covers every field but itself, each on a line, as they are written.
func (d *document) checksum() string {
	c, k, l := &d.Crypto, &d.Crypto.KDFParams, d.OCOP
	fields := strings.Join([]string{
		strconv.Itoa(d.Version), d.ID, d.Address,
		c.Cipher, c.CipherText, c.CipherParams.IV, c.KDF, c.MAC,
		strconv.Itoa(k.DKLen), strconv.Itoa(k.N), strconv.Itoa(k.P), strconv.Itoa(k.R), k.Salt,
		l.Type, l.Purpose, strconv.FormatUint(l.Account, 10), l.PublicKey, l.MAC,
	}, "\n")
	sum := sha256.Sum256(ident.PAE(checksumType, []byte(fields)))
	return hex.EncodeToString(sum[:checksumSize])
}

func decodeHex(name string, dst []byte, text string) error {
	if len(text) != 2*len(dst) {
		return fmt.Errorf("%w: %s of %d characters, want %d", ErrDamaged, name, len(text), 2*len(dst))
	}
	if _, err := hex.Decode(dst, []byte(text)); err != nil {
		return fmt.Errorf("%w: %s is not hexadecimal", ErrDamaged, name)
	}
	return nil
}
