// Package resolve answers for the codes on labels: it is a GS1-conformant resolver for the products of the ledger.
//
// A code is a link (see package gs1): a GS1 Digital Link URI, /01/<GTIN>…, or a path of our own, /id/<product>…, for a product without a GTIN. Who
// opens it as people do is led on to the page of what it names; who asks for something else is led there, or given the list:
//
//	GET /01/08930000000002/10/L-1/21/7                      307 to the lot's page, which is told the serial
//	GET …?linkType=gs1:certificationInfo                    307 to the certificate in force; 404 with what there is when there is none
//	GET …?linkType=linkset, Accept: application/linkset+json  all links as an RFC 9264 linkset
//	Accept: application/json                                307 to the trace in the REST API
//	GET /.well-known/gs1resolver                            what this resolver can do
//
// What is below is walked up when it is not on the ledger: from a serial that nobody was given to its lot, from a lot to its product. Whoever is led
// to a page so is told there what was not found, and the page's status is 404: a stranger's label must not get a good answer from a good product. A
// program is told at once. A code that is malformed is refused with a page that says what is wrong with it; where a check digit is wrong, the page
// says what would be right and leads nowhere, since nobody knows which of the digits is the wrong one.
//
// A node may answer for the hosts of others: labels outlive the agencies that printed them. The ledger lists the hosts, and only those, and the
// node's own, are ever written into an answer; whatever else a request calls this node, links lead to the node's own address.
//
// Not done: compressed links, primary keys other than GTIN (the description says so), and attributes in the query string, which are passed on unread.
//
// The standard is GS1-Conformant Resolver 1.2, with the URI syntax of package gs1. Where it leaves a choice: the default link is gs1:pip; links have
// no context, so that any context a request names fits; the whole query string goes on to pages, and not to the REST API, which refuses parameters that
// it does not know.
package resolve
