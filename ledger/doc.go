// Package ledger holds the nouns of the OCOP ledger and the bytes they are written in.
//
// A record is what an author signs: a fixed header over the root of a Merkle tree of actions. Its envelope carries signature, header and
// actions, and is, byte for byte, what is hashed, replicated, stored and served. A proposer puts records into a signed draft; raft gives
// drafts an order; every node applies them by itself and derives a block: the accepted records, the refusals, and a seal, each a leaf of one
// RFC 6962 log. The seal commits to everything before it and to the state after it, so that log, hash-chain and state have one proof system.
//
// Everything here is bytes to values and back. Parsers accept exactly what the encoders write: one value, one encoding. Nothing here asks
// the machine for time, chance or tables. FORMAT.md draws every byte.
package ledger
