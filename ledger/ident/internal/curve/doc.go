// Package curve verifies signatures of signers that come again, four times as fast as a library that meets each signer for the first time.
//
// An ECDSA signature (r, s) over a digest e is good if the point (e/s)·G + (r/s)·Q has an x of r. A library computes it with a table of G and some
// 128 doublings for Q. Who certifies or sells signs thousands of records, so a [Table] of the multiples d·2^(w·i)·Q is made once, and no doubling
// is left: a signature is a sum of some 75 points out of two tables. They are added in affine coordinates, two by two, in seven rounds; the one division
// that each round needs is shared by all sums of a batch (Montgomery's trick), so that an addition costs six multiplications in the field.
//
// # What rests on it
//
// A verdict of this package is "good" or "not shown", never "bad". Whatever is not shown good is asked of the library (package ident does that), also where
// two points of a sum happen to share an x, for which the formulas here do not hold. So a mistake here could refuse nothing, and nodes with
// and without this package agree on everything that is refused. To have something accepted wrongly it does not suffice that a sum is computed wrongly: the wrong
// sum must have the x that is in the signature, and x, together with the digest, decided which points were added. Whoever wants that must find a digest for given
// points, as a forger must against right arithmetic, and digests are hashes of what is signed. Tests compare sums, tables and verdicts with the library's, and
// with math/big.
//
// The numbers here are public, so no care is taken that time does not depend on them. Nothing here may touch a secret.
package curve
