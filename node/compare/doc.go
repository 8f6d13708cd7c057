// Package compare finds out that a proposer says two things.
//
// A proposer numbers its drafts in a term and signs each. Raft shows a follower one order; nothing in raft shows it what another follower was given.
// So validators tell each other the headers of the drafts they were given ([Drafts.Since]) and lay them side by side ([Drafts.See]): two headers with
// the same proposer, term and sequence and different content are evidence that nobody but the holder of the node key can have made.
//
// Honest proposers never make such a pair: numbers are used up whether or not a draft is committed, and a term has one leader.
package compare
