package checkpoint

import (
	"bytes"
	"encoding/base64"
	"strconv"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/merkle"
)

const (
	proofHeader = "c2sp.org/tlog-proof@v1"
	// MaxProof bounds a proof file in bytes: an envelope as extra data in base64, a path, a checkpoint.
	MaxProof = 256 << 10
	// maxPath is the longest inclusion path.
	maxPath = 63
)

// Proof is a C2SP tlog-proof (.tlog-proof): a leaf's place in the tree of a checkpoint.
type Proof struct {
	Extra      []byte // not authenticated by itself; empty: none
	Index      uint64 // of the leaf
	Path       []ledger.Hash
	Checkpoint *Signed
}

// Append appends the file.
func (p *Proof) Append(b []byte) []byte {
	b = append(b, proofHeader+"\n"...)
	if len(p.Extra) > 0 {
		b = append(b, "extra "...)
		b = append(base64.StdEncoding.AppendEncode(b, p.Extra), '\n')
	}
	b = append(b, "index "...)
	b = append(strconv.AppendUint(b, p.Index, 10), '\n')
	for _, h := range p.Path {
		b = append(base64.StdEncoding.AppendEncode(b, h[:]), '\n')
	}
	return p.Checkpoint.Append(append(b, '\n'))
}

// ParseProof reads a file and verifies nothing.
func ParseProof(data []byte) (*Proof, error) {
	if len(data) > MaxProof {
		return nil, malformed("proof of %d bytes, at most %d", len(data), MaxProof)
	}
	head, rest, ok := bytes.Cut(data, []byte("\n\n"))
	if !ok {
		return nil, malformed("proof without a checkpoint")
	}
	lines := bytes.Split(head, []byte{'\n'})
	if string(lines[0]) != proofHeader {
		return nil, malformed("proof does not begin with %s", proofHeader)
	}
	lines = lines[1:]
	p := new(Proof)
	var err error
	if len(lines) > 0 {
		if extra, ok := bytes.CutPrefix(lines[0], []byte("extra ")); ok {
			p.Extra, err = base64.StdEncoding.Strict().AppendDecode([]byte{}, extra)
			if err != nil || len(extra) == 0 || base64.StdEncoding.EncodedLen(len(p.Extra)) != len(extra) { // the decoder skips carriage returns
				return nil, malformed("proof: extra data are not base64")
			}
			lines = lines[1:]
		}
	}
	if len(lines) == 0 || !bytes.HasPrefix(lines[0], []byte("index ")) {
		return nil, malformed("proof without an index")
	}
	if p.Index, err = parseNumber(lines[0][len("index "):]); err != nil {
		return nil, malformed("proof: index: %v", err)
	}
	lines = lines[1:]
	if len(lines) > maxPath {
		return nil, malformed("proof: path of %d hashes, at most %d", len(lines), maxPath)
	}
	for _, l := range lines {
		h, err := parseHash(l)
		if err != nil {
			return nil, malformed("proof: path: %v", err)
		}
		p.Path = append(p.Path, h)
	}
	p.Checkpoint, err = Parse(rest)
	return p, err
}

// Check checks that a leaf of this hash is at the proof's index in the tree of its checkpoint. Whether the checkpoint is to be believed is Certify's.
func (p *Proof) Check(leaf ledger.Hash) error {
	return merkle.Log.CheckInclusion(p.Path, p.Checkpoint.Tree.Size, p.Checkpoint.Tree.Root, p.Index, leaf)
}
