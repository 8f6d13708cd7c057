package verify

import (
	"cmp"
	"errors"
	"slices"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
)

// FutureTolerance is how far, in seconds, a cosignature may be ahead of the verifier's clock and still count: what clocks of people's devices are off.
const FutureTolerance = 5 * 60

// Trust is a policy epoch that a verifier believes, and the moment at which it asks. It is a value: what leads on from it is another.
type Trust struct {
	Policy *ledger.Policy // sound, as NewTrust and Advance have checked; not to be modified
	Since  uint64         // the newest moment at which the epoch is known to have been current, Unix seconds; see the package
	Now    uint64         // the verifier's clock, Unix seconds
	Period uint64         // trust period in seconds, where shorter than the policies' own; 0: theirs
}

// NewTrust checks that votes can be counted by the policy, and believes it.
func NewTrust(p *ledger.Policy, since, now uint64) (Trust, error) {
	if err := checkpoint.CheckPolicy(p); err != nil {
		return Trust{}, fail(WordPolicy, err, "")
	}
	return Trust{Policy: p, Since: since, Now: now}, nil
}

// Certify checks that a head is certified under the policy believed, at this time: checks a) to d) of the package. Cosignatures from the future
// are left out of what it returns, and beyond the trust period the head's time is at most the newest of its outside witnesses'. That the head is of this
// epoch, and not of a later one, is for [Trust.Head] to check.
func (t Trust) Certify(s *checkpoint.Signed) (*checkpoint.Certified, error) {
	all, err := s.Verify(t.Policy)
	switch {
	case errors.Is(err, checkpoint.ErrOrigin):
		return nil, fail(WordChain, err, "")
	case err != nil:
		return nil, fail(WordCosignature, err, "")
	}
	c := all.Until(saturated(t.Now, FutureTolerance), t.Policy.Quorum)
	if have, want := len(c.Validators), int(t.Policy.Quorum); have < want {
		cause := &checkpoint.QuorumError{Have: have, Want: want}
		if len(all.Validators) >= want {
			return nil, fail(WordFuture, cause, "cosignatures of after %d do not count", saturated(t.Now, FutureTolerance))
		}
		return nil, fail(WordQuorum, cause, "epoch %d", t.Policy.Number)
	}
	if !t.Expired() {
		return c, nil
	}
	if len(c.Witnesses) == 0 {
		return nil, fail(WordTrust, nil, "epoch %d was last known to be current at %d, was to be trusted until %d, and no pinned outside witness cosigned",
			t.Policy.Number, t.Since, t.Until())
	}
	// Whoever has the validators' old keys can put today's date under an old head that the witness once saw. The witness's own time is out of reach.
	newest := slices.MaxFunc(c.Witnesses, func(a, b checkpoint.Cosigned) int { return cmp.Compare(a.Time, b.Time) })
	c.Time = min(c.Time, newest.Time)
	return c, nil
}

// Until is the last moment at which the epoch is trusted by its validators alone, Unix seconds.
func (t Trust) Until() uint64 {
	period := t.Policy.TrustPeriod
	if t.Period > 0 {
		period = min(period, t.Period)
	}
	return saturated(t.Since, period)
}

// Expired reports whether the trust period has passed.
func (t Trust) Expired() bool { return t.Now > t.Until() }

// knows is the trust after something certified under its policy shows that the epoch was current at a time.
func (t Trust) knows(seconds uint64) Trust {
	t.Since = max(t.Since, min(seconds, t.Now))
	return t
}

// saturated adds without wrapping round: a policy may say that it trusts for ever.
func saturated(a, b uint64) uint64 {
	if a+b < a {
		return 1<<64 - 1
	}
	return a + b
}
