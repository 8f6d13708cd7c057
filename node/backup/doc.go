// Package backup copies a node's ledger into a folder, with a signed manifest that says what it is, and reads such folders again, believing nothing.
//
// A folder holds:
//
//	manifest.json   chain, agency, head, newest certified head, and every other file with its length and SHA-256
//	manifest.sig    a line: the agency's node key and its signature of manifest.json
//	chain.db        the ledger
//	heads.db        the certified heads the node has kept
//	genesis         the genesis file, with its countersignatures
//	config.yaml     the node's settings
//	policy/<e>      the document of policy epoch e
//
// It holds no private key: those are backed up by themselves, once, when they are made. It holds no raft log, since a node that is set back must not vote as
// its old self; and not the cosigner's slot, which says what this node has ever signed and must never go back.
//
// A folder gets its name when all of it is on the disk and was read again; before that it has another one, and no manifest. The copy is made while the node
// runs and does not hold it up: each database is copied as of one moment, heads.db first, so that what is certified is in the ledger.
//
// [Read] holds files against the manifest. That the manifest is the agency's, and what the files say is true, is shown by deriving the ledger again: only then is
// known which keys the agency has had ([Manifest.Signed]).
package backup
