package receipt

import (
	"slices"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
)

// genesisMark stands for a record's number in an entry by genesis.
const genesisMark = 0xFFFF

// Append appends the file. The receipt must be within the bounds.
func (r *Receipt) Append(b []byte) []byte { return r.AppendBody(r.AppendHead(b)) }

// AppendHead appends the part of the file that is another one under another head: everything before the records.
func (r *Receipt) AppendHead(b []byte) []byte {
	b = append(b, Magic...)
	b = append(b, version, byte(r.Kind))
	b = ledger.AppendText8(b, r.Subject)
	b = ledger.AppendU64(b, r.AsOf)
	b = ledger.AppendU16(b, uint16(len(r.Handovers)))
	for _, h := range r.Handovers {
		b = ledger.AppendBytes16(b, h)
	}
	b = ledger.AppendBytes16(b, r.Checkpoint.Append(nil))
	b = r.Seal.Append(b)
	b = appendHashes(append(b, byte(len(r.Path))), r.Path)
	b = ledger.AppendU64(b, r.Born)
	b = ledger.AppendU32(b, uint32(len(r.State)))
	return append(b, r.State...)
}

// AppendBody appends the rest: the records and, but of an action, the members. It stays the same for as long as no member changes.
func (r *Receipt) AppendBody(b []byte) []byte {
	b = r.appendRecords(b)
	if r.Kind == KindAction {
		return r.appendPlace(b)
	}
	b = ledger.AppendU16(b, uint16(len(r.Members)))
	for i := range r.Members {
		b = r.Members[i].append(b)
	}
	return b
}

func appendHashes(b []byte, hashes []ledger.Hash) []byte {
	for _, h := range hashes {
		b = append(b, h[:]...)
	}
	return b
}

func (r *Receipt) appendRecords(b []byte) []byte {
	var keys []ident.PublicKey
	for i := range r.Records {
		if k := r.Records[i].Key; !slices.Contains(keys, k) {
			keys = append(keys, k)
		}
	}
	b = ledger.AppendU16(b, uint16(len(keys)))
	for _, k := range keys {
		b = append(b, k[:]...)
	}
	b = ledger.AppendU16(b, uint16(len(r.Records)))
	for i := range r.Records {
		b = r.Records[i].append(b, slices.Index(keys, r.Records[i].Key))
	}
	return b
}

func (r *Record) append(b []byte, key int) []byte {
	for _, n := range []uint64{r.Leaf, r.Height, r.Time} {
		b = ledger.AppendU64(b, n)
	}
	b = ledger.AppendU16(b, uint16(key))
	b = ledger.AppendU16(b, r.Header.Schema)
	for _, n := range []uint64{r.Header.Issued, r.Header.Expires, uint64(r.Header.Author)} {
		b = ledger.AppendU64(b, n)
	}
	b = ledger.AppendU16(b, r.Header.ActionCount)
	b = append(b, r.Header.ActionsRoot[:]...)
	b = append(b, r.Signature[:]...)
	b = ledger.AppendU16(b, uint16(len(r.Actions)))
	for _, a := range r.Actions {
		b = ledger.AppendBytes16(ledger.AppendU16(b, a.Number), a.Bytes)
	}
	return appendHashes(b, r.Path)
}

func (m *Member) append(b []byte) []byte {
	b = ledger.AppendText8(append(b, byte(m.ID.Kind)), m.ID.Name)
	b = ledger.AppendBytes16(b, m.Value)
	b = ledger.AppendU16(b, uint16(len(m.Entries)))
	last := len(m.Entries) - 1
	for i, e := range m.Entries {
		if e.Record == Genesis {
			b = ledger.AppendU16(b, genesisMark)
			if last > 0 {
				b = ledger.AppendBytes16(b, m.First)
			}
			continue
		}
		b = ledger.AppendU16(ledger.AppendU16(b, uint16(e.Record)), e.Action)
		if i < last {
			b = append(b, e.Value[:]...)
		}
	}
	if !m.Untouched() {
		b = append(b, m.Root[:]...)
	}
	return b
}

func (r *Receipt) appendPlace(b []byte) []byte {
	b = ledger.AppendBytes16(b, r.Members[0].Value)
	b = ledger.AppendU64(b, r.Place.Entries)
	b = append(b, r.Place.Root[:]...)
	b = ledger.AppendU64(b, r.Place.Entry)
	b = append(b, r.Place.Value[:]...)
	return appendHashes(append(b, byte(len(r.Place.Path))), r.Place.Path)
}
