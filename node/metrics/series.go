package metrics

import (
	"maps"
	"slices"

	"github.com/prometheus/client_golang/prometheus"
)

const (
	gauge    = prometheus.GaugeValue
	counting = prometheus.CounterValue
)

var byAgency = []string{"agency"}

// roles are all roles, so that a role that is not held is 0 and not absent.
var roles = []string{"leader", "follower", "candidate", "starting", "stopping", "following"}

// series is every fact that is told. Never written after initialisation.
var series = slices.Concat(aboutNode, aboutOrder, aboutLedger, aboutPeers, aboutCertification, aboutBlobs, aboutDisk)

var aboutNode = []row{
	each("build_info", "Always 1; the labels say which software runs, for whom, on which ledger.", gauge, []string{"version", "agency", "chain"}, func(f *Facts, emit func(float64, ...string)) {
		emit(1, f.Version, agency(f.Agency), f.Chain)
	}),
	truth("ready", "1 when the node can serve: every required check of /readyz holds.", func(f *Facts) bool { return f.Ready }),
	each("check_ok", "1 when a check of /readyz holds, by check.", gauge, []string{"check"}, func(f *Facts, emit func(float64, ...string)) {
		for name, ok := range f.Checks {
			emit(float64(one(ok)), name)
		}
	}),
	each("alarms", "Alarms that stand, by name.", gauge, []string{"alarm"}, func(f *Facts, emit func(float64, ...string)) {
		for name, n := range f.Alarms {
			emit(float64(n), name)
		}
	}),
	receiving("receiving_bytes", "What a door holds of messages that are not there yet, by door: 64 KiB for each call, and the buffers.", func(r *Receiving) int64 { return r.Bytes }),
	receiving("receiving_limit_bytes", "How much a door may hold of such messages: the oldest are cut off for what is beyond.", func(r *Receiving) int64 { return r.ByteLimit }),
	receiving("receiving_calls", "Calls whose message is not there yet, by door.", func(r *Receiving) int64 { return r.Calls }),
	receiving("calls", "Calls at a door, whether their message is there or not; streams are calls too.", func(r *Receiving) int64 { return r.Underway }),
	each("calls_limit", "How many calls there may be at a door at one time: what comes beyond is refused. Absent where there is no bound.", gauge, []string{"door"}, func(f *Facts, emit func(float64, ...string)) {
		for i := range f.Receiving {
			if r := &f.Receiving[i]; r.UnderwayLimit > 0 {
				emit(float64(r.UnderwayLimit), r.Door)
			}
		}
	}),
	each("receiving_cut_total", "Calls cut off before their message was there, by door and reason: crowded (others needed the room), late (it took longer than 30 s).", counting, []string{"door", "reason"}, func(f *Facts, emit func(float64, ...string)) {
		for i := range f.Receiving {
			r := &f.Receiving[i]
			emit(float64(r.Crowded), r.Door, "crowded")
			emit(float64(r.Late), r.Door, "late")
		}
	}),
	intake("intake_records", "Records that clients have handed in and that have no outcome yet, by way: calls, streams. Records of a stream whose outcome waits to be acknowledged are not among them.", func(i *Intake) int64 { return i.Records }),
	intake("intake_limit_records", "How many records may be in hand, by way: calls beyond are turned away, streams wait.", func(i *Intake) int64 { return i.RecordLimit }),
	intake("intake_bytes", "Bytes of the records in hand, by way.", func(i *Intake) int64 { return i.Bytes }),
	intake("intake_limit_bytes", "How many bytes may be in hand, by way.", func(i *Intake) int64 { return i.ByteLimit }),
	number("public_connections", "Connections that are open at the public door.", func(f *Facts) int64 { return f.Connections }),
	number("public_connections_limit", "How many connections there may be at the public door: one more is closed at once.", func(f *Facts) int64 { return f.ConnectionLimit }),
	number("submit_streams", "Streams of clients that submit.", func(f *Facts) int64 { return f.Submit.Open }),
	number("submit_streams_limit", "How many such streams there may be. When there are so many, one that waits for its client, or is one of many of a connection, makes room for another.", func(f *Facts) int64 { return f.Submit.Limit }),
	total("submit_streams_ended_total", "Streams of clients that submit ended to make room for others.", func(f *Facts) uint64 { return f.Submit.MadeRoom }),
	number("follow_streams", "Streams that follow the log.", func(f *Facts) int64 { return f.Follow.Open }),
	number("follow_streams_limit", "How many such streams there may be. When there are so many, the one that was sent leaves the longest ago makes room for another.", func(f *Facts) int64 { return f.Follow.Limit }),
	total("follow_streams_ended_total", "Streams that follow the log ended to make room for others.", func(f *Facts) uint64 { return f.Follow.MadeRoom }),
	number("admit_records", "Records under verification.", func(f *Facts) int64 { return f.Admitting }),
	number("admit_limit_records", "How many records may be under verification: calls beyond wait a little and are turned away, streams wait.", func(f *Facts) int64 { return f.AdmitLimit }),
	each("verdicts_total", "Verdicts on authors' signatures, by what gave them: table (of a signer seen often, a quarter of the work), library.", counting, []string{"by"}, func(f *Facts, emit func(float64, ...string)) {
		emit(float64(f.ByTable), "table")
		emit(float64(f.ByLibrary), "library")
	}),
	number("signer_tables", "Signers seen often, of whom there is a table (86 KiB each).", func(f *Facts) int { return f.Tables }),
	number("signer_tables_limit", "Of how many signers there may be a table; one more takes another's place.", func(f *Facts) int { return f.TablesLimit }),
	number("forward_records", "Records that wait to be handed to the leader; not those that are on their way there. Only a validator that does not lead has any.", func(f *Facts) int64 { return f.Forwarding }),
	number("forward_bytes", "Bytes of the records that wait to be handed to the leader.", func(f *Facts) int64 { return f.ForwardBytes }),
	number("queue_records", "Verified records that wait to be ordered. Only a leader has any.", func(f *Facts) int64 { return f.Queued }),
	number("queue_bytes", "Bytes of the records that wait to be ordered.", func(f *Facts) int64 { return f.QueuedBytes }),
	number("queue_limit_records", "How many records may wait before the node answers that it is overloaded.", func(f *Facts) int64 { return f.QueueLimit }),
	number("promises_open", "Records that this node has promised and that are not seen on the ledger yet.", func(f *Facts) int { return f.Promises.Open }),
	number("promises_limit", "How many records may be promised and not yet seen: what comes beyond gets no promise.", func(f *Facts) int { return f.Promises.Limit }),
	total("promises_total", "Acceptance promises made.", func(f *Facts) uint64 { return f.Promises.Made }),
	total("promises_missed_total", "Promised records not seen on the ledger in time.", func(f *Facts) uint64 { return f.Promises.Missed }),
	each("page_faults_total", "Pages of memory that the system had to find for the process when it touched them first, none of which was read from a disk. Absent where the system does not say.", counting, nil, func(f *Facts, emit func(float64, ...string)) {
		if f.PageFaultsKnown {
			emit(float64(f.PageFaults))
		}
	}),
}

