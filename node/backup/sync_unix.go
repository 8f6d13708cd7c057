//go:build !windows

package backup

// ignoreUnsupported: here folders can be synced.
func ignoreUnsupported(err error) error { return err }
