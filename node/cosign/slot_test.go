package cosign

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/ocopledger/ocop/ledger"
)

// written is a slot file after some writes: heads of 10, 20, …
func written(t *testing.T, writes int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), SlotFile)
	s, err := OpenSlot(path, chainID)
	if err != nil {
		t.Fatal(err)
	}
	for i := range writes {
		if err := s.write(Mark{uint64(10 * (i + 1)), ledger.Hash{byte(i)}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestSlotFaults: whatever happens to the file, its reader never believes in a larger head than was signed, nor that it is sure when it is not.
func TestSlotFaults(t *testing.T) {
	flip := func(at ...int) func([]byte) []byte {
		return func(b []byte) []byte {
			for _, i := range at {
				b[i] ^= 0x10
			}
			return b
		}
	}
	const a, b = 0, slotStride // slots of even and odd writes
	for name, c := range map[string]struct {
		writes int
		fault  func(file []byte) []byte
		size   uint64
		sure   bool
	}{
		"new":                                {0, nil, 0, false},
		"one write":                          {1, nil, 10, true},
		"two writes":                         {2, nil, 20, true},
		"five writes":                        {5, nil, 50, true},
		"lost":                               {5, func([]byte) []byte { return nil }, 0, false},
		"cut before the second slot":         {4, func(f []byte) []byte { return f[:slotStride] }, 40, false},
		"cut in the first slot":              {4, func(f []byte) []byte { return f[:50] }, 0, false},
		"first write torn":                   {1, func(f []byte) []byte { clear(f[b+40:]); return f }, 0, false},
		"second write torn":                  {2, func(f []byte) []byte { clear(f[a+40 : b]); return f }, 10, false},
		"fifth write torn":                   {5, func(f []byte) []byte { clear(f[b+40:]); return f }, 40, false},
		"fifth write without effect":         {5, func(f []byte) []byte { copy(f[b:], make([]byte, slotSize+4)); return f }, 40, false},
		"a bit of the newer slot's number":   {5, flip(b + 16), 40, false},
		"a bit of the newer slot's size":     {5, flip(b + 56), 40, false},
		"a bit of the newer slot's root":     {5, flip(b + 60), 40, false},
		"a bit of the newer slot's checksum": {5, flip(b + slotSize), 40, false},
		"a bit of the newer slot's magic":    {5, flip(b), 40, false},
		"a bit of the older slot":            {5, flip(a + 60), 50, false},
		"a bit in each":                      {5, flip(a+60, b+60), 0, false},
		"a bit between the slots":            {5, flip(a + slotSize + 100), 50, true},
	} {
		t.Run(name, func(t *testing.T) {
			path := written(t, c.writes)
			if c.fault != nil {
				file, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				if len(file) != 2*slotStride {
					t.Fatalf("file of %d bytes", len(file))
				}
				if err := os.WriteFile(path, c.fault(file), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			s, err := OpenSlot(path, chainID)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			if s.Mark().Size != c.size || s.Sure() != c.sure {
				t.Errorf("mark %d, sure %v; want %d, %v", s.Mark().Size, s.Sure(), c.size, c.sure)
			}
			// The next two writes make it whole.
			for i := range uint64(2) {
				if err := s.write(Mark{Size: 100 + i}); err != nil {
					t.Fatal(err)
				}
			}
			again, err := OpenSlot(path, chainID)
			if err != nil {
				t.Fatal(err)
			}
			defer again.Close()
			if info, _ := os.Stat(path); again.Mark().Size != 101 || !again.Sure() || info.Size() != 2*slotStride {
				t.Errorf("after two writes: %+v, sure %v, %d bytes", again.Mark(), again.Sure(), info.Size())
			}
		})
	}
}

func TestForeignSlot(t *testing.T) {
	path := written(t, 3)
	if _, err := OpenSlot(path, ledger.ChainID{9}); !errors.Is(err, ErrOtherChain) {
		t.Errorf("another ledger: %v", err)
	}
	s, _ := OpenSlot(path, chainID)
	defer s.Close()
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	at := slotStride + len(slotMagic)
	file[at] = 2
	record := file[slotStride : slotStride+slotSize]
	file = append(file[:slotStride+slotSize], checksumOf(record)...)
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenSlot(path, chainID); !errors.Is(err, ErrSlotFormat) {
		t.Errorf("a later version: %v", err)
	}
}

func checksumOf(record []byte) []byte {
	return binary.BigEndian.AppendUint32(nil, crc32.Checksum(record, castagnoli))
}

// TestUnsure: with a slot damaged, nothing smaller than the ledger is signed, as something larger than the other slot's head may have been.
func TestUnsure(t *testing.T) {
	bench(t, 3, func(t *testing.T, r *room) {
		r.start().apply(5, 8, 10)
		s := r.all[0]
		s.end()
		file, err := os.ReadFile(s.path)
		if err != nil {
			t.Fatal(err)
		}
		clear(file[:40])
		if err := os.WriteFile(s.path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		s.sent = nil
		s.begin()
		p := s.point(9)
		s.mu.Lock()
		s.queue = append([]Point{p}, s.queue...) // as no ledger would feed it
		s.mu.Unlock()
		for _, other := range r.all[1:] {
			s.Learned(other.agency, nil)
		}
		synctest.Wait()
		if got := s.signs(); !slices.Equal(got, []uint64{10}) {
			t.Errorf("signed %v, want 10", got)
		}
	})
}
