// Package replay derives blocks, and says where a ledger differs from what follows from its own leaves.
//
// Machine is the one transition function: from the state after a block and an ordered draft it derives the next block, and from the leaves of a
// block, once more, the same. Nodes apply drafts with it, recover with it, and check their files with it; auditors replay with it, so that there
// is no second way to come to a state.
//
// The machine carries the policy of the newest block and that of the next one, which is the one that an action wrote last. Proposers are checked against
// the policy of their own block, in audits as on nodes.
//
// Auditor takes a ledger's leaves in order from any source and trusts none of it: it re-derives hash-chain, tree, state, histories and rules, and
// stops at the first Divergence, which names leaf, record and field, and does not depend on how the leaves were fed. Signatures are checked in bulk,
// ahead of the blocks they belong to. Nobody wants an earlier state back, so state map and rows change in place. Ids are remembered as long as their
// records could come once more, so that memory does not grow with the ledger's age.
//
// What leaves do not hold cannot be rechecked: why a record was refused, as refused records are not published (that its author is there, its time and
// that the reason is one for good are checked), and what proposers put into drafts beside the records in the block.
package replay
