// Package evidence is the file in which somebody shows that a participant of the ledger lied or failed: a proposer that signed two drafts for one
// place, a validator that cosigned two heads that cannot both be true, a node whose head contradicts a certified one (diverged), a promise that was not
// kept (breach). These four words are all that is ever claimed.
//
// A file carries the handovers from epoch 1 to the one it speaks of, so that whoever has the genesis file needs nothing else. Here are the bytes;
// package verify says what they show.
package evidence
