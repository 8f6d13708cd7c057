// Package prove makes what package verify checks: receipts of subjects, of actions and of records, and consistency proofs, from a ledger at the
// height of a certified head.
//
// Everything is read through [Source], one view of one height (chain.View is one), and nothing is signed here: the head brings its cosignatures. What
// is made depends on the ledger's bytes alone, so that two nodes make the same receipt under the same head.
package prove
