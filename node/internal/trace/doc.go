// Package trace stands between a running process and its files. It sees each write, sync and change of length of the files it is asked to watch, and
// decides what becomes of it: made, made in part, not made; answered truly, or with an error; at once, or held back.
//
// It is built on ptrace. A Go program makes its system calls itself, so that a library put before the C library's would see none of them, and bbolt writes
// its pages with pwrite64 through os.File: the system call is the one place that every write passes. ptrace asks for no privilege to trace one's own children.
// Linux on amd64 only; elsewhere [Attach] fails with [ErrUnsupported].
package trace
