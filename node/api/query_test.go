package api

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	reflectionv1 "google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/chain/chaintest"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/genesis"
	"github.com/ocopledger/ocop/ledger/query"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/reason/reasontest"
	"github.com/ocopledger/ocop/ledger/rules"
	"github.com/ocopledger/ocop/ledger/subject"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
	"github.com/ocopledger/ocop/proto/ocop/api/v1/apigrpc"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// reasonOf reads the reason of a failure, and wants all that a failure has to have.
func reasonOf(t testing.TB, err error) string {
	t.Helper()
	s, ok := status.FromError(err)
	if !ok || err == nil {
		t.Errorf("%v is no failure of the API", err)
		return ""
	}
	var info *errdetails.ErrorInfo
	locales := make(map[string]string)
	for _, d := range s.Details() {
		switch d := d.(type) {
		case *errdetails.ErrorInfo:
			info = d
		case *errdetails.LocalizedMessage:
			locales[d.Locale] = d.Message
		}
	}
	if info == nil || info.Domain != "ocop" || info.Metadata["rule"] == "" || info.Metadata["rule_vi"] == "" || locales["vi"] == "" || locales["en"] == "" || s.Message() != locales["en"] {
		t.Errorf("%v: %v %v", err, info, locales)
		return ""
	}
	if words := reasontest.Foreign(locales["vi"]); len(words) > 0 {
		t.Errorf("%q are not Vietnamese, in %q", words, locales["vi"])
	}
	if open := info.Reason == "invalid_request"; open != (info.Metadata["kind"] != "") {
		t.Errorf("%s: kind %q", info.Reason, info.Metadata["kind"])
	}
	for _, sentence := range locales {
		if strings.ContainsAny(sentence, "{}") || strings.Contains(sentence, "…") {
			t.Errorf("%q has something left out", sentence)
		}
	}
	return info.Reason
}

