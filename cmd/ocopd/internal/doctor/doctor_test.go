package doctor

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/ledger"
)

var update = flag.Bool("update", false, "write golden files anew")

var noon = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

// healthy is three agencies, each with a machine of its own, seen from the node of agency 1.
func healthy() *Facts {
	on := false
	peer := func(agency ledger.AccountID, host string) Peer {
		return Peer{
			Agency: agency, PeerAddress: host + ":7401", PublicAddress: host + ":7400", Peer: Reached, Public: Reached, In: &Inbound{true, 200 * time.Millisecond},
			View: &View{Height: 30, Size: 60, Leader: 2, Term: 3, ClockKnown: true, Version: "v1"}, IPs: []string{host},
		}
	}
	return &Facts{
		At: noon, Mode: Live, Dir: "/srv/ocop", Agency: 1,
		Settings: Settings{Heartbeat: 3 * time.Second, PeerListen: "0.0.0.0:7401", PublicListen: "0.0.0.0:7400", PublicOpen: true, PublicTLS: true, Operator: "127.0.0.1:7402", LogLevel: "info"},
		Machine: Machine{
			Disk:       &Disk{Free: 100 << 30, Total: 200 << 30, Inodes: 1e6, AllNode: 2e6},
			FileSystem: &FileSystem{Mount: "/srv", Device: "/dev/sda1", Type: "ext4", Options: []string{"rw", "relatime"}, Kernel: "6.1.0-18-amd64", FastCommit: &on},
			Sizes:      map[string]int64{"chain.db": 60_000, "index.db": 40_000, "raft.db": 20_000},
		},
		Node: &Node{
			Role: "follower", Leader: 2, Term: 3, Height: 30, Size: 60, Version: "v1",
			Cosign: Cosign{State: "signing", Height: 30, Size: 60, Age: 10 * time.Second, SignedSize: 60, LearnsFrom: 2, LearnsReachable: 2,
				Signers: []Signer{{1, 60, 10 * time.Second}, {2, 60, 10 * time.Second}, {3, 60, 11 * time.Second}}},
		},
		Ledger: &Ledger{
			Validators: 3, Quorum: 2, Began: noon.Add(-30 * 24 * time.Hour), TrustPeriod: 730 * 24 * time.Hour, KeysUsed: 2, KeysMost: 1024, ClockBound: 5 * time.Second, Leaves: 60, PerDay: 2,
		},
		Peers: []Peer{peer(2, "10.0.0.2"), peer(3, "10.0.0.3")},
	}
}

// stopped is the same with the node stopped.
func stopped() *Facts {
	f := healthy()
	f.Mode, f.Node = Stopped, nil
	f.Peers[0].In, f.Peers[1].In = nil, nil
	f.Files = &Files{Ran: true, Height: 30, Size: 60, Time: noon.Add(-time.Minute), Slot: Slot{Sure: true, Size: 60}, RaftIDs: []string{"1-1", "2-1", "3-1"}, RaftSelf: "1-1"}
	return f
}

// abroad is the network seen through its public doors.
func abroad() *Facts {
	f := healthy()
	f.Mode, f.Node, f.Dir, f.Agency, f.Settings, f.Machine = Outside, nil, "", 0, Settings{}, Machine{}
	f.Ledger = &Ledger{Validators: 3, Quorum: 2}
	for i := range f.Peers {
		p := &f.Peers[i]
		p.PeerAddress, p.In = "", nil
		p.View.Root, p.View.Chain, p.View.Certified, p.View.CertifiedAge = "aa", "cc", 60, 10*time.Second
	}
	return f
}

// lose makes a peer one that cannot be reached.
func (f *Facts) lose(i int, how Reach, public Reach) {
	p := &f.Peers[i]
	p.Peer, p.Public, p.View, p.PeerDetail = how, public, nil, "the system's own words"
	if how != Unresolved && how != NoRoute && how != Failed && how != NotTLS && how != WrongKey {
		p.PeerDetail = ""
	}
}

// replica makes the node one that has no agency: it knocks at public doors alone, and has neither raft's files nor a slot.
func replica(f *Facts) {
	f.Agency, f.Settings.PeerListen = 0, ""
	for i := range f.Peers {
		f.Peers[i].Peer, f.Peers[i].In, f.Peers[i].View.ClockKnown = Untried, nil, false
	}
	if f.Node != nil {
		f.Node.Role, f.Node.Place, f.Node.Cosign.State, f.Node.Cosign.Signers = "following", Unnamed, "watching", nil
	}
	if f.Files != nil {
		f.Files.RaftSelf, f.Files.RaftIDs, f.Files.Slot = "", nil, Slot{Sure: true}
	}
}

