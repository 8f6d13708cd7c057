package command

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/ocop/internal/explain"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/verify"
)

// recall reads what this machine remembers.
func recall(path string, into *believed, begin bool) error {
	if path == "" {
		return nil
	}
	data, err := readBounded(path, verify.MaxMemory)
	if begin && errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	m, err := verify.ParseMemory(data)
	if err != nil {
		return err
	}
	into.memory, into.file = m, data
	into.sample = into.sample || m.Comment == explain.SampleNotice
	return nil
}

// keep puts a memory in the place of the one that was read, in one step: whatever happens, the file is one or the other. What another command remembered
// meanwhile is not overwritten, as it may be newer.
func keep(path string, was *believed, m *verify.Memory) error {
	if m == was.memory {
		return nil
	}
	if was.sample {
		m.Comment = explain.SampleNotice
	}
	return replace(path, m.Append(nil), func() error {
		now, err := os.ReadFile(path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if !bytes.Equal(now, was.file) {
			return fail(exitFailure, lang.Text{Vi: "%s vừa được một lệnh khác ghi; hãy chạy lại", En: "%s has just been written by another command; run this one again"}, path)
		}
		return nil
	})
}

// replace writes a file beside another and, when that may still be, puts it in its place: whatever happens, there is one or the other, whole.
func replace(path string, data []byte, may func() error) error {
	return replaceBy(path, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	}, may)
}

// replaceBy is replace for what is written as it is made.
func replaceBy(path string, write func(w io.Writer) error, may func() error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.part")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	if err = errors.Join(write(f), f.Chmod(0o644), f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := may(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// What a head is to what this machine remembers.
const (
	stepFirst     = "first"     // nothing was remembered
	stepSame      = "same"      // it is the head remembered
	stepContinued = "continued" // it continues that head, as a consistency proof shows
	stepNewer     = "newer"     // it is newer, and whether it continues that head is not shown
	stepOlder     = "older"     // it is older, which was allowed
)

var steps = map[string]lang.Text{
	stepFirst:     {Vi: "từ nay nhớ đầu sổ này, %[2]d lá", En: "this head is remembered from now on, %[2]d leaves"},
	stepSame:      {Vi: "đúng là đầu sổ đã nhớ, %[2]d lá", En: "it is the head remembered, %[2]d leaves"},
	stepContinued: {Vi: "nối tiếp đầu sổ đã nhớ, từ %d lá đến %d lá, có chứng minh; từ nay nhớ đầu sổ này", En: "it continues the head remembered, from %d leaves to %d, as is proved; it is remembered from now on"},
	stepNewer: {
		Vi: "mới hơn đầu sổ đã nhớ (%d lá, ở đây %d lá); riêng biên nhận không chứng minh bước nối tiếp, nên điều đã nhớ giữ nguyên",
		En: "it is newer than the head remembered (%d leaves, here %d); the receipt alone does not show that it continues that, and what is remembered stays"},
	stepOlder: {
		Vi: "CŨ HƠN đầu sổ đã nhớ (%d lá, ở đây %d lá), được phép vì có --older; không chứng minh được đầu sổ đã nhớ nối tiếp nó",
		En: "OLDER than the head remembered (%d leaves, here %d), allowed by --older; that the head remembered continues it is not shown"},
}

// shownMemory says what a head is to what this machine remembers.
type shownMemory struct {
	File       string     `json:"file"`
	Step       string     `json:"step"`
	Remembered *shownTree `json:"remembered,omitempty"` // before
	Head       shownTree  `json:"head"`
	Vietnamese string     `json:"vietnamese"`
	English    string     `json:"english"`
}

type shownTree struct {
	Size uint64 `json:"size"`
	Root string `json:"root"`
}

func shownTreeOf(t checkpoint.Tree) shownTree {
	return shownTree{t.Size, hex.EncodeToString(t.Root[:])}
}

// remembering tells of a head that was held against the memory in a file; proved says that a consistency proof was checked, and the head is remembered now.
func remembering(file string, before *verify.Memory, t checkpoint.Tree, proved bool) *shownMemory {
	if file == "" {
		return nil
	}
	m := &shownMemory{File: file, Step: stepFirst, Head: shownTreeOf(t)}
	known := uint64(0)
	if before != nil {
		tree := shownTreeOf(before.Head.Tree)
		m.Remembered, known = &tree, tree.Size
		switch {
		case t.Size == known:
			m.Step = stepSame
		case t.Size < known:
			m.Step = stepOlder
		case proved:
			m.Step = stepContinued
		default:
			m.Step = stepNewer
		}
	}
	m.Vietnamese, m.English = fmt.Sprintf(steps[m.Step].Vi, known, t.Size), fmt.Sprintf(steps[m.Step].En, known, t.Size)
	return m
}

func (a *app) memoryText(w io.Writer, m *shownMemory) {
	if m == nil {
		return
	}
	a.lines(w).line(lang.Text{Vi: "Ghi nhớ", En: "Memory"}, m.File+": "+lang.Text{Vi: m.Vietnamese, En: m.English}.In(a.lang))
}
