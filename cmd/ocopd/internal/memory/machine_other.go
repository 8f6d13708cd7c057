//go:build !linux

package memory

// Machine is how much memory this process may use in all, in bytes; 0: it is not known.
func Machine() uint64 { return 0 }
