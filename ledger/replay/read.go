package replay

import (
	"context"
	"fmt"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
)

// Leaf is a leaf with the envelope parsed from it, if it is a record.
type Leaf struct {
	Bytes    []byte
	Envelope *ledger.Envelope
}

// Suspect is the first of some leaves that is no record, or not its author's.
type Suspect struct {
	leaf []byte
	err  error
}

// Divergence says what is wrong with the leaf, when a follower has taken those before it.
func (s *Suspect) Divergence(f *Follower) *Divergence {
	return Altered(f.machine.chain, s.leaf, f.next, f.machine.head.Height+1, s.err)
}

// Read does what may be done with leaves before the ones before them are derived: it parses them and verifies the signatures of their records, all together.
// Known tells signatures that were verified before; nil: none. It gives the leaves before the first that is wrong by itself, and that one. What comes before it
// may turn out to be wrong in its place, and is then the first. The error is the verifier's or ctx's.
func Read(ctx context.Context, verifier ident.Verifier, leaves [][]byte, known func(leaf []byte) bool) ([]Leaf, *Suspect, error) {
	read, bad := parse(leaves)
	jobs := make([]ident.Job, 0, len(read))
	at := make([]int, 0, len(read))
	for i := range read {
		if e := read[i].Envelope; e != nil && (known == nil || !known(read[i].Bytes)) {
			jobs = append(jobs, ident.Job{Key: e.PublicKey, Digest: e.Digest, Sig: e.Signature})
			at = append(at, i)
		}
	}
	verdicts, err := verifier.Verify(ctx, jobs)
	if err != nil {
		return nil, nil, fmt.Errorf("verifying signatures: %w", err)
	}
	for i, verdict := range verdicts {
		if verdict != nil {
			return read[:at[i]], &Suspect{read[at[i]].Bytes, verdict}, nil
		}
	}
	return read, bad, nil
}

// parse reads leaves up to the first record that cannot be read.
func parse(leaves [][]byte) ([]Leaf, *Suspect) {
	read := make([]Leaf, 0, len(leaves))
	for _, leaf := range leaves {
		l := Leaf{Bytes: leaf}
		if len(leaf) > 0 && leaf[0] == ledger.KindRecord {
			e, err := ledger.ParseEnvelope(leaf)
			if err != nil {
				return read, &Suspect{leaf, err}
			}
			l.Envelope = e
		}
		read = append(read, l)
	}
	return read, nil
}
