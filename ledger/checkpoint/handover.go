package checkpoint

import (
	"github.com/ocopledger/ocop/ledger"
)

const handoverVersion = 1

// Handover is what carries trust from a policy epoch to the next: the document of the epoch that begins, and the seal that ended the one before as
// the last leaf of a head certified under it. As a file it is a C2SP proof whose extra data are document and seal.
type Handover struct {
	Policy     *ledger.Policy // of the epoch that begins, number ≥ 1
	Seal       []byte         // of the block that ended the epoch before, 429 bytes; not parsed
	Path       []ledger.Hash  // of the seal in the tree of the checkpoint
	Checkpoint *Signed        // whose last leaf is the seal
}

// Append appends the file.
func (h *Handover) Append(b []byte) []byte {
	extra := ledger.AppendBytes16([]byte{handoverVersion}, h.Policy.Append(nil))
	p := Proof{Extra: append(extra, h.Seal...), Path: h.Path, Checkpoint: h.Checkpoint}
	if size := h.Checkpoint.Tree.Size; size > 0 {
		p.Index = size - 1
	}
	return p.Append(b)
}

// IsHandover tells by its first line whether data may be a handover file rather than another file that names a policy.
func IsHandover(data []byte) bool {
	return len(data) > len(proofHeader) && string(data[:len(proofHeader)+1]) == proofHeader+"\n"
}

// ParseHandover reads a file and verifies no signature and no path: that is package verify's. Nor is the document held to be sound: most handovers are passed
// over, and the keys of those that are not are checked by whoever comes to believe them, see [CheckPolicy]. Errors wrap ErrMalformed.
func ParseHandover(data []byte) (*Handover, error) {
	p, err := ParseProof(data)
	if err != nil {
		return nil, err
	}
	if size := p.Checkpoint.Tree.Size; size == 0 || p.Index != size-1 {
		return nil, malformed("handover: index %d is not that of the last leaf of %d", p.Index, size)
	}
	r := ledger.NewReader("handover", p.Extra)
	r.Version(handoverVersion)
	document := r.Bytes16()
	h := &Handover{Seal: r.Bytes(ledger.SealSize), Path: p.Path, Checkpoint: p.Checkpoint}
	if err := r.Close(); err != nil {
		return nil, malformed("%v", err)
	}
	if h.Policy, err = ledger.ParsePolicy(document); err != nil {
		return nil, malformed("handover: %v", err)
	}
	if h.Policy.Number == 0 {
		return nil, malformed("handover to epoch 0, which begins with the ledger")
	}
	return h, nil
}
