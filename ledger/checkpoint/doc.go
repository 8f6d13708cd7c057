// Package checkpoint is the ledger's tree heads as text that others can read and check: C2SP checkpoints with the log's signature and the
// validators' cosignatures, and C2SP proofs that a leaf is in the tree of one.
//
// A [Tree] is what is signed: origin, size, root. A [Signed] is a tree with signature lines, some of which may be by keys that nobody here knows; they
// are kept and say nothing. [Signed.Certify] is the one place that decides whether a head is certified: a quorum of the validators of a policy epoch
// has cosigned it. The log's own signature is for verifiers that know nothing of this ledger; it is no trust root, and its absence no fault.
//
// Whose signatures count is said by two more files: [FormatPolicy] writes a policy epoch so that other people's verifiers can count by it, and a
// [Handover] shows that one epoch named the next. What follows from them is judged by package verify; here are the texts.
//
// Specifications: c2sp.org/signed-note, c2sp.org/tlog-checkpoint, c2sp.org/tlog-cosignature, c2sp.org/tlog-proof, c2sp.org/tlog-policy.
package checkpoint
