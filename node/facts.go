package node

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/node/admit"
	"github.com/ocopledger/ocop/node/cosign"
	"github.com/ocopledger/ocop/node/door"
	"github.com/ocopledger/ocop/node/health"
	"github.com/ocopledger/ocop/node/metrics"
	"github.com/ocopledger/ocop/node/receive"
)

// healthFacts gathers what the board of health judges.
func (m *monitor) healthFacts(now time.Time) *health.Facts {
	n, s := m.node, m.node.stands()
	at := n.heads.Status()
	w := m.watch(now)
	f := &health.Facts{
		Fault: w.fault, Started: s.started, Stopping: n.leaving.Err() != nil,
		Patience: 2 * time.Duration(n.o.Config.Raft.Write), // by then a write to the raft log has ended the node by itself
		Writing:  w.writing, File: w.file, Applying: w.applying,
		Role: s.Role, Leader: s.Leader, Term: s.Term, Members: len(n.members.all()), Size: s.Size,
		Certified: at.Certified != nil, CertifiedSize: s.Cosign.Size, Age: seconds(s.Cosign.Age), Cosigning: at.State,
		Room: health.Room{Known: w.disk.known, Free: w.disk.room.Free, Total: w.disk.room.Total, Left: w.left()},
	}
	if place, why := n.Place(); place != Seated && s.started {
		f.Place, f.Why = string(place), why
		following := n.following.Status()
		f.Follows, f.Live, f.Source, f.CertifiedSize = true, following.Live, following.Source, max(f.CertifiedSize, following.Target)
	}
	if n.diverged() {
		f.Diverged = at.Why
	}
	for i := range s.Peers {
		if p := &s.Peers[i]; p.Seen {
			f.Reported = append(f.Reported, p.Size)
		}
	}
	return f
}

