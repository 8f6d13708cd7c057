// Package statemap is the authenticated map from state keys to state leaves whose root every seal commits to.
//
// # Definition
//
// A key is 32 bytes, in practice a hash. Bit p of a key, 0 ≤ p ≤ 255, is counted from the most significant bit of its first
// byte: bit p of k is (k[p/8] >> (7 − p mod 8)) & 1. H is SHA-256, ‖ is concatenation, integers are big-endian.
//
//	leaf hash   H(0x30 ‖ key 32 ‖ value hash 32 ‖ n u64 ‖ history root 32)    137 bytes hashed
//	inner hash  H(0x31 ‖ bit position u16 ‖ left 32 ‖ right 32)               67 bytes hashed
//
// The root of a set of leaves with distinct keys is defined by the set alone:
//
//	root({})  = 32 zero bytes
//	root({l}) = leaf hash of l
//	root(S)   = inner hash of (p, root(S₀), root(S₁)), where p is the lowest bit position at which not all keys of S agree,
//	            and S₀, S₁ are the leaves of S whose keys have bit p = 0, 1
//
// So the map is a binary trie without one-way branches (a Patricia trie): n keys have n leaves and n − 1 inner nodes,
// whatever the order in which they came. From the root downwards bit positions increase strictly, and all keys below an
// inner node at position p agree in the bits 0 … p−1. There are no deletions: a subject, once on the ledger, stays in the
// state for ever, and a history that could end would have to be proved ended.
//
// # Memory and versions
//
// A [Map] is an immutable value. [Map.Update] copies the paths to the keys it touches and shares everything else, so one
// writer can make new maps while any number of readers use older ones, without locks. Holding a Map value keeps exactly its
// root readable; which roots are kept, and for how long, is the caller's business. Every version held costs the inner
// nodes that later updates replaced.
//
// An [Editor] is for who wants no earlier version: it changes the nodes that it made in place.
//
// Nodes live in memory: 112 bytes for a leaf and 112 for an inner node, which keeps the hashes of its two sides so that an
// update reads no node beside its paths. That is about a quarter faster than nodes that keep their own hash, for 32 bytes more a
// key. Nothing in the definition speaks of it. A node's hash does not depend on where or in which groups nodes are kept, so
// an implementation that keeps them on disk has the same roots and the same proofs.
//
// # Proofs
//
// A [Proof] is the map with all parts cut away that none of the asked keys leads to; only their hashes remain. Following a
// key means: at an inner node of position p go left if bit p of the key is 0, right if it is 1, until a leaf is reached.
// A key is present when the leaf reached bears it, and absent when the leaf reached bears another key, or the map is empty.
//
// Why an absence is shown: let R be the root of a set S by the definition above, and let a proof for the key k fold to R.
// The root of the proof and the root node of the map have the same hash. The tag and the fixed lengths make the hashed
// bytes of leaf and inner node different, so unless SHA-256 collides, they are the same node: the same leaf, or an inner
// node of the same position with the same two hashes below. In the second case k leads to the same side in both, and
// the argument repeats there. By induction the leaf k' reached in the proof is the leaf that k reaches in the map.
// Were k in S, it would reach its own leaf: an inner node of position p passes on to either side just the keys with that
// bit p, so no step leads away from it. Since k' ≠ k, k is not in S. ∎
//
// The argument needs R to be the root of some set. Validators derive roots by executing every record, and certify only
// roots they derived; a root that a quorum of liars put together by hand could hide a key in a place to which it does not
// lead. The checker refuses what no honest map contains as far as a proof lets it see: positions that do not increase
// strictly, a leaf on a side that contradicts its own key, and leaves below one inner node that differ before its position.
//
// A root, a list of keys and their proof determine each other: the same map has exactly one proof for the same set of
// keys, and exactly one encoding of it. A proof that opens more than the keys asked for is refused.
//
// Encoding of a proof:
//
//	proof = version u8 (1) ‖ (0x00: the empty map | node)
//	node  = 0x01 ‖ key 32 ‖ value hash 32 ‖ n u64 ‖ history root 32        a leaf that an asked key reaches
//	      | 0x02 ‖ bit position u8 ‖ node ‖ right hash 32                  inner node, asked keys lead left only
//	      | 0x03 ‖ bit position u8 ‖ left hash 32 ‖ node                   … right only
//	      | 0x04 ‖ bit position u8 ‖ left node ‖ right node                … to both sides
//
// Without leaves ([Proof.AppendPaths]) a leaf is its byte 0x01 alone; the leaves follow each other in ascending order of keys, as left comes before
// right.
//
// Nothing follows. At most [MaxProofKeys] leaves. Errors wrap [merkle.ErrProof], [merkle.ErrEncoding] or
// [merkle.ErrRange].
package statemap
