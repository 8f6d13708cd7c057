// Package receipt is the file that proves what the ledger says about a product, a certificate, a lot or one action: OCOPRCPT, version 1.
//
// A receipt holds everything that a stranger needs beside a policy: a certified head, the seal that ends its log, a proof of the state under the
// seal, and of every subject that the verdict depends on (its closure, [Closure]) the value and the complete history, with the header, signature
// and action of every record that a history names. Nothing in it has to be believed: package verify folds the histories and values to the state
// root, the state root is in the seal, the seal is the last leaf of the head, and a quorum of validators has signed the head.
//
// Because histories are complete, nothing can be held back: a revocation that is left out makes another root. Because they are complete, too, one
// file answers for every earlier height and every date.
//
// The encoding says nothing twice. The chain id stands in the seal, a record's id is the hash of its header, a state leaf is made of what is
// shown of its subject, a public key is listed once. That keeps the receipt of a product with twenty records below 20 KB, also when one of its
// Decisions certified 250 products: of such a record two actions are shown, and the hashes that join them to its root.
//
// The package knows bytes and what belongs to a closure. It makes no receipt (package prove) and believes none (package verify).
package receipt
