// Package genesis makes and checks the document a ledger begins with.
//
// Each agency describes itself in a descriptor: name, territory, authority, and the public keys of its officers and its node, each with a proof
// that whoever holds the private key wants it there. Private keys never travel. Assemble joins the descriptors with territories, rule sets,
// parameters and the policy's beginnings into one body, whose hash is the chain id; agencies that agree countersign the id.
//
// Parse accepts a file only if every rule of a sound beginning holds, so that whoever starts from one need not check it again. The first state is
// a function of the body alone.
package genesis