func leaderless(f *Facts) {
	if f.Node != nil {
		f.Node.Role, f.Node.Leader, f.Node.Leaderless = "candidate", 0, 90*time.Second
	}
	for i := range f.Peers {
		if v := f.Peers[i].View; v != nil {
			v.Leader = 0
		}
	}
}

var cases = []struct {
	name   string
	from   func() *Facts
	change func(*Facts)
	want   []string // codes, in order, with the agency behind a blank when it is about one
	say    string   // in a sentence of the first finding, in English
}{
	{"nothing", healthy, func(*Facts) {}, nil, ""},
	{"nothing outside", abroad, func(*Facts) {}, nil, ""},

	// Why there is no leader.
	{"two of three are down", healthy, func(f *Facts) {
		f.lose(0, ConnectionRefused, ConnectionRefused)
		f.lose(1, TimedOut, TimedOut)
		leaderless(f)
	}, []string{"quorum.lost", "peer.refused 2", "peer.timeout 3"}, "1 of 3 validators can be reached from here, 2 are needed. Not reached: agency 2 (10.0.0.2:7401: connection refused), agency 3 (10.0.0.3:7401: timed out)."},
	{"one of three is down", healthy, func(f *Facts) { f.lose(1, ConnectionRefused, ConnectionRefused) },
		[]string{"quorum.no-spare", "peer.refused 3"}, "2 of 3 can be reached, 2 are needed"},
	{"half of four is no majority", healthy, func(f *Facts) {
		f.Ledger.Validators, f.Ledger.Quorum = 4, 3
		f.Peers = append(f.Peers, Peer{Agency: 4, PeerAddress: "10.0.0.4:7401", Peer: TimedOut})
		f.lose(1, TimedOut, TimedOut)
		leaderless(f)
	}, []string{"quorum.lost", "peer.timeout 3", "peer.timeout 4"}, "2 of 4 validators can be reached from here, 3 are needed"},
	{"no leader among reachable nodes", healthy, leaderless, []string{"leader.none"}, "Terms: 1: 3, 2: 3, 3: 3."},
	{"no leader and a blocked direction", healthy, func(f *Facts) { leaderless(f); f.Peers[0].In.Ever = false }, []string{"leader.none", "peer.inbound 2"}, "although 3 of 3"},
	{"this node hears no leader", healthy, func(f *Facts) {
		f.Node.Role, f.Node.Leader, f.Node.Leaderless = "candidate", 0, 3*time.Minute
		f.Peers[0].In.Ago = 3 * time.Minute
		f.Node.Size, f.Node.Height = 50, 25
	}, []string{"node.leaderless", "peer.inbound 2", "node.behind"}, "The others follow agency 2's node, and this one has not heard it for 3 min."},
	{"nodes name different leaders", healthy, func(f *Facts) { f.Peers[1].View.Leader = 3 }, []string{"leader.disputed"}, "agency 1 names 2, agency 2 names 2, agency 3 names 3"},
	{"a node that starts says nothing of leaders", healthy, func(f *Facts) { leaderless(f); f.Node.Role = "starting" }, []string{"node.starting"}, ""},
	{"a node that stops", healthy, func(f *Facts) { f.Node.Role = "stopping" }, []string{"node.stopping"}, ""},
	{"a restored node, before its new incarnation", healthy, func(f *Facts) {
		f.Node.Role, f.Node.Place, f.Node.PlaceWhy = "following", StoreLost, text("the ledger was restored from a backup")
	},
		[]string{"seat.lost"}, "the ledger was restored from a backup"},
	{"a new raft store", healthy, func(f *Facts) { f.Node.Role, f.Node.Place, f.Node.Leader = "following", Asking, 0 }, []string{"seat.asking"}, ""},
	{"a node on its way to its log", healthy, func(f *Facts) { f.Node.Role, f.Node.Place = "following", Catching }, []string{"seat.behind"}, ""},
	{"a validator before the vote", healthy, func(f *Facts) { f.Node.Role, f.Node.Place = "following", Unnamed }, []string{"seat.unnamed"}, ""},
	{"a replica", healthy, replica, nil, ""},
	{"a replica without a source", healthy, func(f *Facts) { replica(f); f.Peers[1].Public, f.Peers[1].View = TimedOut, nil }, []string{"outside.unreachable 3"}, "10.0.0.3:7400 does not answer"},
	{"a stopped replica", stopped, func(f *Facts) { replica(f) }, []string{"node.stopped"}, "This replica does not run."},
	{"who does not vote does not count", healthy, func(f *Facts) {
		f.Node.Role, f.Node.Place, f.Node.Leader = "following", StoreLost, 0
		f.lose(1, ConnectionRefused, ConnectionRefused)
		f.Peers[0].View.Leader = 0
	}, []string{"seat.lost", "quorum.lost", "peer.refused 3"}, "1 of 3 validators can be reached"},
	{"a network of one", healthy, func(f *Facts) {
		f.Ledger.Validators, f.Ledger.Quorum, f.Peers, f.Node.Role, f.Node.Leader = 1, 1, nil, "leader", 1
		f.Node.Cosign.Signers = f.Node.Cosign.Signers[:1]
	}, nil, ""},

	// Which peer, port and direction is blocked.
	{"a blocked port of a machine that runs", healthy, func(f *Facts) { f.lose(1, TimedOut, Reached) },
		[]string{"quorum.no-spare", "peer.blocked 3"}, ""},
	{"every way of not being reached", healthy, func(f *Facts) {
		f.Ledger.Validators, f.Ledger.Quorum = 9, 7
		f.Peers = nil
		for i, how := range []Reach{ConnectionRefused, TimedOut, Unresolved, NoRoute, NotTLS, WrongKey, RefusesUs, WrongProtocol} {
			f.Peers = append(f.Peers, Peer{Agency: ledger.AccountID(2 + i), PeerAddress: "node.example:7401", Peer: how, PeerDetail: "details"})
		}
		f.Node.Cosign.Signers = nil
	}, []string{"peer.wrong-key 7", "peer.refuses-us 8", "peer.refused 2", "peer.timeout 3", "peer.unresolved 4", "peer.no-route 5", "peer.not-tls 6", "peer.protocol 9"}, ""},
	{"silent and failed", healthy, func(f *Facts) {
		f.lose(0, Silent, Silent)
		f.lose(1, Failed, Failed)
		f.Node.Leader = 1
		f.Node.Role = "leader"
	},
		[]string{"peer.silent 2", "peer.failed 3"}, ""},
	{"a peer that went silent towards this node", healthy, func(f *Facts) { f.Peers[1].In.Ago = time.Hour }, []string{"peer.inbound 3"}, "has not called here for 60 min"},
	{"a peer whose raft store is not the one that was met", healthy, func(f *Facts) { f.Peers[1].Shut = true }, []string{"peer.shut 3"}, ""},
	{"a peer that does not know this node's raft store", healthy, func(f *Facts) { f.Peers[1].ShutsUs = true }, []string{"peer.shuts-us 3"}, ""},
	{"a peer that has diverged", healthy, func(f *Facts) { f.Peers[1].View.Diverged = true }, []string{"peer.diverged 3"}, ""},

	// Who is behind, and why.
	{"a leader that waits for a peer", healthy, func(f *Facts) {
		f.Node.Role, f.Node.Leader = "leader", 1
		f.Peers[0].View.Leader, f.Peers[1].View.Leader = 1, 1
		f.Peers[1].Holds, f.Peers[1].Held = true, 3*time.Minute
	}, []string{"peer.holds 3"}, "it has waited for 3 min."},
	{"a leader that waits for a peer for a moment, and one that has waited", healthy, func(f *Facts) {
		f.Peers[0].Holds, f.Peers[0].Held = true, 9*time.Second
		f.Peers[1].Held = time.Hour
	}, nil, ""},
	{"this node catches up", healthy, func(f *Facts) { f.Peers[0].View.Size, f.Peers[0].View.Height = 10_060, 130 }, []string{"node.behind", "peer.behind 3"}, "10000 leaves, 100 blocks behind agency 2's: it catches up"},
	{"this node is behind and refuses the leader", healthy, func(f *Facts) {
		f.Peers[0].View.Size = 10_060
		f.Peers[1].View.Size = 10_060
		f.Node.Refused = &Refused{2, 7, time.Minute}
	}, []string{"node.behind", "clock.leader-refused 2"}, "because of a clock"},
	{"a peer whose clock is slow", healthy, func(f *Facts) {
		f.Node.Size, f.Peers[0].View.Size = 10_060, 10_060
		f.Peers[1].View.Ahead = -10 * time.Second
	}, []string{"peer.behind 3", "clock.peer 3"}, "its clock is slow, so that it refuses the leader's time"},
	{"a peer that hears no leader", healthy, func(f *Facts) { f.Peers[1].View.Leader, f.Peers[1].View.Size = 0, 59 }, []string{"peer.behind 3"}, "the direction from the leader to it is blocked"},
	{"a peer that is gone, as last seen", healthy, func(f *Facts) {
		f.lose(1, ConnectionRefused, ConnectionRefused)
		f.Peers[1].Last = &LastSeen{20, 40}
	}, []string{"quorum.no-spare", "peer.refused 3", "peer.behind 3"}, ""},
	{"a stopped node is behind", stopped, func(f *Facts) { f.Files.Size, f.Files.Slot.Size = 40, 40 }, []string{"node.stopped", "node.behind"}, ""},

	// Certification.
	{"learning while a peer is down", healthy, func(f *Facts) {
		f.lose(1, ConnectionRefused, ConnectionRefused)
		f.Node.Cosign.State, f.Node.Cosign.LearnsReachable, f.Node.Cosign.Size = "learning", 1, 0
	}, []string{"quorum.no-spare", "peer.refused 3", "certification.learning"}, ""},
	{"learning while everybody is there passes by itself", healthy, func(f *Facts) { f.Node.Cosign.State = "learning" }, nil, ""},
	{"an old head", healthy, func(f *Facts) {
		f.Node.Cosign.Age = time.Hour
		f.Node.Cosign.Signers[1].Age, f.Node.Cosign.Signers[2].Age = time.Hour, -1
	}, []string{"certification.old"}, "(block 30) is 60 min old. Not heard from lately: agency 2 (for 60 min), agency 3 (since this node started)."},
	{"an agency that does not cosign", healthy, func(f *Facts) { f.Node.Cosign.Signers[2].Age = time.Hour }, []string{"certification.absent 3"}, "Agency 3 has not cosigned for 60 min"},
	{"no certified head", healthy, func(f *Facts) { f.Node.Cosign.Size = 0 }, []string{"certification.none"}, ""},
	{"behind what it signed", healthy, func(f *Facts) { f.Node.Cosign.State, f.Node.Cosign.SignedSize = "behind", 90 }, []string{"certification.behind"}, "signed 90 leaves, and its ledger has 60"},
	{"waiting for the end of an epoch", healthy, func(f *Facts) { f.Node.Cosign.State, f.Node.Cosign.Age = "waiting", time.Hour }, []string{"certification.old", "certification.waiting"}, ""},
	{"no key in the policy", healthy, func(f *Facts) { f.Node.Cosign.State = "watching" }, []string{"certification.unnamed"}, ""},
	{"between two epochs", healthy, func(f *Facts) { f.Node.Cosign.State = Resting }, nil, ""},
	{"stopped cosigning", healthy, func(f *Facts) { f.Node.Cosign.State, f.Node.Cosign.Why = "stopped", "a conflicting head has a quorum" }, []string{"certification.stopped"}, "a conflicting head has a quorum"},
	{"diverged", healthy, func(f *Facts) {
		f.Node.Diverged, f.Node.Cosign.State = true, "stopped"
		f.Node.Evidence = []Evidence{{Name: "e1", Agency: 1, Says: text("it is damaged")}, {Name: "e2", Agency: 3, Says: text("two drafts"), Acknowledged: true}}
	}, []string{"node.diverged", "evidence.kept 1", "evidence.acknowledged 3"}, ""},

	{"evidence, and an operator's door that is a socket", healthy, func(f *Facts) {
		f.Settings.Operator, f.Node.Evidence = "unix:/run/ocop/door", []Evidence{{Name: "e1", Agency: 3, Says: text("two drafts")}}
	}, []string{"evidence.kept 3"}, "curl -X POST --unix-socket /run/ocop/door http://operator/evidence/e1/acknowledge"},

	// Clocks.
	{"this clock is far ahead", healthy, func(f *Facts) { f.Peers[0].View.Ahead, f.Peers[1].View.Ahead = -time.Minute, -time.Minute }, []string{"clock.far"}, "60.0 s ahead of the nodes' median; the bound is 5.0 s"},
	{"this clock is somewhat slow", healthy, func(f *Facts) { f.Peers[0].View.Ahead, f.Peers[1].View.Ahead = 3*time.Second, 3*time.Second }, []string{"clock.off"}, "3.0 s behind"},
	{"one peer's clock is off", healthy, func(f *Facts) { f.Peers[1].View.Ahead = time.Minute }, []string{"clock.peer 3"}, "60.0 s ahead of the median"},
	{"a clock before the ledger", stopped, func(f *Facts) { f.Files.Time = noon.Add(time.Hour) }, []string{"node.stopped", "clock.before-ledger"}, ""},

	// A stopped node and its files.
	{"stopped", stopped, func(*Facts) {}, []string{"node.stopped"}, ""},
	{"a process that holds the files and does not answer", stopped, func(f *Facts) {
		f.Mode, f.Files, f.Settings.OperatorError = Hidden, nil, "deadline exceeded"
	}, []string{"node.silent"}, "deadline exceeded"},
	{"another node at the operator's door", stopped, func(f *Facts) { f.Settings.OperatorOther = 2 }, []string{"node.stopped", "node.other 2"}, ""},
	{"no ledger", stopped, func(f *Facts) { f.Files = new(Files) }, []string{"files.none", "node.stopped"}, ""},
	{"chain.db is gone", stopped, func(f *Facts) { *f.Files = Files{Ran: true, Chain: File{Missing: true}} }, []string{"files.chain-missing", "node.stopped"}, ""},
	{"everything is damaged", stopped, func(f *Facts) {
		torn := File{Torn: true, Damage: text("page 7 is used twice")}
		f.Files.Chain, f.Files.Index, f.Files.Heads, f.Files.Raft = torn, torn, torn, torn
	}, []string{"files.chain-damaged", "files.raft-damaged", "node.stopped", "files.index-damaged", "files.heads-damaged"}, "page 7 is used twice"},
	{"files of another ledger", stopped, func(f *Facts) { f.Files.Chain.Other = true }, []string{"files.other", "node.stopped"}, ""},
	{"raft.db is gone", stopped, func(f *Facts) { f.Files.Raft.Missing, f.Files.RaftIDs = true, nil }, []string{"files.raft-missing", "node.stopped"}, "has 60 leaves"},
	{"index.db is gone", stopped, func(f *Facts) { f.Files.Index.Missing = true }, []string{"node.stopped", "files.index-missing"}, ""},
	{"raft.db of an earlier incarnation", stopped, func(f *Facts) { f.Files.RaftSelf = "1-2" }, []string{"raft.identity", "node.stopped"}, "the voters 1-1, 2-1, 3-1; the ledger calls it 1-2"},
	{"restored", stopped, func(f *Facts) {
		f.Files.Restored, f.Files.Raft.Missing, f.Files.RaftIDs = "height 30\nsize 60\n", true, nil
	}, []string{"node.stopped", "files.restored"}, ""},
	{"signed more than it has", stopped, func(f *Facts) { f.Files.Slot.Size = 90 }, []string{"node.stopped", "files.slot-ahead"}, ""},
	{"no slot", stopped, func(f *Facts) { f.Files.Slot = Slot{Missing: true} }, []string{"node.stopped", "files.slot"}, ""},
	{"a slot that cannot be read", stopped, func(f *Facts) { f.Files.Slot = Slot{Problem: "of another ledger"} }, []string{"node.stopped", "files.slot"}, ""},
	{"a damaged slot", stopped, func(f *Facts) { f.Files.Slot.Sure = false }, []string{"node.stopped", "files.slot"}, ""},
	{"a node that has only begun", stopped, func(f *Facts) {
		*f.Files = Files{Ran: true, Size: 1, Slot: Slot{Missing: true}, Raft: File{Missing: true}, Index: File{Missing: true}}
		f.Peers[0].View, f.Peers[1].View = nil, nil
		f.lose(0, TimedOut, TimedOut)
		f.lose(1, TimedOut, TimedOut)
	}, []string{"node.stopped", "quorum.lost", "peer.timeout 2", "peer.timeout 3"}, ""},
	{"the others go on without this one", stopped, func(f *Facts) { f.lose(1, ConnectionRefused, ConnectionRefused) }, []string{"node.stopped", "peer.refused 3"}, ""},

	// Disk.
	{"a full disk", healthy, func(f *Facts) { f.Machine.Disk.Free = 100 << 20 }, []string{"disk.full"}, "100.0 MiB of 200.0 GiB"},
	{"a disk that fills", healthy, func(f *Facts) { f.Ledger.PerDay = 2e6 }, []string{"disk.soon"}, "full in about 26 days: 100.0 GiB are left, the ledger grows by 3.7 GiB a day"},
	{"a disk that others fill", healthy, func(f *Facts) { f.Machine.Disk.Free = 2 << 30 }, []string{"disk.few"}, ""},
	{"a read-only disk", healthy, func(f *Facts) { f.Machine.Disk.ReadOnly = true }, []string{"disk.read-only"}, ""},
	{"no inodes", healthy, func(f *Facts) { f.Machine.Disk.Inodes = 3 }, []string{"inodes.out"}, ""},
	{"few inodes", healthy, func(f *Facts) { f.Machine.Disk.Inodes = 300 }, []string{"inodes.few"}, ""},
	{"a file system without a number of inodes", healthy, func(f *Facts) { f.Machine.Disk.Inodes, f.Machine.Disk.AllNode = 0, 0 }, nil, ""},
	{"a large raft log", healthy, func(f *Facts) { f.Machine.Sizes["raft.db"] = 2 << 30 }, []string{"raft.large"}, "2.0 GiB, more than 1.0 GiB"},
	{"in memory", healthy, func(f *Facts) { f.Machine.FileSystem.Type = "tmpfs" }, []string{"fs.volatile"}, ""},
	{"on NFS", healthy, func(f *Facts) { f.Machine.FileSystem.Type = "nfs4" }, []string{"fs.network"}, ""},
	{"in a container", healthy, func(f *Facts) { f.Machine.FileSystem.Type = "overlay" }, []string{"fs.overlay"}, ""},
	{"mount options", healthy, func(f *Facts) { f.Machine.FileSystem.Options = []string{"rw", "barrier=0", "data=writeback"} }, []string{"fs.no-barrier", "fs.writeback"}, "barrier=0"},
	{"fast_commit on an old kernel", healthy, func(f *Facts) {
		on := true
		f.Machine.FileSystem.FastCommit, f.Machine.FileSystem.Kernel = &on, "5.15.26-generic"
	}, []string{"fs.fast-commit"}, "5.15.26-generic"},
	{"an old kernel, and nobody could look", healthy, func(f *Facts) {
		f.Machine.FileSystem.FastCommit, f.Machine.FileSystem.Kernel = nil, "5.10.93"
	}, []string{"fs.fast-commit-unknown"}, ""},
	{"a disk that could not be looked at", healthy, func(f *Facts) { f.Machine = Machine{} }, nil, ""},

	// Settings and habits.
	{"a configuration with mistakes", stopped, func(f *Facts) {
		*f = Facts{At: noon, Mode: Stopped, Dir: "/srv/ocop", Settings: Settings{Problems: []string{"config.yaml:3: agency: 0", "config.yaml:9: raft.heartbeat: 1h"}}}
	}, []string{"config.broken"}, "config.yaml:3: agency: 0; config.yaml:9: raft.heartbeat: 1h"},
	{"no genesis", stopped, func(f *Facts) { f.Settings.Genesis = lang.Text{Vi: "không có tệp", En: "no such file"} }, []string{"genesis.broken", "node.stopped"}, "no such file"},
	{"careless settings", healthy, func(f *Facts) {
		f.Settings.Heartbeat, f.Settings.PublicTLS, f.Settings.SocketOpen, f.Settings.LogLevel = time.Second, false, true, "debug"
	}, []string{"settings.heartbeat", "settings.public-plain", "settings.socket-open", "settings.debug"}, "1s, less than 3s"},
	{"no operator's door", stopped, func(f *Facts) { f.Settings.Operator = "" }, []string{"node.stopped", "settings.no-operator"}, ""},
	{"files that may not be read", stopped, func(f *Facts) { f.Denied, f.Service, f.Dir = []string{"/var/lib/ocop/keys"}, "ocopd", "/var/lib/ocop" },
		[]string{"node.stopped", "doctor.denied"}, "systemctl restart ocopd"},
	{"a configuration that may not be read", stopped, func(f *Facts) {
		*f = Facts{At: noon, Mode: Stopped, Denied: []string{"config.yaml"}, Settings: Settings{Unread: true}}
	},
		[]string{"doctor.denied"}, "config.yaml"},
	{"root", healthy, func(f *Facts) { f.Node.AsRoot = true }, []string{"machine.root"}, ""},
	{"validators on one machine", healthy, func(f *Facts) { f.Peers[0].Here = true }, []string{"host.shared"}, "agencies 1, 2 on this one"},
	{"two others on one machine", healthy, func(f *Facts) { f.Peers[1].IPs = f.Peers[0].IPs }, []string{"host.shared"}, "agencies 2, 3 at 10.0.0.2"},
	{"different versions", healthy, func(f *Facts) { f.Peers[1].View.Version = "v2" }, []string{"software.differs"}, "1: v1, 2: v1, 3: v2"},
	{"backups of all bad kinds", healthy, func(f *Facts) {
		f.Backups = &Backups{Folder: "/mnt", SameDisk: true, Newest: 20 * 24 * time.Hour, KeyFiles: []string{"keys/node.key"}}
	},
		[]string{"backup.keys", "backup.old", "backup.same-disk"}, "keys/node.key"},
	{"no backup", healthy, func(f *Facts) { f.Backups = &Backups{Folder: "/mnt", Newest: -1} }, []string{"backup.none"}, ""},
	{"good backups", healthy, func(f *Facts) { f.Backups = &Backups{Folder: "/mnt", Newest: time.Hour} }, nil, ""},

	// Keys.
	{"keys of all bad kinds", stopped, func(f *Facts) {
		f.Keys = Keys{Problems: []string{"tls.key has mode 0644"}, Open: true, Unnamed: []string{"tls"}, Left: []string{"cosigner.old.key"},
			Next: []NextKey{{"node", time.Hour}, {"cosigner", 60 * 24 * time.Hour}}}
	}, []string{"node.stopped", "keys.broken", "keys.unnamed", "keys.open", "keys.left", "keys.forgotten", "keys.next"}, ""},
	{"few keys left", healthy, func(f *Facts) { f.Ledger.KeysUsed = 1000 }, []string{"keys.limit"}, "1000 of the 1024"},
	{"an old epoch", healthy, func(f *Facts) { f.Ledger.Began = noon.Add(-600 * 24 * time.Hour) }, []string{"trust.ending"}, "began 600 days ago; keys are believed for 730 days"},

	// From outside.
	{"one node does not answer", abroad, func(f *Facts) {
		f.Peers[1].View, f.Peers[1].Public, f.Peers[1].PublicDetail, f.Peers[1].Agency = nil, TimedOut, "", 0
	}, []string{"outside.unreachable"}, "10.0.0.3:7400 does not answer: timed out."},
	{"nobody knows a leader", abroad, leaderless, []string{"outside.leaderless"}, "None of the 2 nodes that answer knows a leader; the network has 3 validators and needs 2."},
	{"certification stands still", abroad, func(f *Facts) { f.Peers[0].View.CertifiedAge, f.Peers[1].View.CertifiedAge = time.Hour, 2*time.Hour }, []string{"outside.certification-old"}, "60 min old"},
	{"two roots at one height", abroad, func(f *Facts) { f.Peers[1].View.Root = "bb" }, []string{"outside.fork 3"}, "10.0.0.3:7400 and 10.0.0.2:7400 have different roots"},
	{"a node of another ledger", abroad, func(f *Facts) { f.Peers[1].View.Chain = "dd" }, []string{"outside.other 3"}, ""},
	{"a node behind", abroad, func(f *Facts) { f.Peers[1].View.Size, f.Peers[0].View.Size, f.Peers[1].View.Height = 60, 10_060, 29 }, []string{"outside.behind 3"}, "10000 leaves, 1 blocks behind"},
	{"a clock", abroad, func(f *Facts) { f.Peers[1].View.Ahead = time.Minute }, []string{"outside.clock 3"}, "60.0 s ahead"},
	{"validators that were not asked", abroad, func(f *Facts) { f.Unasked = []ledger.AccountID{1} }, []string{"outside.incomplete"}, "agencies 1"},
	{"nobody answers", abroad, func(f *Facts) {
		for i := range f.Peers {
			f.Peers[i].View, f.Peers[i].Public = nil, ConnectionRefused
		}
		f.Ledger = nil
	}, []string{"outside.unreachable 2", "outside.unreachable 3"}, ""},
}

