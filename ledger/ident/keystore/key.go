package keystore

import (
	"errors"
	"fmt"

	"github.com/ocopledger/ocop/ledger/ident"
)

// Why a file is not opened or written.
var (
	// ErrPassword: the password is wrong. In a file without our checksum, as other wallets write it, damage looks the same.
	ErrPassword = errors.New("wrong password")
	// ErrUnsupported: a keystore, but of another version, cipher or key derivation, or of parameters beyond our bounds.
	ErrUnsupported = errors.New("unsupported keystore")
	// ErrDamaged: not a keystore, or one that was cut, mistyped or altered.
	ErrDamaged = errors.New("damaged keystore")
	// ErrNoPassword: a new file is not written under an empty password, which is nearly always a variable that was not set.
	ErrNoPassword = errors.New("empty password")
	// ErrKey: the secret is not a key of the stated purpose.
	ErrKey = errors.New("not a key of its purpose")
)

// Key is a secret with what it is for.
type Key struct {
	Purpose ident.Purpose // of author: secp256k1, big-endian; of all others: an Ed25519 seed
	Account uint64        // whose it is; 0 when not known, as in files of other wallets
	Secret  [32]byte
}

// FromAuthor is the key of an author, to be stored. The secret is a copy.
func FromAuthor(account uint64, k *ident.PrivateKey) *Key {
	return &Key{ident.PurposeAuthor, account, k.Secret()}
}

// FromEd25519 is a key of a node, to be stored. The secret is a copy.
func FromEd25519(purpose ident.Purpose, account uint64, k *ident.Ed25519PrivateKey) *Key {
	return &Key{purpose, account, k.Secret()}
}

// Author is the secp256k1 key, or ErrKey.
func (k *Key) Author() (*ident.PrivateKey, error) {
	if k.Purpose != ident.PurposeAuthor {
		return nil, fmt.Errorf("%w: a %v key does not sign records", ErrKey, k.Purpose)
	}
	private, err := ident.NewPrivateKey(k.Secret[:])
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	return private, nil
}

// Ed25519 is the Ed25519 key of a purpose, or ErrKey when it was made for another one.
func (k *Key) Ed25519(purpose ident.Purpose) (*ident.Ed25519PrivateKey, error) {
	if !purpose.Ed25519() || k.Purpose != purpose {
		return nil, fmt.Errorf("%w: a %v key is not a %v key", ErrKey, k.Purpose, purpose)
	}
	private, err := ident.NewEd25519PrivateKey(k.Secret[:])
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	return private, nil
}

// Public is the public key: 33 bytes of an author, 32 of others.
func (k *Key) Public() ([]byte, error) {
	if k.Purpose == ident.PurposeAuthor {
		private, err := k.Author()
		if err != nil {
			return nil, err
		}
		defer private.Zero()
		public := private.Public()
		return public[:], nil
	}
	private, err := k.Ed25519(k.Purpose)
	if err != nil {
		return nil, err
	}
	defer private.Zero()
	public := private.Public()
	return public[:], nil
}

// Zero wipes the secret.
func (k *Key) Zero() { clear(k.Secret[:]) }

// Format keeps the secret out of logs, whatever the verb.
func (k Key) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "%v key of account %d", k.Purpose, k.Account)
}
