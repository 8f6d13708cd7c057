package backup

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/ocopledger/ocop/ledger"
)

// MarkFile is the name of the file that says that a data directory was restored: the node then has no raft store of its own past, and must not vote as its old
// self before its agency has signed a new incarnation.
const MarkFile = "restored"

const (
	markFormat = "ocop restored 1"
	maxMark    = 512
)

// Mark is what a restored data directory says of itself. As a file it has five lines: the format, then height, size, root and time, each after its name.
type Mark struct {
	Height uint64
	Size   uint64
	Root   ledger.Hash
	Time   time.Time // of the restore, UTC, to the second
}

// ErrMark says that a mark cannot be read.
var ErrMark = errors.New("not the mark of a restore")

func (m *Mark) String() string {
	return fmt.Sprintf("%s\nheight %d\nsize %d\nroot %v\ntime %s\n", markFormat, m.Height, m.Size, m.Root, m.Time.UTC().Format(time.RFC3339))
}

// ReadMark reads the mark of a data directory. Errors: fs.ErrNotExist when it was not restored, ErrMark.
func ReadMark(data string) (*Mark, error) {
	path := filepath.Join(data, MarkFile)
	if _, err := os.Lstat(path); err != nil {
		return nil, err
	}
	text, err := small(data, MarkFile, maxMark)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMark, err)
	}
	m := new(Mark)
	var root, at string
	if n, err := fmt.Sscanf(string(text), markFormat+"\nheight %d\nsize %d\nroot %s\ntime %s\n", &m.Height, &m.Size, &root, &at); n != 4 || err != nil {
		return nil, fmt.Errorf("%w: %s", ErrMark, path)
	}
	if err = m.Root.UnmarshalText([]byte(root)); err == nil {
		m.Time, err = time.Parse(time.RFC3339, at)
	}
	if err != nil || m.String() != strings.ReplaceAll(string(text), "\r\n", "\n") {
		return nil, fmt.Errorf("%w: %s", ErrMark, path)
	}
	return m, nil
}

// Write writes the mark into a data directory, on the disk when it returns.
func (m *Mark) Write(data string) error {
	f, err := os.OpenFile(filepath.Join(data, MarkFile), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(m.String())
	return errors.Join(err, f.Sync(), f.Close(), SyncDir(data))
}
