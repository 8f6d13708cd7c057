// Package blob is the format of public blobs: what a leaf names by a salted hash, and what can be erased.
//
// A leaf is for ever, so that what concerns a person is never in one: the name of a household business, a photo. Such a thing is a blob beside the
// ledger. Its [Blob.ID] is a commitment (FORMAT §1), and the salt makes it one: when salt and content are gone, nobody can tell from the hash whose name
// it was, not even by trying all names. Whoever has the container recomputes the id, so that it does not matter where a blob comes from.
//
// A container holds one of a few kinds of content, each checked byte by byte without decoding it: a picture that also is something else, hides a text,
// carries the place where it was taken, or wants gigabytes when it is shown, is no blob. The check is a function of the bytes, and the same on every
// node: what one node takes, no other refuses.
//
// An [Erasure] is an agency's signed order that a blob be destroyed; a [Report] is a node's signed word that it has done so. Both are kept for ever.
package blob
