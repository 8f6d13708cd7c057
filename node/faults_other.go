//go:build !unix

package node

func pageFaults() (uint64, bool) { return 0, false }
