//go:build !linux

package cosign

import (
	"os"
	"runtime"
)

func syncData(f *os.File) error { return f.Sync() }

func syncDir(dir string) error {
	if runtime.GOOS == "windows" { // which cannot
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
