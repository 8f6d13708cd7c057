package peer

import (
	"fmt"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
)

const (
	// MaxDrafts bounds the draft headers of one answer: 100 KB, four times a second.
	MaxDrafts = 512
	// MaxEvidence bounds the names of evidence in one answer: more than a keeper keeps against seven validators.
	MaxEvidence = 256

	draftSize = ledger.DraftHeaderSize + len(ident.NodeSignature{})
)

// Draft is the header of a draft that raft handed to a validator. Nothing of it is verified here.
type Draft struct {
	Header    ledger.DraftHeader
	Signature ident.NodeSignature
}

// ParseDraft reads the beginning of a draft: header and signature.
func ParseDraft(data []byte) (d Draft, err error) {
	if len(data) < draftSize {
		return d, fmt.Errorf("draft of %d bytes, at least %d", len(data), draftSize)
	}
	d.Header, err = ledger.ParseDraftHeader(data[:ledger.DraftHeaderSize])
	d.Signature = ident.NodeSignature(data[ledger.DraftHeaderSize:draftSize])
	return d, err
}

func draftsTo(drafts []Draft) [][]byte {
	list := make([][]byte, len(drafts))
	for i := range drafts {
		list[i] = append(drafts[i].Header.Append(make([]byte, 0, draftSize)), drafts[i].Signature[:]...)
	}
	return list
}

func draftsFrom(list [][]byte) ([]Draft, error) {
	if len(list) > MaxDrafts {
		return nil, fmt.Errorf("%d drafts, at most %d", len(list), MaxDrafts)
	}
	if len(list) == 0 {
		return nil, nil
	}
	drafts := make([]Draft, len(list))
	for i, data := range list {
		if len(data) != draftSize {
			return nil, fmt.Errorf("draft header of %d bytes, want %d", len(data), draftSize)
		}
		var err error
		if drafts[i], err = ParseDraft(data); err != nil {
			return nil, err
		}
	}
	return drafts, nil
}
