package subject

import "github.com/ocopledger/ocop/ledger"

// MaxVotes is how many votes a proposal can have: one of every agency that there can be, should all of them run a validator in turn while it is open.
const MaxVotes = 64

// ProposalStatus is what became of a proposal. Numbers are part of the format. That its time is over shows in Lapses alone.
type ProposalStatus uint8

// Statuses of proposals.
const (
	ProposalOpen     ProposalStatus = 1
	ProposalAccepted ProposalStatus = 2 // and carried out
	ProposalRejected ProposalStatus = 3
)

func (s ProposalStatus) String() string {
	switch s {
	case ProposalOpen:
		return "open"
	case ProposalAccepted:
		return "accepted"
	case ProposalRejected:
		return "rejected"
	}
	return "unknown"
}

// ProposalValue is a change put to the vote (đề xuất).
type ProposalValue struct {
	Proposal ledger.ActionID // that proposed it
	Proposer ledger.AccountID
	Lapses   uint64 // the last moment for votes, Unix milliseconds of block time
	Status   ProposalStatus
	Action   []byte // the proposing action as it was signed: what the change is
	Votes    []ProposalVote
}

// ProposalVote is an agency's voice, in the order in which they came.
type ProposalVote struct {
	Agency ledger.AccountID
	Yes    bool
}

// Voted tells whether an agency has voted.
func (v *ProposalValue) Voted(agency ledger.AccountID) bool {
	for _, vote := range v.Votes {
		if vote.Agency == agency {
			return true
		}
	}
	return false
}

// Append appends the value's bytes.
func (v *ProposalValue) Append(b []byte) []byte {
	b = appendAction(append(b, version), v.Proposal)
	b = ledger.AppendU64(b, uint64(v.Proposer))
	b = ledger.AppendU64(b, v.Lapses)
	b = append(b, byte(v.Status))
	b = ledger.AppendBytes16(b, v.Action)
	b = append(b, byte(len(v.Votes)))
	for _, vote := range v.Votes {
		b = ledger.AppendBool(ledger.AppendU64(b, uint64(vote.Agency)), vote.Yes)
	}
	return b
}

// ParseProposal reads the value.
func ParseProposal(data []byte) (v ProposalValue, err error) {
	r := ledger.NewReader("proposal", data)
	r.Version(version)
	v.Proposal = actionID(r)
	v.Proposer = ledger.AccountID(r.U64())
	v.Lapses = r.U64()
	v.Status = ProposalStatus(r.U8())
	if v.Status < ProposalOpen || v.Status > ProposalRejected {
		r.Fail("status %d", v.Status)
	}
	v.Action = r.Bytes16()
	n := r.U8()
	if n > MaxVotes {
		r.Fail("%d votes, at most %d", n, MaxVotes)
	}
	for ; n > 0 && !r.Failed(); n-- {
		v.Votes = append(v.Votes, ProposalVote{ledger.AccountID(r.U64()), r.Bool()})
	}
	return v, r.Close()
}
