//go:build !linux

package examine

import "github.com/ocopledger/ocop/cmd/ocopd/internal/doctor"

// Nodes run on Linux. Elsewhere a doctor tells all but what it would ask the kernel.

func room(string) *doctor.Disk             { return nil }
func fileSystem(string) *doctor.FileSystem { return nil }
func sameDisk(string, string) bool         { return false }
