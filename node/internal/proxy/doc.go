// Package proxy is the network between processes on one machine, which tests cut, slow down and break.
//
// Each node is known to the others by the address of a proxy. Which of them dials does not show in the address, nor in what it sends; the system knows which
// process holds the other end of a connection, so that a link has a direction, and one of two can be cut.
package proxy
