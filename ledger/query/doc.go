// Package query answers what people ask of the ledger: where a product comes from and whether its certificate is in force, which certificates
// end soon, what is called something like "dak mil".
//
// It reads one height of the ledger through a narrow Source and builds the messages of ocop.api.v1 from it. Traces follow the histories of the
// subjects concerned and show the very actions they name. Lists and search go through an Index in memory, which follows the log by its leaves
// and holds the same after any block, however it got there. Nothing here asks for the time: whoever asks gives the date.
package query
