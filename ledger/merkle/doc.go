// Package merkle is the mathematics of the ledger's append-only trees: hashes in, hashes and proofs out.
// It knows nothing of records, blocks or files, and imports nothing but the standard library, so that a stranger
// can read everything he has to trust.
//
// # Definition
//
// Three kinds of tree exist. They have one shape, that of RFC 6962 section 2.1, and differ in two tag bytes, so that a
// node of one kind can never be taken for a node of another, nor a leaf for an inner node. All hashes are SHA-256, ‖ is
// concatenation.
//
//	kind      leaf hash               node hash                      leaves
//	log       H(0x00 ‖ leaf bytes)    H(0x01 ‖ left 32 ‖ right 32)   n ≥ 0: every record, refusals leaf and seal
//	actions   H(0x10 ‖ action bytes)  H(0x11 ‖ left 32 ‖ right 32)   1 ≤ n ≤ 256: the actions of one record
//	history   H(0x20 ‖ entry bytes)   H(0x21 ‖ left 32 ‖ right 32)   n ≥ 1: the entries that touched one subject
//
// The root of n leaf hashes d[0:n] is
//
//	MTH(d[0:0]) = H("") = e3b0c442…b855
//	MTH(d[0:1]) = d[0]
//	MTH(d[0:n]) = Node(MTH(d[0:k]), MTH(d[k:n]))   where k is the largest power of two smaller than n
//
// A subtree is perfect when it covers the leaves [i·2^l, (i+1)·2^l) for some level l and index i; its hash never changes
// once its last leaf is there. Everything here is built from hashes of perfect subtrees: see [HashReader].
//
// # Frontier
//
// A tree of n leaves is the sequence of the perfect subtrees given by the one bits of n, from the highest to the lowest.
// Their hashes are the [Frontier]: all that is needed to append and to know the root. The root folds from the right:
// h = last; then h = Node(f, h) for every other hash f of the frontier, from the smallest subtree to the largest.
// Encoded as
//
//	size u64 big-endian ‖ hash 32 × (number of one bits in size)
//
// # Proofs
//
// Inclusion and consistency proofs are those of RFC 6962 section 2.1.1 and 2.1.2, hashes listed from the leaf to the root.
// Two further statements need no new format:
//
//   - The path of the last leaf of a tree of n leaves is the frontier of the tree of n − 1 leaves, smallest subtree first.
//     Folded without the leaf it is the root before that leaf: [Domain.RootBefore].
//   - The frontier at i followed by the leaves i … n−1 determines the root. So frontier and leaves together show that these
//     leaves, in this order and no others, are what follows position i: [Domain.CheckSuffix].
//
// # Tiles
//
// The log is stored and published as tiles of up to 256 hashes, C2SP tlog-tiles: tile (L, N) lists the perfect subtrees of
// level 8·L with the indexes 256·N … 256·N+255. See [Tile].
//
// # Errors
//
// Bad input from outside (a proof, an encoding, a position out of range) gives an error that wraps [ErrProof], [ErrEncoding]
// or [ErrRange]. A panic means that the program's own arithmetic is broken, for example a Frontier put together by hand
// whose number of hashes does not match its size.
package merkle
