//go:build unix

package machine

import (
	"errors"
	"os"
	"runtime"
	"syscall"
)

// touched is how much memory is touched to see what a page costs: enough for a steady number, and a third of a second where pages are dear.
const touched = 128 << 20

// MeasurePages touches memory that no process has, once, and returns it; nil: the system does not count.
func MeasurePages() (_ *Pages, err error) {
	memory, err := syscall.Mmap(-1, 0, touched, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, syscall.Munmap(memory)) }()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	before, begun := faults(), CPU()
	for i := 0; i < len(memory); i += os.Getpagesize() {
		memory[i] = 1
	}
	took, n := CPU()-begun, faults()-before // with large pages by far fewer than pages of the usual size
	if n <= 0 {
		return nil, nil
	}
	return &Pages{Size: max(os.Getpagesize(), touched/n), First: float64(took.Nanoseconds()) / 1000 / float64(n)}, nil
}

// faults is how many pages this process was given.
func faults() int {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return int(u.Minflt)
}
