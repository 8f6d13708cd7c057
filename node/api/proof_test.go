package api

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain/chaintest"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/receipt"
	"github.com/ocopledger/ocop/ledger/subject"
	"github.com/ocopledger/ocop/ledger/verify"
	"github.com/ocopledger/ocop/ledger/verify/receipts"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
	"github.com/ocopledger/ocop/proto/ocop/api/v1/apigrpc"
)

// certifier certifies heads of a ledger by itself.
type certifier struct {
	*alone
	newest    atomic.Pointer[point]
	handovers [][]byte // of epochs from 1 on
}

type point struct {
	head   ledger.Head
	policy *ledger.Policy
}

func (c *certifier) certify() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.newest.Store(&point{c.ledger.Head(), c.policy})
}

func (c *certifier) Certified() (*checkpoint.Signed, uint64, *ledger.Policy, bool) {
	h := c.newest.Load()
	if h == nil {
		return nil, 0, nil, false
	}
	return chaintest.Cosign(h.policy, h.head, c.world.Now/1000), h.head.Height, h.policy, true
}

func (c *certifier) WaitCertified(ctx context.Context, height uint64) error {
	if err := c.WaitHeight(ctx, height); err != nil {
		return err
	}
	c.certify()
	return nil
}

func (c *certifier) Handovers(from uint32) ([][]byte, error) {
	return c.handovers[min(int(from), len(c.handovers)):], nil
}

func proofs(t *testing.T) (*certifier, apigrpc.ProofServiceClient) {
	n, _ := told(t)
	c := &certifier{alone: n}
	clients := serve(t, n, func(o *Options) { o.Proofs = c })
	return c, apigrpc.NewProofServiceClient(clients.conn)
}

func (c *certifier) options() receipts.Options {
	trust, err := verify.NewTrust(c.newest.Load().policy, uint64(chaintest.Start.Unix()), c.world.Now/1000)
	if err != nil {
		c.t.Fatal(err)
	}
	return receipts.Options{Trust: trust, Date: chaintest.Today}
}

