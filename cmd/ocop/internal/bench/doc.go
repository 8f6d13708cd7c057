// Package bench measures a network: how many records it takes a second, how long one waits, and what each costs.
//
// A number alone misleads, so that a report has beside it what it rests on: the machine and what neighbours left of it, the disk, how fast the machine
// verifies signatures and does nothing else, in the same run, and what of every node's processor each record took. And no answer of a node is taken for the
// outcome: at the end every record that was acknowledged is looked for in the leaves of a certified head ([presence]).
//
//	target   the network: connections, genesis, what is believed
//	supply   what is submitted: a province's workload, signed before the clock starts
//	watch    what nodes say of themselves on their operator doors
//	phase    warm-up, window, end: one measurement
//	cost     what two looks at the nodes say of what lies between
//	overload ten times the peak, if it was one
//	failover a killed leader, and whether anybody leads after it
//	receipts another measurement: what a node answers of what was written, checked afterwards
//	run      the measurements of a run and the report on them
package bench