func TestFailuresHaveCodeReasonAndSentences(t *testing.T) {
	n, _ := told(t)
	c := serve(t, n, nil)
	ctx := t.Context()
	id := strings.Repeat("0", 64)
	for what, f := range map[string]struct {
		call   func() error
		code   codes.Code
		reason string
		field  string
	}{
		"a malformed product": {func() error { _, err := c.TraceProduct(ctx, &apiv1.TraceProductRequest{Product: "x"}); return err }, codes.InvalidArgument, "invalid_request", "product"},
		"no such product": {func() error {
			_, err := c.TraceProduct(ctx, &apiv1.TraceProductRequest{Product: "1000001.77"})
			return err
		}, codes.NotFound, "not_found", ""},
		"no such lot": {func() error { _, err := c.TraceLot(ctx, &apiv1.TraceLotRequest{Lot: "1000001.1/NONE"}); return err }, codes.NotFound, "not_found", ""},
		"no such certificate": {func() error {
			_, err := c.TraceCertificate(ctx, &apiv1.TraceCertificateRequest{Certificate: "1:2026:9/QĐ:1"})
			return err
		}, codes.NotFound, "not_found", ""},
		"a day that is none": {func() error {
			_, err := c.TraceProduct(ctx, &apiv1.TraceProductRequest{Product: "1000001.1", Date: 20261399})
			return err
		}, codes.InvalidArgument, "invalid_request", "date"},
		"a malformed record id": {func() error { _, err := c.GetRecord(ctx, &apiv1.GetRecordRequest{Record: "x"}); return err }, codes.InvalidArgument, "invalid_request", "record"},
		"no such record":        {func() error { _, err := c.GetRecord(ctx, &apiv1.GetRecordRequest{Record: id}); return err }, codes.NotFound, "not_found", ""},
		"no such block":         {func() error { _, err := c.GetBlock(ctx, &apiv1.GetBlockRequest{Height: 1 << 40}); return err }, codes.NotFound, "not_found", ""},
		"no kind of subject":    {func() error { _, err := c.GetSubject(ctx, &apiv1.GetSubjectRequest{Kind: 256}); return err }, codes.InvalidArgument, "invalid_request", "kind"},
		"no such subject":       {func() error { _, err := c.GetSubject(ctx, &apiv1.GetSubjectRequest{Kind: 200}); return err }, codes.NotFound, "not_found", ""},
		"a bad filter": {func() error {
			_, err := c.ListProducts(ctx, &apiv1.ListProductsRequest{Filter: &apiv1.Filter{Decision: "x"}})
			return err
		}, codes.InvalidArgument, "invalid_request", "filter.decision"},
		"a bad token": {func() error {
			_, err := c.ListProducts(ctx, &apiv1.ListProductsRequest{Page: &apiv1.Page{Token: "x"}})
			return err
		}, codes.InvalidArgument, "invalid_request", "page.token"},
		"too long a search":     {func() error { _, err := c.Search(ctx, &apiv1.SearchRequest{Q: strings.Repeat("a", 500)}); return err }, codes.InvalidArgument, "invalid_request", "q"},
		"no records":            {func() error { _, err := c.Submit(ctx, &apiv1.SubmitRequest{}); return err }, codes.InvalidArgument, "invalid_request", "envelopes"},
		"no actions":            {func() error { _, err := c.Simulate(ctx, &apiv1.SimulateRequest{Author: 1}); return err }, codes.InvalidArgument, "invalid_request", "actions"},
		"lots of nothing":       {func() error { _, err := c.ListLots(ctx, &apiv1.ListLotsRequest{}); return err }, codes.InvalidArgument, "invalid_request", "filter.product"},
		"numbers of a stranger": {func() error { _, err := c.NextNumbers(ctx, &apiv1.NextNumbersRequest{Agency: 99}); return err }, codes.NotFound, "not_found", ""},
		"leaves behind the end": {func() error { return first(c.StreamLeaves(ctx, &apiv1.StreamLeavesRequest{From: 1 << 40})) }, codes.InvalidArgument, "invalid_request", "from"},
		"a height too far": {func() error {
			return soon(ctx, func(ctx context.Context) error {
				_, err := c.GetHead(ctx, &apiv1.GetHeadRequest{MinHeight: 1 << 40})
				if status.Code(err) == codes.Unavailable && reasonOf(t, err) == "height_not_reached" {
					return context.DeadlineExceeded // client and node wait for the same moment, and either may be the first to speak
				}
				return err
			})
		}, codes.DeadlineExceeded, "", ""},
		"what a method forgot": {func() error {
			return c.conn.Invoke(ctx, "/ocop.api.v1.QueryService/None", &apiv1.AsOf{}, &apiv1.AsOf{})
		}, codes.Unimplemented, "not_served", ""},
		"a service of others": {func() error {
			return c.conn.Invoke(ctx, "/"+strings.Repeat("other", 50)+"/None", &apiv1.AsOf{}, &apiv1.AsOf{})
		}, codes.Unimplemented, "not_served", ""},
		"another message": {func() error {
			return c.conn.Invoke(ctx, apigrpc.SubmitService_Submit_FullMethodName, &apiv1.Text{Vietnamese: "a"}, new(apiv1.SubmitResponse), grpc.ForceCodec(garbage{}))
		}, codes.InvalidArgument, "invalid_request", "request"},
		"another message on a stream": {func() error {
			return first(c.StreamLeaves(ctx, &apiv1.StreamLeavesRequest{}, grpc.ForceCodec(garbage{})))
		}, codes.InvalidArgument, "invalid_request", "request"},
		"too large a message": {func() error {
			_, err := c.Simulate(ctx, &apiv1.SimulateRequest{Author: 1, Actions: [][]byte{make([]byte, MaxRequest)}})
			return err
		}, codes.InvalidArgument, "message_too_large", ""},
		"too large a message on a stream": {func() error {
			return first(c.StreamLeaves(ctx, &apiv1.StreamLeavesRequest{}, grpc.ForceCodec(garbage{7 << 20})))
		}, codes.InvalidArgument, "message_too_large", ""},
	} {
		err := f.call()
		if code := status.FromContextError(err).Code(); code != codes.Unknown {
			err = status.Error(code, err.Error())
		}
		if code := status.Code(err); code != f.code {
			t.Errorf("%s: %v %v, want %v", what, code, err, f.code)
		}
		if f.reason == "" {
			continue
		}
		if got := reasonOf(t, err); got != f.reason {
			t.Errorf("%s: reason %q, want %q", what, got, f.reason)
		}
		for _, d := range status.Convert(err).Details() {
			if info, ok := d.(*errdetails.ErrorInfo); ok && info.Metadata["field"] != f.field {
				t.Errorf("%s: field %q, want %q", what, info.Metadata["field"], f.field)
			}
		}
	}
}

