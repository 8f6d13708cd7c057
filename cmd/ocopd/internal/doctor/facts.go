package doctor

import (
	"time"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/ledger"
)

// Mode is from where somebody looks.
type Mode uint8

// Modes.
const (
	Live    Mode = iota // the node's operator door answers
	Stopped             // no process holds the directory
	Hidden              // a process holds the directory, and the operator's door does not answer
	Unknown             // the operator's door does not answer, and the directory may not be looked into
	Outside             // no directory: public doors alone
)

// Facts are what was seen. A pointer that is nil was not, or could not be, looked at.
type Facts struct {
	At     time.Time
	Mode   Mode
	Dir    string
	Notice string           // what every output about the ledger says first; empty unless it is a sample
	Agency ledger.AccountID // 0: a replica, which has no keys and no vote

	Service  string   // of systemd that runs the node; empty: none is known
	Denied   []string // files that whoever looks may not look at
	Settings Settings
	Keys     Keys
	Machine  Machine
	Node     *Node
	Files    *Files
	Ledger   *Ledger
	Peers    []Peer // the other validators; outside: every node asked
	Backups  *Backups
	Unasked  []ledger.AccountID // outside: validators whose nodes were not asked
}

// Settings are what the configuration says, and what is wrong with it.
type Settings struct {
	Problems      []string // of the configuration; with one the rest is not known
	Unread        bool     // the configuration could not be looked at
	Genesis       lang.Text
	Heartbeat     time.Duration
	PeerListen    string
	PublicListen  string
	PublicOpen    bool // it listens where strangers come from
	PublicTLS     bool
	Operator      string // empty: no door
	OperatorError string // why the operator's door does not answer; empty: it does, or was not asked
	OperatorOther ledger.AccountID
	SocketOpen    bool // it is a socket that everybody on the machine may use
	LogLevel      string
}

// Keys are what lies in the directory of keys.
type Keys struct {
	Problems []string
	Open     bool     // others than the owner can look into the directory
	Unnamed  []string // purposes of held keys that are not those on the ledger
	Next     []NextKey
	Left     []string // files of keys that should have been destroyed
}

// NextKey is a key that was made and is not named on the ledger.
type NextKey struct {
	Purpose string
	Age     time.Duration
}

// Machine is what the machine says of itself.
type Machine struct {
	Disk       *Disk
	FileSystem *FileSystem
	Sizes      map[string]int64 // of the node's files, in bytes
}

// Disk is the room where the data lies.
type Disk struct {
	Free, Total     uint64 // bytes, as far as the node may use them
	Inodes, AllNode uint64 // free, and all; 0 and 0: the file system has no fixed number
	ReadOnly        bool
}

// FileSystem is what the data lies on.
type FileSystem struct {
	Mount, Device, Type string
	Options             []string
	Kernel              string
	FastCommit          *bool // of ext4; nil: could not be looked at
}

// Place is whether a node takes part in raft, in the words of the node.
type Place string

// Places of a node. A node that says none takes part.
const (
	Seated    Place = "seated"
	Asking    Place = "asking"     // its raft store is new, and it asks whether it had another
	StoreLost Place = "store_lost" // it must not vote as its old self
	Catching  Place = "behind"     // its ledger is not where its raft log begins
	Unnamed   Place = "outside"    // the ledger names no validator of it
)

// Node is what a running node says of itself.
type Node struct {
	Role       string // leader, follower, candidate, starting, stopping; following: without a place in raft
	Place      Place
	PlaceWhy   lang.Text // more of why it has none
	Leader     ledger.AccountID
	Term       uint64
	Height     uint64
	Size       uint64
	Version    string
	AsRoot     bool
	Diverged   bool
	Leaderless time.Duration // since a leader was heard; 0: one is
	Refused    *Refused
	Cosign     Cosign
	Evidence   []Evidence
}

// Refused is a leader whose time this node took for the future.
type Refused struct {
	Agency ledger.AccountID
	Term   uint64
	Ahead  time.Duration
}

// Resting is a cosigner that holds the key of the policy in force, and waits for the first block of its epoch: the newest head is still that of the epoch
// before, whose key is destroyed.
const Resting = "resting"

