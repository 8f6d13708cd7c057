package api

import (
	"context"
	"fmt"

	"google.golang.org/grpc"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/rules"
	"github.com/ocopledger/ocop/ledger/subject"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
	"github.com/ocopledger/ocop/proto/ocop/api/v1/apigrpc"
)

const (
	// maxEntries is how many history entries one answer holds: 122 bytes each.
	maxEntries = 1000
	// runLeaves and runBytes end a run of streamed leaves: a message well below gRPC's usual bound of 4 MiB. The first leaf always fits.
	runLeaves = 4096
	runBytes  = 1 << 20
)

// GetHead implements LedgerService.
func (s *Server) GetHead(ctx context.Context, q *apiv1.GetHeadRequest) (*apiv1.GetHeadResponse, error) {
	if err := s.wait(ctx, q.GetMinHeight()); err != nil {
		return nil, err
	}
	n := s.o.Node
	h, g, policy := n.Ledger().Head(), n.Ledger().Genesis(), n.Ledger().Policy()
	validators := uint32(len(policy.Validators))
	quorum := uint32(policy.Quorum)
	return &apiv1.GetHeadResponse{
		AsOf: s.asOf(h),
		Head: &apiv1.Head{
			Height: h.Height, Size: h.Size, Root: h.Root[:], Seal: h.Seal[:], State: h.State[:], Time: h.Time, Protocol: h.Protocol, Policy: h.Policy[:],
		},
		ChainName: g.Body.GetChainName(), Origin: g.Body.GetOrigin(),
		Trust:     &apiv1.Trust{Validators: validators, Quorum: quorum, Liars: 2*quorum - validators},
		Node:      &apiv1.Node{Agency: uint64(n.Agency()), Leader: uint64(n.Leader()), Version: n.Version()},
		Certified: s.certified(),
	}, nil
}

// certified is the newest certified head, if there is one.
func (s *Server) certified() *apiv1.CertifiedHead {
	height, policy, signed, c := s.o.Node.Certified()
	if signed == nil {
		return nil
	}
	a := &apiv1.CertifiedHead{
		Height: height, Size: c.Tree.Size, Root: c.Tree.Root[:], Time: c.Time, Epoch: policy.Number, Checkpoint: signed.Append(nil),
		AgeSeconds: uint64(max(0, s.o.Now().Unix()-int64(c.Time))),
	}
	for _, v := range c.Validators {
		a.Agencies = append(a.Agencies, uint64(v.Agency))
	}
	return a
}

// GetGenesis implements LedgerService.
func (s *Server) GetGenesis(ctx context.Context, _ *apiv1.GetGenesisRequest) (*apiv1.GetGenesisResponse, error) {
	if err := s.allowed(ctx); err != nil {
		return nil, err
	}
	l := s.o.Node.Ledger()
	return &apiv1.GetGenesisResponse{AsOf: s.asOf(l.Head()), File: l.Genesis().Bytes()}, nil
}

// GetRecord implements LedgerService.
func (s *Server) GetRecord(ctx context.Context, q *apiv1.GetRecordRequest) (*apiv1.GetRecordResponse, error) {
	id, err := ledger.ParseRecordID(q.GetRecord())
	if err != nil {
		return nil, invalid("record", noRecordID)
	}
	a := new(apiv1.GetRecordResponse)
	err = s.at(ctx, q.GetMinHeight(), func(v *chain.View) error {
		o, ok, err := v.Record(id)
		if err != nil {
			return err
		}
		if !ok {
			return notFound("bản ghi", "record", id.String(), v.Head().Height)
		}
		a.AsOf, a.Outcome = s.asOf(v.Head()), outcome(o)
		if o.Status == chain.Accepted {
			a.Envelope, err = v.Leaf(o.Leaf)
		}
		return err
	})
	return answer(a, err)
}

// GetBlock implements LedgerService.
func (s *Server) GetBlock(ctx context.Context, q *apiv1.GetBlockRequest) (*apiv1.GetBlockResponse, error) {
	a := new(apiv1.GetBlockResponse)
	err := s.at(ctx, q.GetMinHeight(), func(v *chain.View) error {
		if q.GetHeight() > v.Head().Height {
			return notFound("khối", "block", fmt.Sprint(q.GetHeight()), v.Head().Height)
		}
		b, err := v.Block(q.GetHeight())
		if err != nil {
			return err
		}
		count := int(b.Seal.SizeBefore - b.First + 1)
		leaves := make([][]byte, 0, count)
		for len(leaves) < count {
			more, err := v.Leaves(b.First+uint64(len(leaves)), count-len(leaves))
			if err == nil && len(more) == 0 {
				err = chain.ErrNotFound
			}
			if err != nil {
				return err
			}
			leaves = append(leaves, more...)
		}
		a.AsOf, a.Height, a.Time = s.asOf(v.Head()), b.Seal.Height, b.Seal.Time
		a.Seal, a.FirstLeaf, a.LeafCount = leaves[count-1], b.First, uint32(count)
		if q.GetWithLeaves() {
			a.Leaves = leaves
		}
		return describe(a, b, leaves)
	})
	return answer(a, err)
}

