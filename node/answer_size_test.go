package node

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/node/internal/province"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
	"github.com/ocopledger/ocop/proto/ocop/api/v1/apigrpc"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// longActions is how many accounts a long record registers, with names as long as they may be: so many bytes that fewer records than a call may have are all that it holds.
const longActions = 16

// long is the n-th long record.
func (w *network) long(n int) []byte { return w.registering(longActions, n) }

// registering is the n-th record with so many actions.
func (w *network) registering(accounts, n int) []byte {
	w.t.Helper()
	var actions []*recordv1.Action
	for i := range accounts {
		of := province.Registration(1, accounts*n+i+1)
		of[0].GetRegisterAccount().Name = compose.RegisterName("HTX " + strings.Repeat("x", 156))
		actions = append(actions, of...)
	}
	return w.Record(1, time.Now(), actions...).Envelope
}

// convinces wants a receipt of a leaf that a stranger believes.
func (w *network) convinces(receipt []byte, leaf uint64) {
	w.t.Helper()
	proof, err := checkpoint.ParseProof(receipt)
	if err != nil {
		w.t.Error(err)
		return
	}
	if _, err := proof.Checkpoint.Certify(w.Genesis.Policy()); err != nil || proof.Index != leaf || proof.Check(merkle.Log.Leaf(proof.Extra[1:])) != nil {
		w.t.Errorf("the receipt of leaf %d is of %d: %v", leaf, proof.Index, err)
	}
}

