// Package receipts is the part of the verifier that a stranger needs for receipts: a file and a trusted policy epoch in, and out comes what the ledger
// says about a product, a certificate, a lot, one action or one record. Like package verify above it, it opens no file, asks no network and looks at no clock,
// and it imports no store, no rules and no node. It is apart from that package because actions are protobuf, and who checks heads needs none of it.
//
// [Subject] checks the receipt of a product, certificate or lot, in this order:
//
//	a) the file is exactly one receipt, about the subject asked for                                        format, subject
//	b) its head is the ledger's: certified, and its seal is the last leaf (checks a to m of package verify)  chain, quorum, seal, path, …
//	   and does not go back behind what the caller remembers                                              memory, root
//	c) the head is not older than the caller allows                                                        stale
//	d) every action shown is in its record, and every record was signed by the key it names                action, signature, record
//	e) every entry of a history names an action that is shown, every action shown stands in a history,
//	   and entries follow each other                                                                      history
//	f) the actions are applied again, in order: each changes the values as the ledger's rules say, and
//	   touches exactly the subjects in whose histories it stands, so that every value a subject ever had
//	   is derived and not believed                                                                        history, state, action
//	g) at its place each record's key was bound to its author and not retired, with the role that the
//	   action takes                                                                                       signer
//	h) the author was competent: power, dates, territory, level; a star by the rule set in force on the
//	   Decision's date, whose scores, bands and validity the certificate keeps                            competence, rule
//	i) no subject of the closure is missing, and none is there without need                               closure
//	j) histories and values fold to the state root in the seal                                            history, state
//
// What then follows, for any date and any height up to the head's, is the verdict and the whole chain that leads to it: [Result].
//
// f) to h) hold even against a quorum of liars: they can hide acts and invent accounts, but they cannot make an agency's officer sign, nor a certificate
// out of nothing.
//
// Not rechecked, as the head's validators vouch for it and it changes no verdict: a record's time window, the possession of newly bound keys, that names,
// GTINs and items were free, check digits and personal numbers, group codes, who held how much of a lot, how much of it each accepted sale moved, and that no
// other lot of the product has stamps with the same numbers.
//
// A receipt alone does not show that its head continues the one remembered: that takes a consistency proof, and [verify.Memory.Next].
//
// [Action] and [Record] check receipts of one action and of one record. Every refusal is a *[verify.Error], whose word names what is wrong.
package receipts
