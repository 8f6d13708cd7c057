package replica

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/hashicorp/raft"
)

// The journal is a file beside raft.db that takes small writes of entries first. bbolt waits for the disk twice and writes some pages for each transaction; the journal
// waits once and writes what there is. When it is full, its entries go to raft.db all at once, together with a new generation: whatever the file holds of
// another generation is nothing any more, so that it is written from its beginning again and never cleared.
//
//	file   frames, each from the beginning of a page of 4 KiB, without a gap; journalSize bytes, all written when the file is made: no sync has a length or a place to write down
//	frame  version u8 ‖ crc u32 ‖ generation u64 ‖ page u32 ‖ length u32 ‖ commit index u64 ‖ entries
//	entry  index u64 ‖ length u32 ‖ the bytes that raft.db has of it
//
// where length is that of the frame without what fills its last page, page is its place in the file, and crc is CRC-32C over everything after it. A frame is one write and one
// sync: what fails its checksum at the end was acknowledged to nobody, or has rotted since, which looks the same. A whole frame behind such a place would be the sign of a disk that has lost what it
// had confirmed. The generation is drawn by lot, so that no record can be made to look like a frame.
const (
	journalSize    = 1 << 20 // some 250 drafts of one record, or thirty of a hundred; moving as much takes some milliseconds
	journalPage    = 4096
	journalWrite   = 64 << 10 // entries of more are a transaction of raft.db at once: waiting less would not pay for writing them twice
	journalVersion = 1
	frameHead      = 1 + 4
	frameFixed     = frameHead + 8 + 4 + 4 + 8
	frameEntry     = 8 + 4
)

// JournalPath is where the journal of a log lies: beside it, under its name.
func JournalPath(log string) string {
	return strings.TrimSuffix(log, filepath.Ext(log)) + ".journal"
}

// journal is the file, and the entries that only it has. What writes, or asks for room, is for one at a time; what reads may be called beside it.
type journal struct {
	f          *os.File
	sync       func(*os.File) error
	generation uint64
	end        int64 // where the next frame goes
	room       int64 // what of the file is used
	frame      []byte
	broken     error // a write failed, here or of the transaction that empties the file: nobody knows what the disk has

	mu     sync.Mutex
	held   []*raft.Log // consecutive
	bytes  uint64      // of the held entries, as raft.db counts them
	commit uint64      // of the newest frame
}

// openJournal opens the file of a log that has everything in raft.db, and makes it if it is not there or has another size.
func openJournal(path string) (*journal, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && info.Size() != journalSize {
		err = errors.Join(f.Truncate(0), blank(f))
	}
	if err == nil { // also of a file that was found: whoever made it may not have come to this
		err = errors.Join(f.Sync(), syncDir(filepath.Dir(path)))
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &journal{f: f, sync: syncData, room: journalSize}, nil
}

func blank(f *os.File) error {
	_, err := f.WriteAt(make([]byte, journalSize), 0)
	return err
}

// readJournal reads the entries of a generation, which follow the last one of raft.db, and the newest commit index with them. The error is ErrCorrupt when the file is not
// there, or has lost something.
func readJournal(path string, generation, last uint64) (held []*raft.Log, commit uint64, err error) {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, 0, fmt.Errorf("%w: %s, which has the newest entries, is not there", ErrCorrupt, filepath.Base(path))
	}
	if err != nil {
		return nil, 0, err
	}
	defer f.Close()
	file, err := io.ReadAll(io.LimitReader(f, journalSize+1))
	if err != nil {
		return nil, 0, err
	}
	if len(file) != journalSize {
		return nil, 0, fmt.Errorf("%w: %s has %d bytes, want %d", ErrCorrupt, filepath.Base(path), len(file), journalSize)
	}
	at := 0
	for {
		entries, size, newest, ok := parseFrame(file, at, generation)
		if !ok {
			break
		}
		for _, l := range entries {
			if last != 0 && l.Index != last+1 {
				return nil, 0, fmt.Errorf("%w: %s: entry %d after %d", ErrCorrupt, filepath.Base(path), l.Index, last)
			}
			last = l.Index
		}
		held, commit, at = append(held, entries...), newest, at+size
	}
	for behind := at; behind < len(file); behind += journalPage {
		if _, _, _, ok := parseFrame(file, behind, generation); ok {
			return nil, 0, fmt.Errorf("%w: %s has lost entries: it fails its checksum at byte %d, and is whole at %d", ErrCorrupt, filepath.Base(path), at, behind)
		}
	}
	return held, commit, nil
}

