package replica

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"time"

	"github.com/hashicorp/raft"
	bolt "go.etcd.io/bbolt"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/store"
)

// An entry is stored as parts under consecutive keys, of which two fill a page of bbolt: the last page, with two to four of them, is written again with the next entry.
// Parts of 15 KiB had callers' drafts written four times, larger values would be on pages of their own, which fragments the file. The parts, joined, are
//
//	version u8 ‖ crc u32 ‖ type u8 ‖ term u64 ‖ appended at, Unix ns, u64 ‖ data
//
// where crc is CRC-32C over the index and everything after it: an entry that is cut shows.
const (
	partSize     = (store.PageSize-pageHead)/2 - pageElement - keySize
	pageHead     = 16 // what bbolt puts before the elements of a page
	pageElement  = 16 // and of its own into each
	entryVersion = 1
	entryHead    = 1 + 4
	entryFixed   = entryHead + 1 + 8 + 8
	keySize      = 8 + 2

	// MaxEntry bounds the data of an entry: the largest draft, and far more than a raft configuration.
	MaxEntry = ledger.DraftHeaderSize + 64 + ledger.MaxDraftBytes + 4 + ledger.MaxDraftHints
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func partKey(index uint64, part int) []byte {
	return binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint64(make([]byte, 0, keySize), index), uint16(part))
}

// encodeEntry is what stands before an entry's data.
func encodeEntry(l *raft.Log) ([]byte, error) {
	if len(l.Data) > MaxEntry || len(l.Extensions) != 0 {
		return nil, fmt.Errorf("raft entry of %d bytes and %d of extensions: at most %d and none", len(l.Data), len(l.Extensions), MaxEntry)
	}
	b := make([]byte, entryHead, entryFixed)
	b[0] = entryVersion
	b = append(b, byte(l.Type))
	b = binary.BigEndian.AppendUint64(b, l.Term)
	b = binary.BigEndian.AppendUint64(b, uint64(unixNano(l.AppendedAt)))
	binary.BigEndian.PutUint32(b[1:], entryCRC(l.Index, b[entryHead:], l.Data))
	return b, nil
}

func entryCRC(index uint64, pieces ...[]byte) uint32 {
	crc := crc32.Update(0, castagnoli, binary.BigEndian.AppendUint64(nil, index))
	for _, p := range pieces {
		crc = crc32.Update(crc, castagnoli, p)
	}
	return crc
}

func decodeEntry(index uint64, b []byte, l *raft.Log) error {
	if len(b) < entryFixed || b[0] != entryVersion || binary.BigEndian.Uint32(b[1:]) != entryCRC(index, b[entryHead:]) {
		return fmt.Errorf("%w: entry %d fails its checksum", ErrCorrupt, index)
	}
	b = b[entryHead:]
	*l = raft.Log{
		Index:      index,
		Type:       raft.LogType(b[0]),
		Term:       binary.BigEndian.Uint64(b[1:]),
		AppendedAt: fromUnixNano(int64(binary.BigEndian.Uint64(b[9:]))),
		Data:       b[17:],
	}
	return nil
}

// putEntry stores an entry, and says of how many bytes. Its data are read until the transaction is over: only the first part is a copy.
func putEntry(bucket *bolt.Bucket, l *raft.Log) (size int, err error) {
	head, err := encodeEntry(l)
	if err != nil {
		return 0, err
	}
	first := min(len(l.Data), partSize-len(head))
	part, rest := append(head, l.Data[:first]...), l.Data[first:]
	for number := 0; ; number++ {
		if err := bucket.Put(partKey(l.Index, number), part); err != nil {
			return 0, err
		}
		if len(rest) == 0 {
			return entryFixed + len(l.Data), nil
		}
		n := min(len(rest), partSize)
		part, rest = rest[:n], rest[n:]
	}
}

// getEntry joins the parts into memory of its own: bbolt's is valid in the transaction only.
func getEntry(bucket *bolt.Bucket, index uint64) ([]byte, error) {
	var parts [][]byte
	for part := bucket.Get(partKey(index, 0)); part != nil; part = bucket.Get(partKey(index, len(parts))) {
		parts = append(parts, part)
	}
	if len(parts) == 0 {
		return nil, raft.ErrLogNotFound
	}
	return bytes.Join(parts, nil), nil
}

// The zero time has no Unix nanoseconds; raft leaves it in entries of a bootstrap.
func unixNano(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

func fromUnixNano(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, n).UTC()
}
