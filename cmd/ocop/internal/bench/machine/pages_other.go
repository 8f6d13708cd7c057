//go:build !unix

package machine

// MeasurePages is not known on this system: nil.
func MeasurePages() (*Pages, error) { return nil, nil }
