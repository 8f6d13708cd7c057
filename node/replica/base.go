package replica

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"

	"github.com/hashicorp/raft"
	bolt "go.etcd.io/bbolt"

	"github.com/ocopledger/ocop/ledger"
)

// base is what stands for the entries that the log holds no more: the newest snapshot that was taken or installed.
//
//	version u8 ‖ index u64 ‖ term u64 ‖ configuration index u64 ‖ mark ‖ length u32 ‖ configuration ‖ CRC-32C u32 of all before
type base struct {
	index, term        uint64
	mark               Mark
	configurationIndex uint64
	configuration      []byte // as raft encodes it
}

const baseVersion = 1

var keyBase = []byte("base")

func (b *base) append(to []byte) []byte {
	start := len(to)
	to = append(to, baseVersion)
	for _, n := range []uint64{b.index, b.term, b.configurationIndex} {
		to = ledger.AppendU64(to, n)
	}
	to = b.mark.Append(to)
	to = append(ledger.AppendU32(to, uint32(len(b.configuration))), b.configuration...)
	return ledger.AppendU32(to, crc32.Checksum(to[start:], castagnoli))
}

func parseBase(data []byte) (*base, error) {
	if len(data) < 4 || crc32.Checksum(data[:len(data)-4], castagnoli) != binary.BigEndian.Uint32(data[len(data)-4:]) {
		return nil, fmt.Errorf("%w: the snapshot mark fails its checksum", ErrCorrupt)
	}
	r := ledger.NewReader("snapshot base", data[:len(data)-4])
	r.Version(baseVersion)
	b := &base{index: r.U64(), term: r.U64(), configurationIndex: r.U64()}
	r.Version(markVersion)
	b.mark = Mark{Height: r.U64(), Size: r.U64(), Root: r.Hash()}
	b.configuration = bytes.Clone(r.Bytes(int(r.U32())))
	if err := r.Close(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	if !readable(b.configuration) {
		return nil, fmt.Errorf("%w: the snapshot's configuration", ErrCorrupt)
	}
	return b, nil
}

// base reads the newest snapshot; nil: there is none.
func (s *Store) base() (b *base, err error) {
	err = s.db.View(func(tx *bolt.Tx) error {
		data := tx.Bucket(bucketMeta).Get(keyBase)
		if data == nil {
			return nil
		}
		b, err = parseBase(data)
		return err
	})
	return b, err
}

// setBase makes a snapshot the newest. One that is older than the newest is refused: the log behind it is gone.
func (s *Store) setBase(b *base) error {
	return s.db.Update(func(tx *bolt.Tx) error {
		meta := tx.Bucket(bucketMeta)
		if data := meta.Get(keyBase); data != nil {
			old, err := parseBase(data)
			if err != nil {
				return err
			}
			if b.index < old.index {
				return fmt.Errorf("a snapshot of entry %d after one of entry %d", b.index, old.index)
			}
		}
		return meta.Put(keyBase, b.append(nil))
	})
}

func (b *base) meta() *raft.SnapshotMeta {
	return &raft.SnapshotMeta{
		Version: raft.SnapshotVersionMax, ID: fmt.Sprintf("%d-%d", b.term, b.index), Index: b.index, Term: b.term,
		Configuration: raft.DecodeConfiguration(b.configuration), ConfigurationIndex: b.configurationIndex, Size: int64(len(b.mark.Append(nil))),
	}
}