func receiving(name, help string, of func(*Receiving) int64) row {
	return each(name, help, gauge, []string{"door"}, func(f *Facts, emit func(float64, ...string)) {
		for i := range f.Receiving {
			emit(float64(of(&f.Receiving[i])), f.Receiving[i].Door)
		}
	})
}

func intake(name, help string, of func(*Intake) int64) row {
	return each(name, help, gauge, []string{"way"}, func(f *Facts, emit func(float64, ...string)) {
		for i := range f.Intake {
			emit(float64(of(&f.Intake[i])), f.Intake[i].Way)
		}
	})
}

var aboutOrder = []row{
	each("role", "1 for the role that the node has among the validators, 0 for the others.", gauge, []string{"role"}, func(f *Facts, emit func(float64, ...string)) {
		for _, role := range roles {
			emit(float64(one(role == f.Role)), role)
		}
	}),
	each("place", "1 for the node's place in raft, 0 for the others: it votes when seated, and follows by leaves otherwise.", gauge, []string{"place"}, func(f *Facts, emit func(float64, ...string)) {
		for _, place := range f.Places {
			emit(float64(one(place == f.Place)), place)
		}
	}),
	truth("leader", "1 when this node leads.", func(f *Facts) bool { return f.Role == "leader" }),
	number("leader_agency", "Agency whose node leads as far as this node knows; 0: none is known.", func(f *Facts) uint64 { return uint64(f.Leader) }),
	number("raft_term", "Raft term. It grows by one with every election.", func(f *Facts) uint64 { return f.Term }),
	number("raft_last_index", "Index of the newest entry in this node's raft log.", func(f *Facts) uint64 { return f.LastIndex }),
	number("raft_commit_index", "Raft commit index.", func(f *Facts) uint64 { return f.Commit }),
	number("raft_applied_index", "Raft index applied to the ledger.", func(f *Facts) uint64 { return f.Applied }),
	number("raft_unapplied_entries", "Committed entries that the ledger has not applied yet.", func(f *Facts) uint64 { return f.Commit - min(f.Commit, f.Applied) }),
	number("ahead_drafts", "Stored drafts whose signatures are being verified, beside disk and network.", func(f *Facts) int64 { return f.AheadDrafts }),
	each("held_seconds_total", "How long this node, as leader, has waited with drafts: for validators that are behind, or because its clock is ahead.", counting, nil, func(f *Facts, emit func(float64, ...string)) {
		emit(f.Held.Seconds())
	}),
	number("raft_last_contact_seconds", "Since this node last heard the leader; 0 on the leader.", func(f *Facts) float64 { return f.LastContact.Seconds() }),
}

