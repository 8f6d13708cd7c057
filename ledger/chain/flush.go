package chain

import (
	"fmt"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/store"
)

// maxLayers is how many times FlushRecords the young layer may hold while index.db is being written; then Apply waits for that.
const maxLayers = 4

// FlushIndex writes index.db up to the newest head and waits for it.
func (l *Ledger) FlushIndex() error {
	l.applying.Lock()
	if l.fault != nil {
		defer l.applying.Unlock()
		return l.fault
	}
	if err := l.sync(); err != nil { // index.db is never ahead
		defer l.applying.Unlock()
		return l.stop(err)
	}
	l.flushing.Lock()
	layer, head := l.freeze()
	l.applying.Unlock()
	defer l.flushing.Unlock()
	err := l.flush(layer, head)
	if err != nil {
		l.applying.Lock()
		defer l.applying.Unlock()
		return l.stop(err)
	}
	return nil
}

// flushWhenFull begins to write index.db when much has changed, and waits only when too much has. The caller holds applying.
func (l *Ledger) flushWhenFull() error {
	young := l.now.layers.young // only changed under applying
	size := max(len(young.records), len(young.subjects)/4)
	if size < l.o.FlushRecords {
		return nil
	}
	if size >= maxLayers*l.o.FlushRecords {
		l.flushing.Lock()
	} else if !l.flushing.TryLock() {
		return nil
	}
	if err := l.sync(); err != nil {
		l.flushing.Unlock()
		return err
	}
	layer, head := l.freeze()
	l.flushes.Go(func() {
		err := l.flush(layer, head)
		l.flushing.Unlock()
		if err != nil {
			l.applying.Lock()
			defer l.applying.Unlock()
			_ = l.stop(err)
		}
	})
	return nil
}

// freeze makes the young layer the old one. The caller holds applying and flushing; there is no old layer then.
func (l *Ledger) freeze() (*layer, ledger.Head) {
	l.mu.Lock()
	defer l.mu.Unlock()
	young := l.now.layers.young
	l.now.layers = layers{young: young.successor(), old: young}
	return young, l.now.head
}

// flush writes a frozen layer and lets it go. The caller holds flushing.
func (l *Ledger) flush(frozen *layer, head ledger.Head) error {
	if err := l.write(frozen, head); err != nil {
		return err
	}
	l.keep(frozen)
	l.mu.Lock()
	l.now.layers.old = nil
	l.mu.Unlock()
	return nil
}

func (l *Ledger) write(frozen *layer, head ledger.Head) error {
	batch := store.IndexBatch{Chain: l.Chain(), Height: head.Height, Size: head.Size}
	batch.Subjects = make([]store.Subject, 0, len(frozen.subjects))
	for id, r := range frozen.subjects {
		batch.Subjects = append(batch.Subjects, store.Subject{ID: id, Value: r.value, History: r.history, Newest: r.newest, Subtrees: r.subtrees})
	}
	batch.Records = make([]store.Record, 0, len(frozen.records))
	for _, r := range frozen.records {
		batch.Records = append(batch.Records, r)
	}
	done := l.o.Watch.Begin(Flush)
	err := l.index.Write(&batch)
	done(len(batch.Subjects) + len(batch.Records))
	if err != nil {
		return fmt.Errorf("write the index up to block %d: %w", head.Height, err)
	}
	return nil
}

// keepAtOnce bounds how long the next block may have to wait for keep.
const keepAtOnce = 1024

// keep puts rows that were just written into the cache, where some have stood as they were before, and which is asked again for what is in no layer any more.
// Rows that have changed again are not worth their place. While readers are in, nothing is published.
func (l *Ledger) keep(frozen *layer) {
	left := 0
	for id, r := range frozen.subjects {
		if left == 0 {
			l.mu.RLock()
			left = keepAtOnce
		}
		if _, again := l.now.layers.young.subjects[id]; again {
			l.cache.Forget(id)
		} else {
			l.cache.Put(id, r.trimmed())
		}
		if left--; left == 0 {
			l.mu.RUnlock()
		}
	}
	if left > 0 {
		l.mu.RUnlock()
	}
}
