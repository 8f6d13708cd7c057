package scans

import (
	"context"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/ocopledger/ocop/ledger"
)

var quiet = slog.New(slog.DiscardHandler)

func serial(n uint64) Serial {
	return Serial{ledger.ProductID{Producer: 1000001, Number: 1}, n}
}

func opened(t testing.TB, path string, most int) *Counter {
	t.Helper()
	c, err := open(path, quiet, most)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCountsSurviveARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "scans")
	c := opened(t, path, 10)
	for _, day := range []ledger.Date{20260301, 20260301, 20260302, 20260301} { // the clock was put back once
		c.Add(serial(7), day)
	}
	want := Count{Since: 20260301, Last: 20260302, Total: 4, Today: 2}
	if got := c.Of(serial(7), 20260302); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c.Run(ctx) // in the end it writes
	again := opened(t, path, 10)
	if got := again.Of(serial(7), 20260302); got != want {
		t.Errorf("after a restart: %+v, want %+v", got, want)
	}
	want.Today = 0
	if got := again.Of(serial(7), 20260303); got != want {
		t.Errorf("the next day: %+v, want %+v", got, want)
	}
	if got := again.Of(serial(8), 20260303); got != (Count{}) {
		t.Errorf("a serial that nobody opened: %+v", got)
	}
}

// Nothing but what the package says is kept: a row has 36 bytes, whatever was counted.
func TestTheFileHoldsNothingElse(t *testing.T) {
	path := filepath.Join(t.TempDir(), "scans")
	c := opened(t, path, 10)
	for range 1000 {
		c.Add(serial(1), 20260301)
		c.Add(serial(2), 20260302)
	}
	if err := c.Flush(); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Size() != int64(len(magic)+2*36+4) || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := c.Flush(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("a file is written though nothing was counted")
	}
}

// Somebody who opens one code after the other takes no more room than there is, and puts out only what was opened longest ago.
func TestAFloodIsBounded(t *testing.T) {
	c := opened(t, filepath.Join(t.TempDir(), "scans"), 4)
	c.Add(serial(1), 20260301)
	c.Add(serial(2), 20260302)
	c.Add(serial(3), 20260302)
	for n := uint64(10); n < 1000; n++ {
		c.Add(serial(n), 20260303)
	}
	if len(c.rows) > 4 {
		t.Fatalf("%d rows", len(c.rows))
	}
	if got := c.Of(serial(1), 20260303); got != (Count{}) {
		t.Errorf("what was opened longest ago is kept: %+v", got)
	}
	if got := c.Of(serial(10), 20260303); got.Total != 1 {
		t.Errorf("what is being counted gave way to the flood: %+v", got)
	}
	c.Add(serial(10), 20260303)
	if got := c.Of(serial(10), 20260303); got.Total != 2 || c.Of(serial(999), 20260303).Total != 0 {
		t.Errorf("when there is no room: %+v", got)
	}
	c.Add(serial(5000), 20260304)
	if got := c.Of(serial(5000), 20260304); got.Total != 1 || len(c.rows) > 4 {
		t.Errorf("the next day: %+v, %d rows", got, len(c.rows))
	}
}

func TestCountsStopAtTheirLargestValue(t *testing.T) {
	c := opened(t, filepath.Join(t.TempDir(), "scans"), 4)
	c.rows[serial(1)] = Count{20260301, 20260301, math.MaxUint32, math.MaxUint32}
	c.Add(serial(1), 20260301)
	if got := c.Of(serial(1), 20260301); got.Total != math.MaxUint32 || got.Today != math.MaxUint32 {
		t.Errorf("%+v", got)
	}
}

// A damaged file is put aside, whatever the damage, and the node counts on.
func TestDamage(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "scans")
	c := opened(t, path, 4)
	c.Add(serial(1), 20260301)
	if err := c.Flush(); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	damaged := map[string][]byte{"empty": nil, "short": good[:5], "longer than any": make([]byte, 10_000), "a byte more": append(good[:len(good):len(good)], 0)}
	for i := range good {
		b := append([]byte(nil), good...)
		b[i] ^= 1
		damaged["bit in byte "+string(rune('0'+i))] = b
	}
	for name, data := range damaged {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		c := opened(t, path, 4)
		if len(c.rows) != 0 {
			t.Errorf("%s: %v", name, c.rows)
		}
		if _, err := os.Stat(path + ".damaged"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := open(filepath.Join(path+".damaged", "x"), quiet, 4); err == nil {
		t.Error("a path that cannot be is opened")
	}
}

// A write that fails loses nothing.
func TestAWriteThatFailsIsTriedAgain(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "gone")
	c := opened(t, filepath.Join(dir, "scans"), 4)
	c.Add(serial(1), 20260301)
	if c.Flush() == nil {
		t.Fatal("written where nothing is")
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := c.Flush(); err != nil {
		t.Fatal(err)
	}
	if got := opened(t, filepath.Join(dir, "scans"), 4).Of(serial(1), 20260301); got.Total != 1 {
		t.Errorf("%+v", got)
	}
}

// Against a model that counts without bounds: as long as there is room, both say the same, also through the file.
func TestAgainstAModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type day struct {
			s Serial
			d ledger.Date
		}
		total, daily, first := make(map[Serial]uint32), make(map[day]uint32), make(map[Serial]ledger.Date)
		c := &Counter{max: 1000, rows: make(map[Serial]Count)}
		today := ledger.Date(20260301)
		for range rapid.IntRange(0, 60).Draw(t, "openings") {
			today += ledger.Date(rapid.IntRange(0, 1).Draw(t, "days"))
			s := serial(rapid.Uint64Range(1, 5).Draw(t, "serial"))
			c.Add(s, today)
			total[s]++
			daily[day{s, today}]++
			if first[s] == 0 {
				first[s] = today
			}
		}
		var rows []row
		for s, n := range c.rows {
			rows = append(rows, row{s, n})
		}
		read, err := decode(encode(rows), 1000)
		if err != nil {
			t.Fatal(err)
		}
		c.rows = read
		for n := uint64(0); n <= 6; n++ {
			s := serial(n)
			if got := c.Of(s, today); got.Total != total[s] || got.Today != daily[day{s, today}] || got.Since != first[s] {
				t.Errorf("serial %d: %+v, want %d, %d since %d", n, got, total[s], daily[day{s, today}], first[s])
			}
		}
	})
}

func TestManyAtATime(t *testing.T) {
	c := opened(t, filepath.Join(t.TempDir(), "scans"), 1000)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for n := range 200 {
				c.Add(serial(uint64(n%10)), 20260301)
				c.Of(serial(1), 20260301)
				if n%50 == 0 {
					if err := c.Flush(); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	all.Wait()
	if got := c.Of(serial(3), 20260301); got.Total != 160 {
		t.Errorf("%+v", got)
	}
}
