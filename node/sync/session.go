package sync

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/replay"
)

var (
	// errMoved: the ledger grew by other means while leaves for it were under way. One begins again where it stands.
	errMoved = errors.New("the ledger has grown by itself")
	// errAged: the source's head is no longer signed anew. Others are asked; nothing is wrong with this one.
	errAged = errors.New("the head was not signed for a while")
	// errDone: what was wanted is there.
	errDone = errors.New("done")
)

// session follows one source, from the head that it was chosen for on.
type session struct {
	*Follower
	source Source
	target uint64 // leaves that are wanted
	began  time.Time
	jobs   chan job        // proved, to be executed
	log    merkle.Frontier // of what was handed to jobs
}

// job is leaves to execute, and the head that is reached with them. Either may be missing.
type job struct {
	chunk *chunk
	head  *verified
}

// session runs until the source fails, the ledger is as large as wanted, or ctx ends. It never returns nil.
func (f *Follower) session(ctx context.Context, c *candidate, target uint64) error {
	s := &session{Follower: f, source: c.source, target: target, jobs: make(chan job), began: f.o.Now()}
	if err := s.stand(); err != nil {
		return err
	}
	f.note(func(at *standing) { at.source, at.err = c.source.Name(), nil })
	defer f.note(func(at *standing) { at.source = "" })
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer close(s.jobs)
		return s.collect(ctx, c.head)
	})
	g.Go(func() error { return s.execute(ctx) })
	return g.Wait()
}

// stand takes up the log where the ledger is.
func (s *session) stand() error {
	return s.o.Ledger.View(func(v *chain.View) error {
		hashes, err := v.Hashes()
		if err != nil {
			return err
		}
		s.log, err = merkle.ReadFrontier(hashes, v.Head().Size)
		return err
	})
}

// collect hands out what leads from head to head.
func (s *session) collect(ctx context.Context, head *verified) error {
	var leaves *feed // begun when leaves are wanted: a ledger that grows by other means needs none
	defer func() { leaves.close() }()
	for {
		if s.o.Ledger.Head().Size > s.log.Size { // by other means
			leaves.close()
			leaves = nil
			if err := s.stand(); err != nil {
				return err
			}
		}
		if leaves == nil && head.size() > s.log.Size {
			leaves = newFeed(ctx, s.source, s.log.Size, &s.pace)
		}
		if err := s.to(ctx, leaves, head); err != nil {
			return err
		}
		leaves.caughtUp()
		next, err := s.next(ctx, head)
		if err != nil {
			return err
		}
		head = next
	}
}

// to hands out the leaves up to a head.
func (s *session) to(ctx context.Context, leaves *feed, head *verified) error {
	if s.log.Size >= head.size() {
		return s.hand(ctx, job{head: head})
	}
	for s.log.Size < head.size() {
		blocks, err := leaves.take(ctx, head.size())
		if err != nil {
			return of(ctx, s.source, err)
		}
		c := newChunk(s.log, blocks)
		if err := s.ready(ctx, c, head); err != nil {
			return err
		}
		j := job{chunk: c}
		if c.after.Size == head.size() {
			j.head = head
		}
		if err := s.hand(ctx, j); err != nil {
			return err
		}
		s.log = c.after
	}
	return nil
}

func (s *session) hand(ctx context.Context, j job) error {
	select {
	case s.jobs <- j:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// next waits for a head that is newer than one, or signed anew.
func (s *session) next(ctx context.Context, last *verified) (*verified, error) {
	for {
		now := s.o.Now()
		if aged := now.Add(-s.pace.aged); time.Unix(int64(last.Time), 0).Before(aged) && s.began.Before(aged) && len(s.o.Sources()) > 1 {
			return nil, errAged
		}
		c, err := question(ctx, s.source, s.pace.news+s.pace.answer, func(ctx context.Context) (*Claim, error) {
			return s.source.Head(ctx, last.Seal.Height, s.pinned())
		})
		if err != nil {
			return nil, err
		}
		head, err := s.take(s.source, c)
		if err != nil || head.size() > last.size() || head.size() == last.size() && head.Time > last.Time {
			return head, err
		}
		if err := pause(ctx, s.pace.idle); err != nil {
			return nil, err
		}
	}
}

// ready proves a chunk, and verifies the signatures of its records while the proof is on its way and the chunk before is executed. What is wrong with a
// signature is for the execution to say.
func (s *session) ready(ctx context.Context, c *chunk, head *verified) error {
	var good [][32]byte
	g, both := errgroup.WithContext(ctx)
	g.Go(func() error { return s.prove(both, c, head) })
	g.Go(func() (err error) {
		good, err = s.presign(both, c)
		return err
	})
	if err := g.Wait(); err != nil {
		return err
	}
	for _, hash := range good {
		s.o.Ledger.Remember(hash)
	}
	return nil
}

// presign gives the hashes of the envelopes whose signatures are right.
func (s *session) presign(ctx context.Context, c *chunk) (good [][32]byte, err error) {
	if s.o.Verifier == nil {
		return nil, nil
	}
	var jobs []ident.Job
	var hashes [][32]byte
	for _, leaf := range c.leaves {
		if leaf[0] != ledger.KindRecord {
			continue
		}
		if e, err := ledger.ParseEnvelope(leaf); err == nil {
			jobs = append(jobs, ident.Job{Key: e.PublicKey, Digest: e.Digest, Sig: e.Signature})
			hashes = append(hashes, ledger.EnvelopeHash(leaf))
		}
	}
	verdicts, err := s.o.Verifier.Verify(ctx, jobs)
	if err != nil {
		return nil, fmt.Errorf("verify the records of a chunk: %w", err)
	}
	for i, verdict := range verdicts {
		if verdict == nil {
			good = append(good, hashes[i])
		}
	}
	return good, nil
}

// execute executes what is handed out.
func (s *session) execute(ctx context.Context) error {
	for j := range s.jobs {
		if j.chunk != nil {
			if err := s.extend(ctx, j.chunk); err != nil {
				return err
			}
		}
		if j.head != nil {
			if err := s.reached(j.head, s.source.Name()); err != nil {
				return err
			}
			s.wasOfUse(s.source, j.head)
		}
		s.count()
		if s.proved() >= s.target {
			return errDone
		}
	}
	return nil
}

// extend executes a chunk and commits it.
func (s *session) extend(ctx context.Context, c *chunk) error {
	_, err := s.o.Ledger.Extend(ctx, c.before.Size, c.leaves)
	_, diverges := errors.AsType[*replay.Divergence](err)
	switch {
	case err == nil:
		s.note(func(at *standing) { at.proved = max(at.proved, c.after.Size) })
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, chain.ErrNotNext):
		return fmt.Errorf("%w: %w", errMoved, err)
	case diverges:
		return &DerivationError{From: c.before.Size, To: c.after.Size, Err: err}
	}
	return fmt.Errorf("extend the ledger: %w", err)
}

// count notes since when the ledger is behind.
func (s *session) count() {
	size, now := s.o.Ledger.Head().Size, s.o.Now()
	s.note(func(at *standing) {
		switch {
		case s.live():
			at.began = time.Time{}
		case at.began.IsZero():
			at.began, at.from = now, size
		}
	})
}
