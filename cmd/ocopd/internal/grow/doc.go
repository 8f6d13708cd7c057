// Package grow makes ledgers of any size, as a node would have them after a year of trade, and measures what size costs: applying, reading, starting,
// checking. Limits that hold for a young ledger are worth little; these show whether they hold for an old one.
//
// Blocks are full, their drafts signed by a validator's node key, and their records by the people of a [workload.Market]. They go through chain.Apply, as
// raft's would. Signatures are not verified while a ledger is made: each was made by this very process a moment before. Whoever checks or audits the ledger
// verifies all of them.
package grow
