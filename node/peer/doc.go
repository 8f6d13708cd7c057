// Package peer lets validators speak to each other beside raft: a node that does not lead hands the records it has verified to the one that does,
// and each knows where the others stand.
//
// Whoever calls is known by the TLS key of the connection. What is said is believed no further than that: a node tells its clients only what its own
// ledger holds.
package peer
