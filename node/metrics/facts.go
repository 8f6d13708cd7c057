package metrics

import (
	"time"

	"github.com/ocopledger/ocop/ledger"
)

// Facts is where a node stands at one moment. Nothing of it is a counter of this package's; counts are since the node's start.
type Facts struct {
	Version string
	Agency  ledger.AccountID
	Chain   string
	Checks  map[string]bool // of readiness, by name
	Alarms  map[string]int  // by name; every name there is, also those without any
	Ready   bool

	Place       string   // in raft: one of Places
	Places      []string // all there are
	Role        string   // leader, follower, candidate, starting, stopping, following
	Leader      ledger.AccountID
	Term        uint64
	LastIndex   uint64
	Commit      uint64
	Applied     uint64
	LastContact time.Duration // since the leader was heard; 0 on the leader

	Height, Size    uint64
	Epoch           uint32
	Quorum          int
	Validators      int
	ClockAhead      time.Duration
	Peers           []Peer
	Receiving       []Receiving
	Intake          []Intake
	Submit          Streams // of clients that submit
	Follow          Streams // that follow the log
	Admitting       int64   // records under verification
	AdmitLimit      int64
	ByTable         uint64 // verdicts that a signer's table gave
	ByLibrary       uint64 // verdicts of the library
	Tables          int    // of signers
	TablesLimit     int
	Queued          int64 // records waiting to be ordered
	QueuedBytes     int64
	QueueLimit      int64 // records
	Forwarding      int64 // records waiting to be handed to the leader
	ForwardBytes    int64
	Held            time.Duration // that this node, as leader, has waited with drafts
	Connections     int64         // open, at the public door
	ConnectionLimit int64
	PageFaults      uint64 // of the process, without a read from a disk
	PageFaultsKnown bool
	AheadDrafts     int64  // stored drafts whose signatures are being verified
	Unindexed       int    // records that index.db does not have yet
	Published       uint64 // leaves of the newest published head; 0: none
	Promises        Promises
	Certification   Certification
	Evidence        []Evidence
	Blobs           Blobs
	Disk            Disk
}

// Peer is another validator, as this node sees it.
type Peer struct {
	Agency     ledger.AccountID
	Reachable  bool // it has answered lately; otherwise the rest is old, or zero
	Height     uint64
	Size       uint64
	ClockAhead time.Duration
	RoundTrip  time.Duration
	Errors     map[string]uint64 // calls that failed, by kind
	Holds      bool              // this node, as leader, waits for it
	Held       time.Duration     // how long it has
}

// Receiving is what is on its way to a door, of messages that are not there yet.
type Receiving struct {
	Door             string // public, peer
	Bytes, ByteLimit int64
	Calls            int64
	Underway         int64 // calls, whether their message is there or not
	UnderwayLimit    int64 // 0: none
	Crowded, Late    int64 // cut off since the start
}

// Intake is what clients have handed in on one way, and the node is not done with.
type Intake struct {
	Way                    string // calls, streams
	Records, Bytes         int64
	RecordLimit, ByteLimit int64
}

// Streams is how many streams of a kind there are.
type Streams struct {
	Open, Limit int64
	MadeRoom    uint64 // so many ended for others
}

// Promises counts acceptance promises.
type Promises struct {
	Open, Limit  int
	Made, Missed uint64
}

// Certification is where the node stands with certified heads.
type Certification struct {
	Known        bool // there is a certified head
	Height, Size uint64
	Age, Delay   time.Duration
	Signing      bool
	Queue        int // points that wait to be signed
	Conflicts    uint64
	Cosigners    []Cosigner
}

// Cosigner is what is known of a validator's cosignatures, this node's own included.
type Cosigner struct {
	Agency     ledger.AccountID
	Taken, Bad uint64
	Size       uint64 // of the newest
}

// Evidence counts pieces of a kind against an agency.
type Evidence struct {
	Kind   string
	Agency ledger.AccountID
	Pieces int
}

// Blobs is what the node has of public blobs.
type Blobs struct {
	Known                     bool // the ledger was looked through: Named and Missing are right
	Named, Held, Missing      int
	HeldBytes                 int64
	Pending                   int
	PendingBytes              int64
	Erased                    int
	Fetched, Refused, Damaged uint64
}

// Disk is the disk of the data directory. What is not known is left out.
type Disk struct {
	Files       map[string]int64 // bytes, by name
	Taken       map[string]int64 // bytes of the disk that files take, by name
	Known       bool
	Free, Total uint64 // bytes
	FreeInodes  uint64
	Growing     bool    // Growth is known
	Growth      float64 // bytes a second, of this node's files of late
	Left        float64 // seconds until the disk is full at that rate; +Inf: never
}
