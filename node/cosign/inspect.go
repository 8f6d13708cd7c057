package cosign

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/ocopledger/ocop/ledger"
)

// InspectSlot reads a slot file and changes nothing: what OpenSlot, Mark and Sure would tell. Errors: fs.ErrNotExist, ErrOtherChain, ErrSlotFormat, those of the
// disk.
func InspectSlot(path string, chain ledger.ChainID) (m Mark, sure bool, err error) {
	f, err := os.Open(path)
	if err != nil {
		return m, false, fmt.Errorf("slot file: %w", err)
	}
	defer f.Close()
	s := &Slot{chain: chain}
	var file [2 * slotStride]byte
	if _, err := io.ReadFull(f, file[:]); err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return m, false, fmt.Errorf("slot file %s: %w", path, err)
	}
	if err := s.load(&file); err != nil {
		return m, false, fmt.Errorf("slot file %s: %w", path, err)
	}
	return s.mark, s.sure, nil
}
