package disk

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
)

// Sector is what a disk writes whole or not at all, bytes.
const Sector = 512

// Fault is what becomes of one write.
type Fault uint8

// Faults.
const (
	Kept    Fault = iota // as it should be
	Lost                 // none of it comes
	Torn                 // its first sectors come
	Flipped              // it comes with one bit wrong
)

func (f Fault) String() string {
	return [...]string{"kept", "lost", "torn", "flipped"}[f]
}

// Rest is what becomes of the other writes that no sync had covered.
type Rest uint8

// Rests.
const (
	All  Rest = iota // they all come
	None             // none of them comes
	Some             // each comes or does not, by the seed
)

// Crash is a moment in a Log at which everything ends, and what the disk makes of it.
type Crash struct {
	Point int // events before it have happened
	Write int // the write that is hit, below Point
	Fault Fault
	Rest  Rest
	Seed  uint64 // of what is left open: sectors, the bit, Some
}

// Files writes the files as the disk holds them after a crash into a directory, which has none of them.
func (l *Log) Files(c Crash, dir string) (err error) {
	files := make(map[string]*os.File)
	defer func() {
		for _, f := range files {
			if closing := f.Close(); err == nil {
				err = closing
			}
		}
	}()
	random := rand.New(rand.NewPCG(c.Seed, uint64(c.Point)))
	for i, e := range l.Events[:c.Point] {
		if e.Kind != Write && e.Kind != Resize {
			continue
		}
		f := files[e.File]
		if f == nil {
			if f, err = os.OpenFile(filepath.Join(dir, e.File), os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600); err != nil {
				return err
			}
			files[e.File] = f
		}
		data := e.Data
		if i == c.Write {
			data = c.damage(data, random)
		} else if !l.comes(i, &c, random) {
			continue
		}
		if e.Kind == Resize {
			err = f.Truncate(e.Size)
		} else if len(data) > 0 {
			_, err = f.WriteAt(data, e.Offset)
		}
		if err != nil {
			return fmt.Errorf("event %d: %w", i, err)
		}
	}
	return nil
}

func (l *Log) comes(i int, c *Crash, random *rand.Rand) bool {
	if end, ok := l.Synced(i); ok && end < c.Point {
		return true
	}
	switch c.Rest {
	case None:
		return false
	case Some:
		return random.IntN(2) == 0
	}
	return true
}

func (c *Crash) damage(data []byte, random *rand.Rand) []byte {
	switch c.Fault {
	case Lost:
		return nil
	case Torn:
		sectors := (len(data) + Sector - 1) / Sector
		if sectors < 2 {
			return nil // a disk does not tear a sector
		}
		return data[:Sector*(1+random.IntN(sectors-1))]
	case Flipped:
		used := len(bytes.TrimRight(data, "\x00")) // pages end in nothing, where a bit is nobody's
		if used == 0 {
			used = len(data)
		}
		bit := random.IntN(8 * used)
		data = append([]byte(nil), data...)
		data[bit/8] ^= 1 << (bit % 8)
	}
	return data
}
