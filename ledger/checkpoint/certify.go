package checkpoint

import (
	"errors"
	"fmt"
	"slices"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
)

var (
	// ErrOrigin: the checkpoint is of another log than the policy's.
	ErrOrigin = errors.New("checkpoint of another log")
	// ErrSignature: a line of a key that the policy knows does not verify. Such a note is refused whole, whatever else it holds.
	ErrSignature = errors.New("a signature line of a known key does not verify")
	// ErrQuorum: too few validators have cosigned; by itself it is always a *QuorumError.
	ErrQuorum = errors.New("not cosigned by a quorum")
)

// QuorumError says how far a head is from being certified.
type QuorumError struct{ Have, Want int }

func (e *QuorumError) Error() string {
	return fmt.Sprintf("%v: %d validators, want %d", ErrQuorum, e.Have, e.Want)
}

// Unwrap gives ErrQuorum.
func (e *QuorumError) Unwrap() error { return ErrQuorum }

// Cosigned is a cosignature that verified.
type Cosigned struct {
	Agency ledger.AccountID // 0: an outside witness
	Name   string
	Time   uint64 // Unix seconds
}

// Certified is a head that a quorum of a policy epoch's validators has cosigned.
type Certified struct {
	Tree       Tree
	Validators []Cosigned // by agency; at least the quorum
	Witnesses  []Cosigned // of the policy's pinned outside witnesses, in its order
	Log        bool       // the log's signature is there
	Time       uint64     // the quorum's newest: the q-th newest of the validators' times, Unix seconds. The head's age counts from here
}

// Certify verifies every line by a key of the policy, and wants cosignatures of its quorum of validators. Lines by other keys are ignored, as
// c2sp.org/signed-note demands. Errors: ErrOrigin, ErrSignature, *QuorumError.
func (s *Signed) Certify(p *ledger.Policy) (*Certified, error) {
	c, err := s.Verify(p)
	if err != nil {
		return nil, err
	}
	if len(c.Validators) < int(p.Quorum) {
		return nil, &QuorumError{len(c.Validators), int(p.Quorum)}
	}
	return c, nil
}

// Verify is Certify without the quorum: Time is 0 where there is none.
func (s *Signed) Verify(p *ledger.Policy) (*Certified, error) {
	if s.Tree.Origin != p.Origin {
		return nil, fmt.Errorf("%w: %s, want %s", ErrOrigin, s.Tree.Origin, p.Origin)
	}
	text := s.Tree.Text()
	c := &Certified{Tree: s.Tree}
	for _, v := range p.Validators {
		at, ok, err := s.cosigned(text, v.CosignerName, v.CosignerKey)
		if err != nil {
			return nil, err
		}
		if ok {
			c.Validators = append(c.Validators, Cosigned{v.Agency, v.CosignerName, at})
		}
	}
	for _, w := range p.Witnesses {
		at, ok, err := s.cosigned(text, w.Name, w.Key)
		if err != nil {
			return nil, err
		}
		if ok {
			c.Witnesses = append(c.Witnesses, Cosigned{Name: w.Name, Time: at})
		}
	}
	key := ident.VKey{Name: p.Origin, Type: ident.NoteLog, Key: p.LogKey}
	line, ok := s.Line(key.Name, key.ID())
	if ok && !key.Verifier().Verify(text, line.Signature) {
		return nil, fmt.Errorf("%w: the log's", ErrSignature)
	}
	c.Log = ok
	c.Time = quorumTime(c.Validators, int(p.Quorum))
	return c, nil
}

// Until is c without the cosignatures made after a time in Unix seconds, for a verifier that does not count what the future says. One signer's wrong
// clock takes away its own voice and nothing else. quorum is the policy's: with fewer validators left, Time is 0.
func (c *Certified) Until(latest uint64, quorum uint8) *Certified {
	later := func(s Cosigned) bool { return s.Time > latest }
	cut := *c
	cut.Validators = slices.DeleteFunc(slices.Clone(c.Validators), later)
	cut.Witnesses = slices.DeleteFunc(slices.Clone(c.Witnesses), later)
	cut.Time = quorumTime(cut.Validators, int(quorum))
	return &cut
}

// cosigned looks for a key's cosignature and verifies it.
func (s *Signed) cosigned(text []byte, name string, key ident.Ed25519Key) (at uint64, ok bool, err error) {
	v := ident.VKey{Name: name, Type: ident.NoteCosigner, Key: key}
	line, ok := s.Line(name, v.ID())
	if !ok {
		return 0, false, nil
	}
	c, err := ident.ParseCosignature(line.Signature)
	if err != nil || !v.Verifier().Verify(text, line.Signature) {
		return 0, false, fmt.Errorf("%w: %s", ErrSignature, name)
	}
	return c.Time, true, nil
}

// quorumTime is the q-th newest time: at this moment a quorum still said that there is no newer head. 0 when there are fewer.
func quorumTime(all []Cosigned, q int) uint64 {
	if len(all) < q || q < 1 {
		return 0
	}
	times := make([]uint64, len(all))
	for i := range all {
		times[i] = all[i].Time
	}
	slices.Sort(times)
	return times[len(times)-q]
}