func TestExamine(t *testing.T) {
	seen := make(map[string]bool)
	place := regexp.MustCompile(`\{[a-z]+\}`)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			f := c.from()
			c.change(f)
			found := Examine(f)
			var got []string
			for _, x := range found {
				seen[x.Code] = true
				name := x.Code
				if x.Agency != 0 {
					name += " " + x.Agency.String()
				}
				got = append(got, name)
				for _, s := range []string{x.What.Vi, x.What.En, x.Why.Vi, x.Why.En, x.Next.Vi, x.Next.En} {
					if s == "" || place.MatchString(s) || strings.Contains(s, "  ") {
						t.Errorf("%s says %q", x.Code, s)
					}
				}
				if x.What.Vi == x.What.En || place.MatchString(x.Command) {
					t.Errorf("%s: %q, %q", x.Code, x.What, x.Command)
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("found %q, want %q", got, c.want)
			}
			all := fmt.Sprint(found)
			if !strings.Contains(all, c.say) {
				t.Errorf("%q is not said in %+v", c.say, found)
			}
			if again := Examine(f); fmt.Sprint(again) != all {
				t.Error("examined twice, found twice something else")
			}
		})
	}
	for _, k := range Kinds {
		if !seen[k.Code] {
			t.Errorf("no case finds %s", k.Code)
		}
	}
}