// garbage sends bytes that are no message.
type garbage struct{ size int }

func (g garbage) Marshal(any) ([]byte, error) {
	return append([]byte{0xff}, make([]byte, g.size)...), nil
}
func (garbage) Unmarshal([]byte, any) error { return nil }
func (garbage) Name() string                { return "proto" }

func first(s grpc.ServerStreamingClient[apiv1.StreamLeavesResponse], err error) error {
	if err == nil {
		_, err = s.Recv()
	}
	return err
}

func soon(ctx context.Context, f func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
	defer cancel()
	return f(ctx)
}

func TestSentencesOfWhatIsNotThere(t *testing.T) {
	n, _ := told(t)
	_, err := serve(t, n, nil).TraceLot(t.Context(), &apiv1.TraceLotRequest{Lot: "1000001.1/NONE"})
	height := n.ledger.Head().Height
	want := map[string]string{
		"vi": fmt.Sprintf("Không tìm thấy lô 1000001.1/NONE trên sổ cái ở độ cao %d.", height),
		"en": fmt.Sprintf("There is no lot 1000001.1/NONE on the ledger at height %d.", height),
	}
	for _, d := range status.Convert(err).Details() {
		if m, ok := d.(*errdetails.LocalizedMessage); ok && m.Message != want[m.Locale] {
			t.Errorf("%s: %q, want %q", m.Locale, m.Message, want[m.Locale])
		}
	}
}

// One reads what one has written: a question for a height waits until the ledger is there.
func TestReadsWaitForAHeight(t *testing.T) {
	n, _ := told(t)
	c := serve(t, n, nil)
	next := n.ledger.Head().Height + 1
	answered := make(chan *apiv1.TraceProductResponse, 1)
	go func() {
		a, err := c.TraceProduct(context.Background(), &apiv1.TraceProductRequest{Product: "1000001.50", MinHeight: next})
		if err != nil {
			t.Error(err)
		}
		answered <- a
	}()
	r := n.world.Sign(chaintest.Province, chaintest.Product(ledger.ProductID{Producer: chaintest.Coop, Number: 50}, "Ca cao", ""))
	a, err := c.Submit(t.Context(), &apiv1.SubmitRequest{Envelopes: [][]byte{r.Envelope}})
	if err != nil || a.Outcomes[0].GetAccepted().GetHeight() != next {
		t.Fatalf("%v, %v", err, a)
	}
	if got := <-answered; got.GetAsOf().GetHeight() < next || got.GetProduct().GetName() != "Ca cao" {
		t.Errorf("%v", got)
	}
}

