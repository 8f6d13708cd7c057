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

// MeasurePages touches memory that no process has, once, and returns it.
func MeasurePages() (_ *Pages, err error) {
	memory, err := syscall.Mmap(-1, 0, touched, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, syscall.Munmap(memory)) }()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	size, begun := os.Getpagesize(), CPU()
	for i := 0; i < len(memory); i += size {
		memory[i] = 1
	}
	return &Pages{Size: size, First: float64((CPU() - begun).Nanoseconds()) / 1000 / float64(len(memory)/size)}, nil
}
