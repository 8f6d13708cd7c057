// Package cosign makes heads certified: it signs the heads that this validator derived, collects what the others signed, and says which head a quorum
// stands behind.
//
//	apply ─► points ─► sign ─► slot file ─► the others
//	                     │                     │
//	                     └───► collect ◄───────┘ ─► certified head
//
// A validator's cosignature says: this is the largest head of the one history I know. What would make it a lie is excluded by these rules:
//
//   - Nothing is released before the slot file remembers it.
//   - No smaller size than the slot file's is signed, and no other root at the same size.
//   - Nothing is signed before the validator's own ledger contains every head it is known to have signed: the slot file's, and the newest that the others hold
//     of it, who are asked after each start. n − q + 1 of them suffice: one of those is among any q − 1 that certified a head together with this validator. So a
//     restored disk cannot make it sign a second history.
//   - Nothing of policy epoch e+1 is signed before the head that ended e is held, certified under e.
//   - A validator stops when its own ledger contradicts a head it signed, or a quorum contradicts its own head. What was certified before stays so, and nothing
//     is added. Start it again when its ledger is mended.
//
// A conflicting cosignature of a minority is reported with all bytes that evidence needs, counted, and otherwise ignored.
//
// # Slot file
//
// 8,192 bytes, made once and never longer: two slots, at 0 and at 4,096. The n-th write goes to slot n mod 2, so that the one before it stays whole whatever
// happens, and ends with fdatasync. A slot, numbers big-endian:
//
//	magic "OCOPSLOT" ‖ version 1 u8 ‖ number of the write u64, from 1 ‖ chain id [32] ‖ size u64 ‖ root [32] ‖ CRC-32C of all that u32
//
// The slot with the larger number counts. What a start finds, and what it does about it:
//
//	both slots whole, or the first write alone   nothing larger was signed
//	one slot torn or flipped                     it may have been the newer one. A torn write released nothing; a bit that flipped later did.
//	                                             Nothing smaller than the whole slot's head and than the ledger as it stands is signed: a head is signed
//	                                             after the ledger has it on disk
//	both damaged, or no file                     the same without a slot's head
//	another ledger's, or of a later version      the node does not start
//
// The others are asked in each case. The file is in no backup and no snapshot.
package cosign