func TestSubmitTellsWhatBecameOfEach(t *testing.T) {
	n, story := told(t)
	c := serve(t, n, nil)
	w := n.world
	good := w.Sign(chaintest.Coop, chaintest.Retail(w.Goods(chaintest.CoffeeLot, 1, ledger.CertificateID{})))
	tooMuch := w.Sign(chaintest.Coop, chaintest.Retail(w.Goods(chaintest.CoffeeLot, 1, ledger.CertificateID{})), chaintest.Retail(w.Goods(chaintest.CoffeeLot, 900_000_000, ledger.CertificateID{})))
	nobody := w.SignWith(chaintest.Nobody, "nobody", chaintest.Retail(w.Goods(chaintest.CoffeeLot, 1, ledger.CertificateID{})))
	old := story[0].Records[0]
	a, err := c.Submit(t.Context(), &apiv1.SubmitRequest{Envelopes: [][]byte{good.Envelope, tooMuch.Envelope, nobody.Envelope, old.Envelope}})
	if err != nil {
		t.Fatal(err)
	}
	o := a.Outcomes
	if len(o) != 4 || o[0].Record != good.ID.String() || o[0].GetAccepted().GetLeaf() == 0 || o[0].Duplicate {
		t.Errorf("good: %v", o)
	}
	again, err := c.Submit(t.Context(), &apiv1.SubmitRequest{Envelopes: [][]byte{tooMuch.Envelope}})
	if err != nil {
		t.Fatal(err)
	}
	first, second := o[1].GetRefused().GetRefusal(), again.Outcomes[0].GetRefused().GetRefusal()
	if !again.Outcomes[0].Duplicate || second.GetReason() != first.GetReason() || !second.GetFinal() || second.GetAction() != first.GetAction() ||
		!strings.Contains(first.GetSentence().GetVietnamese(), "900.000") || first.GetRuleVietnamese() == "" ||
		second.GetSentence().GetVietnamese() != "Giao dịch nhiều hơn lượng mà tài khoản còn giữ của lô này. Bản ghi đã bị từ chối trước đây: sổ cái giữ lý do, còn số liệu nằm trong câu trả lời đầu tiên." ||
		second.GetSentence().GetEnglish() != "The sale is of more than the account held of this lot. The record was refused before: the ledger keeps the reason, and the values were in the first answer." {
		t.Errorf("first %v, then %v", first, second)
	}
	r := o[1].GetRefused()
	if r.GetRefusal().GetReason() == "" || !r.GetRefusal().GetFinal() || r.GetRefusal().Action == nil || r.GetRefusal().GetAction() != 1 || r.GetLeaf() == 0 || r.GetRefusal().GetField() == "" {
		t.Errorf("too much: %v", o[1])
	}
	if r := o[2].GetRefused(); r.GetRefusal().GetReason() != "unknown_author" || r.GetRefusal().GetFinal() || r.GetHeight() != 0 || r.GetRefusal().Action != nil {
		t.Errorf("nobody: %v", o[2])
	}
	if !o[3].Duplicate || o[3].GetAccepted().GetHeight() != 1 {
		t.Errorf("old: %v", o[3])
	}
}