var aboutLedger = []row{
	number("height", "Height of the ledger on this node.", func(f *Facts) uint64 { return f.Height }),
	number("leaves", "Leaves of the log on this node.", func(f *Facts) uint64 { return f.Size }),
	number("published_leaves", "Leaves of the newest head that bears the log's signature, which is what /log/checkpoint shows; 0: there is none.", func(f *Facts) uint64 { return f.Published }),
	number("index_lag_records", "Applied records that index.db does not have yet. They are in memory, and applied again after a restart.", func(f *Facts) int { return f.Unindexed }),
	number("policy_epoch", "Number of the policy epoch of the next block.", func(f *Facts) uint32 { return f.Epoch }),
	number("validators", "Validators of the policy, this node included.", func(f *Facts) int { return f.Validators }),
	number("quorum", "Validators whose cosignatures certify a head.", func(f *Facts) int { return f.Quorum }),
}

var aboutPeers = []row{
	number("clock_ahead_seconds", "How far this clock is ahead of the validators' median.", func(f *Facts) float64 { return f.ClockAhead.Seconds() }),
	number("peers", "Other validators.", func(f *Facts) int { return len(f.Peers) }),
	number("peers_seen", "Other validators that have answered lately.", func(f *Facts) (n int) {
		for i := range f.Peers {
			n += one(f.Peers[i].Reachable)
		}
		return n
	}),
	peers("peer_reachable", "1 when the validator has answered lately.", func(_ *Facts, p *Peer) float64 { return float64(one(p.Reachable)) }),
	peers("held_by", "1 while this node, as leader, waits with drafts for the validator, which is behind.", func(_ *Facts, p *Peer) float64 { return float64(one(p.Holds)) }),
	each("held_by_seconds_total", "How long this node, as leader, has waited with drafts for the validator. Waits for several at one time count for each.", counting, byAgency, func(f *Facts, emit func(float64, ...string)) {
		for i := range f.Peers {
			emit(f.Peers[i].Held.Seconds(), agency(f.Peers[i].Agency))
		}
	}),
	answering("peer_lag_leaves", "Leaves that the validator's ledger is behind this node's, by its own account; negative: ahead.", func(f *Facts, p *Peer) float64 { return lag(f.Size, p.Size) }),
	answering("peer_lag_blocks", "Blocks that the validator's ledger is behind this node's, by its own account; negative: ahead.", func(f *Facts, p *Peer) float64 { return lag(f.Height, p.Height) }),
	answering("peer_clock_ahead_seconds", "How far the validator's clock is ahead of this node's.", func(_ *Facts, p *Peer) float64 { return p.ClockAhead.Seconds() }),
	answering("peer_round_trip_seconds", "How long the validator's newest answer took.", func(_ *Facts, p *Peer) float64 { return p.RoundTrip.Seconds() }),
	each("peer_errors_total", "Questions that the validator did not answer, by kind: refused, timeout, key, network, call.", counting, []string{"agency", "kind"}, func(f *Facts, emit func(float64, ...string)) {
		for i := range f.Peers {
			for kind, n := range f.Peers[i].Errors {
				emit(float64(n), agency(f.Peers[i].Agency), kind)
			}
		}
	}),
}