func TestReceiptsOverTheAPI(t *testing.T) {
	c, client := proofs(t)
	c.certify()
	height := c.ledger.Head().Height
	last := c.world.Sign(chaintest.House, chaintest.Retail(c.world.Goods(chaintest.HoneyLot, 1, ledger.CertificateID{})))
	c.apply(chaintest.Draft{Index: c.world.Index + 1, Term: c.world.Term, Data: c.world.Draft(last)}) // above what is certified

	for _, q := range []*apiv1.GetSubjectReceiptRequest{
		{Subject: &apiv1.GetSubjectReceiptRequest_Product{Product: chaintest.Coffee.String()}},
		{Subject: &apiv1.GetSubjectReceiptRequest_Certificate{Certificate: chaintest.ThePepper.String()}},
		{Subject: &apiv1.GetSubjectReceiptRequest_Lot{Lot: chaintest.HoneyLot.String()}, AsOfHeight: new(uint64(7))},
	} {
		a, err := client.GetSubjectReceipt(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		got, err := receipts.Subject(t.Context(), a.File, c.options())
		if err != nil || got.Height != height || a.AsOf.Height != height || q.AsOfHeight != nil && got.AsOf != *q.AsOfHeight {
			t.Errorf("%v: %+v, %v", q, got, err)
		}
	}
	if _, err := client.GetRecordReceipt(t.Context(), &apiv1.GetRecordReceiptRequest{Record: last.ID.String()}); status.Code(err) != codes.NotFound {
		t.Errorf("a record that is not certified yet: %v", err)
	}
	a, err := client.GetRecordReceipt(t.Context(), &apiv1.GetRecordReceiptRequest{Record: last.ID.String(), MinHeight: height + 1})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := receipts.Record(t.Context(), a.File, c.options()); err != nil || got.Record != last.ID {
		t.Errorf("%+v, %v", got, err)
	}
	a, err = client.GetRecordReceipt(t.Context(), &apiv1.GetRecordReceiptRequest{Record: last.ID.String(), Action: new(uint32(0)), PinnedEpoch: new(uint32(0))})
	if err != nil || !receipt.IsReceipt(a.File) {
		t.Fatal(err)
	}
	o := c.options()
	o.Want = subject.Activity(chaintest.House)
	if got, err := receipts.Action(t.Context(), a.File, o); err != nil || got.Record != last.ID || got.First != 0 {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestHeadsOverTheAPI: a client pinned at any epoch gets what proves the head to it, and one that is pinned after the head's epoch sees an older head.
func TestHeadsOverTheAPI(t *testing.T) {
	c, client := proofs(t)
	c.certify()
	epoch := c.policy.Number
	for e := range epoch + 1 { // one of them began after the head was certified
		c.handovers = append(c.handovers, []byte{byte(e + 1)})
	}
	for name, row := range map[string]struct {
		pinned *uint32
		want   [][]byte
	}{
		"not pinned":            {nil, nil},
		"at genesis":            {new(uint32(0)), c.handovers[:epoch]},
		"at the head's epoch":   {&epoch, nil},
		"after the head's":      {new(epoch + 1), nil},
		"long after the head's": {new(uint32(1<<32 - 1)), nil},
	} {
		a, err := client.GetCheckpoint(t.Context(), &apiv1.GetCheckpointRequest{PinnedEpoch: row.pinned})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if !slices.EqualFunc(a.Handovers, row.want, bytes.Equal) {
			t.Errorf("%s: handovers %v, want %v", name, a.Handovers, row.want)
		}
		signed, err := checkpoint.Parse(a.Checkpoint)
		if err != nil {
			t.Fatal(err)
		}
		path := make([]ledger.Hash, len(a.Path))
		for i, h := range a.Path {
			path[i] = ledger.Hash(h)
		}
		head, err := c.options().Trust.Head(signed, a.Seal, path, nil)
		if err != nil || head.Seal.Height != a.AsOf.Height || head.Tree.Size != c.ledger.Head().Size {
			t.Errorf("%s: %+v, %v", name, head, err)
		}
	}
}

func TestConsistencyOverTheAPI(t *testing.T) {
	c, client := proofs(t)
	older := c.ledger.Head()
	c.certify()
	old, err := client.GetCheckpoint(t.Context(), &apiv1.GetCheckpointRequest{})
	if err != nil {
		t.Fatal(err)
	}
	signed, err := checkpoint.Parse(old.Checkpoint)
	if err != nil {
		t.Fatal(err)
	}
	policy, err := ledger.ParsePolicy(old.Policy)
	if err != nil {
		t.Fatal(err)
	}
	if head, err := signed.Certify(policy); err != nil || head.Tree.Size != older.Size || head.Tree.Root != older.Root {
		t.Errorf("%+v, %v", head, err)
	}
	c.apply(chaintest.Draft{Index: c.world.Index + 1, Term: c.world.Term, Data: c.world.Draft(c.world.Sign(chaintest.House, chaintest.Retail(c.world.Goods(chaintest.HoneyLot, 1, ledger.CertificateID{}))))})
	a, err := client.GetConsistency(t.Context(), &apiv1.GetConsistencyRequest{OldSize: older.Size, MinHeight: older.Height + 1})
	if err != nil {
		t.Fatal(err)
	}
	hashes := make([]ledger.Hash, len(a.Hashes))
	for i, h := range a.Hashes {
		hashes[i] = ledger.Hash(h)
	}
	newer, err := checkpoint.Parse(a.Checkpoint)
	if err != nil || newer.Tree.Size != a.NewSize || a.NewSize <= older.Size {
		t.Fatalf("%v, %v", newer, err)
	}
	if err := merkle.Log.CheckConsistency(hashes, older.Size, older.Root, a.NewSize, newer.Tree.Root); err != nil {
		t.Error(err)
	}
}

func TestProofsThatCannotBeHad(t *testing.T) {
	c, client := proofs(t)
	soon, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := client.GetCheckpoint(soon, &apiv1.GetCheckpointRequest{}); err == nil {
		t.Error("a head out of nothing")
	}
	c.certify()
	product := &apiv1.GetSubjectReceiptRequest_Product{Product: chaintest.Coffee.String()}
	for name, row := range map[string]struct {
		q    *apiv1.GetSubjectReceiptRequest
		want codes.Code
	}{
		"nothing asked for":   {&apiv1.GetSubjectReceiptRequest{}, codes.InvalidArgument},
		"no product's name":   {&apiv1.GetSubjectReceiptRequest{Subject: &apiv1.GetSubjectReceiptRequest_Product{Product: "1"}}, codes.InvalidArgument},
		"no such lot":         {&apiv1.GetSubjectReceiptRequest{Subject: &apiv1.GetSubjectReceiptRequest_Lot{Lot: "1000001.1/none"}}, codes.NotFound},
		"a height to come":    {&apiv1.GetSubjectReceiptRequest{Subject: product, AsOfHeight: new(uint64(1000))}, codes.InvalidArgument},
		"an epoch to come":    {&apiv1.GetSubjectReceiptRequest{Subject: product, PinnedEpoch: new(c.policy.Number + 1)}, codes.InvalidArgument},
		"the epoch in force":  {&apiv1.GetSubjectReceiptRequest{Subject: product, PinnedEpoch: new(c.policy.Number)}, codes.OK},
		"the head's height":   {&apiv1.GetSubjectReceiptRequest{Subject: product, AsOfHeight: new(c.ledger.Head().Height)}, codes.OK},
		"an unknown product":  {&apiv1.GetSubjectReceiptRequest{Subject: &apiv1.GetSubjectReceiptRequest_Product{Product: "1000001.99"}}, codes.NotFound},
		"an odd certificate":  {&apiv1.GetSubjectReceiptRequest{Subject: &apiv1.GetSubjectReceiptRequest_Certificate{Certificate: "1:2:3"}}, codes.InvalidArgument},
		"a lot without a lot": {&apiv1.GetSubjectReceiptRequest{Subject: &apiv1.GetSubjectReceiptRequest_Lot{Lot: "1000001.1"}}, codes.InvalidArgument},
	} {
		if _, err := client.GetSubjectReceipt(t.Context(), row.q); status.Code(err) != row.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	record := &apiv1.GetRecordReceiptRequest{Record: ledger.RecordID{1}.String()}
	if _, err := client.GetRecordReceipt(t.Context(), record); status.Code(err) != codes.NotFound {
		t.Errorf("unknown record: %v", err)
	}
	record.Action = new(uint32(256))
	if _, err := client.GetRecordReceipt(t.Context(), record); status.Code(err) != codes.InvalidArgument {
		t.Errorf("action 256: %v", err)
	}
	if _, err := client.GetConsistency(t.Context(), &apiv1.GetConsistencyRequest{OldSize: 1000, NewSize: 1001}); status.Code(err) != codes.InvalidArgument {
		t.Errorf("sizes behind the head: %v", err)
	}
	none := serve(t, c.alone, nil)
	if _, err := apigrpc.NewProofServiceClient(none.conn).GetCheckpoint(t.Context(), &apiv1.GetCheckpointRequest{}); status.Code(err) != codes.Unimplemented {
		t.Errorf("a node without proofs: %v", err)
	}
}

// TestProofsThatCannotBeHadAreNamed: once in each language, and an epoch that may have begun is told from one that is far away.
func TestProofsThatCannotBeHadAreNamed(t *testing.T) {
	c, client := proofs(t)
	last := c.world.Sign(chaintest.House, chaintest.Retail(c.world.Goods(chaintest.HoneyLot, 1, ledger.CertificateID{})))
	c.apply(chaintest.Draft{Index: c.world.Index + 1, Term: c.world.Term, Data: c.world.Draft(last)})
	c.certify()
	product := func(epoch uint32) error {
		_, err := client.GetSubjectReceipt(t.Context(), &apiv1.GetSubjectReceiptRequest{
			Subject: &apiv1.GetSubjectReceiptRequest_Product{Product: chaintest.Coffee.String()}, PinnedEpoch: &epoch,
		})
		return err
	}
	_, noAction := client.GetRecordReceipt(t.Context(), &apiv1.GetRecordReceiptRequest{Record: last.ID.String(), Action: new(uint32(9))})
	const later, laterVi = "this epoch has no certified head yet, ask again after the next record", "kỳ chính sách này chưa có đầu sổ được chứng thực, hãy hỏi lại sau bản ghi kế tiếp"
	for name, row := range map[string]struct {
		err          error
		vi, en       string // in the sentence
		notVi, notEn string
	}{
		"an action that is none": {noAction, "hành động " + last.ID.String() + "-9 ", "no action " + last.ID.String() + "-9 ", "action", "action action"},
		"the next epoch":         {product(c.policy.Number + 1), laterVi, later, later, laterVi},
		"an epoch far away":      {product(c.policy.Number + 2), "cao nhất là", "the highest is", laterVi, later},
	} {
		said := make(map[string]string)
		for _, d := range status.Convert(row.err).Details() {
			if m, ok := d.(*errdetails.LocalizedMessage); ok {
				said[m.Locale] = m.Message
			}
		}
		vi, en := said["vi"], said["en"]
		if !strings.Contains(vi, row.vi) || !strings.Contains(en, row.en) || strings.Contains(vi, row.notVi) || strings.Contains(en, row.notEn) {
			t.Errorf("%s: %q / %q", name, vi, en)
		}
	}
}
