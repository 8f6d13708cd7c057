// Package profiles gives an operator the profiles of a running node: what its processor time, its memory and its goroutines are spent on.
//
// It serves what net/http/pprof serves, and go tool pprof reads it the same way. It is not that package, because that one puts itself on the default mux of every
// program that imports it, takes any duration, and leaves the profiles of blocking and of locks empty unless somebody changed the program before the trouble came.
// Here a profile over time has a bound, one is taken at a time, and those two are switched on by asking for them and off when the answer ends: a node pays for them
// only then.
//
// A profile tells nothing of records and keys, but it costs processor time, and the stacks say what the node is at. So it is for who sits at the machine: it is
// refused where the door is not loopback or a socket, and to a browser that came by another name.
package profiles
