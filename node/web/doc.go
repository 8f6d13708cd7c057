// Package web serves the pages that people open: what a buyer sees after scanning a code, and where one looks for products.
//
// The pages work without script and ask nobody else for anything: no fonts, no pictures, no counters, no cookies. A page is this node's answer
// and says so. The verdict comes first, in words, with a sign and a colour. Every page is of one height of the ledger and one day, which together
// are its ETag.
//
// Codes on labels are resolved elsewhere, and lead here: a page is told the serial or the lot that a label names, and says before everything else when
// there is no such thing, or how often the code was opened. What is typed into the search box and is such a code leads where the label leads.
//
// Whatever a sample's site answers says that it is a sample: pages, errors, and the picture of a QR code, which is printed without its page.
package web
