// Package vectors keeps the tampering matrix as files, so that a verifier in another language can be held to the same verdicts. Tests of package verify and
// of those below it hand each of their cases over as bytes: a [Group] runs the verifier on these bytes, tells the test what came out, and at the end of the
// test compares what it has gathered with the group's file in this folder, or writes it when OCOP_GOLDEN=write. README.md describes the files.
//
// The package serves tests alone.
package vectors
