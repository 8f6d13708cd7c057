//go:build !linux

package replica

import "os"

func syncData(f *os.File) error { return f.Sync() }
