// Package govern makes raft's membership follow the ledger's.
//
// Who the validators are is decided by records; raft has a configuration of its own, which only its leader can change, one server at a time and each by a
// round of the log. Changing it where records are applied would wait for itself. So the leader compares the two outside of apply, again and again, and
// makes the one change that is next. The cosign set changes at the block, raft's voters follow: until they have, a validator that was voted out still
// counts in raft, and no message of it is let through.
package govern
