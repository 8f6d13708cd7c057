// Package verify checks what the ledger says, away from any node: bytes and a policy in, a verdict out. It opens no file, asks no network and looks at
// no clock; it imports no store, no rules and no node, so that what a stranger has to read stays small.
//
// [Subject] checks the receipt of a product, certificate or lot, in this order:
//
//	a) the file is exactly one receipt (receipt) about the subject asked for (subject);
//	b) its head is certified, by whatever [Heads] says, and not older than the caller allows (stale; the reasons of Heads);
//	c) its seal is the last leaf of the head's log: index size − 1, path, root before (path, seal), of the same ledger and policy (chain, policy);
//	d) every record shown was signed by the key it names (signature), and every action shown is in the record (action);
//	e) every entry of a history names an action that is shown, none is shown that no history names, entries follow each other (history);
//	f) the actions are applied again, in order: each changes the values as the ledger's rules say, and touches exactly the subjects in whose
//	   histories it stands, so that every value a subject ever had is derived and not believed (history, state, action);
//	g) at its place each record's key was bound to its author and not retired, with the role that the action takes (signer), and the author was
//	   competent: power, dates, territory, level, against the rule set in force on the Decision's date (competence, rule);
//	h) no subject of the closure is missing, and none is there without need (closure);
//	i) histories and values fold to the state root in the seal (history, state).
//
// What then follows, for any date and any height up to the head's, is the verdict and the whole chain that leads to it ([Result]).
//
// Not rechecked, as the head's validators vouch for it and it could change no verdict: a record's time window, the possession of newly bound keys,
// that names, GTINs and items were free, check digits and personal numbers, and how much of a lot each accepted sale moved.
//
// [Action] and [Record] check receipts of one action and of one record. Every refusal is an *[Error] with a reason that names what is wrong.
package verify
