package sync

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"sync"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/verify"
)

// Ledger is the ledger that follows: a *chain.Ledger, and who wants to know of its blocks around it.
type Ledger interface {
	Head() ledger.Head
	View(func(*chain.View) error) error
	// Extend applies whole blocks given as leaves, see chain.Ledger.
	Extend(ctx context.Context, from uint64, leaves [][]byte) ([]chain.Applied, error)
	// Remember tells that the signature of an envelope was verified.
	Remember(envelope [32]byte)
}

// Options are what a follower is made of.
type Options struct {
	Ledger Ledger
	// Sources are those that may be asked now, the best first. They differ in their names.
	Sources func() []Source
	// Trust is what is believed of the ledger's policy epochs: the newest certified head that the node holds, a policy file that its operator was given, or
	// genesis; see [Newest]. Now need not be set. What is learned by following is added by itself.
	Trust func() (verify.Trust, error)
	// Epoch is the newest policy epoch to which the node holds all handovers: 0 in the beginning. Certified is told of what ended the later ones.
	Epoch func() uint32
	// Certified is told of each certified head that the ledger has come to hold, and before it of those that ended the policy epochs between; of one head again
	// when it was signed anew. It must be short.
	Certified func(Point)
	Verifier  ident.Verifier // to verify signatures ahead of the execution; nil: the ledger does it
	Now       func() time.Time
	Log       *slog.Logger // nil: nothing is logged
}

// Follower follows. It does one thing at a time, whoever asks for it.
type Follower struct {
	o    Options
	pace pace
	turn chan struct{} // holds one while somebody follows

	mu      sync.Mutex
	at      standing
	news    chan struct{} // closed when at changes, and made anew
	marks   map[string]*mark
	target  uint64       // leaves of the newest certified head seen
	learned verify.Trust // by following; no policy: nothing yet
}

// New makes a follower. It does nothing before Run or To.
func New(o Options) *Follower {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Follower{o: o, pace: defaultPace, turn: make(chan struct{}, 1), news: make(chan struct{}), marks: make(map[string]*mark)}
}

// Run follows the sources until ctx ends, whose error it returns, or something goes wrong that no other source could mend: an *OffChainError, a
// *DerivationError, a fault of this machine.
func (f *Follower) Run(ctx context.Context) error {
	select {
	case f.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-f.turn }()
	for {
		err := f.follow(ctx, math.MaxUint64)
		if _, expired := errors.AsType[*ExpiredError](err); !expired {
			f.note(func(at *standing) { at.err = err })
			return err
		}
		f.o.Log.Warn("no certified head can be believed any more", "error", err)
		f.note(func(at *standing) { at.err = err })
		if err := pause(ctx, f.pace.expired); err != nil {
			return err
		}
	}
}

// To brings the ledger to at least so many leaves, all of them known to be of the certified chain, or waits for Run to do so. Errors: as of Run, an
// *ExpiredError, ctx's joined with what was wrong with the sources.
func (f *Follower) To(ctx context.Context, size uint64) error {
	for {
		f.mu.Lock()
		news, proved := f.news, f.at.proved
		f.mu.Unlock()
		if proved >= size {
			return nil
		}
		select {
		case f.turn <- struct{}{}:
			defer func() { <-f.turn }()
			err := f.follow(ctx, size)
			if errors.Is(err, errDone) {
				return nil
			}
			f.note(func(at *standing) { at.err = err })
			return f.because(ctx, err)
		case <-news:
		case <-ctx.Done():
			return f.because(ctx, ctx.Err())
		}
	}
}

// because adds what was wrong with the sources to the end of a context.
func (f *Follower) because(ctx context.Context, err error) error {
	if ctx.Err() == nil {
		return err
	}
	errs := []error{err}
	for _, s := range f.Status().Sources {
		errs = append(errs, s.Err)
	}
	return errors.Join(errs...)
}

func (f *Follower) proved() uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.at.proved
}

// pinned is the policy epoch from which handovers are wanted: for those that the node has not, as well as for those that lead on from what it believes.
func (f *Follower) pinned() uint32 {
	pinned := f.o.Epoch()
	if t, err := f.believed(); err == nil {
		pinned = min(pinned, t.Policy.Number)
	}
	return pinned
}

// follow goes from source to source.
func (f *Follower) follow(ctx context.Context, target uint64) error {
	for {
		c, err := f.survey(ctx)
		if err != nil {
			return err
		}
		err = f.session(ctx, c, target)
		failure, ofSource := errors.AsType[*SourceError](err)
		switch {
		case errors.Is(err, errMoved), errors.Is(err, errAged):
			f.o.Log.Debug("following begins again", "source", c.source.Name(), "reason", err)
		case ctx.Err() != nil:
			return ctx.Err()
		case ofSource:
			f.failed(failure)
		default:
			return err
		}
	}
}

// pause waits, unless ctx ends before.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("waiting for a source: %w", ctx.Err())
	}
}
