package grow

import (
	"crypto/rand"
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/store"
	"github.com/ocopledger/ocop/node/replica"
)

// hand gives every node the ledger, and a raft store that begins behind it.
func (m *maker) hand(from string, grown replica.Grown) error {
	for _, n := range m.network.Nodes {
		grown.Voters = append(grown.Voters, replica.Member{ID: raftID(n.Agency.Account), Agency: n.Agency.Account, Address: n.Peer})
	}
	for i, n := range m.network.Nodes {
		dir, err := dataOf(n.Dir)
		if err != nil {
			return err
		}
		if i > 0 {
			if err := copyFiles(dir, from, store.ChainFile, store.IndexFile); err != nil {
				return err
			}
		}
		s, err := replica.OpenStore(filepath.Join(dir, raftFile), rand.Reader)
		if err != nil {
			return err
		}
		_, err = s.Begin(raftID(n.Agency.Account), grown, m.o.Random)
		if err := errors.Join(err, s.Close()); err != nil {
			return err
		}
	}
	return nil
}

// raftFile is where a node has its raft store; raftID is a validator's first raft id.
const raftFile = "raft.db"

func raftID(agency ledger.AccountID) string { return agency.String() + "-1" }

func copyFiles(to, from string, names ...string) error {
	if err := os.MkdirAll(to, 0o700); err != nil {
		return err
	}
	for _, name := range names {
		if err := copyFile(filepath.Join(to, name), filepath.Join(from, name)); err != nil {
			return err
		}
	}
	return nil
}

func copyFile(to, from string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
