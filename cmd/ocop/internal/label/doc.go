// Package label lays out what is printed of the ledger: labels with QR codes for the units of a lot, and the certificate that is handed over on a stage.
//
// What is printed is in Vietnamese, as labels of goods sold in Vietnam are. Whether it may be printed is not asked here: whoever calls has checked a
// receipt. The package takes texts and gives pages of package draw.
//
// A code says a link and nothing else. A receipt would have to be in the code whole, and it has some kilobytes, of which a code of correction level M that
// a cheap phone reads from a stage holds one; and a code that opens no page helps nobody without a program for it. So a label and a certificate lead to the
// page, which has the receipt.
package label
