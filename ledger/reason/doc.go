// Package reason says why something is refused: a number for the refusals leaf, a stable name for machines, a sentence in Vietnamese and one in
// English for people, and the rule behind it.
//
// Numbers and names are part of the format: refusal rows hold numbers, clients switch on names. A released reason never changes either, nor
// whether it is final; its sentences may be put better at any time. New reasons take new numbers.
//
// Each reason has its sentences twice: with the values, and bare. A refusal row keeps reason and action alone, so that whoever reads a refusal from
// the ledger is told the bare ones ([Info.Recalled]). No sentence is ever shown with a gap. What a value says in words, it says in both languages; what
// is wrong with a field where the reason leaves that open is a [Fault], with a kind for machines.
//
// A final reason is recorded on the ledger and answered again whenever the record comes back. Others are answered only: the same signed record
// may be accepted later, when what it refers to is there or its time has come.
package reason