func peers(name, help string, of func(f *Facts, p *Peer) float64) row {
	return each(name, help, gauge, byAgency, func(f *Facts, emit func(float64, ...string)) {
		for i := range f.Peers {
			emit(of(f, &f.Peers[i]), agency(f.Peers[i].Agency))
		}
	})
}

// answering is peers of those that answer alone: an old lag that stands still would look like a good one.
func answering(name, help string, of func(f *Facts, p *Peer) float64) row {
	return each(name, help, gauge, byAgency, func(f *Facts, emit func(float64, ...string)) {
		for i := range f.Peers {
			if p := &f.Peers[i]; p.Reachable {
				emit(of(f, p), agency(p.Agency))
			}
		}
	})
}

var aboutCertification = []row{
	number("certified_height", "Height of the newest certified head.", func(f *Facts) uint64 { return f.Certification.Height }),
	number("certified_leaves", "Leaves of the newest certified head; 0: there is none.", func(f *Facts) uint64 { return f.Certification.Size }),
	each("head_age_seconds", "Since a quorum last said that there is no newer head. Absent: there is no certified head.", gauge, nil, func(f *Facts, emit func(float64, ...string)) {
		if f.Certification.Known {
			emit(f.Certification.Age.Seconds())
		}
	}),
	number("cosign_delay_seconds", "From the newest certified cosign point to its certification.", func(f *Facts) float64 { return f.Certification.Delay.Seconds() }),
	truth("cosigning", "1 when this node signs heads.", func(f *Facts) bool { return f.Certification.Signing }),
	number("cosign_queue", "Heads that wait to be signed by this node.", func(f *Facts) int { return f.Certification.Queue }),
	total("conflicts_total", "Cosignatures that contradict this node's ledger or each other.", func(f *Facts) uint64 { return f.Certification.Conflicts }),
	cosigners("cosignatures_total", "Cosignatures taken, by agency.", counting, func(c *Cosigner) float64 { return float64(c.Taken) }),
	cosigners("bad_cosignatures_total", "Cosignatures that did not verify, by agency.", counting, func(c *Cosigner) float64 { return float64(c.Bad) }),
	cosigners("cosigned_leaves", "Leaves of the newest head that an agency has cosigned.", gauge, func(c *Cosigner) float64 { return float64(c.Size) }),
	each("evidence", "Pieces of evidence kept, by kind and by the agency they are against.", gauge, []string{"kind", "agency"}, func(f *Facts, emit func(float64, ...string)) {
		for _, e := range f.Evidence {
			emit(float64(e.Pieces), e.Kind, agency(e.Agency))
		}
	}),
}

func cosigners(name, help string, kind prometheus.ValueType, of func(*Cosigner) float64) row {
	return each(name, help, kind, byAgency, func(f *Facts, emit func(float64, ...string)) {
		for i := range f.Certification.Cosigners {
			c := &f.Certification.Cosigners[i]
			emit(of(c), agency(c.Agency))
		}
	})
}

