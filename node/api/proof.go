package api

import (
	"context"
	"errors"
	"fmt"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/prove"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/subject"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
	"github.com/ocopledger/ocop/proto/ocop/api/v1/apigrpc"
)

// Proofs is what receipts take beside the ledger: heads that a quorum has signed.
type Proofs interface {
	// Certified is the newest certified head, its height, and the policy that certified it; false while there is none.
	Certified() (signed *checkpoint.Signed, height uint64, policy *ledger.Policy, ok bool)
	// WaitCertified waits until a height of at least this is certified.
	WaitCertified(ctx context.Context, height uint64) error
	// Handovers are the handover files that lead from a policy epoch to that of the newest certified head, ascending; none when it is that.
	Handovers(from uint32) ([][]byte, error)
}

// head is what a receipt is made under.
type head struct {
	signed    *checkpoint.Signed
	policy    *ledger.Policy
	handovers [][]byte // from the epoch the asker is pinned at
}

// under reads the ledger at its newest certified height.
func (s *Server) under(ctx context.Context, height uint64, pinned *uint32, read func(*chain.View, *head) error) error {
	if err := s.allowed(ctx); err != nil {
		return err
	}
	p := s.o.Proofs
	if p == nil {
		return fail(whole(reason.NotServed, "", reason.Words("what", "biên nhận", "receipts")))
	}
	signed, at, policy, ok := p.Certified()
	if !ok || at < height {
		if err := s.waitCertified(ctx, max(height, at)); err != nil {
			return err
		}
		if signed, at, policy, ok = p.Certified(); !ok {
			return fail(whole(reason.Unavailable, ""))
		}
	}
	h := &head{signed: signed, policy: policy}
	var err error
	if h.handovers, err = s.handovers(pinned, policy); err != nil { // not from within the view: they may come from the ledger
		return s.failure(err)
	}
	if err := s.o.Node.Ledger().ViewAt(at, func(v *chain.View) error { return read(v, h) }); err != nil {
		return s.proofFailure(err, at)
	}
	return nil
}

func (s *Server) waitCertified(ctx context.Context, height uint64) error {
	waiting, cancel := context.WithTimeout(ctx, longestWait)
	defer cancel()
	err := s.o.Proofs.WaitCertified(waiting, height)
	if err == nil {
		return nil
	}
	if waiting.Err() == nil {
		return s.failure(err)
	}
	_, have, _, _ := s.o.Proofs.Certified()
	return fail(whole(reason.HeightNotReached, "min_height", reason.Count("have", have), reason.Count("want", height)))
}

// proofFailure tells what the maker of a receipt refuses from a fault.
func (s *Server) proofFailure(err error, height uint64) error {
	if e, ok := errors.AsType[*prove.NotFoundError](err); ok {
		switch {
		case e.Subject != (subject.ID{}):
			return noSubject(e.Subject, height)
		case e.Action != (ledger.ActionID{}):
			return notFound("hành động", "action", e.Action.String(), height)
		}
		return notFound("bản ghi như vậy", "such record", "", height)
	}
	switch {
	case errors.Is(err, prove.ErrTooLarge):
		return invalid("subject", reason.Fault{
			Kind: "too_large", Vietnamese: "lịch sử quá dài cho một biên nhận; hãy kiểm toán sổ cái", English: "the history is too long for a receipt; audit the ledger instead",
		})
	case errors.Is(err, chain.ErrHeightGone): // certification has fallen behind what the ledger keeps
		return fail(whole(reason.Unavailable, ""))
	}
	return s.failure(err)
}

// tooHigh says that a number is above the largest there is.
func tooHigh(have, most uint64) reason.Fault {
	h, m := reason.Count("", have), reason.Count("", most)
	return reason.Fault{Kind: "too_high", Vietnamese: fmt.Sprintf("%s, cao nhất là %s", h.Vietnamese, m.Vietnamese), English: fmt.Sprintf("%s, the highest is %s", h.English, m.English)}
}

// tooNew says that an epoch has no head yet. The next one may have begun already: it signs from the block after the one that changed the policy.
func tooNew(have, most uint64) reason.Fault {
	f := tooHigh(have, most)
	if have > most+1 {
		return f
	}
	f.Vietnamese += "; kỳ chính sách này chưa có đầu sổ được chứng thực, hãy hỏi lại sau bản ghi kế tiếp"
	f.English += "; this epoch has no certified head yet, ask again after the next record"
	return f
}

// GetCheckpoint implements ProofService.
func (s *Server) GetCheckpoint(ctx context.Context, q *apiv1.GetCheckpointRequest) (*apiv1.GetCheckpointResponse, error) {
	a := new(apiv1.GetCheckpointResponse)
	var policy *ledger.Policy
	err := s.under(ctx, q.GetMinHeight(), nil, func(v *chain.View, h *head) error {
		seal, path, err := prove.Seal(v, h.signed)
		if err != nil {
			return err
		}
		policy = h.policy
		a.AsOf, a.Checkpoint, a.Policy, a.Seal, a.Path = s.asOf(v.Head()), h.signed.Append(nil), policy.Append(nil), seal.Append(nil), inBytes(path)
		return nil
	})
	if err == nil && q.PinnedEpoch != nil && q.GetPinnedEpoch() < policy.Number {
		if a.Handovers, err = s.handovers(q.PinnedEpoch, policy); err != nil {
			err = s.failure(err)
		}
	}
	return answer(a, err)
}

