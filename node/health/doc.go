// Package health says whether a node can go on, whether it can serve, and what its operator is to be told.
//
// It is facts → [Report], without a clock, a disk or a network: package node gathers the facts, and a [Board] remembers since when each check is as it is.
//
// Two questions are asked by machines, and they must not be mixed. Whether the process can go on ([Board.Live]) is what a supervisor restarts it for; so it
// fails for this machine's own faults alone. Whether the node can serve ([Board.Ready]) is what a load balancer asks; a check that fails there for a fault of
// other nodes would take away the very nodes that are well, so what a minority of validators says, or leaves unsaid, fails none of the required checks.
package health
