// Package gs1 reads and writes the codes that stand on labels: GTINs, the paths of GS1 Digital Link URIs, and the short codes that people type.
//
// A label's QR code holds a link. The link of a product with a GTIN is a GS1 Digital Link URI, whose path is made of application identifiers (AI)
// and values:
//
//	https://<resolver>/01/<GTIN-14>/10/<LOT>/21/<SERIAL>
//
// A product without a GTIN gets no invented one, but a path of our own of the same shape, with the product's id on the ledger in the GTIN's place:
//
//	https://<resolver>/id/<PRODUCT>/10/<LOT>/21/<SERIAL>
//
// Below the code stands the same for people, the short code PRODUCT/LOT/SERIAL. [Link] is what all of them name.
//
// The sources are the GS1 General Specifications (GTINs, check digits, character set 82, lengths) and the GS1 Digital Link standard: URI Syntax
// (order of the path, percent-encoding). Everything here is a pure function of text; what is on a ledger, others know.
package gs1
