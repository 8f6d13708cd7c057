package ledger

import "github.com/ocopledger/ocop/ledger/merkle"

// Hash is a SHA-256 hash.
type Hash = merkle.Hash

// ChainID names a ledger: the hash of its genesis body.
type ChainID = merkle.Hash