// Who does not wait long enough is told, for each record, that its outcome is not known; nothing is lost by asking again.
func TestSubmitDoesNotWaitForEver(t *testing.T) {
	n, _ := told(t)
	n.submit = func(ctx context.Context, _ [][]byte) ([]chain.Outcome, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	c := serve(t, n, nil)
	r := n.world.Sign(chaintest.Coop, chaintest.Retail(n.world.Goods(chaintest.CoffeeLot, 1, ledger.CertificateID{})))
	a, err := c.Submit(t.Context(), &apiv1.SubmitRequest{Envelopes: [][]byte{r.Envelope, []byte("noise")}, WaitMs: 10})
	if err != nil {
		t.Fatal(err)
	}
	for i, id := range []string{r.ID.String(), ""} {
		if o := a.Outcomes[i]; o.Record != id || o.GetRefused().GetRefusal().GetReason() != "unknown_outcome" || o.GetRefused().GetRefusal().GetFinal() {
			t.Errorf("%v", o)
		}
	}
}

func TestFaultsOfTheNode(t *testing.T) {
	n, _ := told(t)
	known, unknown := errors.New("too busy"), errors.New("the disk is on fire: /secret/path")
	var fault error
	n.submit = func(context.Context, [][]byte) ([]chain.Outcome, error) { return nil, fault }
	c := serve(t, n, func(o *Options) {
		o.Explain = func(err error) *rules.Refusal {
			if errors.Is(err, known) {
				return whole(reason.TooManyRecords, "envelopes", reason.Count("have", 1025), reason.Count("want", 1024))
			}
			return nil
		}
	})
	for err, want := range map[error]string{
		known: "too_many_records", unknown: "internal", context.DeadlineExceeded: "deadline_exceeded", fmt.Errorf("reading: %w", context.Canceled): "cancelled",
	} {
		fault = err
		_, err := c.Submit(t.Context(), &apiv1.SubmitRequest{Envelopes: [][]byte{{1}}})
		if got := reasonOf(t, err); got != want || strings.Contains(err.Error(), "secret") {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func TestTurnedAway(t *testing.T) {
	n, _ := told(t)
	c := serve(t, n, func(o *Options) {
		o.Allow = func(context.Context) (time.Duration, bool) { return 3 * time.Second, false }
	})
	ctx := t.Context()
	for what, call := range map[string]func() error{
		"head":    func() error { _, err := c.GetHead(ctx, &apiv1.GetHeadRequest{}); return err },
		"genesis": func() error { _, err := c.GetGenesis(ctx, &apiv1.GetGenesisRequest{}); return err },
		"record": func() error {
			_, err := c.GetRecord(ctx, &apiv1.GetRecordRequest{Record: strings.Repeat("0", 64)})
			return err
		},
		"stream":             func() error { return first(c.StreamLeaves(ctx, &apiv1.StreamLeavesRequest{})) },
		"search":             func() error { _, err := c.Search(ctx, &apiv1.SearchRequest{Q: "x"}); return err },
		"submit":             func() error { _, err := c.Submit(ctx, &apiv1.SubmitRequest{Envelopes: [][]byte{{1}}}); return err },
		"submit in a stream": func() error { _, err := streamed(t, c, &apiv1.SubmitStreamRequest{}); return err },
		"simulate": func() error {
			_, err := c.Simulate(ctx, &apiv1.SimulateRequest{Author: 1, Actions: [][]byte{{1}}})
			return err
		},
	} {
		err := call()
		if reasonOf(t, err) != "too_many_calls" || status.Code(err) != codes.ResourceExhausted || !strings.Contains(err.Error(), "3 seconds") {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// Simulate names all that is wrong, and changes nothing.
func TestSimulate(t *testing.T) {
	n, _ := told(t)
	c := serve(t, n, nil)
	before := n.ledger.Head()
	actions, err := compose.Marshal(compose.Schema, []*recordv1.Action{
		chaintest.Retail(n.world.Goods(chaintest.CoffeeLot, 900_000_000, ledger.CertificateID{})),
		chaintest.Lot(ledger.LotID{Product: chaintest.Coffee, Lot: "NEW"}, 1000, chaintest.Today, 0),
		chaintest.Retail(n.world.Goods(ledger.LotID{Product: chaintest.Coffee, Lot: "NONE"}, 1, ledger.CertificateID{})),
	})
	if err != nil {
		t.Fatal(err)
	}
	a, err := c.Simulate(t.Context(), &apiv1.SimulateRequest{Author: uint64(chaintest.Coop), Actions: append(actions, []byte{0xff})})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range a.Refusals {
		got = append(got, fmt.Sprintf("%d %s", r.GetAction(), r.Reason))
	}
	if want := "0 more_than_holding, 2 unknown_lot, 3 action_malformed"; strings.Join(got, ", ") != want {
		t.Errorf("%q, want %q", got, want)
	}
	if n.ledger.Head() != before {
		t.Error("a simulation moved the ledger")
	}
}

// A draft in a version that is not in force is refused as a whole, as its record would be; without a version it is taken to be in the one in force.
func TestSimulateAVersion(t *testing.T) {
	n, _ := told(t)
	c := serve(t, n, nil)
	actions, err := compose.Marshal(compose.Schema, []*recordv1.Action{chaintest.Retail(n.world.Goods(chaintest.CoffeeLot, 1, ledger.CertificateID{}))})
	if err != nil {
		t.Fatal(err)
	}
	for schema, want := range map[uint32]string{0: "", 1: "", genesis.Protocol: "", genesis.Protocol + 1: "schema_not_in_force", 1 << 31: "schema_not_in_force"} {
		a, err := c.Simulate(t.Context(), &apiv1.SimulateRequest{Author: uint64(chaintest.Coop), Schema: schema, Actions: actions})
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, r := range a.Refusals {
			if got += r.Reason; r.Action != nil || r.Field != "schema" || r.Final || r.Sentence.GetVietnamese() == "" {
				t.Errorf("schema %d: %v", schema, r)
			}
		}
		if got != want {
			t.Errorf("schema %d: %q, want %q", schema, got, want)
		}
	}
}

// The day is today's unless one is asked for; today is never before the newest block.
func TestTheDayOfAnAnswer(t *testing.T) {
	n, _ := told(t)
	day := func(clock time.Time, date uint32) uint32 {
		c := serve(t, n, func(o *Options) { o.Now = func() time.Time { return clock } })
		a, err := c.TraceProduct(t.Context(), &apiv1.TraceProductRequest{Product: chaintest.Coffee.String(), Date: date})
		if err != nil {
			t.Fatal(err)
		}
		return a.Verdict.Date
	}
	newest := uint32(ledger.DateAt(n.ledger.Head().Time))
	if got := day(time.Date(2027, 5, 5, 18, 0, 0, 0, time.UTC), 0); got != 20270506 {
		t.Errorf("by the clock: %d", got)
	}
	if got := day(time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), 0); got != newest {
		t.Errorf("with a clock behind: %d, want %d", got, newest)
	}
	if got := day(time.Date(2027, 5, 5, 0, 0, 0, 0, time.UTC), 20210101); got != 20210101 {
		t.Errorf("asked for: %d", got)
	}
}

// Every answer says what it speaks of, and that this is a sample.
func TestEveryAnswerSaysWhatItSpeaksOf(t *testing.T) {
	n, story := told(t)
	n.submit = func(_ context.Context, envelopes [][]byte) ([]chain.Outcome, error) { return unknown(envelopes), nil }
	certified := &certifier{alone: n}
	certified.certify()
	c := serve(t, n, func(o *Options) { o.Proofs, o.Blobs = certified, shelf{} })
	chainID := n.world.Chain()
	requests := map[string]string{"GetRecord": "record", "GetRecordReceipt": "record", "GetSubjectReceipt": "product", "TraceProduct": "product", "TraceLot": "lot", "TraceCertificate": "certificate", "GetBlob": "blob", "GetErasure": "blob"}
	values := map[string]string{"record": story[0].Records[0].ID.String(), "product": chaintest.Coffee.String(), "lot": chaintest.CoffeeLot.String(), "certificate": chaintest.NewCoffee.String(), "blob": shelved.String()}
	seen := 0
	services := apigrpc.File_ocop_api_v1_service_proto.Services()
	for i := range services.Len() {
		methods := services.Get(i).Methods()
		for j := range methods.Len() {
			m := methods.Get(j)
			if m.Output().Fields().ByName("as_of") == nil {
				t.Errorf("%s answers without as_of", m.FullName())
			}
			if m.IsStreamingServer() {
				continue
			}
			request, response := message(t, m.Input()), message(t, m.Output())
			fill(t, request.ProtoReflect(), string(m.Name()), requests, values)
			if err := c.conn.Invoke(t.Context(), fmt.Sprintf("/%s/%s", services.Get(i).FullName(), m.Name()), request, response); err != nil {
				t.Errorf("%s: %v", m.Name(), err)
				continue
			}
			asOf := response.ProtoReflect().Get(m.Output().Fields().ByName("as_of")).Message().Interface().(*apiv1.AsOf)
			if asOf.Height == 0 || asOf.Time == 0 || !asOf.Sample || asOf.Notice != genesis.SampleNotice || string(asOf.ChainId) != string(chainID[:]) {
				t.Errorf("%s: as of %v", m.Name(), asOf)
			}
			seen++
		}
	}
	if seen < 21 {
		t.Errorf("only %d methods", seen)
	}
}

func message(t *testing.T, d protoreflect.MessageDescriptor) proto.Message {
	t.Helper()
	m, err := newMessage(d.FullName())
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func fill(t *testing.T, m protoreflect.Message, method string, requests, values map[string]string) {
	t.Helper()
	switch q := m.Interface().(type) {
	case *apiv1.SubmitRequest:
		q.Envelopes = [][]byte{[]byte("noise")}
	case *apiv1.SimulateRequest:
		q.Author, q.Actions = 1, [][]byte{{1}}
	case *apiv1.GetSubjectRequest:
		q.Kind = uint32(subject.KindProtocol)
	case *apiv1.CheckPromiseRequest:
		q.Promise = make([]byte, ledger.SignedPromiseSize)
		q.Promise[0] = 1 // version
	case *apiv1.ListLotsRequest:
		q.Filter = &apiv1.Filter{Product: values["product"]}
	default:
		if name, ok := requests[method]; ok {
			m.Set(m.Descriptor().Fields().ByName(protoreflect.Name(name)), protoreflect.ValueOfString(values[name]))
		}
	}
}

func TestReflectionAndHealth(t *testing.T) {
	n, _ := told(t)
	c := serve(t, n, nil)
	stream, err := reflectionv1.NewServerReflectionClient(c.conn).ServerReflectionInfo(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.Send(&reflectionv1.ServerReflectionRequest{MessageRequest: &reflectionv1.ServerReflectionRequest_ListServices{}}); err != nil {
		t.Fatal(err)
	}
	a, err := stream.Recv()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range a.GetListServicesResponse().GetService() {
		names = append(names, s.Name)
	}
	for _, want := range []string{"ocop.api.v1.SubmitService", "ocop.api.v1.LedgerService", "ocop.api.v1.QueryService"} {
		if !strings.Contains(strings.Join(names, " "), want) {
			t.Errorf("reflection lists %v, not %s", names, want)
		}
		h, err := healthv1.NewHealthClient(c.conn).Check(t.Context(), &healthv1.HealthCheckRequest{Service: want})
		if err != nil || h.Status != healthv1.HealthCheckResponse_SERVING {
			t.Errorf("%s: %v, %v", want, err, h)
		}
	}
	// What a caller without our schema needs: the file that holds a service's method, with all it imports.
	if err := stream.Send(&reflectionv1.ServerReflectionRequest{MessageRequest: &reflectionv1.ServerReflectionRequest_FileContainingSymbol{FileContainingSymbol: "ocop.api.v1.QueryService.TraceProduct"}}); err != nil {
		t.Fatal(err)
	}
	if a, err := stream.Recv(); err != nil || len(a.GetFileDescriptorResponse().GetFileDescriptorProto()) < 5 {
		t.Errorf("%v, %v", err, a)
	}
}

// Over a real ledger, too, an index that follows answers as one that is built anew.
func TestTheIndexFollowsARealLedger(t *testing.T) {
	m := chaintest.NewMarket(3)
	n := newAlone(t, m.World)
	view := func(f func(query.Source) error) error {
		return n.ledger.View(func(v *chain.View) error { return f(v) })
	}
	follows, err := query.Open(t.Context(), view)
	if err != nil {
		t.Fatal(err)
	}
	for i, d := range append(m.Story, m.Drafts(60, 20)...) {
		n.apply(d)
		if i%7 == 0 {
			if err := follows.Follow(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	fresh, err := query.Open(t.Context(), view)
	if err != nil {
		t.Fatal(err)
	}
	on := ledger.DateAt(m.Now)
	page := &apiv1.Page{Size: 500}
	for what, list := range map[string]func(*query.Snapshot) (proto.Message, error){
		"products": func(s *query.Snapshot) (proto.Message, error) {
			return s.ListProducts(&apiv1.ListProductsRequest{Page: page}, on)
		},
		"producers": func(s *query.Snapshot) (proto.Message, error) {
			return s.ListProducers(&apiv1.ListProducersRequest{Page: page}, on)
		},
		"certificates": func(s *query.Snapshot) (proto.Message, error) {
			return s.ListCertificates(&apiv1.ListCertificatesRequest{Page: page}, on)
		},
		"search": func(s *query.Snapshot) (proto.Message, error) {
			return s.Search(&apiv1.SearchRequest{Q: "san pham"}, on)
		},
		"numbers": func(s *query.Snapshot) (proto.Message, error) {
			return s.NextNumbers(&apiv1.NextNumbersRequest{Agency: 1, Producer: 1_000_001})
		},
		"trace": func(s *query.Snapshot) (proto.Message, error) {
			return s.TraceProduct(&apiv1.TraceProductRequest{Product: "1000001.1"}, on)
		},
	} {
		var got, want proto.Message
		if err := errors.Join(
			follows.Read(t.Context(), func(s *query.Snapshot) (err error) { got, err = list(s); return err }),
			fresh.Read(t.Context(), func(s *query.Snapshot) (err error) { want, err = list(s); return err }),
		); err != nil || !proto.Equal(got, want) || proto.Size(got) < 10 {
			t.Errorf("%s: %v\n%v\n%v", what, err, got, want)
		}
	}
}
