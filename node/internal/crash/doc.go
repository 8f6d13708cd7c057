// Package crash kills nodes. Its test runs three processes of ocopd and a fourth that submits records and notes what it was told, kills the leading
// node again and again, and wants everything that was ever acknowledged back from every node, byte for byte.
//
// Another test lies to such processes, with an agency's real keys, and changes a file under their hands: all that are honest must say so, by the right word,
// in evidence that the program ocop verifies with nothing but the genesis file.
package crash
