// Package rules says what records may do. It is pure: a record, the state and the block's number and time go in; touched subjects or a refusal come
// out, the same on every node and for ever. It asks no clock, no chance and no disk, and checks no signature of records (only the proofs by which
// new keys show that somebody holds them).
//
// A [Block] lies over a committed state. [Block.Apply] evaluates a record: its header against time, author and keys, then its actions in order,
// each seeing what the ones before did. Either all of them happen or none. Each kind of action has a file of its own; what several share is in
// authority.go, account.go, product.go, terms.go, goods.go, supply.go and restrain.go. Every refusal is a reason of package reason; its scenario, a text that
// people can read, is in testdata.
//
// # Who may do what
//
// An agency may do what a grant of its authority covers: the power, at the level, in the territory or below it, on the date. Certifying and
// revoking are judged on the date of the Decision, everything else on the date of the block. A record's key must have the role that its
// actions take: an agency's registrations, keys and corrections take register; Decisions, certificates, their corrections and revocations
// certify, and so do an agency's holds, recalls and inspections; lots, sales and a producer's own products trade; an account's own keys govern, and an
// agency's contact. Keys of producers and traders have the roles trade and govern alone. Agencies, and agencies' keys, are not touched by other agencies:
// that is governance.
//
// An agency that runs a validator replaces its validator's keys by itself, with a governing key: that ends the policy epoch with the block.
//
// # Certificates
//
// The date of a Decision selects the rule set, and with it maxima, bands, groups, competence and the longest validity. A Decision entered later
// than the backdating window is historical, and only such a one is. One certificate of a product counts on any day: a renewal names the certificate
// it supersedes, which then counts until the day before, and a revocation ends one on the day before it takes effect. Who stated something
// may correct it, within the same rules; a product that was certified is corrected by agencies alone. A correction names the action that
// registered or certified its target, also when an earlier correction put the wrong value there; histories tell them apart.
//
// # Trade
//
// A lot's quantity is held by accounts or has left the market, at every moment. A proposal reserves nothing; acceptance, outside and retail sales draw
// the seller's holding down. The OCOP claim takes a certificate of that very product in force on the date of the sale; once a revocation is on
// the ledger, only a proposal that was there before it can still be accepted with the claim, at a date before the revocation took effect.
// What is entered later than the backdating window is marked late and has no claim.
//
// # Supply
//
// A lot can be made of others (supply.go): what is used leaves its holder, and the new lot is at most what the declared yield makes of it. A lot that is
// held or recalled (restrain.go) stops with all that was made of it: nobody writes to those lots, every sale, use and stamp asks the lots that are in it.
// So a lot has at most [subject.MaxAncestors] of them. Its producer and an agency that may revoke hold, release and recall; what an agency holds, agencies
// release. Stamps (stamp.go) bear the mark: they take a certificate in force on the day of the block, and are numbered without gaps through all lots of a
// product.
package rules
