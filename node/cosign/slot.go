package cosign

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"

	"github.com/ocopledger/ocop/ledger"
)

// SlotFile is the usual name of a validator's slot file. It stands beside the keys and not among the ledger's files, so that nothing that copies or
// restores those takes it along.
const SlotFile = "cosigner.slot"

const (
	slotMagic   = "OCOPSLOT"
	slotVersion = 1
	// slotStride keeps the two slots on different pages of any disk: a write that tears one leaves the other alone.
	slotStride = 4096
	slotSize   = len(slotMagic) + 1 + 8 + 32 + 8 + 32 // without its checksum
)

var (
	// ErrOtherChain: the slot file belongs to another ledger.
	ErrOtherChain = errors.New("slot file of another ledger")
	// ErrSlotFormat: the slot file was written by other software, or is no slot file.
	ErrSlotFormat = errors.New("not a slot file of this version")
)

// Mark is a head in few words: the largest one signed.
type Mark struct {
	Size uint64 // 0: none
	Root ledger.Hash
}

// Slot is the file in which a validator remembers the largest head it signed. One Cosigner uses it.
type Slot struct {
	f        *os.File
	chain    ledger.ChainID
	sequence uint64 // of the newest slot; 0: nothing was ever written
	mark     Mark
	sure     bool
	sync     func(*os.File) error
}

// OpenSlot opens the file, and makes it if it is not there. What it finds is told by Mark and Sure. Errors: ErrOtherChain, ErrSlotFormat, those of the disk.
func OpenSlot(path string, chain ledger.ChainID) (*Slot, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("slot file: %w", err)
	}
	s := &Slot{f: f, chain: chain, sync: syncData}
	if err := s.open(path); err != nil {
		return nil, errors.Join(fmt.Errorf("slot file %s: %w", path, err), f.Close())
	}
	return s, nil
}

// ReadSlot tells what OpenSlot would find, and writes nothing. Errors: fs.ErrNotExist, ErrOtherChain, ErrSlotFormat, those of the disk.
func ReadSlot(path string, chain ledger.ChainID) (m Mark, sure bool, err error) {
	f, err := os.Open(path)
	if err != nil {
		return m, false, fmt.Errorf("slot file: %w", err)
	}
	defer f.Close()
	var file [2 * slotStride]byte
	if _, err := io.ReadFull(f, file[:]); err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return m, false, fmt.Errorf("slot file %s: %w", path, err)
	}
	s := &Slot{chain: chain}
	if err := s.load(&file); err != nil {
		return m, false, fmt.Errorf("slot file %s: %w", path, err)
	}
	return s.mark, s.sure, nil
}

func (s *Slot) open(path string) error {
	var file [2 * slotStride]byte
	n, err := io.ReadFull(s.f, file[:])
	switch {
	case n == 0:
		return s.create(path)
	case err != nil && !errors.Is(err, io.ErrUnexpectedEOF):
		return err
	case n < len(file): // torn when it was made, or cut: what is there counts, and the rest is put back
		if _, err := s.f.WriteAt(file[n:], int64(n)); err != nil {
			return err
		}
	}
	return s.load(&file)
}

// create takes the room on the disk at once, so that no later write can find it full.
func (s *Slot) create(path string) error {
	if _, err := s.f.WriteAt(make([]byte, 2*slotStride), 0); err != nil {
		return err
	}
	if err := s.f.Sync(); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

func (s *Slot) load(file *[2 * slotStride]byte) error {
	whole := 0
	for i := range 2 {
		sequence, mark, ok, err := s.parse(file[i*slotStride:][:slotSize+4])
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		if whole++; sequence > s.sequence {
			s.sequence, s.mark = sequence, mark
		}
	}
	s.sure = whole == 2 || s.sequence == 1 && blank(file[:slotStride])
	return nil
}

// parse reads a slot. ok is false when it is blank or damaged.
func (s *Slot) parse(b []byte) (sequence uint64, m Mark, ok bool, err error) {
	sum := binary.BigEndian.Uint32(b[slotSize:])
	if string(b[:len(slotMagic)]) != slotMagic || sum != crc32.Checksum(b[:slotSize], castagnoli) {
		return 0, m, false, nil
	}
	b = b[len(slotMagic):]
	if b[0] != slotVersion {
		return 0, m, false, fmt.Errorf("%w: version %d, want %d", ErrSlotFormat, b[0], slotVersion)
	}
	sequence = binary.BigEndian.Uint64(b[1:])
	if chain := ledger.ChainID(b[9:41]); chain != s.chain {
		return 0, m, false, fmt.Errorf("%w: %v, want %v", ErrOtherChain, chain, s.chain)
	}
	m.Size = binary.BigEndian.Uint64(b[41:])
	copy(m.Root[:], b[49:81])
	return sequence, m, true, nil
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func blank(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}

// Mark is the largest head that the file says was signed.
func (s *Slot) Mark() Mark { return s.mark }

// Sure tells whether the file is as it was left: then nothing larger than Mark was signed. A file that is new, or in which a slot is damaged, says less: the
// one that is missing may have been the newest.
func (s *Slot) Sure() bool { return s.sure }

// write remembers a head, on disk when it returns. After an error nothing may be signed any more: what the disk holds is not known.
func (s *Slot) write(m Mark) error {
	b := make([]byte, 0, slotSize+4)
	b = append(append(b, slotMagic...), slotVersion)
	b = binary.BigEndian.AppendUint64(b, s.sequence+1)
	b = append(b, s.chain[:]...)
	b = binary.BigEndian.AppendUint64(b, m.Size)
	b = append(b, m.Root[:]...)
	b = binary.BigEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
	at := int64((s.sequence + 1) % 2 * slotStride)
	if _, err := s.f.WriteAt(b, at); err != nil {
		return fmt.Errorf("slot file: %w", err)
	}
	if err := s.sync(s.f); err != nil {
		return fmt.Errorf("slot file: %w", err)
	}
	s.sequence, s.mark = s.sequence+1, m
	return nil
}

// Close closes the file.
func (s *Slot) Close() error { return s.f.Close() }
