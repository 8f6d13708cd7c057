package blobs

import (
	"context"
	"time"
)

const (
	// sortEvery is how often is looked for what has had its time, and for reports that could not be signed before.
	sortEvery = time.Minute
	// followPause is between two looks at a ledger that grows all the time.
	followPause = 200 * time.Millisecond
)

// follow keeps what is held in step with what the ledger names.
func (b *Blobs) follow(ctx context.Context) {
	due := time.Now()
	for ctx.Err() == nil {
		grown := b.o.Grown()
		err := b.names.follow(ctx, b.o.Ledger)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			b.o.Log.Error("what the ledger names of blobs is not known", "error", err)
		}
		if now := time.Now(); b.names.takeChanged() || !now.Before(due) {
			due = now.Add(sortEvery)
			if err := b.sort(); err != nil && ctx.Err() == nil {
				b.o.Log.Error("blobs are not in step with the ledger", "error", err)
			}
			if err := b.reportAll(); err != nil {
				b.o.Log.Error("an erasure is not reported", "error", err)
			}
		}
		if !pause(ctx, followPause) {
			return
		}
		select {
		case <-grown:
		case <-time.After(time.Until(due)):
		case <-ctx.Done():
		}
	}
}

// pause waits; false: ctx has ended.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}
