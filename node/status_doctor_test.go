package node

import (
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger/chain"
)

// TestExamination: a node tells whom it reaches and who calls it, and goes on telling when that was.
func TestExamination(t *testing.T) {
	w := newNetwork(t, 3).start()
	w.leader()
	first := w.nodes[0]
	w.eventually("both directions of both links", func() bool {
		e := first.Status().Doctor
		return len(e.Links) == 2 && e.Links[0].Answered != nil && e.Links[0].Called != nil && e.Links[1].Answered != nil && e.Links[1].Called != nil
	})
	e := first.Status().Doctor
	if len(e.Validators) != 3 || e.Policy.Quorum != 2 || e.Policy.Began != w.Genesis.Body.Time || e.ClockBound != first.clockBound() || e.KeysUsed != 2 || e.Diverged || e.Refused != nil {
		t.Errorf("%+v", e)
	}
	for i, v := range e.Validators {
		if h := w.nodes[i]; v.Agency != h.agency || v.PeerAddress != h.addresses.Peer || v.PublicAddress != h.addresses.Public || v.TLSKey != w.Nodes[i].TLS.Public() || v.Incarnation != 1 {
			t.Errorf("validator %d: %+v", i, v)
		}
	}
	w.nodes[2].stop()
	answered := *first.Status().Doctor.Links[1].Answered
	w.eventually("an answer of the peer that is there", func() bool { return first.Status().Doctor.Links[0].Answered.After(answered.Add(askEvery)) })
	if l := first.Status().Doctor.Links[1]; l.Agency != 3 || l.Called == nil || l.Answered.After(answered.Add(askEvery)) {
		t.Errorf("a peer that is gone answers: %+v", l)
	}
}

// TestLeavesSince holds the search by halves against a look at every block.
func TestLeavesSince(t *testing.T) {
	w := newNetwork(t, 1).start()
	for range 5 {
		w.certifies(w.nodes...)
	}
	err := w.nodes[0].Ledger().View(func(v *chain.View) error {
		var times, ends []uint64 // by height
		for height := range v.Head().Height + 1 {
			b, err := v.Block(height)
			if err != nil {
				return err
			}
			times, ends = append(times, b.Seal.Time), append(ends, b.Seal.SizeBefore+1)
		}
		for moment := times[0] - 1; moment <= times[len(times)-1]+1; moment++ {
			want, some := uint64(0), false
			for i := range times {
				if times[i] <= moment {
					want, some = v.Head().Size-ends[i], true
				}
			}
			if got, ok := leavesSince(v, moment); ok != some || got != want {
				t.Fatalf("since %d: %d, %v; want %d, %v", moment, got, ok, want, some)
			}
			if len(times) > 1 && moment == times[0] { // genesis can be long before the first block
				moment = max(moment, times[1]-uint64(5*time.Second/time.Millisecond))
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
