// Package ident holds keys and what they sign: it is the one place where a signature is made or believed, and the only importer of go-ethereum.
//
// Authors (officers, producers, traders) have secp256k1 keys. A [PublicKey] is 33 bytes in one form only, a [Signature] is r‖s with low s, and
// both are judged here, byte by byte, before a library sees them: the cgo and the pure Go build of the library disagree about odd inputs, and
// a disagreement would fork the ledger. A public key is never recovered from a signature. [SelfTest] shows at start that the library of this
// build gives the known answers.
//
// Many signatures are verified by a [Verifier]. Its [Pool] keeps tables of those who sign often, by which a signature takes a quarter of the library's time; what a
// table does not show to be good, the library judges (package curve says what rests on that).
//
// Validators have Ed25519 keys, one for each use: the node key signs drafts, the cosigner key and the log key sign C2SP notes ([Cosigner],
// [LogSigner]), the TLS key identifies the node to its peers. What each of them signs begins differently ("DSSEv1 ", "cosignature/v1",
// an origin without spaces), so that no signature can be passed off as another.
//
// Everything signed outside notes is the DSSE pre-authentication encoding ([PAE]) of a body under a payload type that names its domain. Whoever
// brings a new key proves to hold it: [KeyPossession], [GenesisPossession].
//
// Randomness and time are passed in. Secret keys can be wiped with Zero, and do not print themselves.
package ident
