// Package node joins the steps of one validator: admit, batch, replicate, apply, cosign; and its doors.
//
//	signed record ─► admit ─► batch ─► replicate ─► apply ─► cosign ─► query
//
// A node takes records from anyone. The one that leads orders what it has verified; another hands it on to the leader. Either answers when its own
// ledger holds the outcome, so that what it tells can be read from it at once; or, for who asks for it, when a quorum has cosigned a head that covers it, with
// the receipts that prove it to anybody.
//
// [New] opens what is on disk, and [Node.Run] takes part until its context ends or a fault of this machine stops it. DESIGN.md says why things are
// as they are.
package node
