package keystore

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/ocopledger/ocop/ledger/ident"
	"golang.org/x/crypto/scrypt"
	"golang.org/x/crypto/sha3"
)

const labelType = "application/vnd.ocop.keystore-label.v1"

// Encrypt makes a keystore file of a key. The password is used as it is (see the package's comment) and may not be empty: ErrNoPassword. ErrKey
// says that the secret is no key, ErrUnsupported that the parameters are beyond what Decrypt would take.
func Encrypt(random io.Reader, password []byte, key *Key, params Params) ([]byte, error) {
	if len(password) == 0 {
		return nil, ErrNoPassword
	}
	if err := params.check(); err != nil {
		return nil, err
	}
	public, err := key.Public()
	if err != nil {
		return nil, err
	}
	drawn := make([]byte, 32+16+16)
	if _, err := io.ReadFull(random, drawn); err != nil {
		return nil, fmt.Errorf("drawing a salt: %w", err)
	}
	salt, iv, id := drawn[:32], drawn[32:48], drawn[48:]

	derived, err := scrypt.Key(password, salt, params.N, params.R, params.P, derivedLength)
	if err != nil {
		return nil, fmt.Errorf("deriving a key: %w", err)
	}
	defer clear(derived)
	ciphertext := make([]byte, len(key.Secret))
	if err := crypt(derived, iv, ciphertext, key.Secret[:]); err != nil {
		return nil, err
	}
	mac, labelMAC := textMAC(derived, ciphertext), labelMAC(derived, key.Purpose, key.Account, public)

	keyType, _ := keyForm(key.Purpose)
	doc := document{
		Version: formatVersion,
		ID:      uuid(id),
		Crypto: cryptoDoc{
			Cipher: cipherName, CipherText: hex.EncodeToString(ciphertext), CipherParams: cipherDoc{hex.EncodeToString(iv)},
			KDF: kdfName, KDFParams: kdfDoc{derivedLength, params.N, params.P, params.R, hex.EncodeToString(salt)},
			MAC: hex.EncodeToString(mac[:]),
		},
		OCOP: &labelDoc{
			Type: keyType, Purpose: key.Purpose.String(), Account: key.Account, PublicKey: hex.EncodeToString(public), MAC: hex.EncodeToString(labelMAC[:]),
		},
	}
	if doc.Address, err = address(key.Purpose, public); err != nil {
		return nil, err
	}
	doc.OCOP.Checksum = doc.checksum()
	out, err := json.MarshalIndent(&doc, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("writing a keystore: %w", err)
	}
	return append(out, '\n'), nil
}

// Decrypt opens a keystore file: ErrPassword, ErrDamaged or ErrUnsupported. The caller wipes the key.
func Decrypt(data, password []byte) (*Key, error) {
	s, err := parse(data)
	if err != nil {
		return nil, err
	}
	derived, err := scrypt.Key(password, s.salt, s.params.N, s.params.R, s.params.P, derivedLength)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	defer clear(derived)
	if mac := textMAC(derived, s.ciphertext[:]); subtle.ConstantTimeCompare(mac[:], s.mac[:]) != 1 {
		return nil, ErrPassword
	}
	key := &Key{Purpose: ident.PurposeAuthor}
	if s.label != nil {
		mac := labelMAC(derived, s.label.purpose, s.label.account, s.label.public)
		if subtle.ConstantTimeCompare(mac[:], s.label.mac[:]) != 1 {
			return nil, fmt.Errorf("%w: purpose, account or public key are not those it was written with", ErrDamaged)
		}
		key.Purpose, key.Account = s.label.purpose, s.label.account
	}
	if err := crypt(derived, s.iv[:], key.Secret[:], s.ciphertext[:]); err != nil {
		return nil, err
	}
	if err := s.fits(key); err != nil {
		key.Zero()
		return nil, err
	}
	return key, nil
}

// fits compares what the file says of its key with the key: the standard MAC does not cover it, nor the IV.
func (s *sealed) fits(key *Key) error {
	public, err := key.Public()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if s.label != nil && string(public) != string(s.label.public) {
		return fmt.Errorf("%w: the public key is not that of the secret", ErrDamaged)
	}
	if s.doc.Address == "" {
		return nil
	}
	want, err := address(key.Purpose, public)
	if err != nil {
		return err
	}
	if !strings.EqualFold(strings.TrimPrefix(s.doc.Address, "0x"), want) {
		return fmt.Errorf("%w: the address is not that of the secret", ErrDamaged)
	}
	return nil
}

// address is what wallets list an author's file by; other keys have none.
func address(p ident.Purpose, public []byte) (string, error) {
	if p != ident.PurposeAuthor {
		return "", nil
	}
	a, err := ident.PublicKey(public).Address()
	return hex.EncodeToString(a[:]), err
}

func crypt(derived, iv, dst, src []byte) error {
	block, err := aes.NewCipher(derived[:16])
	if err != nil {
		return fmt.Errorf("%s: %w", cipherName, err)
	}
	cipher.NewCTR(block, iv).XORKeyStream(dst, src)
	return nil
}

// textMAC is the MAC of the format.
func textMAC(derived, ciphertext []byte) (mac [32]byte) {
	h := sha3.NewLegacyKeccak256()
	h.Write(derived[16:])
	h.Write(ciphertext)
	h.Sum(mac[:0])
	return mac
}

// labelMAC binds our extension to the password.
func labelMAC(derived []byte, p ident.Purpose, account uint64, public []byte) (mac [32]byte) {
	body := binary.BigEndian.AppendUint64([]byte{byte(p)}, account)
	h := hmac.New(sha256.New, derived[16:])
	h.Write(ident.PAE(labelType, append(body, public...)))
	h.Sum(mac[:0])
	return mac
}

// uuid writes 16 random bytes as a version 4 UUID, which is what geth wants for an id.
func uuid(b []byte) string {
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