// parseFrame reads the frame at a place; false: there is none of that generation. size is what it takes of the file.
func parseFrame(file []byte, at int, generation uint64) (entries []*raft.Log, size int, commit uint64, ok bool) {
	b := file[at:]
	if len(b) < frameFixed || b[0] != journalVersion || binary.BigEndian.Uint64(b[frameHead:]) != generation || binary.BigEndian.Uint32(b[frameHead+8:]) != uint32(at/journalPage) {
		return nil, 0, 0, false
	}
	length := binary.BigEndian.Uint32(b[frameHead+12:])
	if length < frameFixed || int64(length) > int64(len(b)) || binary.BigEndian.Uint32(b[1:]) != crc32.Checksum(b[frameHead:length], castagnoli) {
		return nil, 0, 0, false
	}
	commit = binary.BigEndian.Uint64(b[frameHead+16:])
	for rest := b[frameFixed:length]; len(rest) > 0; {
		if len(rest) < frameEntry {
			return nil, 0, 0, false
		}
		index, n := binary.BigEndian.Uint64(rest), binary.BigEndian.Uint32(rest[8:])
		if rest = rest[frameEntry:]; int64(n) > int64(len(rest)) {
			return nil, 0, 0, false
		}
		l := new(raft.Log)
		if err := decodeEntry(index, bytes.Clone(rest[:n]), l); err != nil {
			return nil, 0, 0, false
		}
		entries, rest = append(entries, l), rest[n:]
	}
	return entries, whole(int(length)), commit, true
}

// whole is how much of the file so many bytes take.
func whole(n int) int { return (n + journalPage - 1) / journalPage * journalPage }

// begin starts a generation: the file holds nothing of it yet.
func (j *journal) begin(generation uint64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.generation, j.end = generation, 0
	j.held, j.bytes, j.commit = nil, 0, 0
}

// takes tells whether entries are for the journal, and whether it has room for them. A configuration is not: it is looked up in raft.db.
func (j *journal) takes(logs []*raft.Log) bool {
	size := frameFixed
	for _, l := range logs {
		if l.Type == raft.LogConfiguration {
			return false
		}
		size += frameEntry + entryFixed + len(l.Data)
	}
	return size <= journalWrite && j.end+int64(whole(size)) <= j.room
}

// write has entries on disk when it returns. After an error nothing more is written: what a disk says then of the same pages is not to be believed.
func (j *journal) write(logs []*raft.Log, commit uint64) error {
	if j.broken != nil {
		return j.broken
	}
	b := append(j.frame[:0], journalVersion, 0, 0, 0, 0)
	b = binary.BigEndian.AppendUint64(b, j.generation)
	b = binary.BigEndian.AppendUint32(b, uint32(j.end/journalPage))
	b = binary.BigEndian.AppendUint32(b, 0)
	b = binary.BigEndian.AppendUint64(b, commit)
	for _, l := range logs {
		head, err := encodeEntry(l)
		if err != nil {
			return err
		}
		b = binary.BigEndian.AppendUint64(b, l.Index)
		b = binary.BigEndian.AppendUint32(b, uint32(len(head)+len(l.Data)))
		b = append(append(b, head...), l.Data...)
	}
	binary.BigEndian.PutUint32(b[frameHead+12:], uint32(len(b)))
	binary.BigEndian.PutUint32(b[1:], crc32.Checksum(b[frameHead:], castagnoli))
	b = append(b, make([]byte, whole(len(b))-len(b))...)
	j.frame = b
	_, err := j.f.WriteAt(b, j.end)
	if err == nil {
		err = j.sync(j.f)
	}
	if err != nil {
		j.broken = fmt.Errorf("%s: %w", filepath.Base(j.f.Name()), err)
		return j.broken
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.end += int64(len(b))
	for _, l := range logs {
		kept := *l // raft goes on to use its own
		j.held = append(j.held, &kept)
		j.bytes += uint64(entryFixed + len(l.Data))
	}
	j.commit = commit
	return nil
}

// get gives a held entry. Its data are not to be modified.
func (j *journal) get(index uint64, l *raft.Log) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.held) == 0 || index < j.held[0].Index || index-j.held[0].Index >= uint64(len(j.held)) {
		return false
	}
	*l = *j.held[index-j.held[0].Index]
	return true
}

// all are the held entries, and the newest commit index with them.
func (j *journal) all() (held []*raft.Log, commit uint64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.held, j.commit
}

// size is the bytes of the held entries, as raft.db counts them.
func (j *journal) size() uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.bytes
}

// edges are the indexes of the first and the last held entry; 0: none is held.
func (j *journal) edges() (first, last uint64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.held) == 0 {
		return 0, 0
	}
	return j.held[0].Index, j.held[len(j.held)-1].Index
}