// describe lists a block's records and refusals.
func describe(a *apiv1.GetBlockResponse, b chain.Block, leaves [][]byte) error {
	for i := range int(b.Seal.Accepted) {
		e, err := ledger.ParseEnvelope(leaves[i])
		if err != nil {
			return err
		}
		a.Records = append(a.Records, &apiv1.BlockRecord{
			Record: e.ID.String(), Leaf: b.First + uint64(i), Author: uint64(e.Header.Author), Actions: uint32(e.Header.ActionCount),
		})
	}
	if b.Seal.Refused == 0 {
		return nil
	}
	refusals, err := ledger.ParseRefusals(leaves[len(leaves)-2])
	if err != nil {
		return err
	}
	for _, row := range refusals.Rows {
		a.Refusals = append(a.Refusals, &apiv1.BlockRefusal{
			Record: row.Record.String(), Author: uint64(row.Author), Refusal: refusal(&rules.Refusal{Reason: reason.Code(row.Reason), Action: row.Action}, true),
		})
	}
	return nil
}

// StreamLeaves implements LedgerService. Each run is read in a short view of its own: a slow reader holds nobody up.
func (s *Server) StreamLeaves(q *apiv1.StreamLeavesRequest, stream grpc.ServerStreamingServer[apiv1.StreamLeavesResponse]) error {
	ctx := stream.Context()
	if err := s.allowed(ctx); err != nil {
		return err
	}
	end := s.o.Node.Ledger().Head().Size
	if q.GetFrom() > end {
		return invalid("from", beyondEnd(q.GetFrom(), end))
	}
	if !q.GetFollow() {
		_, err := s.leaves(q.GetFrom(), end, stream.Send)
		return err
	}
	following, moved, leave, err := s.o.Node.Follow(ctx)
	if err != nil {
		return s.failure(err)
	}
	defer leave()
	return s.follow(following, q.GetFrom(), func(run *apiv1.StreamLeavesResponse) error {
		sent := make(chan error, 1)
		go func() { sent <- stream.Send(run) }()
		select {
		case err := <-sent:
			moved()
			return err
		case <-following.Done(): // a client that reads nothing holds up the sending, until this call has ended
			return s.failure(context.Cause(following))
		}
	})
}

// follow sends leaves from an index on, those to come, too.
func (s *Server) follow(ctx context.Context, next uint64, send func(*apiv1.StreamLeavesResponse) error) error {
	for {
		grown := s.o.Node.Grown()
		var err error
		if next, err = s.leaves(next, s.o.Node.Ledger().Head().Size, send); err != nil {
			return err
		}
		select {
		case <-grown:
		case <-ctx.Done():
			return s.failure(context.Cause(ctx))
		case <-s.o.Node.Stopping():
			return fail(whole(reason.Unavailable, ""))
		}
	}
}

// leaves sends those up to an index, and gives the one to go on from.
func (s *Server) leaves(next, end uint64, send func(*apiv1.StreamLeavesResponse) error) (uint64, error) {
	for next < end {
		run, err := s.run(next, end)
		if err != nil {
			return next, s.failure(err)
		}
		if err := send(run); err != nil {
			return next, err
		}
		next += uint64(len(run.Leaves))
	}
	return next, nil
}

func beyondEnd(from, end uint64) reason.Fault {
	return reason.Fault{
		Kind: "beyond_end", Vietnamese: fmt.Sprintf("lá số %d ở sau cuối sổ, sổ có %d lá", from, end), English: fmt.Sprintf("leaf %d is behind the end, the log has %d", from, end),
	}
}

func (s *Server) run(from, end uint64) (*apiv1.StreamLeavesResponse, error) {
	a := &apiv1.StreamLeavesResponse{First: from}
	err := s.o.Node.Ledger().View(func(v *chain.View) error {
		leaves, err := v.Leaves(from, int(min(end-from, runLeaves)))
		if err != nil {
			return err
		}
		size := 0
		for i, leaf := range leaves {
			if size += len(leaf); i > 0 && size > runBytes {
				leaves = leaves[:i]
				break
			}
		}
		a.Leaves, a.AsOf, a.Size = leaves, s.asOf(v.Head()), v.Head().Size
		return nil
	})
	return a, err
}

// GetSubject implements LedgerService.
func (s *Server) GetSubject(ctx context.Context, q *apiv1.GetSubjectRequest) (*apiv1.GetSubjectResponse, error) {
	if q.GetKind() == 0 || q.GetKind() > 255 {
		return nil, invalid("kind", reason.Fault{
			Kind: "unknown_value", Vietnamese: fmt.Sprintf("%d không phải là một loại đối tượng", q.GetKind()), English: fmt.Sprintf("%d is no kind of subject", q.GetKind()),
		})
	}
	id := subject.ID{Kind: subject.Kind(q.GetKind()), Name: string(q.GetId())}
	a := &apiv1.GetSubjectResponse{Name: id.String()}
	err := s.at(ctx, q.GetMinHeight(), func(v *chain.View) (err error) {
		a.AsOf = s.asOf(v.Head())
		var ok bool
		if a.Value, ok = v.Value(id); !ok {
			return noSubject(id, v.Head().Height)
		}
		if a.HistoryLength, err = v.HistoryLen(id); err != nil {
			return err
		}
		count := int(q.GetMaxEntries())
		if count == 0 || count > maxEntries {
			count = maxEntries
		}
		entries, err := v.History(id, q.GetFromEntry(), count)
		for i := range entries {
			a.Entries = append(a.Entries, entries[i].Append(make([]byte, 0, ledger.EntrySize)))
		}
		return err
	})
	return answer(a, err)
}

func answer[T any](a *T, err error) (*T, error) {
	if err != nil {
		return nil, err
	}
	return a, nil
}

var _ apigrpc.LedgerServiceServer = (*Server)(nil)

var noRecordID = reason.Fault{Kind: "not_a_record_id", Vietnamese: "mã bản ghi là 64 chữ số thập lục phân viết thường", English: "a record id is 64 lower-case hexadecimal digits"}