var aboutBlobs = []row{
	blobs("blobs_named", "Public blobs that the ledger names. Absent while the node looks through its ledger.", func(b *Blobs) float64 { return float64(b.Named) }),
	blobs("blobs_missing", "Public blobs that the ledger names and this node has not, erased ones left out; those that nobody has ever shown are among them. Absent while the node looks through its ledger.", func(b *Blobs) float64 { return float64(b.Missing) }),
	number("blobs_held", "Public blobs that this node shows.", func(f *Facts) int { return f.Blobs.Held }),
	number("blobs_held_bytes", "Bytes of the public blobs that this node shows.", func(f *Facts) int64 { return f.Blobs.HeldBytes }),
	number("blobs_pending", "Public blobs that an account has brought and no record names yet.", func(f *Facts) int { return f.Blobs.Pending }),
	number("blobs_pending_bytes", "Bytes of the public blobs that no record names yet.", func(f *Facts) int64 { return f.Blobs.PendingBytes }),
	number("blobs_erased", "Orders to erase a public blob that this node has carried out.", func(f *Facts) int { return f.Blobs.Erased }),
	total("blobs_fetched_total", "Public blobs fetched from other nodes.", func(f *Facts) uint64 { return f.Blobs.Fetched }),
	total("blobs_refused_total", "Public blobs and orders to erase that were brought here and turned away.", func(f *Facts) uint64 { return f.Blobs.Refused }),
	total("blobs_damaged_total", "Files of public blobs that were not what was written, and were removed.", func(f *Facts) uint64 { return f.Blobs.Damaged }),
}

// blobs is a gauge of what is known once the ledger was looked through: zero would look like all is well.
func blobs(name, help string, of func(*Blobs) float64) row {
	return each(name, help, gauge, nil, func(f *Facts, emit func(float64, ...string)) {
		if f.Blobs.Known {
			emit(of(&f.Blobs))
		}
	})
}

var aboutDisk = []row{
	each("file_size_bytes", "Sizes of the node's files.", gauge, []string{"file"}, func(f *Facts, emit func(float64, ...string)) {
		for _, name := range slices.Sorted(maps.Keys(f.Disk.Files)) {
			emit(float64(f.Disk.Files[name]), name)
		}
	}),
	each("file_disk_bytes", "Bytes of the disk that the node's files take: less than their sizes, as databases make their files longer ahead. Where the system does not tell, their sizes.", gauge, []string{"file"}, func(f *Facts, emit func(float64, ...string)) {
		for _, name := range slices.Sorted(maps.Keys(f.Disk.Taken)) {
			emit(float64(f.Disk.Taken[name]), name)
		}
	}),
	disk("disk_free_bytes", "Bytes that this node may still write to the disk of its data directory.", func(d *Disk) (float64, bool) { return float64(d.Free), d.Known }),
	disk("disk_size_bytes", "Bytes of the disk of the data directory.", func(d *Disk) (float64, bool) { return float64(d.Total), d.Known }),
	disk("disk_free_inodes", "Files that can still be made on the disk of the data directory; absent where the file system has no bound.", func(d *Disk) (float64, bool) {
		return float64(d.FreeInodes), d.Known && d.FreeInodes > 0
	}),
	disk("disk_growth_bytes_per_second", "How fast the node's files have grown over the last hours. Absent in the first minutes.", func(d *Disk) (float64, bool) { return d.Growth, d.Growing }),
	disk("disk_left_seconds", "Until the disk is full, if the node's files go on growing so; +Inf when they do not grow. Absent in the first minutes.", func(d *Disk) (float64, bool) { return d.Left, d.Known && d.Growing }),
}

func disk(name, help string, of func(*Disk) (value float64, known bool)) row {
	return each(name, help, gauge, nil, func(f *Facts, emit func(float64, ...string)) {
		if value, known := of(&f.Disk); known {
			emit(value)
		}
	})
}
