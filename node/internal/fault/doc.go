// Package fault breaks what nodes stand on, and wants them to stand. Its tests run real processes of ocopd.
//
// The disk table records every write of a node's files, and starts the node again on each state that a power cut or a bad disk makes of them: it must be where
// it was acknowledged to be, or refuse by name.
//
// FAULTS.md in node says how, and what came of it.
package fault
