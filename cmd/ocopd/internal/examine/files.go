package examine

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/ocopd/internal/doctor"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/genesis"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/store"
	"github.com/ocopledger/ocop/ledger/subject"
	"github.com/ocopledger/ocop/node/cosign"
	"github.com/ocopledger/ocop/node/replica"
)

// maxMark bounds the mark of a restore: a few words.
const maxMark = 4096

// read is for looking at files that another process could be about to write.
var read = store.Options{ReadOnly: true}

// files looks at what a stopped node has left, and takes from it what the ledger says.
func (d *directory) files() (l learned) {
	s := new(doctor.Files)
	d.facts.Files = s
	s.Ran = d.anything()
	if !s.Ran {
		return l
	}
	var chain ledger.ChainID
	perDay := 0.0
	s.Chain = d.open(store.ChainFile, func(path string) error {
		c, err := store.OpenChain(path, read)
		if err != nil {
			return err
		}
		defer c.Close()
		return c.View(func(tx *store.ChainTx) error {
			head, _, err := tx.Head()
			if err != nil {
				return err
			}
			s.Height, s.Size, s.Time = head.Height, head.Log.Size, time.UnixMilli(int64(head.Time))
			perDay = leavesPerDay(tx, head)
			return d.compareGenesis(tx, &chain)
		})
	})
	s.Index = d.open(store.IndexFile, func(path string) error {
		x, err := store.OpenIndex(path, read)
		if err != nil {
			return err
		}
		defer x.Close()
		return x.View(func(tx *store.IndexTx) error { return fromIndex(tx, &l) })
	})
	s.Heads = d.open(store.HeadsFile, func(path string) error {
		h, err := store.OpenHeads(path, read)
		if err != nil {
			return err
		}
		return h.Close()
	})
	if d.replica() {
		s.Slot.Sure = true // it signs nothing
		return l.sized(s.Size, perDay)
	}
	s.Raft = d.open(raftFile, func(path string) error {
		i, err := replica.Inspect(path)
		s.RaftIDs = i.Voters
		return err
	})
	if mark, err := os.ReadFile(filepath.Join(d.data, restoredMark)); err == nil {
		s.Restored = string(mark[:min(len(mark), maxMark)])
	}
	if chain != (ledger.ChainID{}) {
		s.Slot = d.slot(chain)
	}
	for _, p := range l.places {
		if p.agency == d.facts.Agency {
			s.RaftSelf = fmt.Sprintf("%v-%d", p.agency, p.incarnation)
		}
	}
	return l.sized(s.Size, perDay)
}

// sized adds how large the ledger is, and how fast it grows.
func (l learned) sized(leaves uint64, perDay float64) learned {
	if l.ledger != nil {
		l.ledger.Leaves, l.ledger.PerDay = leaves, perDay
	}
	return l
}

// anything tells whether a node has ever run here.
func (d *directory) anything() bool {
	for _, name := range []string{store.ChainFile, store.IndexFile, store.HeadsFile, raftFile, restoredMark} {
		if _, err := os.Stat(filepath.Join(d.data, name)); err == nil {
			return true
		}
	}
	return false
}

// open tells whether one of the files can be used. One that another process holds is not looked at: it is in use, not damaged.
func (d *directory) open(name string, look func(path string) error) (f doctor.File) {
	path := filepath.Join(d.data, name)
	err := look(path)
	switch {
	case err == nil, d.denied(path, err), errors.Is(err, store.ErrInUse), errors.Is(err, replica.ErrInUse):
	case errors.Is(err, fs.ErrNotExist):
		f.Missing = true
	case errors.Is(err, store.ErrFormat), errors.Is(err, errOtherChain):
		f.Other = true
	default:
		f.Torn, f.Damage = true, damage(err)
	}
	return f
}

// damage is what is wrong with a file, in both languages as far as it can say so.
func damage(err error) lang.Text {
	d, ok := errors.AsType[*store.Damage](err)
	if pages, more := errors.AsType[*store.DamagedPages](err); more {
		d, ok = pages.Found[0], true
	}
	if !ok {
		return said(err)
	}
	place := d.Bucket
	if d.Row != "" {
		place += ", " + d.Row
	}
	if place != "" {
		place += ": "
	}
	return lang.Text{Vi: place + d.Detail.Vietnamese, En: place + d.Detail.English}
}

