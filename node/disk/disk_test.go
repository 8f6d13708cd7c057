package disk

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestGrowth(t *testing.T) {
	start := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	var g Growth
	if _, ok := g.Rate(); ok {
		t.Error("a rate of nothing")
	}
	at := func(m int) time.Time { return start.Add(time.Duration(m) * time.Minute) }
	for m := range 10 {
		g.See(at(m), int64(m)*600)
	}
	if _, ok := g.Rate(); ok {
		t.Error("a rate after nine minutes")
	}
	g.See(at(10), 6000)
	g.See(at(10).Add(30*time.Second), 1<<40) // too soon: it does not count
	if rate, ok := g.Rate(); !ok || rate != 10 {
		t.Errorf("rate %v, %v", rate, ok)
	}
	for m := 11; m <= 10+6*60; m++ { // six hours without growth: what was before is forgotten
		g.See(at(m), 6000)
	}
	if rate, ok := g.Rate(); !ok || rate != 0 {
		t.Errorf("rate %v, %v", rate, ok)
	}
	if n := len(g.samples); n > int(span/step)+1 {
		t.Errorf("%d samples are kept", n)
	}
	g.See(at(10+6*60+1), 10)
	if rate, ok := g.Rate(); !ok || rate != 0 {
		t.Errorf("shrunk: rate %v, %v", rate, ok)
	}
}

func TestRoomAndFiles(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "evidence"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, size := range map[string]int{"chain.db": 7, "evidence/one": 3} {
		if err := os.WriteFile(filepath.Join(dir, name), make([]byte, size), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	sizes, err := Files(dir)
	if err != nil || len(sizes) != 2 || sizes["chain.db"].Bytes != 7 || sizes["evidence/one"].Bytes != 3 {
		t.Errorf("%v, %v", sizes, err)
	}
	ahead := filepath.Join(dir, "ahead.db")
	if err := os.WriteFile(ahead, make([]byte, 64<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(ahead, 16<<20); err != nil {
		t.Fatal(err)
	}
	if sizes, err = Files(dir); err != nil || sizes["ahead.db"].Bytes != 16<<20 || sizes["ahead.db"].Taken > 1<<20 {
		t.Errorf("made longer ahead: %v, %v", sizes, err)
	}
	room, err := Of(dir)
	if errors.Is(err, ErrUnknown) {
		t.Skip("not told on this system")
	}
	if err != nil || room.Free == 0 || room.Free > room.Total {
		t.Errorf("%+v, %v", room, err)
	}
	if _, err := Of(filepath.Join(dir, "nowhere")); err == nil {
		t.Error("room of a directory that is not there")
	}
}
