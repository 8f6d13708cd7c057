//go:build !linux

package rescue

import "errors"

// exchange exchanges two names at once, which this system cannot.
func exchange(string, string) error { return errors.ErrUnsupported }
