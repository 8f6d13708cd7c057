//go:build linux && amd64

package fault

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/ocopledger/ocop/ledger/store"
	"github.com/ocopledger/ocop/node/cosign"
	"github.com/ocopledger/ocop/node/internal/disk"
	"github.com/ocopledger/ocop/node/replica"
)

const raftFile = "raft.db"

var diskFiles = []string{store.ChainFile, store.IndexFile, raftFile, replica.JournalPath(raftFile), store.HeadsFile, cosign.SlotFile, replica.SeatFile}

// diskCase is one write hit in one way.
type diskCase struct {
	disk.Crash
	file string
	lied bool // a sync had covered the write: the disk has broken its promise
}

// row of the table that the case belongs to.
func (c *diskCase) row() string {
	how := "power cut:"
	if c.lied {
		how = "disk lies:"
	}
	fault := c.Fault.String()
	if c.Fault == disk.Kept {
		fault = "kept, reported lost"
	}
	return fmt.Sprintf("%-14s %s %s", c.file, how, fault)
}

func (c *diskCase) String() string {
	return fmt.Sprintf("%s (write %d, crash at %d, the rest %d, seed %d)", c.row(), c.Write, c.Point, c.Rest, c.Seed)
}

// table is every write in every way: before a sync covered it, as a power cut does; and after, as a disk does that lies or rots.
func (r *recording) table() (list []diskCase) {
	random := rand.New(rand.NewPCG(*seed, 0))
	for i, e := range r.log.Events {
		if e.Kind != disk.Write {
			continue
		}
		synced, ok := r.log.Synced(i)
		if !ok {
			synced = len(r.log.Events)
		}
		add := func(fault disk.Fault, point int, lied bool) {
			list = append(list, diskCase{disk.Crash{Point: point, Write: i, Fault: fault, Rest: disk.Rest(random.IntN(3)), Seed: random.Uint64()}, e.File, lied})
		}
		add(disk.Kept, i+1, false) // the process ends over the error that it was told
		for fault := disk.Lost; fault <= disk.Flipped; fault++ {
			add(fault, synced, false)
			if ok && len(e.Data) > 0 {
				add(fault, synced+1+random.IntN(len(r.log.Events)-synced), true)
			}
		}
	}
	return list
}

// sample takes so many cases, as evenly from the rows as it can.
func sample(table []diskCase, n int) (taken []diskCase) {
	random := rand.New(rand.NewPCG(*seed, 1))
	rows := make(map[string][]diskCase)
	for _, i := range random.Perm(len(table)) {
		rows[table[i].row()] = append(rows[table[i].row()], table[i])
	}
	names := slices.Sorted(maps.Keys(rows))
	for round := 0; len(taken) < min(n, len(table)); round++ {
		for _, name := range names {
			if round < len(rows[name]) && len(taken) < n {
				taken = append(taken, rows[name][round])
			}
		}
	}
	return taken
}

// TestDisk records a node's life, and breaks its disk in every way.
func TestDisk(t *testing.T) {
	p := newPorts()
	r := record(t, p)
	t.Run("writes", func(t *testing.T) { r.everyWrite(t, p) })
	t.Run("errors", func(t *testing.T) { r.everyError(t, p) })
	t.Run("examiner", r.examinerMisses)
}

// everyWrite: whatever a power cut leaves of writes that no sync had covered, a node stands where it was acknowledged to stand. When the disk has lied, it may
// refuse instead, by a name; it is never wrong in silence.
func (r *recording) everyWrite(t *testing.T, p *ports) {
	table := r.table()
	t.Logf("%d events, %d cases in the table; seed %d", len(r.log.Events), len(table), *seed)
	if *cases > 0 {
		table = sample(table, shorter(*cases))
	}
	sum := each(t, r, p, table, func(place *place, c diskCase) (row, outcome string, err error) {
		outcome, err = place.try(r, &c)
		return c.row(), outcome, err
	}, func(c diskCase) string { return c.String() })
	t.Logf("\n%s", sum)
}

// shorter is a number of cases for tests that are to be short.
func shorter(n int) int {
	if testing.Short() {
		return n / 5
	}
	return n
}

// rows count outcomes by row of a table.
type rows map[string]map[string]int

func (r rows) String() string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(r)) {
		fmt.Fprintf(&b, "%-48s", name)
		for _, outcome := range slices.Sorted(maps.Keys(r[name])) {
			fmt.Fprintf(&b, "  %s: %d", outcome, r[name][outcome])
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// each tries all cases of a table, at two places at a time.
func each[C any](t *testing.T, r *recording, p *ports, table []C, try func(*place, C) (row, outcome string, err error), name func(C) string) rows {
	t.Helper()
	sum := make(rows)
	var mu sync.Mutex
	queue := make(chan C)
	var workers sync.WaitGroup
	for range 2 {
		place := r.elsewhere(t, p)
		workers.Go(func() {
			for c := range queue {
				row, outcome, err := try(place, c)
				if err != nil {
					t.Errorf("%s: %v", name(c), err)
					outcome = "VIOLATION"
				}
				mu.Lock()
				if sum[row] == nil {
					sum[row] = make(map[string]int)
				}
				sum[row][outcome]++
				mu.Unlock()
			}
		})
	}
	for _, c := range table {
		queue <- c
	}
	close(queue)
	workers.Wait()
	return sum
}
