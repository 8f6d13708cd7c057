// Package tiles is the log as static files: C2SP tlog-tiles, from which everybody who has them can audit the whole ledger.
//
//	checkpoint              the newest published head
//	tile/<L>/<N>[.p/<W>]    256 hashes, or W, of tile level L
//	tile/entries/<N>[.p/<W>] the leaves under tile N of level 0, each after its length as u16
//
// [Read] makes a file from a log, for a server or a mirror; a [Reader] takes the files apart again, from wherever they come, and believes none of
// them: what it gives is to be checked against a certified head, as package replay does.
//
// Files but the checkpoint never change: one of a width is the same for ever.
package tiles
