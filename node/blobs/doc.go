// Package blobs keeps the public blobs that the ledger names, gives them to everybody, and destroys them when it is told to.
//
// A blob verifies itself by the hash that a leaf has of it, so that it does not matter who brings it: whatever the ledger names is taken from anybody, and
// fetched from the other nodes when it is missing. What the ledger does not name yet is taken only with an account's signed offer, within limits for the
// account and for all, is shown to nobody, and goes when it is not named in time: strangers cannot fill a node's disk, and nobody can use it to show
// pictures to the world.
//
// An order to erase is checked against the ledger, written before the blob is deleted, and kept for ever: from then on the node takes the blob from nobody. Nodes
// fetch each other's orders and reports all the time, and before they fetch any blob, so that one that was away erases before it shows anything. Who copied a
// blob elsewhere is beyond all this.
//
//	put ──► pending ──named──► held ──► served
//	fetch ────────────────────►  │
//	erase ──► order, report      └──► gone
package blobs
