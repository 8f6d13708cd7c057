package node

import (
	"context"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/rules"
	"github.com/ocopledger/ocop/node/admit"
	"github.com/ocopledger/ocop/node/peer"
)

// attempt tries one way: to order the open records here, or to have the leader do it.
func (s *submission) attempt(ctx context.Context) error {
	if s.term() != 0 {
		ctx, cancel := context.WithTimeout(ctx, attemptLimit)
		defer cancel()
		s.orderHere(ctx)
		return nil
	}
	if client, leader, ok := s.leaderClient(); ok {
		return s.forward(ctx, leader, func(ctx context.Context, envelopes [][]byte) <-chan []peer.Fate {
			if fates, ok := client.Begin(ctx, envelopes, s.Care); ok {
				return fates
			}
			return s.apart(len(envelopes), func() ([]peer.Fate, error) { return client.Forward(ctx, envelopes, s.Care) })
		})
	}
	if place, _ := s.Place(); place != Seated && !s.Promised {
		return s.forward(ctx, 0, func(ctx context.Context, envelopes [][]byte) <-chan []peer.Fate {
			return s.apart(len(envelopes), func() ([]peer.Fate, error) { return s.relay(ctx, envelopes) })
		})
	}
	return nil
}

// apart has somebody else wait for the fates of so many records. When they cannot be had, they are unknown.
func (s *submission) apart(records int, wait func() ([]peer.Fate, error)) <-chan []peer.Fate {
	answered := make(chan []peer.Fate, 1)
	s.calls.Go(func() {
		fates, err := wait()
		if err != nil {
			fates = make([]peer.Fate, records)
			for j := range fates {
				fates[j].Refusal = peer.Unknown()
			}
		}
		answered <- fates
	})
	return answered
}

func (s *submission) orderHere(ctx context.Context) {
	open := append([]int(nil), s.open...)
	records := make([]admit.Record, len(open))
	for j, i := range open {
		records[j] = s.records[i]
		records[j].Known = false
	}
	outcomes := s.lead(ctx, records, care{s.Care, s.Promised || s.patient})
	at := make(map[int]chain.Outcome, len(open))
	for j, i := range open {
		if s.passing(outcomes[j].Refusal) {
			s.sent[i] = s.sent[i] || outcomes[j].Refusal.Reason == reason.UnknownOutcome
			continue
		}
		at[i] = outcomes[j]
	}
	s.settle(func(i int) (chain.Outcome, bool, error) { o, ok := at[i]; return o, ok, nil })
}

// forward hands the open records to the leader, and waits until this node's ledger has those that are ordered, another one leads, or it has taken too long.
func (s *submission) forward(ctx context.Context, leader ledger.AccountID, hand func(context.Context, [][]byte) <-chan []peer.Fate) error {
	ctx, cancel := context.WithTimeout(ctx, attemptLimit)
	defer cancel()
	open := append([]int(nil), s.open...)
	envelopes := make([][]byte, len(open))
	for j, i := range open {
		envelopes[j] = s.records[i].Bytes
		s.sent[i] = true
	}
	answered := hand(ctx, envelopes)
	for len(s.open) > 0 {
		changed := s.leaders.next()
		if now := s.Leader(); leader != 0 && now != 0 && now != leader {
			return nil
		}
		select {
		case fates := <-answered:
			if !s.heed(open, fates) {
				return nil
			}
			if err := s.lookUp(all); err != nil { // ordered long ago, perhaps: then nobody will tell
				return err
			}
		case <-s.waiter.news:
			s.collect()
		case <-changed:
		case <-ctx.Done():
			return nil
		}
	}
	return nil
}

// heed takes what the leader says: a refusal is an outcome, and "ordered" a promise that this node's own ledger will tell. It reports whether there
// is anything to wait for.
func (s *submission) heed(open []int, fates []peer.Fate) bool {
	at := make(map[int]peer.Fate, len(open))
	coming := false
	for j, i := range open {
		f := fates[j]
		coming = coming || f.Ordered
		if f.Refusal != nil && f.Refusal.Reason == reason.NoLeader {
			s.sent[i] = false
		}
		if !f.Ordered && !s.passing(f.Refusal) {
			at[i] = f
		}
	}
	s.settle(func(i int) (chain.Outcome, bool, error) {
		f, ok := at[i]
		return rejected(s.records[i].ID(), f.Refusal), ok, nil
	})
	return coming
}

// passing tells whether what the leader answers is of the moment.
func (s *submission) passing(f *rules.Refusal) bool {
	return passing(f) || f != nil && (s.Promised || s.patient && f.Reason == reason.Overloaded)
}
