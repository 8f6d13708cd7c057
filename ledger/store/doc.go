// Package store keeps a ledger in two bbolt files, and the certified heads of it in a third. It is the only importer of bbolt for that.
//
// chain.db is the truth and is written synchronously, one transaction for all blocks of a batch, or of several that were added in memory before ([Chain.Add]):
//
//	meta    "format", "genesis" (the genesis file), "head" (height, size, frontier, newest seal, applied raft position)
//	leaves  index of the chunk's first leaf u64 → a chunk of 1 to 64 leaves, most of them as what they add to another one of it
//	tiles   level u8 ‖ index u64 → the 256 hashes of a complete tile
//	seals   height u64 → index of the block's seal
//
// index.db is derived from it, written in large batches some time later, and can be thrown away:
//
//	meta      "head" (chain, height and size it belongs to, row counts and checksums)
//	subjects  kind u8 ‖ id → value, history frontier and newest history entries of a subject, fewer than 32
//	sales     the same for sales, whose ids ascend with time: pages filled to the brim, unlike those of subjects
//	entries   state key [16] ‖ chunk u32 → 32 older history entries of a subject: place in the log, and the value as its difference to the one after; of activities
//	          also the hashes of the perfect subtrees of the history that end with the chunk
//	records   record id → its leaf, or its row in a refusals leaf
//
// heads.db holds what the validators signed, which cannot be derived, and much of which the others hold, too:
//
//	meta    "format"
//	recent  size u64 → a certified head; the newest 1,000
//	days    date u32 → the last one of each day, at UTC+07:00
//	ends    epoch u32 → the one that ended a policy epoch: the handover to the next
//
// Every row carries a CRC-32C over key and contents, chunks one for each leaf: a flipped bit is told apart from a mistake of logic, found where it
// is, and named. A checksum protects against accidents alone; that the rows are true is re-derived from the leaves by package chain.
//
// Nothing of this layout is part of the ledger's format: it may change with any version, by writing the files anew.
package store
