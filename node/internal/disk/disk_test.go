package disk

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"
)

const fileSize = 8 * Sector

// history draws what a writer of two files does: writes of one to three sectors, syncs that may take others' writes in between.
func history(t *rapid.T) *Log {
	var events []Event
	begun := map[string]int{}
	for range rapid.IntRange(1, 40).Draw(t, "events") {
		file := rapid.SampledFrom([]string{"a", "b"}).Draw(t, "file")
		begin, syncing := begun[file]
		switch kind := rapid.SampledFrom([]Kind{Write, Write, Write, SyncBegins, SyncEnds, Mark}).Draw(t, "kind"); {
		case kind == SyncBegins && !syncing:
			begun[file] = len(events)
			events = append(events, Event{Kind: SyncBegins, File: file})
		case kind == SyncEnds && syncing:
			delete(begun, file)
			events = append(events, Event{Kind: SyncEnds, File: file, Begin: begin})
		case kind == Mark:
			events = append(events, Event{Kind: Mark})
		default:
			sectors := rapid.IntRange(1, 3).Draw(t, "sectors")
			at := rapid.IntRange(0, 8-sectors).Draw(t, "at")
			events = append(events, Event{Kind: Write, File: file, Offset: int64(at * Sector), Data: bytes.Repeat([]byte{byte(len(events) + 1)}, sectors*Sector)})
		}
	}
	return NewLog(events)
}

// platter is the naive model: for each sector, which writes may have come to lie there last. It asks no sync for what it covers but counts from the back.
func platter(events []Event, file string, sector int) (may map[byte]bool) {
	may = map[byte]bool{0: true}
	for i, e := range events {
		if e.Kind != Write || e.File != file || int(e.Offset)/Sector > sector || sector >= (int(e.Offset)+len(e.Data))/Sector {
			continue
		}
		durable := false
		for _, s := range events[i:] {
			durable = durable || s.Kind == SyncEnds && s.File == file && s.Begin > i
		}
		if durable {
			clear(may)
		}
		may[byte(i+1)] = true
	}
	return may
}

// TestCrashes: a crash leaves in each sector something that may be there, and every way in which all or none comes is the model's newest or oldest.
func TestCrashes(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		l := history(rt)
		c := Crash{Point: rapid.IntRange(0, len(l.Events)).Draw(rt, "point"), Write: -1, Rest: Rest(rapid.IntRange(0, 2).Draw(rt, "rest")), Seed: rapid.Uint64().Draw(rt, "seed")}
		dir, err := os.MkdirTemp(t.TempDir(), "")
		if err != nil {
			rt.Fatal(err)
		}
		if err := l.Files(c, dir); err != nil {
			rt.Fatal(err)
		}
		for _, file := range []string{"a", "b"} {
			data, _ := os.ReadFile(filepath.Join(dir, file))
			data = append(data, make([]byte, fileSize-len(data))...)
			for sector := range fileSize / Sector {
				got, may := data[sector*Sector], platter(l.Events[:c.Point], file, sector)
				if !may[got] {
					rt.Errorf("%s, sector %d: write %d, may be %v", file, sector, got, may)
				}
				for b := range may {
					if c.Rest == All && b > got || c.Rest == None && b < got {
						rt.Errorf("%s, sector %d: write %d, not %d, though %v come", file, sector, got, b, c.Rest)
					}
				}
			}
		}
	})
}

// TestDamage: one write is hit, as said, and only where it lies.
func TestDamage(t *testing.T) {
	data := bytes.Repeat([]byte{0xff}, 4*Sector)
	l := NewLog([]Event{{Kind: Write, File: "a", Data: data}, {Kind: SyncBegins, File: "a"}, {Kind: SyncEnds, File: "a", Begin: 1}, {Kind: Write, File: "a", Offset: 4 * Sector, Data: data}})
	for seed := range uint64(100) {
		for fault := Kept; fault <= Flipped; fault++ {
			dir := t.TempDir()
			if err := l.Files(Crash{Point: 4, Write: 0, Fault: fault, Seed: seed}, dir); err != nil {
				t.Fatal(err)
			}
			got, err := os.ReadFile(filepath.Join(dir, "a"))
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got[4*Sector:], data) {
				t.Fatalf("%v: the other write is hit", fault)
			}
			hit, zeros, wrong := got[:4*Sector], bytes.Count(got[:4*Sector], []byte{0}), 0
			for _, b := range hit {
				if b != 0xff {
					wrong++
				}
			}
			switch fault {
			case Kept:
				if wrong != 0 {
					t.Errorf("kept, %d bytes are wrong", wrong)
				}
			case Lost:
				if zeros != len(hit) {
					t.Errorf("lost, %d bytes came", len(hit)-zeros)
				}
			case Torn:
				if wrong != zeros || zeros == 0 || zeros == len(hit) || zeros%Sector != 0 || hit[0] == 0 {
					t.Errorf("torn, %d bytes are zero", zeros)
				}
			case Flipped:
				if wrong != 1 {
					t.Errorf("flipped, %d bytes are wrong", wrong)
				}
			}
		}
	}
}
