package ident

import (
	"crypto/sha256"
	"strconv"
)

// Payload types: the domains of everything that is signed or hashed under a [PAE]. A type is never used for two kinds of body.
const (
	TypeRecordHeader        = "application/vnd.ocop.record-header.v1"            // an author, over a record's header
	TypeKeyPossession       = "application/vnd.ocop.key-possession.v1"           // a new author key, over itself and its account
	TypeValidatorPossession = "application/vnd.ocop.validator-possession.v1"     // a validator's new key, over itself and its place
	TypeDraftHeader         = "application/vnd.ocop.draft-header.v1"             // a node key, over a draft's header
	TypeGenesis             = "application/vnd.ocop.genesis.v1"                  // hash only: the chain id
	TypeGenesisPossession   = "application/vnd.ocop.genesis-possession.v1"       // every key in genesis, over itself and its agency
	TypeGenesisCountersign  = "application/vnd.ocop.genesis-countersignature.v1" // an agency's author key, over the chain id
	TypePolicy              = "application/vnd.ocop.policy.v1"                   // hash only: what seals name a policy document by
	TypeCommitment          = "application/vnd.ocop.commitment.v1"               // hash only: a salted field
	TypeAcceptancePromise   = "application/vnd.ocop.acceptance-promise.v1"       // a node key, over a promise that a record will be on the ledger
	TypeBackupManifest      = "application/vnd.ocop.backup-manifest.v1"          // a node key, over the manifest of a backup of its files
	TypeRecovery            = "application/vnd.ocop.recovery.v1"                 // an agency's author key, over a recovery statement's text
	TypeBlobErasure         = "application/vnd.ocop.blob-erasure.v1"             // an agency's author key, over an order to destroy a public blob
	TypeBlobReport          = "application/vnd.ocop.blob-report.v1"              // a node key, over the report that it was carried out
	TypeBlobOffer           = "application/vnd.ocop.blob-offer.v1"               // an author key, over the word that a blob will be named
)

// PAE is the DSSE pre-authentication encoding: "DSSEv1" SP len(type) SP type SP len(body) SP body, lengths in decimal.
func PAE(payloadType string, body []byte) []byte {
	const lengths = len("DSSEv1    ") + 2*20
	return appendPAE(make([]byte, 0, lengths+len(payloadType)+len(body)), payloadType, body)
}

// Digest is the SHA-256 of the PAE: what secp256k1 keys sign and what documents are named by.
func Digest(payloadType string, body []byte) [32]byte {
	var small [256]byte // a record header's PAE fits: no allocation on the path of every record
	return sha256.Sum256(appendPAE(small[:0], payloadType, body))
}

func appendPAE(b []byte, payloadType string, body []byte) []byte {
	b = append(b, "DSSEv1 "...)
	b = strconv.AppendInt(b, int64(len(payloadType)), 10)
	b = append(b, ' ')
	b = append(b, payloadType...)
	b = append(b, ' ')
	b = strconv.AppendInt(b, int64(len(body)), 10)
	b = append(b, ' ')
	return append(b, body...)
}
