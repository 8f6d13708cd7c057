package replica

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
)

// SeatFile is the name of the file that knows a node's raft store from outside: it lies beside the node's keys, in no backup, and not with the data.
//
// It has two lines of 512 bytes, a sector each, which are written in turn and in place: when the power goes in the middle of one, the other stands.
//
//	ocop seat <raft id> <number of the store, 32 hex> <starts> <held or lost> <turn> <CRC-32C of what is before, 8 hex>
const SeatFile = "raft.seat"

// Held is what the seat file says: whose store this machine had last, and how often it was started. A store that was started less often is an older one.
type Held struct {
	ID     string
	Store  [16]byte
	Starts uint64
	// Lost: the store is gone, or is not the newest any more. Nobody may vote as ID from here again, nor as what came before it.
	Lost bool
}

const (
	seatLine  = 512
	seatWords = 8
)

// ReadHeld reads the seat file. false: it says nothing, as it is not there, or as no line of it is whole.
func ReadHeld(path string) (h Held, ok bool, err error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return h, false, nil
	}
	if err != nil {
		return h, false, err
	}
	h, _, ok = newestLine(data)
	return h, ok, nil
}

// newestLine is what the newest whole line says, and its turn.
func newestLine(data []byte) (h Held, turn uint64, ok bool) {
	for at := 0; at < len(data) && at < 2*seatLine; at += seatLine {
		if read, n, whole := parseHeld(data[at:min(len(data), at+seatLine)]); whole && (!ok || n > turn) {
			h, turn, ok = read, n, true
		}
	}
	return h, turn, ok
}

func parseHeld(line []byte) (h Held, turn uint64, ok bool) {
	words := strings.Fields(string(line))
	if len(words) != seatWords || words[0] != "ocop" || words[1] != "seat" {
		return h, 0, false
	}
	if words[7] != seatCRC(strings.Join(words[:7], " ")) {
		return h, 0, false
	}
	store, wrong := hex.DecodeString(words[3])
	h.ID, h.Lost = words[2], words[5] == "lost"
	starts, err := strconv.ParseUint(words[4], 10, 64)
	turn, bad := strconv.ParseUint(words[6], 10, 64)
	copy(h.Store[:], store)
	h.Starts = starts
	return h, turn, wrong == nil && err == nil && bad == nil && len(store) == len(h.Store)
}

func seatCRC(words string) string {
	return fmt.Sprintf("%08x", crc32.Checksum([]byte(words), castagnoli))
}

// line is what the file says at a turn.
func (h *Held) line(turn uint64) []byte {
	state := "held"
	if h.Lost {
		state = "lost"
	}
	words := fmt.Sprintf("ocop seat %s %x %d %s %d", h.ID, h.Store, h.Starts, state, turn)
	b := append(bytes.Repeat([]byte{' '}, seatLine-1), '\n')
	copy(b, words+" "+seatCRC(words))
	return b
}

// WriteHeld writes the seat file, and returns when it is on disk. That a store is lost is written over both lines: no older word of it may stand.
func WriteHeld(path string, h Held) (err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	data, err := io.ReadAll(io.LimitReader(f, 2*seatLine))
	if err != nil {
		return err
	}
	_, turn, _ := newestLine(data)
	times := 1
	if h.Lost {
		times = 2
	}
	for range times {
		turn++
		if _, err := f.WriteAt(h.line(turn), int64(turn%2)*seatLine); err != nil {
			return err
		}
		if err := f.Sync(); err != nil {
			return err
		}
	}
	if len(data) == 0 {
		return syncDir(filepath.Dir(path))
	}
	return nil
}

// syncDir makes a new file last.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" { // directories cannot be synced there
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