// GetRecordReceipt implements ProofService.
func (s *Server) GetRecordReceipt(ctx context.Context, q *apiv1.GetRecordReceiptRequest) (*apiv1.GetRecordReceiptResponse, error) {
	id, err := ledger.ParseRecordID(q.GetRecord())
	if err != nil {
		return nil, invalid("record", noRecordID)
	}
	if q.GetAction() >= ledger.MaxActions {
		return nil, invalid("action", tooHigh(uint64(q.GetAction()), ledger.MaxActions-1))
	}
	a := new(apiv1.GetRecordReceiptResponse)
	err = s.under(ctx, q.GetMinHeight(), q.PinnedEpoch, func(v *chain.View, h *head) error {
		o, ok, err := v.Record(id)
		if err != nil {
			return err
		}
		if !ok || q.Action != nil && o.Status != chain.Accepted {
			return notFound("bản ghi", "record", id.String(), v.Head().Height)
		}
		a.AsOf = s.asOf(v.Head())
		if q.Action == nil {
			p, err := prove.Record(v, h.signed, o.Leaf)
			if err == nil {
				a.File = p.Append(nil)
			}
			return err
		}
		a.File, err = s.receipts.Action(v, h.signed, o.Leaf, uint16(q.GetAction()), prove.Options{Handovers: h.handovers})
		return err
	})
	return answer(a, err)
}

// GetSubjectReceipt implements ProofService.
func (s *Server) GetSubjectReceipt(ctx context.Context, q *apiv1.GetSubjectReceiptRequest) (*apiv1.GetSubjectReceiptResponse, error) {
	about, err := subjectOf(q)
	if err != nil {
		return nil, err
	}
	a := new(apiv1.GetSubjectReceiptResponse)
	err = s.under(ctx, q.GetMinHeight(), q.PinnedEpoch, func(v *chain.View, h *head) error {
		a.AsOf = s.asOf(v.Head())
		if q.GetAsOfHeight() > v.Head().Height {
			return invalid("as_of_height", tooHigh(q.GetAsOfHeight(), v.Head().Height))
		}
		a.File, err = about(s.receipts, v, h.signed, prove.Options{AsOf: q.AsOfHeight, Handovers: h.handovers})
		return err
	})
	return answer(a, err)
}

// receiptBytes bounds what is remembered of receipts: some 4,000 products, and the records of as many Decisions.
const receiptBytes = 128 << 20

// maker makes the receipt of a subject.
type maker func(*prove.Cache, prove.Source, *checkpoint.Signed, prove.Options) ([]byte, error)

func subjectOf(q *apiv1.GetSubjectReceiptRequest) (maker, error) {
	switch k := q.GetSubject().(type) {
	case *apiv1.GetSubjectReceiptRequest_Product:
		return making("product", k.Product, "1000012.3", ledger.ParseProductID, (*prove.Cache).Product)
	case *apiv1.GetSubjectReceiptRequest_Certificate:
		return making("certificate", k.Certificate, "1:2020:1032/QĐ-UBND:5", ledger.ParseCertificateID, (*prove.Cache).Certificate)
	case *apiv1.GetSubjectReceiptRequest_Lot:
		return making("lot", k.Lot, "1000012.3/L-2020-09", ledger.ParseLotID, (*prove.Cache).Lot)
	}
	return nil, invalid("subject", reason.Fault{Kind: "missing", Vietnamese: "chưa nêu sản phẩm, giấy chứng nhận hay lô", English: "no product, certificate or lot is named"})
}

func making[ID any](field, text, example string, parse func(string) (ID, error), with func(*prove.Cache, prove.Source, *checkpoint.Signed, ID, prove.Options) ([]byte, error)) (maker, error) {
	id, err := parse(text)
	if err != nil {
		return nil, invalid(field, reason.Fault{
			Kind: "not_a_" + field + "_id", Vietnamese: "không đúng dạng " + example, English: "it is not of the form " + example,
		})
	}
	return func(c *prove.Cache, src prove.Source, signed *checkpoint.Signed, o prove.Options) ([]byte, error) {
		return with(c, src, signed, id, o)
	}, nil
}

func (s *Server) handovers(pinned *uint32, policy *ledger.Policy) ([][]byte, error) {
	if pinned == nil || *pinned == policy.Number {
		return nil, nil
	}
	if *pinned > policy.Number {
		return nil, invalid("pinned_epoch", tooNew(uint64(*pinned), uint64(policy.Number)))
	}
	all, err := s.o.Proofs.Handovers(*pinned)
	if err != nil {
		return nil, err
	}
	return all[:min(len(all), int(policy.Number-*pinned))], nil // another epoch may have begun meanwhile
}

// GetConsistency implements ProofService.
func (s *Server) GetConsistency(ctx context.Context, q *apiv1.GetConsistencyRequest) (*apiv1.GetConsistencyResponse, error) {
	a := new(apiv1.GetConsistencyResponse)
	err := s.under(ctx, q.GetMinHeight(), nil, func(v *chain.View, h *head) error {
		a.AsOf, a.Checkpoint, a.NewSize = s.asOf(v.Head()), h.signed.Append(nil), q.GetNewSize()
		if a.NewSize == 0 {
			a.NewSize = h.signed.Tree.Size
		}
		switch {
		case a.NewSize > h.signed.Tree.Size:
			return invalid("new_size", tooHigh(a.NewSize, h.signed.Tree.Size))
		case q.GetOldSize() > a.NewSize:
			return invalid("old_size", tooHigh(q.GetOldSize(), a.NewSize))
		}
		hashes, err := prove.Consistency(v, q.GetOldSize(), a.NewSize)
		a.Hashes = inBytes(hashes)
		return err
	})
	return answer(a, err)
}

func inBytes(hashes []ledger.Hash) (out [][]byte) {
	for i := range hashes {
		out = append(out, hashes[i][:])
	}
	return out
}

var _ apigrpc.ProofServiceServer = (*Server)(nil)
