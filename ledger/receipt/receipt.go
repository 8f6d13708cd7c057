package receipt

import (
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/subject"
)

// Magic begins every receipt file.
const Magic = "OCOPRCPT"

const version = 1

// Bounds of a receipt. They bound a verifier's memory and time; a subject that outgrows them is proved by an audit.
const (
	MaxSize       = 4 << 20 // bytes of a file: a lot with some 10,000 sales
	MaxCheckpoint = 65535   // bytes, a two-byte length
	MaxHandovers  = 1024    // epochs a verifier may be behind: one a week for twenty years
	MaxHandover   = 65535   // bytes
	MaxRecords    = 16384
	MaxMembers    = 1024  // subjects of a closure: those of a product with 64 certificates are about 150
	MaxEntries    = 32768 // of all histories together
)

// Kind is what a receipt is about.
type Kind uint8

// Kinds of receipts.
const (
	KindProduct     Kind = 1 // sản phẩm
	KindCertificate Kind = 2 // giấy chứng nhận
	KindLot         Kind = 3 // lô sản xuất
	KindAction      Kind = 4 // one action of a record
)

var kindNames = [...]string{"", "product", "certificate", "lot", "action"}

func (k Kind) String() string {
	if k < KindProduct || k > KindAction {
		return "unknown"
	}
	return kindNames[k]
}

// Subject is the kind of the subject that a receipt of the kind is about: an action's is its author's activity.
func (k Kind) Subject() subject.Kind {
	switch k {
	case KindProduct:
		return subject.KindProduct
	case KindCertificate:
		return subject.KindCertificate
	case KindLot:
		return subject.KindLot
	case KindAction:
		return subject.KindActivity
	}
	return 0
}

// Receipt is the content of a file.
type Receipt struct {
	Kind       Kind
	Subject    string   // binary id of the subject
	AsOf       uint64   // height the asker wants to know about, at most the seal's
	Handovers  [][]byte // handover files, ascending by epoch, for verifiers that are pinned at an earlier one
	Checkpoint *checkpoint.Signed
	Seal       *ledger.Seal  // last leaf of the checkpoint's log
	Path       []ledger.Hash // its inclusion path
	Born       uint64        // time of the genesis, Unix milliseconds: it is in the entries of what genesis made
	Records    []Record      // strictly ascending by leaf
	State      []byte        // state proof of the members without its leaves: statemap.Proof.AppendPaths
	Members    []Member      // of the closure, strictly ascending by kind and id; of an action the activity alone
	Place      *Place        // of an action: its record's place in the activity, which stands for the history
}

// ID is the subject that the receipt is about.
func (r *Receipt) ID() subject.ID { return subject.ID{Kind: r.Kind.Subject(), Name: r.Subject} }

// Record is what is shown of a record.
type Record struct {
	Leaf      uint64 // index in the log
	Height    uint64
	Time      uint64 // block time, Unix milliseconds
	Key       ident.PublicKey
	Header    ledger.Header // its chain is the seal's, its key id that of Key
	Signature ident.Signature
	Actions   []Action      // one at least, strictly ascending by number
	Path      []ledger.Hash // joins them to the actions root: see Root
}

// ID is the record's id.
func (r *Record) ID() ledger.RecordID { return ledger.NewRecordID(r.Header.Issued, r.Header.Digest()) }

// Action finds an action that is shown.
func (r *Record) Action(number uint16) ([]byte, bool) {
	for _, a := range r.Actions {
		if a.Number == number {
			return a.Bytes, true
		}
	}
	return nil, false
}

// Action is an action of a record.
type Action struct {
	Number uint16 // in the record, from 0
	Bytes  []byte // canonical protobuf of ocop.record.v1.Action
}

// Member is a subject of a closure: its value and its complete history.
type Member struct {
	ID      subject.ID
	Value   []byte
	First   []byte      // value that genesis gave it, when it has been touched since; otherwise nil
	Root    ledger.Hash // of the history, unless genesis alone made it: tells an altered history from an altered value
	Entries []Entry     // one at least
}

// Genesis stands for a record in the entry that a subject made by genesis begins with.
const Genesis = -1

// Entry is a line of a history. Place, time and id are those of its record.
type Entry struct {
	Record int    // number in Receipt.Records, or Genesis in the first
	Action uint16 // ledger.WholeRecord in an entry by Genesis
	Value  ledger.Hash
}

// Place is the place of a record in its author's activity.
type Place struct {
	Entries uint64        // of the activity
	Root    ledger.Hash   // of the activity's history
	Entry   uint64        // number of the record's entry
	Value   ledger.Hash   // of the activity after it
	Path    []ledger.Hash // inclusion path of the entry
}

// Untouched tells that genesis made the subject and nothing has touched it since.
func (m *Member) Untouched() bool { return m.FromGenesis() && len(m.Entries) == 1 }

// FromGenesis tells that genesis made the subject.
func (m *Member) FromGenesis() bool { return len(m.Entries) > 0 && m.Entries[0].Record == Genesis }

// RecordExtra is the first byte of a record receipt's extra data: the envelope follows.
const RecordExtra = 0x01
