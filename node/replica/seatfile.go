package replica

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
)

// SeatFile is the name of the file that knows a node's raft store from outside: it lies beside the node's keys, in no backup, and not with the data.
const SeatFile = "raft.seat"

// Held is what the seat file says: whose store this machine had last, and how often it was started. A store that was started less often is an older one.
type Held struct {
	ID     string
	Store  [16]byte
	Starts uint64
	// Lost: the store is gone, or is not the newest any more. Nobody may vote as ID from here again, nor as what came before it.
	Lost bool
}

// maxSeatFile bounds the file, in bytes.
const maxSeatFile = 256

// ReadHeld reads the seat file. false: there is none.
func ReadHeld(path string) (h Held, ok bool, err error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return h, false, nil
	}
	if err != nil {
		return h, false, err
	}
	if h, err = parseHeld(data); err != nil {
		return h, false, fmt.Errorf("%w: %s: %w", ErrCorrupt, path, err)
	}
	return h, true, nil
}

func parseHeld(data []byte) (h Held, err error) {
	words := strings.Fields(string(data))
	if len(data) > maxSeatFile || len(words) != 6 || words[0] != "ocop" || words[1] != "seat" {
		return h, errors.New("want one line of six words")
	}
	h.ID = words[2]
	store, err := hex.DecodeString(words[3])
	if err != nil || copy(h.Store[:], store) != len(h.Store) || len(store) != len(h.Store) {
		return h, errors.New("the store's number is not 32 hexadecimal digits")
	}
	if h.Starts, err = strconv.ParseUint(words[4], 10, 64); err != nil {
		return h, errors.New("the number of starts is none")
	}
	switch words[5] {
	case "held":
	case "lost":
		h.Lost = true
	default:
		return h, fmt.Errorf("%q is neither held nor lost", words[5])
	}
	return h, nil
}

// WriteHeld writes the seat file, whole or not at all, and returns when it is on disk.
func WriteHeld(path string, h Held) error {
	state := "held"
	if h.Lost {
		state = "lost"
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "ocop seat %s %x %d %s\n", h.ID, h.Store, h.Starts, state)
	temporary := path + ".new"
	f, err := os.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b.Bytes())
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(temporary, path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// syncDir makes a rename last.
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
