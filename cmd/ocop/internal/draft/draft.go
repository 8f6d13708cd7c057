// Package draft is a draft as people see it: a text file that says which ledger, which author and which actions, that can be read, changed by
// hand, passed on and reviewed, and from which the bytes to sign are composed.
//
// The file is YAML without its surprises: every value is taken as it is written, keys must be known and stand once, there are no anchors.
// Fields have the names of the schema (proto/ocop/record/v1) and the forms of documents: dates dd/mm/yyyy, times at UTC+07:00, scores with two
// decimals, ids in their text forms, hashes in hexadecimal. Comments say the same in words; they are written for readers and never read. Names
// beside the ids are read, to be shown before signing, and are no part of what is signed.
package draft

import (
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// Draft is what its author is asked to sign.
type Draft struct {
	Chain     ledger.ChainID
	ChainName string // as genesis has it; empty when only the id was known
	Sample    bool   // the ledger holds sample data without value
	Author    ledger.AccountID
	Schema    uint16
	Good      time.Duration // from signing to expiry, whole days
	Records   [][]*recordv1.Action
	Names     Names // for readers: Compose and Fingerprint know nothing of them
}

// MaxGood is the longest time between signing and expiry that ledgers usually allow (their parameters say).
const MaxGood = 30 * 24 * time.Hour

// Compose gives the canonical bytes of the actions of each record. Errors are *[ActionError].
func (d *Draft) Compose() ([][][]byte, error) {
	records := make([][][]byte, len(d.Records))
	for i, actions := range d.Records {
		data, err := compose.Marshal(d.Schema, actions)
		if err == nil {
			err = compose.Fits(data)
		}
		if err != nil {
			return nil, &RecordError{i, err}
		}
		records[i] = data
	}
	return records, nil
}

// Fingerprint is the draft's short digest. records are what Compose gives.
func (d *Draft) Fingerprint(records [][][]byte) compose.Fingerprint {
	roots := make([]ledger.Hash, len(records))
	for i, actions := range records {
		roots[i] = ledger.ActionsRoot(actions)
	}
	return compose.NewFingerprint(d.Chain, d.Author, d.Schema, roots)
}
