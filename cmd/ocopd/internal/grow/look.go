package grow

import (
	"cmp"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/store"
	"github.com/ocopledger/ocop/ledger/subject"
	"github.com/ocopledger/ocop/node/disk"
)

// pageOf subjects is read at a time.
const pageOf = 1_000

// onDisk is how many bytes of the disk a file takes.
func onDisk(path string) (uint64, error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	return uint64(disk.Taken(info)), nil
}

// look finds out how large the ledger is, and what will be asked for: always the same of the same ledger.
func (m *meter) look(original string) error {
	head := m.ledger.Head()
	m.in.Leaves, m.in.Height = head.Size, head.Height
	var err error
	if m.in.Chain, err = onDisk(filepath.Join(original, store.ChainFile)); err != nil {
		return err
	}
	if m.in.Index, err = onDisk(filepath.Join(original, store.IndexFile)); err != nil {
		return err
	}
	if err := m.weigh(); err != nil {
		return err
	}
	r := rand.New(rand.NewPCG(1, head.Size))
	return m.ledger.View(func(v *chain.View) error {
		if err := m.lots(v, r); err != nil {
			return err
		}
		m.in.Subjects = uint64(v.Map().Len())
		for len(m.in.Sold) < sampled {
			leaf, err := v.Leaf(r.Uint64N(head.Size))
			if err != nil {
				return err
			}
			if e, err := ledger.ParseEnvelope(leaf); err == nil {
				m.in.Sold = append(m.in.Sold, e.ID)
			}
		}
		return nil
	})
}

// weigh counts the records and their bytes.
func (m *meter) weigh() error {
	for next := uint64(0); next < m.in.Leaves; {
		leaves, err := m.ledger.Leaves(next, m.in.Leaves, 8<<20)
		if err != nil {
			return err
		}
		for _, leaf := range leaves {
			if leaf[0] == ledger.KindRecord {
				m.in.Records++
				m.in.RecordBytes += uint64(len(leaf))
			}
		}
		next += uint64(len(leaves))
	}
	return nil
}

// lots chooses lots to be asked for: those whose histories come closest to the longest of the promise, and some at random.
func (m *meter) lots(v *chain.View, r *rand.Rand) error {
	type found struct {
		id  ledger.LotID
		off uint64
	}
	var all []found
	for after := ""; ; {
		ids, err := v.Subjects(subject.KindLot, after, pageOf)
		if err != nil {
			return err
		}
		for _, id := range ids {
			lot, err := id.LotID()
			if err != nil {
				return err
			}
			n, err := v.HistoryLen(id)
			if err != nil {
				return err
			}
			all = append(all, found{lot, max(n, longestLot) - min(n, longestLot)})
			after = id.Name
		}
		if len(ids) < pageOf {
			break
		}
	}
	slices.SortStableFunc(all, func(a, b found) int { return cmp.Compare(a.off, b.off) })
	for _, f := range all[:min(len(all), longestLots)] {
		m.in.Longest = append(m.in.Longest, f.id)
	}
	for range sampled {
		m.in.Typical = append(m.in.Typical, all[r.IntN(len(all))].id)
	}
	return nil
}
