// Package admit stands before the order: bytes go in, verified records come out, or a refusal that says why not.
//
// [Admitter.Verify] checks what needs no say of the others: size, form, ledger, signature, and whether the record was ordered before. Every node
// does that for what it is handed, once for each signature: the ledger is told which envelopes are verified. [Admitter.Judge] asks the rules
// early, against the state as it is. Only the leader does, whose state is never behind what anybody was told; its refusals are answered and not
// recorded, and the rules decide again, for good, when the record has its place in the order.
//
// The work under way is bounded. Beyond that a caller waits a little and is then told that the node is overloaded.
package admit