var errOtherChain = errors.New("another ledger than that of the genesis file")

func (d *directory) compareGenesis(tx *store.ChainTx, chain *ledger.ChainID) error {
	file, err := tx.Genesis()
	if err != nil {
		return err
	}
	g, err := genesis.Parse(file)
	if err != nil {
		return err
	}
	*chain = g.Chain
	if d.genesis != nil && d.genesis.Chain != g.Chain {
		return errOtherChain
	}
	return nil
}

func (d *directory) slot(chain ledger.ChainID) (s doctor.Slot) {
	mark, sure, err := cosign.InspectSlot(d.config.Path(cosign.SlotFile), chain)
	s.Size, s.Sure = mark.Size, sure
	if errors.Is(err, fs.ErrNotExist) {
		s.Missing = true
	} else if err != nil {
		s.Problem = err.Error()
	}
	return s
}

// leavesPerDay is how many leaves came a day in the newest week, or day, of the ledger's life; 0: it is younger.
func leavesPerDay(tx *store.ChainTx, head store.Head) float64 {
	for _, days := range []uint64{7, 1} {
		moment := head.Time - min(head.Time, days*24*60*60*1000)
		low, high := uint64(0), head.Height
		first, err := sealTime(tx, 0)
		if err != nil || first > moment {
			continue
		}
		for low < high { // the newest block that is not after the moment
			middle := low + (high-low+1)/2
			t, err := sealTime(tx, middle)
			if err != nil {
				return 0
			}
			if t > moment {
				high = middle - 1
			} else {
				low = middle
			}
		}
		if at, err := tx.SealLeaf(low); err == nil {
			return float64(head.Log.Size-at-1) / float64(days)
		}
	}
	return 0
}

func sealTime(tx *store.ChainTx, height uint64) (uint64, error) {
	at, err := tx.SealLeaf(height)
	if err != nil {
		return 0, err
	}
	leaf, err := tx.Leaf(at)
	if err != nil {
		return 0, err
	}
	seal, err := ledger.ParseSeal(leaf)
	if err != nil {
		return 0, err
	}
	return seal.Time, nil
}

// fromIndex takes what the ledger says from the rows of index.db, which may be some blocks behind: the node writes them in large batches.
func fromIndex(tx *store.IndexTx, l *learned) error {
	return l.take(func(id subject.ID) ([]byte, error) {
		row, ok, err := tx.Subject(id)
		if err != nil || !ok {
			return nil, err
		}
		return row.Value, nil
	})
}

// fromGenesis is what the ledger said when it began.
func fromGenesis(g *genesis.Genesis) (l learned) {
	values := make(map[subject.ID][]byte)
	for _, s := range g.Subjects() {
		values[s.ID] = s.Value
	}
	_ = l.take(func(id subject.ID) ([]byte, error) { return values[id], nil })
	if l.ledger != nil {
		l.ledger.Began = time.UnixMilli(int64(g.Body.Time))
	}
	return l
}

// take reads validators, policy and parameters from subjects. What is not there is left out.
func (l *learned) take(value func(subject.ID) ([]byte, error)) error {
	data, err := value(subject.Policy())
	if err != nil || data == nil {
		return err
	}
	policy, err := subject.ParsePolicy(data)
	if err != nil {
		return err
	}
	p := &policy.Policy
	l.ledger = &doctor.Ledger{Validators: len(p.Validators), Quorum: int(p.Quorum), Epoch: p.Number, TrustPeriod: time.Duration(p.TrustPeriod) * time.Second}
	for _, v := range p.Validators {
		at := place{agency: v.Agency, named: map[ident.Purpose]ident.Ed25519Key{ident.PurposeNode: v.NodeKey, ident.PurposeCosigner: v.CosignerKey}}
		if data, err = value(subject.Node(v.Agency)); err != nil {
			return err
		}
		if node, err := subject.ParseNode(data); err == nil {
			at.incarnation, at.peer, at.public, at.tls = node.Incarnation, node.PeerAddress, node.PublicAddress, node.TLSKey
			at.named[ident.PurposeTLS] = node.TLSKey
		}
		l.places = append(l.places, at)
	}
	if data, err = value(subject.Parameters()); err != nil {
		return err
	}
	if parameters, err := subject.ParseParameters(data); err == nil {
		l.ledger.ClockBound = time.Duration(parameters.ClockBound) * time.Millisecond
	}
	return nil
}
