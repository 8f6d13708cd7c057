package node

import (
	"context"
	"sync/atomic"

	"golang.org/x/sync/semaphore"
)

// room bounds records and their bytes, whichever comes first. Who waits for room gets it in turn.
type room struct {
	records, bytes *semaphore.Weighted
	held           [2]atomic.Int64
	maxima         [2]int64
}

func newRoom(records, bytes int64) *room {
	return &room{records: semaphore.NewWeighted(records), bytes: semaphore.NewWeighted(bytes), maxima: [2]int64{records, bytes}}
}

// try takes room if there is some and nobody waits for it.
func (r *room) try(records, bytes int64) bool {
	if !r.records.TryAcquire(records) {
		return false
	}
	if !r.bytes.TryAcquire(bytes) {
		r.records.Release(records)
		return false
	}
	r.took(records, bytes)
	return true
}

// wait takes room when there is some, unless ctx ends first.
func (r *room) wait(ctx context.Context, records, bytes int64) error {
	if err := r.records.Acquire(ctx, records); err != nil {
		return err
	}
	if err := r.bytes.Acquire(ctx, bytes); err != nil {
		r.records.Release(records)
		return err
	}
	r.took(records, bytes)
	return nil
}

func (r *room) took(records, bytes int64) {
	r.held[0].Add(records)
	r.held[1].Add(bytes)
}

func (r *room) leave(records, bytes int64) {
	r.held[0].Add(-records)
	r.held[1].Add(-bytes)
	r.records.Release(records)
	r.bytes.Release(bytes)
}

// taken is how much is taken.
func (r *room) taken() (records, bytes int64) { return r.held[0].Load(), r.held[1].Load() }

func sizeOf(envelopes [][]byte) (total int64) {
	for _, e := range envelopes {
		total += int64(len(e))
	}
	return total
}
