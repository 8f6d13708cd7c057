// Package sync brings a ledger up to date by leaves, from any node's public door or from published files, and keeps it there.
//
// A node that is behind by any amount, a new one, and one that has no place in raft's order are the same to it: they hold a beginning of the ledger and want
// the rest.
//
//	certified head ─► leaves up to it ─► proof ─► execution ─► head reached
//	  (verify)         (whole blocks)   (merkle)   (ledger)     (the node adopts it)
//
// # Nothing is believed
//
// A [Source] is asked for its newest certified head and for what proves it; the head is taken when package verify takes it, under the policy epoch that this
// node believes. Leaves are gathered in chunks of whole blocks. The root of the log with a chunk appended is computed here, from the ledger's own frontier, and
// must be the head's, or be shown by a consistency proof to be that of a beginning of it. Only then is the chunk executed, by the same rules as a draft, and
// committed. What a source leaves out, alters, reorders or makes up is found before the ledger is touched.
//
// A source that fails is left alone for a while, longer each time, and another one is asked ([SourceError] says what was wrong with it). Three failures are no
// source's: a certified head that is not a continuation of this ledger ([OffChainError]), leaves of the certified log that do not follow by the rules of
// this software ([DerivationError]), and a trust period that has passed ([ExpiredError]).
//
// # One loop
//
// Catching up and following are the same: the newest certified head is asked for, a question that waits at the source when nothing is new, while the leaves
// stream in. While one chunk is executed the next is fetched, proved, and its signatures are verified. A head is reached a round trip after it was certified.
//
// # Where it stands
//
// All progress is in the ledger. After a crash it goes on from the newest block; heads that were reached and not kept are reached again.
package sync
