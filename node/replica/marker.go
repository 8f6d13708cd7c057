package replica

import (
	"errors"
	"fmt"
	"io"
	"math"
	"sync/atomic"

	"github.com/hashicorp/raft"
)

// errSnapshotsOff: nothing here makes, sends or takes a snapshot.
var errSnapshotsOff = errors.New("raft snapshots are off")

// marker is a snapshot store without snapshots. While raft starts, and only then, it lists one that stands for the ledger itself: the position the
// ledger has applied, with the raft configuration in force there. With NoSnapshotRestoreOnStart raft takes position and configuration from it and
// opens nothing. Nothing is lost that way, as the position is written in one transaction with the blocks it stands for; and raft neither
// replays its log from the first entry nor fills the queue that nobody reads yet while it starts.
type marker struct {
	meta *raft.SnapshotMeta
	past atomic.Bool // raft has started
}

// noThreshold is a number of entries after which a snapshot would be taken: never.
const noThreshold = math.MaxUint64

// newMarker reads term and configuration from the log. Between the ledger's position and the commit index that raft restores by itself, raft 1.8.0
// looks at no configuration entry; the marker therefore gives the configuration in force at the later of the two.
func newMarker(s *Store, applied, commit uint64) (*marker, error) {
	last, err := s.LastIndex()
	if err != nil {
		return nil, err
	}
	if applied > last {
		return nil, fmt.Errorf("%w: ledger at entry %d, raft log ends at %d", ErrStoreLost, applied, last)
	}
	restored := max(applied, commit)
	if restored == 0 {
		return &marker{}, nil
	}
	var entry raft.Log // the zero entry stands for a ledger at its genesis
	if applied > 0 {
		if err := s.GetLog(applied, &entry); err != nil {
			return nil, fmt.Errorf("%w: entry %d, where the ledger stands: %w", ErrCorrupt, applied, err)
		}
	}
	c, index, err := s.configuration(restored)
	if err != nil {
		return nil, err
	}
	return &marker{meta: &raft.SnapshotMeta{
		Version: raft.SnapshotVersionMax, ID: "ledger", Index: applied, Term: entry.Term, Configuration: c, ConfigurationIndex: index,
	}}, nil
}

func (m *marker) started() { m.past.Store(true) }

// List implements raft.SnapshotStore.
func (m *marker) List() ([]*raft.SnapshotMeta, error) {
	if m.meta == nil || m.past.Load() {
		return nil, nil
	}
	return []*raft.SnapshotMeta{m.meta}, nil
}

// Create implements raft.SnapshotStore.
func (m *marker) Create(raft.SnapshotVersion, uint64, uint64, raft.Configuration, uint64, raft.Transport) (raft.SnapshotSink, error) {
	return nil, errSnapshotsOff
}

// Open implements raft.SnapshotStore.
func (m *marker) Open(string) (*raft.SnapshotMeta, io.ReadCloser, error) {
	return nil, nil, errSnapshotsOff
}
