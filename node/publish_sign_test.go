package node

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/node/cosign"
)

// headsOfTest is certified heads as they come.
type headsOfTest struct {
	mu      sync.Mutex
	head    *cosign.Head
	changed chan struct{}
	signed  []uint64
}

func (h *headsOfTest) Certified() *cosign.Head {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.head
}

func (h *headsOfTest) Changed() <-chan struct{} {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.changed
}

// sign signs a head once, when that may be.
func (h *headsOfTest) sign(head *cosign.Head, rested bool) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if size := head.Tree.Size; (rested || head.Ends) && !slices.Contains(h.signed, size) {
		h.signed = append(h.signed, size)
		return true
	}
	return false
}

func (h *headsOfTest) all() []uint64 {
	synctest.Wait()
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.signed)
}

func (h *headsOfTest) certify(size uint64, ends bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.head = &cosign.Head{Point: cosign.Point{Tree: checkpoint.Tree{Size: size}, Ends: ends}}
	close(h.changed)
	h.changed = make(chan struct{})
}

// TestLogKeyRests: of heads that come faster than the log key signs, it signs one after each rest, the last of an epoch, and the newest when no more come.
func TestLogKeyRests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		heads := &headsOfTest{changed: make(chan struct{})}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			certifiedHeads(ctx, heads, heads.sign)
		}()
		synctest.Wait()
		const every = 3 * signEvery / 10 // no head comes in the moment in which a rest ends
		for size := uint64(1); size <= 13; size++ {
			heads.certify(size, size == 8)
			time.Sleep(every)
		}
		if signed, want := heads.all(), []uint64{1, 4, 7, 8, 11}; !slices.Equal(signed, want) {
			t.Errorf("signed %v, want %v", signed, want)
		}
		time.Sleep(signEvery)
		if signed := heads.all(); signed[len(signed)-1] != 13 {
			t.Errorf("signed %v, and 13 is the newest there is", signed)
		}
		time.Sleep(time.Hour)
		heads.certify(14, false)
		if signed := heads.all(); signed[len(signed)-1] != 14 {
			t.Errorf("a head that came alone was not signed at once: %v", signed)
		}
		cancel()
		<-ended
	})
}
