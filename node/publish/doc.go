// Package publish shows the ledger to strangers: certified heads under the log's signature, the log as static files, and outside witnesses.
//
// The publisher is the one node whose agency holds the log key ([Sign]). It signs only heads that a quorum has certified, so that the key can make
// nothing true; other nodes get its line and serve it. Witnesses are asked by the publisher alone, one request at a time ([Witnesses]). Files are
// served by every node ([Handler]) and can be mirrored into a plain folder for a web server or a CDN ([Mirror]): they are the whole ledger.
package publish
