package api

import "sync"

// buffers are buffers for timelines, used again as soon as gRPC has written them. A long timeline has half a megabyte: as garbage, it would have the collector look
// through a ledger's state twice as often. Unlike gRPC's own, they are not cleared before.
type buffers struct{ pool sync.Pool }

// keptBuffer bounds what a buffer that waits may have, in bytes: that of a page of a thousand large actions is not kept.
const keptBuffer = 2 << 20

// room is an empty buffer for so many bytes.
func (b *buffers) room(bytes int) []byte { return (*b.Get(bytes))[:0] }

// Get implements mem.BufferPool.
func (b *buffers) Get(length int) *[]byte {
	if kept, ok := b.pool.Get().(*[]byte); ok && cap(*kept) >= length {
		*kept = (*kept)[:length]
		return kept
	}
	made := make([]byte, length)
	return &made
}

// Put implements mem.BufferPool.
func (b *buffers) Put(buffer *[]byte) {
	if cap(*buffer) <= keptBuffer {
		b.pool.Put(buffer)
	}
}
