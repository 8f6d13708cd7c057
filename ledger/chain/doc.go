// Package chain is a node's ledger: it applies ordered drafts, keeps what follows from them, recovers, and checks its own files.
//
// # Applying
//
// A draft comes with its place in the order ([Entry]). What it makes of the state is derived by package replay, the same on every node. What cannot be
// a draft (it does not parse, is of another chain or term, is not signed by a validator, or holds a record whose signature is wrong) is applied as
// nothing, which is an [Applied] with the reason, never an error. An error is a fault of this machine: the ledger goes no further, and the node stops.
//
// Validators sign drafts with keys that change with the policy, and a policy with the block: a draft is judged by the one in force at its place in the
// order. [Ledger.Policy] is that of the next block, [Ledger.Epoch] that of the newest, under which its head is certified.
//
// Signatures are verified once a node: at admission ([Ledger.Remember]), or when the draft is stored and not yet committed ([Ledger.Preverify]), or at
// the latest when it is applied.
//
// All blocks of one Apply go to disk in one transaction, and then to readers; or, where who orders the entries keeps them ([Options].Unwritten), to readers, and to disk with
// later ones, at the latest at a cosign point. A crash takes those away, and they are applied again.
//
// # Leaves
//
// A ledger that is behind is given whole blocks as leaves ([Ledger.Extend]), which are derived again and must come out byte for byte. It may so run ahead of
// raft: a draft whose place is not after that of the newest block's makes nothing ([ErrDraftOrder]), so that raft may deliver its log from anywhere. [Ledger.Leaves]
// serves those who are behind, [Ledger.Advance] notes what raft need not deliver any more, [Cut] takes a ledger that nobody has open back to an earlier block.
//
// # Files
//
// chain.db is written at once or soon, index.db long after and never ahead of it: what is newer than index.db is kept in memory, in a layer that is filled and one that is being written. A
// crash loses the layers. At start they are derived again from the leaves, by the same transition function, on top of what index.db holds, after the
// root of its state has been compared with the seal of its height. An index that is missing, of an older format or ahead of the chain is made
// anew; one that was altered is named, row and field, and the ledger does not open.
//
// # Reading
//
// A [View] is the ledger at one height. Readers do not wait for blocks being derived, only for the moment in which one is published; and who derives and publishes
// waits for no reader, however long its view lasts.
package chain
