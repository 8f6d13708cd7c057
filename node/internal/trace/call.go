package trace

import (
	"errors"
	"syscall"
)

// ErrUnsupported: this system has no ptrace that this package knows.
var ErrUnsupported = errors.New("files cannot be traced on this system")

// Kind is what a process asks of a file.
type Kind uint8

// Kinds of calls.
const (
	Write  Kind = iota + 1
	Sync        // fsync, fdatasync
	Resize      // ftruncate
	// Other changes the file in a way of which nothing more is told: a write without an offset, a writable shared mapping. Whoever records cannot go on.
	Other
)

func (k Kind) String() string {
	switch k {
	case Write:
		return "write"
	case Sync:
		return "sync"
	case Resize:
		return "resize"
	}
	return "other"
}

// Call is one system call on a watched file.
type Call struct {
	Kind   Kind
	Path   string
	Offset int64  // of a Write
	Data   []byte // of a Write
	Size   int64  // of a Resize
	Name   string // of an Other
}

// Verdict is what becomes of a call. The zero value lets it pass.
type Verdict struct {
	Hold   <-chan struct{} // the call is made when it is closed; nil: at once
	Short  bool            // of a Write only the first Keep bytes are made; of any other call nothing
	Keep   int
	Answer syscall.Errno // 0: the truth for a whole call; for a short one, that all was done
	End    bool          // the process is killed before it sees an answer
}

// Options of a trace. The functions are called from one goroutine, in the order of the system calls, and must return soon.
type Options struct {
	Watch func(path string) bool
	Judge func(*Call) Verdict      // before the call; nil: all pass
	Done  func(c *Call, err error) // after it, with what the process is told; a call that was under way when the trace ended is not done
}