// A client with gRPC's own limits reads every acknowledgement with receipts, also when it reads nothing until all that its window holds has settled.
func TestAcknowledgementsFitAnybody(t *testing.T) {
	t.Parallel()
	w := newNetwork(t, 1)
	h := w.nodes[0]
	h.serve()
	w.start()
	w.leader()
	s, err := apigrpc.NewSubmitServiceClient(h.dial()).SubmitStream(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	const records = streamWindow
	for n := 0; n < records; n += 512 {
		q := &apiv1.SubmitStreamRequest{Wait: apiv1.Wait_WAIT_CERTIFIED, Receipts: true}
		for i := range 512 {
			q.Envelopes = append(q.Envelopes, w.registering(3, n+i))
		}
		if err := s.Send(q); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.CloseSend(); err != nil {
		t.Fatal(err)
	}
	w.eventually("all is settled", func() bool { return h.Ledger().Head().Size > records && h.Intake().StreamRecords == 0 })
	total, largest, told := 0, 0, make(map[uint64]bool)
	for len(told) < records {
		a, err := s.Recv()
		if err != nil {
			t.Fatalf("after %d of %d acknowledgements: %v", len(told), records, err)
		}
		size := proto.Size(a)
		total, largest = total+size, max(largest, size)
		for _, o := range a.GetOutcomes() {
			n, receipt := o.GetNumber(), o.GetOutcome().GetReceipt()
			if told[n] || len(receipt) == 0 {
				t.Fatalf("record %d is told of twice, or without a receipt", n)
			}
			if told[n] = true; n%97 == 0 {
				w.convinces(receipt, o.GetOutcome().GetAccepted().GetLeaf())
			}
		}
	}
	t.Logf("%d bytes of acknowledgements, the largest of %d", total, largest)
	if largest > 1<<20 || total < 4<<20 {
		t.Errorf("the largest acknowledgement has %d bytes; all %d", largest, total)
	}
	if _, text := h.asked("/metrics"); !strings.Contains(text, "\nocop_record_receipts_total 4096\n") {
		t.Error("the receipts are not counted")
	}
}

// Receipts of all that has settled together are not all made before some are told of: they would be in memory.
func TestReceiptsAreToldPartByPart(t *testing.T) {
	t.Parallel()
	w := newNetwork(t, 1).start()
	h := w.leader()
	s := h.stream(t.Context(), true, true)
	for n := 0; n < 500; n += 100 {
		var envelopes [][]byte
		for i := range 100 {
			envelopes = append(envelopes, w.long(n+i))
		}
		s.messages <- envelopes
	}
	if err := s.end(); err != nil {
		t.Fatal(err)
	}
	for n := range uint64(500) {
		o, _, receipt := s.get(n)
		w.convinces(receipt, o.Leaf)
	}
}

// A call with as many bytes of records as it may bring, and that waits for receipts, has an answer that a client with gRPC's own limits reads; our client, which is to have
// a receipt of each, has them all, and the outcomes as they were at first.
func TestAnswersFitAnybody(t *testing.T) {
	t.Parallel()
	w := newNetwork(t, 1)
	h := w.nodes[0]
	h.serve()
	w.start()
	w.leader()
	for round, ask := range []func(envelopes [][]byte) []*apiv1.Outcome{
		func(envelopes [][]byte) []*apiv1.Outcome {
			a, err := apigrpc.NewSubmitServiceClient(h.dial()).Submit(t.Context(), &apiv1.SubmitRequest{Envelopes: envelopes, Wait: apiv1.Wait_WAIT_CERTIFIED})
			if err != nil {
				t.Fatal(err)
			}
			size, with := proto.Size(a), 0
			for _, o := range a.GetOutcomes() {
				if o.GetReceipt() != nil {
					with++
				}
			}
			t.Logf("an answer of %d bytes, %d of %d outcomes with receipts", size, with, len(envelopes))
			if size > 3<<20 || size < 3<<20-1<<16 || with == 0 || with == len(envelopes) {
				t.Errorf("an answer of %d bytes, with %d receipts", size, with)
			}
			for i, o := range a.GetOutcomes() {
				if (o.GetReceipt() != nil) != (i < with) {
					t.Fatalf("record %d is not in turn", i)
				}
			}
			if _, text := h.asked("/metrics"); !strings.Contains(text, "\nocop_record_receipts_total "+strconv.Itoa(with)+"\n") {
				t.Error("the receipts are not counted")
			}
			return a.GetOutcomes()[:with]
		},
		func(envelopes [][]byte) []*apiv1.Outcome {
			outcomes, err := h.client().SubmitAs(t.Context(), apiv1.Wait_WAIT_CERTIFIED, envelopes, nil)
			if err != nil || len(outcomes) != len(envelopes) {
				t.Fatalf("%d outcomes, %v", len(outcomes), err)
			}
			return outcomes
		},
	} {
		var envelopes [][]byte
		total := 0
		for {
			e := w.long(1100*round + len(envelopes))
			if total += len(e); total > MaxSubmitBytes {
				break
			}
			if envelopes = append(envelopes, e); len(envelopes) > MaxSubmit {
				t.Fatalf("records of %d bytes", len(e))
			}
		}
		for i, o := range ask(envelopes) {
			if o.GetAccepted() == nil || o.GetDuplicate() || len(o.GetReceipt()) == 0 {
				t.Fatalf("round %d, record %d: %v", round, i, o.GetResult())
			}
			if i%97 == 0 {
				w.convinces(o.GetReceipt(), o.GetAccepted().GetLeaf())
			}
		}
	}
}

// The receipt of each record that a block refused holds all refusals of the block. Of many in one block they are made as far as there is room, the first in any case.
func TestReceiptsOfRefusalsAreBounded(t *testing.T) {
	t.Parallel()
	w := newNetwork(t, 1).start()
	h := w.leader()
	const records = 900
	h.accepted(w.Register(1, 1).Envelope)
	var envelopes [][]byte
	for i := range records {
		envelopes = append(envelopes, w.RegisterAt(1, 1, time.Now().Add(time.Duration(i+1)*time.Millisecond)).Envelope)
	}
	ctx, cancel := context.WithTimeout(t.Context(), deadline)
	defer cancel()
	ordered, err := h.batch.Submit(ctx, envelopes, false) // not judged before
	if err != nil {
		t.Fatal(err)
	}
	var outcomes []chain.Outcome
	for _, o := range ordered {
		if o.Err != nil || o.Outcome.Status != chain.Refused {
			t.Fatalf("%+v", o)
		}
		outcomes = append(outcomes, o.Outcome)
	}
	for _, room := range []int{0, 1 << 20, 3 << 20} {
		receipts, err := h.Receipts(ctx, outcomes, room)
		if err != nil || len(receipts) != records {
			t.Fatalf("%d receipts, %v", len(receipts), err)
		}
		made, total := 0, 0
		for i, r := range receipts {
			if r == nil {
				continue
			}
			if made != i {
				t.Fatalf("receipt %d is not in turn", i)
			}
			made, total = made+1, total+len(r)
			w.convinces(r, outcomes[i].Leaf)
		}
		t.Logf("room for %d bytes: %d receipts of %d bytes", room, made, total)
		if made == 0 || made > 1 && total > room || made < records && total+ledger.MaxEnvelope*4/3+4096 < room {
			t.Errorf("room for %d bytes: %d receipts of %d bytes", room, made, total)
		}
	}
}
