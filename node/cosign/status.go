package cosign

import (
	"slices"
	"time"

	"github.com/ocopledger/ocop/ledger"
)

// States of a cosigner.
const (
	Signing  = "signing"
	Learning = "learning" // waits for the other validators to tell what it signed before
	Behind   = "behind"   // waits until the own ledger contains what it signed before
	Waiting  = "waiting"  // for the head that ended the last epoch to be certified
	Watching = "watching" // has no key in the policy: collects and does not sign
	Stopped  = "stopped"
)

// Status is where a cosigner stands.
type Status struct {
	State      string
	Why        error // Stopped: the reason
	Certified  *Head // nil: none yet
	Signed     Mark
	Delay      time.Duration // from the newest certified point to its certification
	Queue      int           // points that wait to be signed
	Conflicts  uint64        // cosignatures that contradict the own log or each other, since the start
	Validators []ValidatorStatus
}

// ValidatorStatus is what is known of a validator's cosignatures since the start, those of this node included.
type ValidatorStatus struct {
	Agency    ledger.AccountID
	Taken     uint64 // verified and of the own root
	Bad       uint64 // did not verify
	Conflicts int    // verified and of another root; of late
	Newest    Mark
	Time      uint64 // of the newest, Unix seconds
}

// Status tells where the cosigner stands.
func (c *Cosigner) Status() Status {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := Status{State: c.state(), Why: c.stopped, Certified: c.newest, Signed: c.mark, Delay: c.delay, Queue: len(c.queue), Conflicts: c.conflicts}
	for agency, v := range c.validators {
		t := ValidatorStatus{Agency: agency, Taken: v.taken, Bad: v.bad, Conflicts: len(v.conflicts)}
		if v.newest != nil {
			t.Newest, t.Time = v.newest.Mark, v.newest.Cosignature.Time
		}
		s.Validators = append(s.Validators, t)
	}
	slices.SortFunc(s.Validators, func(a, b ValidatorStatus) int { return int(int64(a.Agency) - int64(b.Agency)) })
	return s
}

func (c *Cosigner) state() string {
	if c.stopped != nil {
		return Stopped
	}
	if len(c.heads) == 0 {
		return Learning
	}
	policy := c.heads[len(c.heads)-1].Policy
	if v, ok := policy.Validator(c.o.Agency); !ok {
		return Watching
	} else if _, ok := c.o.Key(v.CosignerKey); !ok {
		return Watching
	}
	switch {
	case c.ready && policy.Number > c.epoch:
		return Waiting
	case c.ready:
		return Signing
	}
	if len(c.learned) < answersWanted(policy) {
		return Learning
	}
	return Behind
}
