// Package label lays out what is printed of the ledger: labels with QR codes for the units of a lot, and the certificate that is handed over on a stage.
//
// What is printed is in Vietnamese, as labels of goods sold in Vietnam are. Whether it may be printed is not asked here: whoever calls has checked a
// receipt. The package takes texts and gives pages of package draw.
//
// A code says a link and nothing else. A receipt would have to be in it whole: a certificate's has 7 kB in a young ledger, and that of the one action that
// certified 2.1 kB, but a code of version 30, the largest that a cheap phone reads off an A4 page, holds 1.3 kB at correction level M. And a code that opens
// no page helps nobody who has no program for it. So labels and certificates lead to the page, which has the receipt.
package label
