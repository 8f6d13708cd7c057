package replica

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// Whatever becomes of the line that is being written, the file says what it said, or what is written; never something else.
func TestSeatFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), SeatFile)
	if _, ok, err := ReadHeld(path); ok || err != nil {
		t.Fatalf("no file: %v, %v", ok, err)
	}
	var before []byte
	var was Held
	for n := uint64(0); n < 5; n++ {
		h := Held{ID: "2-1", Store: [16]byte{1, 2, 3}, Starts: n}
		if err := WriteHeld(path, h); err != nil {
			t.Fatal(err)
		}
		if got, ok, err := ReadHeld(path); got != h || !ok || err != nil {
			t.Fatalf("%+v, %v, %v; want %+v", got, ok, err, h)
		}
		after, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for cut := 0; cut < len(after); cut += 7 { // torn: the first bytes have come
			torn := append(bytes.Clone(after[:cut]), tail(before, cut)...)
			switch got, _, ok := newestLine(torn); {
			case !ok && n == 0, ok && (got == h || n > 0 && got == was):
			default:
				t.Fatalf("start %d torn at %d: %+v, %v", n, cut, got, ok)
			}
		}
		for i := range after {
			flipped := bytes.Clone(after)
			flipped[i] ^= 4
			if got, _, ok := newestLine(flipped); ok && got != h && (n == 0 || got != was) {
				t.Fatalf("start %d, byte %d flipped: %+v", n, i, got)
			}
		}
		before, was = after, h
	}
	lost := Held{ID: "2-1", Lost: true}
	if err := WriteHeld(path, lost); err != nil {
		t.Fatal(err)
	}
	data, _ := os.ReadFile(path)
	for _, half := range [][]byte{data[:seatLine], data[seatLine:]} {
		if got, _, ok := newestLine(half); !ok || got != lost {
			t.Errorf("one line still says %+v, %v", got, ok)
		}
	}
}

func tail(b []byte, from int) []byte {
	if from >= len(b) {
		return nil
	}
	return b[from:]
}
