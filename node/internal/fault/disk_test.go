//go:build linux && amd64

package fault

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/ocopledger/ocop/ledger/store"
	"github.com/ocopledger/ocop/node/cosign"
	"github.com/ocopledger/ocop/node/internal/disk"
)

const raftFile = "raft.db"

var diskFiles = []string{store.ChainFile, store.IndexFile, raftFile, store.HeadsFile, cosign.SlotFile}

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

// TestDisk: whatever a power cut leaves of writes that no sync had covered, a node stands where it was acknowledged to stand. When the disk has lied, it may
// refuse instead, by a name; it is never wrong in silence.
func TestDisk(t *testing.T) {
	p := newPorts()
	r := record(t, p)
	table := r.table()
	t.Logf("%d events, %d cases in the table; seed %d", len(r.log.Events), len(table), *seed)
	if *cases > 0 {
		table = sample(table, *cases)
	}
	var mu sync.Mutex
	rows := make(map[string]map[string]int)
	queue := make(chan diskCase)
	var workers sync.WaitGroup
	for range 2 {
		place := r.elsewhere(t, p)
		workers.Go(func() {
			for c := range queue {
				outcome, err := place.try(r, &c)
				if err != nil {
					t.Errorf("%v: %v", &c, err)
					outcome = "VIOLATION"
				}
				mu.Lock()
				if rows[c.row()] == nil {
					rows[c.row()] = make(map[string]int)
				}
				rows[c.row()][outcome]++
				mu.Unlock()
			}
		})
	}
	for _, c := range table {
		queue <- c
	}
	close(queue)
	workers.Wait()
	for _, row := range slices.Sorted(maps.Keys(rows)) {
		t.Logf("%s %v", row, rows[row])
	}
}
