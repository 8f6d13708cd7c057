package evidence

import (
	"bytes"
	"fmt"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/merkle"
)

const (
	magic   = "OCOPEVID"
	version = 1
	// MaxFile bounds a file in bytes: 1,000 handovers of 5 KiB, or 10,000 entries, and what stands beside.
	MaxFile = 8 << 20
	// MaxHandovers bounds the epochs a verifier walks: a rotation a week for 19 years.
	MaxHandovers = 1000
	// MaxEntries bounds the entries of a breach: what an author can have on the ledger between a promise and its deadline.
	MaxEntries = 10_000
	// maxPath is the longest consistency proof: RFC 6962's for 2^63 leaves.
	maxPath = 64
)

// Append appends the file.
func (e *Evidence) Append(b []byte) []byte {
	b = append(append(b, magic...), version, byte(e.Kind()))
	b = ledger.AppendU16(b, uint16(len(e.Handovers)))
	for _, h := range e.Handovers {
		b = appendBytes32(b, h.Append(nil))
	}
	switch e.Kind() {
	case KindProposer:
		for _, d := range e.Proposer.Drafts {
			b = append(d.Header.Append(b), d.Signature[:]...)
		}
	case KindValidator:
		b = e.Validator.append(b)
	case KindDiverged:
		b = e.Diverged.append(b)
	case KindBreach:
		b = e.Breach.append(b)
	}
	return b
}

func (h *Heads) append(b []byte) []byte {
	b = ledger.AppendU64(b, uint64(h.Agency))
	for _, head := range h.Heads {
		b = appendBytes32(b, head.Append(nil))
	}
	b = append(b, h.Root[:]...)
	b = append(b, byte(len(h.Path)))
	for _, p := range h.Path {
		b = append(b, p[:]...)
	}
	return b
}

func (p *Breach) append(b []byte) []byte {
	b = p.Promise.Append(b)
	b = appendBytes32(b, p.Head.Append(nil))
	b = appendBytes32(b, p.State)
	b = appendBytes32(b, p.Before.AppendBinary(nil))
	b = ledger.AppendU32(b, uint32(len(p.Entries)))
	for i := range p.Entries {
		b = p.Entries[i].Append(b)
	}
	return b
}

func appendBytes32(b, v []byte) []byte { return append(ledger.AppendU32(b, uint32(len(v))), v...) }

// IsEvidence tells by its first bytes whether data may be an evidence file.
func IsEvidence(data []byte) bool { return bytes.HasPrefix(data, []byte(magic)) }

// Parse reads exactly what Append writes and judges nothing. Errors wrap ledger.ErrMalformed.
func Parse(data []byte) (*Evidence, error) {
	if len(data) > MaxFile {
		return nil, fmt.Errorf("%w: evidence of %d bytes, at most %d", ledger.ErrMalformed, len(data), MaxFile)
	}
	p := parser{ledger.NewReader("evidence", data)}
	if string(p.Bytes(len(magic))) != magic {
		p.Fail("not an evidence file")
	}
	p.Version(version)
	kind := Kind(p.U8())
	e := &Evidence{Handovers: p.handovers()}
	switch kind {
	case KindProposer:
		e.Proposer = &Proposer{[2]SignedDraft{p.draft(), p.draft()}}
	case KindValidator:
		e.Validator = p.heads()
	case KindDiverged:
		e.Diverged = p.heads()
	case KindBreach:
		e.Breach = p.breach()
	default:
		p.Fail("unknown kind %d", kind)
	}
	if err := p.Close(); err != nil {
		return nil, err
	}
	if !bytes.Equal(e.Append(nil), data) { // texts inside, such as a head that has a line twice
		return nil, fmt.Errorf("%w: evidence: a part is not as its encoder writes it", ledger.ErrMalformed)
	}
	return e, nil
}

// parser is a reader that knows the parts.
type parser struct{ *ledger.Reader }

func (p parser) bytes32() []byte { return p.Bytes(int(p.U32())) }

// part reads a part with its own parser, which is not asked once the reader has failed.
func part[T any](p parser, data []byte, parse func([]byte) (T, error)) (v T) {
	if p.Failed() {
		return v
	}
	v, err := parse(data)
	if err != nil {
		p.Fail("%v", err)
	}
	return v
}

func (p parser) handovers() (list []*checkpoint.Handover) {
	n := int(p.U16())
	if n > MaxHandovers {
		p.Fail("%d handovers, at most %d", n, MaxHandovers)
	}
	for i := 0; i < n && !p.Failed(); i++ {
		list = append(list, part(p, p.bytes32(), checkpoint.ParseHandover))
	}
	return list
}

func (p parser) draft() (d SignedDraft) {
	d.Header = part(p, p.Bytes(ledger.DraftHeaderSize), ledger.ParseDraftHeader)
	p.Copy(d.Signature[:])
	return d
}

func (p parser) heads() *Heads {
	h := &Heads{Agency: ledger.AccountID(p.U64())}
	for i := range h.Heads {
		h.Heads[i] = part(p, p.bytes32(), checkpoint.Parse)
	}
	h.Root = p.Hash()
	n := int(p.U8())
	if n > maxPath {
		p.Fail("path of %d hashes, at most %d", n, maxPath)
	}
	for i := 0; i < n && !p.Failed(); i++ {
		h.Path = append(h.Path, p.Hash())
	}
	return h
}

func (p parser) breach() *Breach {
	b := &Breach{Promise: part(p, p.Bytes(ledger.SignedPromiseSize), ledger.ParseSignedPromise)}
	b.Head = part(p, p.bytes32(), checkpoint.ParseProof)
	b.State = p.bytes32()
	b.Before = part(p, p.bytes32(), merkle.ParseFrontier)
	n := int(p.U32())
	if n > MaxEntries || n*ledger.EntrySize != p.Left() {
		p.Fail("%d bytes of entries, want %d entries of %d, at most %d", p.Left(), n, ledger.EntrySize, MaxEntries)
	}
	for i := 0; i < n && !p.Failed(); i++ {
		b.Entries = append(b.Entries, part(p, p.Bytes(ledger.EntrySize), ledger.ParseEntry))
	}
	return b
}
