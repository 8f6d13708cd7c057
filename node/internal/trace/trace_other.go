//go:build !(linux && amd64)

package trace

// Trace is a process being traced.
type Trace struct{}

// Attach fails with ErrUnsupported.
func Attach(int, Options) (*Trace, error) { return nil, ErrUnsupported }

// Detach does nothing.
func (*Trace) Detach() error { return nil }

// Ended is nil.
func (*Trace) Ended() <-chan struct{} { return nil }
