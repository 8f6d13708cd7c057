// Package disk is what a power cut or a bad disk makes of files. A [Recorder] keeps every write, sync and change of length of a process, in their order; a
// [Log] of them gives the files as a disk may hold them after a [Crash] at any of its events.
//
// What is promised of a disk is little: what a sync has covered stays, as it was written; of everything else each write may have come, may not, or may have come in
// part. Sectors of 512 bytes are whole. A disk that breaks even that promise is made by damaging a write that a sync had covered.
package disk