// TestKinds holds everything that can be said, in both languages, and that codes are stable.
func TestKinds(t *testing.T) {
	var b strings.Builder
	places := regexp.MustCompile(`\{[a-z]+\}`)
	codes := make(map[string]bool)
	for _, k := range Kinds {
		fmt.Fprintf(&b, "%s %s\n  %s\n  %s\n  %s\n  %s\n  %s\n  %s\n  $ %s\n", k.Code, k.Gravity, k.What.Vi, k.What.En, k.Why.Vi, k.Why.En, k.Next.Vi, k.Next.En, k.Command)
		if codes[k.Code] {
			t.Errorf("%s is there twice", k.Code)
		}
		codes[k.Code] = true
		for _, said := range []lang.Text{k.What, k.Why, k.Next} {
			vi, en := places.FindAllString(said.Vi, -1), places.FindAllString(said.En, -1)
			slices.Sort(vi)
			slices.Sort(en)
			if !slices.Equal(slices.Compact(vi), slices.Compact(en)) {
				t.Errorf("%s has places %v in Vietnamese and %v in English", k.Code, vi, en)
			}
		}
		if k.Command != "" && strings.HasPrefix(k.Command, "rm ") {
			t.Errorf("%s advises to delete something", k.Code)
		}
	}
	path := filepath.Join("testdata", "kinds.txt")
	if *update {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want, err := os.ReadFile(path); err != nil || string(want) != b.String() {
		t.Errorf("%s differs (%v); run the test with -update and look at the difference", path, err)
	}
}

func TestFastCommitKernels(t *testing.T) {
	for release, want := range map[string]bool{
		"5.9.16": false, "5.10.0-8-amd64": true, "5.10.93": true, "5.10.94": false, "5.10.218-1": false, "5.11.0": true, "5.14.21-150500": true, "5.15.26": true,
		"5.15.27": false, "5.15.0-generic": true, "5.16.20": true, "5.17.0": false, "6.1.0": false, "4.19.0": false, "nonsense": false, "": false,
	} {
		if got := faultyFastCommit(release); got != want {
			t.Errorf("%s: %v", release, got)
		}
	}
}

// TestMedian: one wrong clock of three is named, and is not taken for this machine's fault.
func TestMedian(t *testing.T) {
	f := healthy()
	f.Peers[1].View.Ahead = time.Hour
	if ahead, known := f.Skew(); !known || ahead != 0 {
		t.Errorf("%v, %v", ahead, known)
	}
	f.Peers[0].View.ClockKnown, f.Peers[1].View.ClockKnown = false, false
	if _, known := f.Skew(); known {
		t.Error("a median of one clock")
	}
}
