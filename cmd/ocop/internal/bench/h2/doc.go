// Package h2 makes unary gRPC calls over and over on a connection, for a fraction of what a gRPC client takes.
//
// Who measures a network under ten times its load from the same machine takes from it what the offering costs. A gRPC client keeps a goroutine, a context, timers
// and a stream's buffers for a call, some 20 µs in all, and tries to be of use to its caller, who here wants nothing but the answer. A [Conn] is HTTP/2 as
// RFC 9113 and gRPC over it describe, and nothing else: calls that are made together go out in one write, their headers are written once and referred to
// from then on (RFC 7541), and answers are told as they come. Windows and the peer's bound on calls under way are kept, so that to the node it is a client like any other.
package h2
