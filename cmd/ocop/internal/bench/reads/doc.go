// Package reads asks a node for receipts, as many as it gives, and finds out afterwards whether they are receipts.
//
// What is asked for is what people hold in their hands: goods that were sold. Every [Sale] of the ledger is a reason to ask for its product, its certificate, its lot,
// the record that it stands in and the action that it is, so that what sells most is asked for most. [Callers] ask, one question after the other each, by package h2: the
// node sees calls of strangers, and the machine is left to it. A [Tally] counts answers and keeps some of them; [Check] judges those when the clock has stopped, by
// the verifier for strangers and what is believed, asking nobody.
package reads
