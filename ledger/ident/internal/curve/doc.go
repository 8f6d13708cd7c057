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
// two points of a sum happen to share an x, for which the formulas here do not hold. So a mistake here can refuse nothing that the library takes.
//
// What must not happen is that something is shown which the library refuses: nodes with a table of that signer and nodes without one would differ. That rests on exact
// arithmetic, exact digits and exact tables, and on no difficulty for a forger: a signer knows the logarithms of all points, and could use a wrong entry or a lost
// carry that he can meet on purpose for any digest. So carries and borrows are argued where they stand, and held against math/big where they are rare; digits and tables are
// held against a curve by the textbook; verdicts against the library. At last a sum counts only if it is a point of the curve, which a wrong number in an
// addition or in a table leaves by all likelihood.
//
// The numbers here are public, so no care is taken that time does not depend on them. Nothing here may touch a secret.
package curve
