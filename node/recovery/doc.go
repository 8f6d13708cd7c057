// Package recovery is the paper under which a network goes on whose majority of raft voters is lost for good: who votes from now on, and who does not any more.
//
// Raft cannot decide that, as it would have to ask those that are gone; so people do. A [Statement] is drafted on the node that goes on, signed by officers of the
// agencies that run validators, more than half of them, and applied to that node alone. The lost machines' agencies sign too: their officers are alive.
//
// It is text, so that everyone can read what is signed, in one form alone, so that it can be signed:
//
//	ocop recovery 1
//	chain CHAIN
//	voter SEAT
//	lost SEAT            one line each, ascending
//	returns SEAT         one line each, ascending; there may be none
//	height HEIGHT
//	size LEAVES
//	root ROOT
//	log INDEX
//	certified LEAVES ROOT, or: certified none
//	time 2026-11-27T19:31:00Z
//
//	signed AGENCY KEY SIGNATURE    one line an agency, ascending
//
// A seat is a raft id, agency and incarnation. What is signed are the lines up to the empty one, which is not, under ident.TypeRecovery. Every line ends with a
// newline. Numbers are decimal without leading zeros, hashes, keys and signatures lower-case hexadecimal.
package recovery
