// Package serve joins a validator with what it answers: the API for programs and the pages for people, both from one index that follows its ledger.
//
// `ocopd run` serves one node until it is told to stop; `ocopd devnet` serves several in one process.
package serve
