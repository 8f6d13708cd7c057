package ident

import (
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
)

// Address is the Ethereum address of a secp256k1 key: the last 20 bytes of the Keccak-256 of its coordinates. The ledger identifies nobody by it;
// it is the fingerprint that keystore files and wallets show, for people to compare.
type Address [20]byte

// Address derives the key's address, or fails with ErrPublicKey.
func (k PublicKey) Address() (a Address, err error) {
	point, err := k.decompress()
	if err != nil {
		return a, err
	}
	copy(a[:], crypto.Keccak256(point[1:])[12:])
	return a, nil
}

// String is 0x and 40 hexadecimal digits whose case is a checksum (EIP-55).
func (a Address) String() string { return common.Address(a).Hex() }
