// Package replica gives drafts an order: it is the one place that knows raft.
//
// What goes in is bytes of a draft, what comes out is what the ledger made of it, or a typed error that says whether the draft may still be
// ordered. The ledger is a deterministic function of the order, so that this package decides nothing about records.
//
// raft itself checks neither who sends a message nor what is in it. Everything it is given here does:
//
//   - The transport ([Transport]) is ours, over streams whose other end is known by a pinned TLS key. A message whose header names anyone but
//     that validator is refused, and the connection closed.
//   - The time gate ([Gate]) refuses a draft from the future before raft sees it, so that it is never acknowledged, and drops that leader for
//     the rest of its term.
//   - Heartbeats go through raft's main loop like every other message: handled beside it, they can make followers diverge
//     (hashicorp/raft #695). The price is that they wait behind disk writes, hence the long default timeouts.
//   - Followers hear of a commit at once, by a message beside raft's own (notices), and not with the next entries or after raft's commit timeout: half of
//     what somebody at another node, and every certified head, waited for.
//   - The log store ([Store]) keeps entries in small parts with checksums, writes term and vote in one transaction, and deletes in small steps.
//     Small writes go to a file beside it first, which waits for the disk once (journal). A write that fails or hangs ends the process: a leader with a dead disk would otherwise keep its office (hashicorp/raft #503, #614).
//
// A snapshot here is a [Mark]: where the ledger stands, and not the ledger. It lets the log be cut ([Options].LogBytes), and tells a follower that needs what was
// cut how far it has to come by leaves, which it gets from anybody. A mark that the ledger has not come to never reaches raft; and where raft starts is
// said by the ledger, so that no snapshot that was finished too early can make it pass over blocks.
//
// A store belongs to a [Seat], one raft id for ever. Who may sit down is for the node to decide; here are the facts: the store's number and starts, the same
// as the seat file has them ([Held]), and what was met of others ([Acquaintance]).
package replica
