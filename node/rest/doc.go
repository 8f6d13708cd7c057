// Package rest is what a node answers over HTTP in JSON: every read of the API and every receipt, below /v1/, and its description at /openapi.json. It
// calls the services in this process, so both doors give the same answers, turn away the same calls and refuse in the same words. What
// writes is not here: records go in over gRPC.
//
// Paths are those of proto/ocop/api/v1/rest.yaml. An id stands in them as people write it, percent-encoded where URLs want that. A slash inside the
// code of a lot is %2F; other slashes of ids may stand as they are, too.
//
// JSON is protojson with the names of the .proto files: 64-bit numbers are strings, bytes are base64, enums are names, dates the number yyyymmdd and
// times Unix milliseconds, as over gRPC. What is zero or empty is written all the same, so that readers find what they look for; a message or
// an optional field that is absent is left out.
//
// Query parameters are the fields of the request, inner ones with a dot (filter.star, page.size). One that is unknown, repeated or not of its kind is
// refused by its name: a filter that is misspelt must not find everything. Bytes are base64 of either alphabet.
//
// A long answer has next_page in its body, and the whole address of what follows in the header Link, rel="next".
//
// A receipt comes inside JSON, or as the file it is: by the header Accept: application/octet-stream, or by ?format=file for links.
//
// Answers may be read from any web page (CORS), carry no cookies and ask for none. They are kept by caches only as far as they are true for ever: a block, a
// record or the genesis file below a certified height; everything else is asked for again each time, with an ETag over the answer's bytes. The
// height alone would not do as one: a head gets more cosignatures at the same height. A receipt, too, is asked for again: it stays true, and a newer
// one says more. Errors are never kept.
//
// An error is a message Error with the gRPC code, the stable reason and a sentence in each language.
package rest
