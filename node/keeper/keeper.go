package keeper

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/evidence"
	"github.com/ocopledger/ocop/ledger/verify"
)

const (
	// MaxFile bounds a file in bytes: 500 handovers, or what one answer between validators holds.
	MaxFile = 3 << 20
	// MaxPieces is how many pieces of one kind against one agency are kept. A liar makes as many as he likes; the first say all there is to say.
	MaxPieces = 8
	// Repeat is how often a piece is told of again in the log: often enough that whoever looks at the newest minute of a log sees it.
	Repeat = time.Minute
)

var (
	// ErrFull: there are MaxPieces of the kind against the agency.
	ErrFull = errors.New("enough evidence of this kind against this agency is kept")
	// ErrEpoch: the evidence is of a policy epoch that this node's ledger does not have, or has otherwise.
	ErrEpoch = errors.New("evidence of a policy epoch that is not this ledger's")
	// ErrName: the file is not what its name says.
	ErrName = errors.New("evidence under a wrong name")
)

// Options is what a keeper needs.
type Options struct {
	Dir     string         // made when the first piece comes
	Genesis *ledger.Policy // epoch 0
	// Epoch is the document of a policy epoch by the node's own ledger; false: it has not come to it.
	Epoch func(number uint32) (*ledger.Policy, bool)
	// Kept is told of each piece that is kept: found here, given by somebody or read as the keeper opens. It does not call the Keeper. nil: nobody is.
	Kept func(Piece, *evidence.Evidence)
	Now  func() time.Time
	Log  *slog.Logger
}

// Piece is a piece of evidence that is kept.
type Piece struct {
	Name    string
	Finding *verify.Finding
	Since   time.Time // when the file was written here
	Told    bool      // its operator has acknowledged it: it is not repeated in the log
}

// Keeper keeps evidence. Its methods may be called from anywhere; those that keep wait for the disk.
type Keeper struct {
	o Options

	keeping sync.Mutex // one file is judged and written at a time
	mu      sync.Mutex
	pieces  []Piece // by name
}

// Open loads what is in the folder. A file that does not hold, or is none of ours, is left where it is, told of and not counted.
func Open(o Options) (*Keeper, error) {
	k := &Keeper{o: o}
	return k, k.load()
}

// Add keeps a piece that this node has found. Its name is returned, also when it is kept already. Errors: ErrFull, ErrEpoch, *verify.Error when a
// stranger would not be convinced, and those of the disk.
func (k *Keeper) Add(e *evidence.Evidence) (name string, err error) {
	name = Name(e)
	return name, k.keep(name, e, e.Append(nil))
}

// Take keeps a piece that somebody else has found. Errors are those of Add, ErrName, and those that wrap ledger.ErrMalformed.
func (k *Keeper) Take(name string, file []byte) error {
	if len(file) > MaxFile {
		return fmt.Errorf("%w: evidence of %d bytes, at most %d", ledger.ErrMalformed, len(file), MaxFile)
	}
	e, err := evidence.Parse(file)
	if err != nil {
		return err
	}
	if Name(e) != name {
		return fmt.Errorf("%w: %s is %s", ErrName, name, Name(e))
	}
	return k.keep(name, e, file)
}

func (k *Keeper) keep(name string, e *evidence.Evidence, file []byte) error {
	k.keeping.Lock()
	defer k.keeping.Unlock()
	if known, room := k.room(name); known {
		return nil
	} else if !room {
		return fmt.Errorf("%w: %s", ErrFull, name)
	}
	if len(file) > MaxFile {
		return fmt.Errorf("evidence of %d bytes, at most %d", len(file), MaxFile)
	}
	found, err := k.judge(e)
	if err != nil {
		return fmt.Errorf("evidence %s: %w", name, err)
	}
	if err := write(k.o.Dir, name+suffix, file); err != nil {
		return fmt.Errorf("evidence %s: %w", name, err)
	}
	k.put(Piece{Name: name, Finding: found, Since: k.o.Now()}, e)
	return nil
}

// judge is what a stranger finds who has the genesis file, except that the trust period is not over: this node has followed the ledger since genesis.
// In its place the epochs are compared with the own ledger's, so that nobody who finds keys of long ago makes evidence of epochs that never were.
func (k *Keeper) judge(e *evidence.Evidence) (*verify.Finding, error) {
	now := uint64(k.o.Now().Unix())
	t, err := verify.NewTrust(k.o.Genesis, now, now)
	if err != nil {
		return nil, err
	}
	for _, h := range e.Handovers {
		own, ok := k.o.Epoch(h.Policy.Number)
		if !ok || own.Hash() != h.Policy.Hash() {
			return nil, fmt.Errorf("%w: %d", ErrEpoch, h.Policy.Number)
		}
	}
	return verify.CheckEvidence(t, e)
}

// room tells whether a piece is kept already, and whether one more of its topic may be.
func (k *Keeper) room(name string) (known, room bool) {
	kind, agency, ok := topic(name)
	if !ok {
		return false, false
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, known := k.find(name); known {
		return true, false
	}
	n := 0
	for i := range k.pieces {
		if f := k.pieces[i].Finding; f.Kind.String() == kind && f.Agency == agency {
			n++
		}
	}
	return false, n < MaxPieces
}

// Wants tells whether a piece that somebody else has is worth asking for.
func (k *Keeper) Wants(name string) bool {
	_, room := k.room(name)
	return room
}

func (k *Keeper) find(name string) (i int, ok bool) {
	return slices.BinarySearchFunc(k.pieces, name, func(p Piece, name string) int { return strings.Compare(p.Name, name) })
}

func (k *Keeper) put(p Piece, e *evidence.Evidence) {
	k.mu.Lock()
	if i, known := k.find(p.Name); !known {
		k.pieces = slices.Insert(k.pieces, i, p)
	}
	k.mu.Unlock()
	k.tell(&p)
	if k.o.Kept != nil {
		k.o.Kept(p, e)
	}
}

// Pieces are all pieces, by name.
func (k *Keeper) Pieces() []Piece {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.pieces)
}
