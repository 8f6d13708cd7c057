// Package scans counts how often the code of a serial number is opened at this node.
//
// A QR code can be copied onto a thousand packages, and each copy is as right as the first. What gives a copy away is that it is opened too often, at
// too many places; so the page shows the count, and leaves the conclusion to the reader.
//
// Nothing is kept of who opens a code: no address, no program, no time of day. What is kept is a row for each serial: the first day, the last day, and how
// often altogether and on the last day. The counts are this node's alone. They are no part of the ledger, prove nothing, and may be lost with the file.
//
// Only serials that were issued are counted, which whoever calls this sees to, so that made-up codes take no room; and there are at most MaxSerials rows,
// so that somebody who opens all issued codes one after the other takes no more than a few megabytes. When there is no room, the rows whose last day is
// longest ago give way; when all are of today, a further serial is not counted.
//
// Counting is a write to memory. The file is written whole, beside the old one and then in its place, once a minute at most and at the end.
package scans
