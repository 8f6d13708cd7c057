// Package web serves the pages that people open: what a buyer sees after scanning a code, and where one looks for products.
//
// The pages work without script and ask nobody else for anything: no fonts, no pictures, no counters, no cookies. A page is this node's answer
// and says so. The verdict comes first, in words, with a sign and a colour. Every page is of one height of the ledger and one day, which together
// are its ETag.
//
// Whatever a sample's site answers says that it is a sample: pages, errors, and the picture of a QR code, which is printed without its page.
package web