// Cosign is where a node stands with certified heads.
type Cosign struct {
	State           string // as package cosign names it, or Resting
	Why             string
	Height, Size    uint64 // of the newest certified head; size 0: there is none
	Age             time.Duration
	Signers         []Signer
	SignedSize      uint64
	LearnsFrom      int // of the others that must tell what this node signed before: n − q + 1
	LearnsReachable int
}

// Signer is when an agency's cosigner was last heard of.
type Signer struct {
	Agency ledger.AccountID
	Size   uint64
	Age    time.Duration // of its newest cosignature; negative: none since the node started
}

// Evidence is a piece that the node keeps.
type Evidence struct {
	Name         string
	Agency       ledger.AccountID
	Says         lang.Text
	Acknowledged bool
}

// Files are what a stopped node's data directory says.
type Files struct {
	Ran      bool // something is there
	Chain    File
	Index    File
	Heads    File
	Raft     File
	Height   uint64
	Size     uint64
	Time     time.Time // of the newest block
	Slot     Slot
	Restored string   // content of the mark that a restore leaves; empty: there is none
	RaftIDs  []string // voters in raft's newest configuration
	RaftSelf string   // what this node's raft id is by the ledger; empty: not known
}

// File is whether one of the node's files can be used.
type File struct {
	Missing bool
	Other   bool // of another ledger, or another format
	Damage  lang.Text
	Torn    bool // damaged
}

// Slot is the file in which the cosigner remembers what it signed.
type Slot struct {
	Missing bool
	Problem string
	Sure    bool
	Size    uint64
}

// Ledger is what the ledger, as this node has it, says of the network.
type Ledger struct {
	Validators  int
	Quorum      int
	Epoch       uint32
	Began       time.Time // of the epoch
	TrustPeriod time.Duration
	KeysUsed    int
	KeysMost    int
	ClockBound  time.Duration
	Leaves      uint64
	PerDay      float64 // leaves, by the newest week or day; 0: not known
}

// Reach is what came of trying to reach a door.
type Reach uint8

// What came of it.
const (
	Untried Reach = iota
	Reached
	ConnectionRefused // the machine answers, and nobody listens
	TimedOut          // nothing answers: no machine, or something swallows the packets
	Unresolved        // the name has no address
	NoRoute
	NotTLS   // who listens speaks no TLS
	WrongKey // who listens holds another key than the ledger says
	RefusesUs
	WrongProtocol
	Silent // the port takes the connection, and nobody speaks
	Failed
)

// Peer is another validator, or outside any node asked.
type Peer struct {
	Agency        ledger.AccountID // 0: it has not said
	PeerAddress   string
	PublicAddress string
	Peer          Reach // its peer door, from here
	PeerDetail    string
	Public        Reach // its public door, from here
	PublicDetail  string
	In            *Inbound
	View          *View         // what it says of itself, now
	Last          *LastSeen     // what it said when the running node last asked
	IPs           []string      // that its peer address stands for
	Here          bool          // one of them is this machine's
	Shut          bool          // this node listens to no raft message of it
	ShutsUs       bool          // it listens to none of this node's
	Holds         bool          // this node leads, and waits for it at present
	Held          time.Duration // how long it has, since it started
}

// Inbound is whether the peer calls this node.
type Inbound struct {
	Ever bool
	Ago  time.Duration
}

// View is what a node says of itself.
type View struct {
	Height, Size uint64
	Root         string // empty: it was not asked
	Leader       ledger.AccountID
	Term         uint64
	Ahead        time.Duration // of its clock, as seen from here
	ClockKnown   bool
	Diverged     bool
	Version      string
	Certified    uint64 // leaves
	CertifiedAge time.Duration
	Chain        string
}

// LastSeen is old news.
type LastSeen struct{ Height, Size uint64 }

// Backups are what lies in the folder that the operator names.
type Backups struct {
	Folder   string
	SameDisk bool
	Newest   time.Duration // age of the newest; negative: there is none
	KeyFiles []string      // private keys among them
}
