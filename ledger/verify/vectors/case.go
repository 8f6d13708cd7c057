package vectors

// What says what a case hands to a verifier.
type What string

// The kinds of cases; README.md says which parts each has.
const (
	Policy      What = "policy"
	Genesis     What = "genesis"
	Handover    What = "handover"
	Handovers   What = "handovers"
	Certify     What = "certify"
	Head        What = "head"
	Consistency What = "consistency"
	Memory      What = "memory"
	Next        What = "next"
	Receipt     What = "receipt"
	Action      What = "action"
	Record      What = "record"
	Evidence    What = "evidence"
)

// Case is what a verifier is given, as bytes. Which parts a case has follows from what it is of.
type Case struct {
	File  []byte // the thing judged
	Seal  []byte // head: the seal that is to speak for it
	Path  []byte // head: the seal's inclusion path, 32 bytes each. Consistency, next: the proof
	Older []byte // consistency: the head that is to be the beginning
	With  With
}

// With is what the verifier believes and asks.
type With struct {
	Policy    []byte   // document believed
	Since     uint64   // Unix seconds
	Now       uint64   // Unix seconds
	Period    uint64   // seconds; 0: the policy's
	Handovers [][]byte // files beside the one judged
	Memory    []byte   // file of what is remembered; nil: nothing
	Older     bool     // heads smaller than the one remembered are allowed
	MaxAge    uint64   // seconds; 0: any
	Ask       string   // subject asked for: its kind and id in hexadecimal digits; empty: any
	Date      uint32   // of the verdict, yyyymmdd; 0: that of now
	AsOf      *uint64  // height of the verdict; nil: what the receipt says
}

// Expect is what comes out of a case. Which parts there are follows from what the case is of.
type Expect struct {
	OK    bool     `json:"ok"`
	Word  string   `json:"word,omitempty"`
	Inner []string `json:"inner,omitempty"` // words of the errors inside, from the outside in
	Or    []string `json:"or,omitempty"`    // words that are as good

	Epoch   *uint32 `json:"epoch,omitempty"`
	Policy  string  `json:"policy,omitempty"` // hash of the epoch's document
	Since   *uint64 `json:"since,omitempty"`
	Skipped bool    `json:"skipped,omitempty"`

	Size       *uint64 `json:"size,omitempty"`
	Root       string  `json:"root,omitempty"`
	Time       *uint64 `json:"time,omitempty"`       // of the head, Unix seconds
	Validators []int   `json:"validators,omitempty"` // agencies whose cosignatures count
	Witnesses  int     `json:"witnesses,omitempty"`

	Height       *uint64            `json:"height,omitempty"`
	BlockTime    *uint64            `json:"blockTime,omitempty"`
	AsOf         *uint64            `json:"asOf,omitempty"`
	Verdict      *Verdict           `json:"verdict,omitempty"`
	Values       map[string]string  `json:"values,omitempty"` // value hashes of what was derived
	Certificates []CertificateStand `json:"certificates,omitempty"`
	Timeline     []string           `json:"timeline,omitempty"` // leaf.action

	Leaf    *uint64  `json:"leaf,omitempty"`
	Record  string   `json:"record,omitempty"`
	Author  uint64   `json:"author,omitempty"`
	Key     string   `json:"key,omitempty"`
	First   *uint16  `json:"first,omitempty"`
	Actions int      `json:"actions,omitempty"`
	Refused []string `json:"refused,omitempty"` // record id:reason:action
	Agency  uint64   `json:"agency,omitempty"`
	Kind    string   `json:"kind,omitempty"`
}

// Verdict is that of a product or certificate on a date.
type Verdict struct {
	Kind        string `json:"kind"`
	Date        uint32 `json:"date"`
	Certificate string `json:"certificate,omitempty"`
	Star        uint8  `json:"star,omitempty"`
	From        uint32 `json:"from,omitempty"`
	Until       uint32 `json:"until,omitempty"`
	Day         uint32 `json:"day,omitempty"`
}

// CertificateStand is a certificate and how it stands by itself.
type CertificateStand struct {
	ID       string `json:"id"`
	Standing string `json:"standing"`
	Value    string `json:"value"` // value hash
}