// facts gathers what a scrape asks for.
func (m *monitor) facts() *metrics.Facts {
	n, s := m.node, m.node.stands()
	w := m.watch(time.Now())
	ready := m.board.Ready(time.Now())
	policy := n.ledger.Policy()
	f := &metrics.Facts{
		Version: n.o.Version, Agency: n.agency, Chain: n.ledger.Chain().String(), Ready: ready.OK, Checks: make(map[string]bool), Alarms: make(map[string]int),
		Place: string(s.Place), Places: []string{string(Seated), string(Asking), string(Outside), string(StoreLost), string(Behind)},
		Role: s.Role, Leader: s.Leader, Term: s.Term, LastIndex: s.LastIndex, Commit: s.CommitIndex, Applied: s.Applied, LastContact: s.lastContact,
		Height: s.Height, Size: s.Size, Epoch: policy.Number, Quorum: int(policy.Quorum), Validators: len(policy.Validators), ClockAhead: s.ClockAhead,
		Held: seconds(s.Held), AheadDrafts: m.ahead.Load(), Admitting: n.admit.Underway(), AdmitLimit: admit.MaxUnderway, ConnectionLimit: door.MaxConnections, QueueLimit: int64(n.o.Config.Limits.Queue), Unindexed: n.ledger.Unindexed(),
		Certification: metrics.Certification{
			Known: s.Cosign.Size > 0, Height: s.Cosign.Height, Size: s.Cosign.Size, Age: seconds(s.Cosign.Age), Delay: seconds(s.Cosign.Delay), Signing: s.Cosign.State == cosign.Signing, Queue: s.Cosign.Queue, Conflicts: s.Cosign.Conflicts,
		},
		Disk: metrics.Disk{
			Files: w.disk.files, Taken: w.disk.taken, Known: w.disk.known, Free: w.disk.room.Free, Total: w.disk.room.Total, FreeInodes: w.disk.room.FreeInodes,
			Growing: w.growing, Growth: w.rate, Left: math.Inf(1),
		},
	}
	f.PageFaults, f.PageFaultsKnown = pageFaults()
	if s.started {
		f.Queued, f.QueuedBytes = n.batch.Waiting()
		f.Forwarding, f.ForwardBytes = n.peers.waiting()
		f.Connections = n.connections()
	}
	if n.pool != nil { // nil: whoever embeds the node verifies
		f.ByTable, f.ByLibrary = n.pool.Verified()
		f.Tables, f.TablesLimit = n.pool.Tables()
	}
	have, most := n.Intake(), n.IntakeLimits()
	f.Submit = metrics.Streams{Open: have.Streams, Limit: most.Streams, MadeRoom: n.intake.streams.madeRoom()}
	f.Follow = metrics.Streams{Open: have.Followers, Limit: most.Followers, MadeRoom: n.intake.followers.madeRoom()}
	for name, room := range map[string]*receive.Room{publicDoor: n.fromClients, peerDoor: n.fromPeers} {
		h := room.Holding()
		underway, bound := room.Underway()
		f.Receiving = append(f.Receiving, metrics.Receiving{Door: name, Bytes: h.Bytes, ByteLimit: room.Bytes(), Calls: h.Calls, Underway: underway, UnderwayLimit: bound, Crowded: h.Crowded, Late: h.Late})
	}
	f.Intake = []metrics.Intake{
		{Way: "calls", Records: have.CallRecords, Bytes: have.CallBytes, RecordLimit: most.CallRecords, ByteLimit: most.CallBytes},
		{Way: "streams", Records: have.StreamRecords, Bytes: have.StreamBytes, RecordLimit: most.StreamRecords, ByteLimit: most.StreamBytes},
	}
	if head, _ := n.published.newest(); head != nil {
		f.Published = head.Tree.Size
	}
	if w.growing && w.rate > 0 {
		f.Disk.Left = float64(w.disk.room.Free) / w.rate
	}
	f.Promises.Limit = maxPromised
	f.Promises.Open, f.Promises.Made, f.Promises.Missed = n.promises.count()
	for i := range ready.Checks {
		f.Checks[ready.Checks[i].Name] = ready.Checks[i].OK
	}
	for _, name := range alarmNames {
		f.Alarms[name] = 0
	}
	for _, a := range ready.Alarms {
		f.Alarms[a.Name]++
	}
	for i := range s.Peers {
		p := &s.Peers[i]
		failed := make(map[string]uint64, len(contactKinds))
		for _, kind := range contactKinds { // zeros too: a rate does not see the first failure of a counter that begins with it
			failed[kind] = p.Errors[kind]
		}
		f.Peers = append(f.Peers, metrics.Peer{
			Agency: p.Agency, Reachable: p.Seen, Height: p.Height, Size: p.Size, ClockAhead: p.Ahead, RoundTrip: p.RoundTrip, Errors: failed,
			Holds: p.Holds, Held: seconds(p.Held),
		})
	}
	for _, c := range s.Cosign.Signers {
		f.Certification.Cosigners = append(f.Certification.Cosigners, metrics.Cosigner{Agency: c.Agency, Taken: c.Taken, Bad: c.Bad, Size: c.Size})
	}
	f.Evidence = countEvidence(s.Evidence)
	b := s.Blobs
	f.Blobs = metrics.Blobs{
		Known: b.Ready, Named: b.Named, Held: b.Held, HeldBytes: b.HeldBytes, Missing: b.Missing, Pending: b.Pending, PendingBytes: b.PendingBytes, Erased: b.Erased,
		Fetched: b.Fetched, Refused: b.Refused, Damaged: b.Damaged,
	}
	return f
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// countEvidence counts pieces by kind and agency, ascending.
func countEvidence(pieces []EvidenceStatus) (counts []metrics.Evidence) {
	type against struct {
		kind   string
		agency ledger.AccountID
	}
	n := make(map[against]int)
	for _, e := range pieces {
		n[against{e.Kind, e.Agency}]++
	}
	for a, pieces := range n {
		counts = append(counts, metrics.Evidence{Kind: a.kind, Agency: a.agency, Pieces: pieces})
	}
	slices.SortFunc(counts, func(a, b metrics.Evidence) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Agency, b.Agency))
	})
	return counts
}
