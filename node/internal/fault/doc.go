// Package fault breaks what nodes stand on, and wants them to stand. Its tests run real processes of ocopd, and nothing of a node is replaced.
//
// The disk tables record every write of a node's files, and start the node again on each state that a power cut or a bad disk makes of them; and they have the disk
// of a running node answer with errors. A node must be where it was acknowledged to be, or refuse by name.
//
// The campaign is three nodes under load, whose processes, network and disks fail by a schedule that follows from a seed. After each step, whatever anybody was told
// is held against every node.
//
// node/FAULTS.md says how, and what came of it.
package fault
