package cosign

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/ocopledger/ocop/ledger"
)

// TestInspectSlot: looking tells what opening would, and makes no file.
func TestInspectSlot(t *testing.T) {
	path := filepath.Join(t.TempDir(), SlotFile)
	chain := ledger.ChainID{1}
	if _, _, err := InspectSlot(path, chain); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	s, err := OpenSlot(path, chain)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range []Mark{{Size: 7}, {Size: 9}} {
		if err := s.write(m); err != nil {
			t.Fatal(err)
		}
	}
	if m, sure, err := InspectSlot(path, chain); err != nil || m.Size != 9 || !sure { // while it is open, too
		t.Errorf("%v, %v, %v", m, sure, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, _, err := InspectSlot(path, ledger.ChainID{2}); !errors.Is(err, ErrOtherChain) {
		t.Errorf("another ledger: %v", err)
	}
	if err := os.Truncate(path, 100); err != nil {
		t.Fatal(err)
	}
	if _, sure, err := InspectSlot(path, chain); err != nil || sure {
		t.Errorf("cut: %v, %v", sure, err)
	}
	if info, err := os.Stat(path); err != nil || info.Size() != 100 {
		t.Errorf("looking mended the file: %v, %v", info, err)
	}
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	if m, sure, err := InspectSlot(path, chain); err != nil || sure || m.Size != 0 {
		t.Errorf("empty: %v, %v, %v", m, sure, err)
	}
}
