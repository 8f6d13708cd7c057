package admit_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/reason/reasontest"
	"github.com/ocopledger/ocop/ledger/rules"
	"github.com/ocopledger/ocop/ledger/subject"
	"github.com/ocopledger/ocop/node/admit"
	"github.com/ocopledger/ocop/node/internal/province"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// book is a ledger as an admitter sees it: a state in memory.
type book struct {
	chain    ledger.ChainID
	now      uint64
	values   map[subject.ID][]byte
	ordered  map[ledger.RecordID]bool
	mu       sync.Mutex // of verified
	verified map[[32]byte]int
	looks    atomic.Int64
	fault    error
}

func (b *book) Chain() ledger.ChainID { return b.chain }
func (b *book) Remember(h [32]byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.verified[h]++
}
func (b *book) Known(id ledger.RecordID) bool { return b.ordered[id] }
func (b *book) Value(id subject.ID) ([]byte, bool) {
	v, ok := b.values[id]
	return v, ok
}
func (b *book) Context() rules.Context {
	return rules.Context{Chain: b.chain, Height: 1, Time: b.now, Protocol: 1}
}
func (b *book) Admission(look func(admit.View)) error {
	b.looks.Add(1)
	look(b)
	return b.fault
}

// apply puts a record on the ledger.
func (b *book) apply(t *testing.T, envelope []byte) {
	t.Helper()
	e, err := ledger.ParseEnvelope(envelope)
	if err != nil {
		t.Fatal(err)
	}
	c := b.Context()
	c.Time = uint64(time.Now().UnixMilli())
	touches, refusal := rules.NewBlock(c, b).Apply(1, e)
	if refusal != nil {
		t.Fatal(refusal)
	}
	for _, touch := range touches {
		b.values[touch.Subject] = touch.Value
	}
	b.ordered[e.ID] = true
}

type gate struct {
	*admit.Admitter
	*book
	*province.Province
	pool *ident.Pool
}

func newGate(t testing.TB) *gate {
	t.Helper()
	p := province.New(t, province.Address{Peer: "a:1", Public: "a:2"}, province.Address{Peer: "b:1", Public: "b:2"})
	b := &book{chain: p.Genesis.Chain, now: p.Genesis.Body.Time, values: map[subject.ID][]byte{}, ordered: map[ledger.RecordID]bool{}, verified: map[[32]byte]int{}}
	for _, s := range p.Genesis.Subjects() {
		b.values[s.ID] = s.Value
	}
	pool, err := ident.NewPool(2, 16)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return &gate{admit.New(b, pool), b, p, pool}
}

func (g *gate) verify(t *testing.T, envelopes ...[]byte) []admit.Record {
	t.Helper()
	records, err := g.Verify(context.Background(), envelopes)
	if err != nil {
		t.Fatal(err)
	}
	return records
}

func now() uint64 { return uint64(time.Now().UnixMilli()) }

func TestGoodRecordsGoOn(t *testing.T) {
	g := newGate(t)
	a, b := g.Register(1, 1), g.Register(2, 1)
	records := g.verify(t, a.Envelope, b.Envelope)
	for i, want := range []ledger.RecordID{a.ID, b.ID} {
		if r := records[i]; !r.Good() || r.ID() != want || g.verified[ledger.EnvelopeHash(r.Bytes)] != 1 {
			t.Errorf("record %d: %+v", i, r)
		}
	}
	if err := g.Judge(records, now(), func() error { t.Error("settled for nothing"); return nil }); err != nil {
		t.Error(err)
	}
	if !records[0].Good() || !records[1].Good() {
		t.Errorf("%v, %v", records[0].Refusal, records[1].Refusal)
	}
	g.apply(t, a.Envelope)
	if r := g.verify(t, a.Envelope)[0]; r.Good() || !r.Known || r.Refusal != nil || r.ID() != a.ID {
		t.Errorf("the second time: %+v", r)
	}
}

// TestBadBytes: each is refused by name, and costs the others nothing.
func TestBadBytes(t *testing.T) {
	g := newGate(t)
	good := g.Register(1, 1).Envelope
	change := func(at int, to ...byte) []byte {
		b := bytes.Clone(good)
		copy(b[at:], to)
		return b
	}
	const key, signature = 2, 2 + 33
	s := signature + 32
	high := change(s, 0xff) // far above half the order, far below the order's leading digits
	order := bytes.Repeat([]byte{0xff}, 32)
	other := province.New(t, province.Address{Peer: "elsewhere:1", Public: "elsewhere:2"})
	hybrid := rekeyed(t, good, 6)
	for _, c := range []struct {
		name  string
		bytes []byte
		want  reason.Code
		kind  string
		field string
	}{
		{"nothing", nil, reason.MalformedEnvelope, "truncated", ""},
		{"cut short", good[:len(good)-1], reason.MalformedEnvelope, "truncated", "actions"},
		{"with a byte more", append(bytes.Clone(good), 0), reason.MalformedEnvelope, "bytes_left_over", "actions"},
		{"kind of a seal", change(0, ledger.KindSeal), reason.MalformedEnvelope, "not_a_record", ""},
		{"too large", make([]byte, ledger.MaxEnvelope+1), reason.RecordTooLarge, "", ""},
		{"no action", withActions(t, good, 0), reason.MalformedEnvelope, "action_count", "header.action_count"},
		{"too many actions", withActions(t, good, ledger.MaxActions+1), reason.MalformedEnvelope, "action_count", "header.action_count"},
		{"schema 0", change(signature+64+2+33, 0, 0), reason.MalformedEnvelope, "schema_zero", "header.schema"},
		{"an action changed", change(len(good)-1, good[len(good)-1]^1), reason.MalformedEnvelope, "actions_differ", "header.actions_root"},
		{"another ledger's", other.Register(1, 1).Envelope, reason.WrongChain, "", "header.chain"},
		{"another signature", change(signature+5, good[signature+5]^1), reason.BadSignature, "", "signature"},
		{"high s", high, reason.SignatureHighS, "", "signature"},
		{"zero r", change(signature, make([]byte, 32)...), reason.SignatureOutOfRange, "", "signature"},
		{"zero s", change(s, make([]byte, 32)...), reason.SignatureOutOfRange, "", "signature"},
		{"s beyond the order", change(s, order...), reason.SignatureOutOfRange, "", "signature"},
		{"hybrid public key", hybrid, reason.PublicKeyMalformed, "", "public_key"},
	} {
		records := g.verify(t, good, c.bytes)
		if r := records[1]; r.Refusal == nil || r.Refusal.Reason != c.want || r.Refusal.Action != ledger.WholeRecord || r.Good() {
			t.Errorf("%s: %+v", c.name, r.Refusal)
		}
		refusal := records[1].Refusal
		vietnamese, _ := refusal.Sentences()
		if kind := reason.KindOf(refusal.Args); kind != c.kind || refusal.Field != c.field || len(reasontest.Foreign(vietnamese)) > 0 {
			t.Errorf("%s: kind %q in field %q: %q", c.name, kind, refusal.Field, vietnamese)
		}
		if !records[0].Good() {
			t.Errorf("%s: its neighbour is refused: %v", c.name, records[0].Refusal)
		}
		if g.verified[ledger.EnvelopeHash(c.bytes)] != 0 {
			t.Errorf("%s: remembered as verified", c.name)
		}
	}
}

// withActions writes an envelope anew with n small actions.
func withActions(t *testing.T, envelope []byte, n int) []byte {
	t.Helper()
	e, err := ledger.ParseEnvelope(envelope)
	if err != nil {
		t.Fatal(err)
	}
	actions := slices.Repeat([][]byte{{1}}, n)
	h := ledger.NewHeader(e.Header, actions)
	return ledger.AppendEnvelope(nil, &h, e.PublicKey, e.Signature, actions)
}

// rekeyed writes an envelope anew under a public key of another first byte.
func rekeyed(t *testing.T, envelope []byte, prefix byte) []byte {
	t.Helper()
	e, err := ledger.ParseEnvelope(envelope)
	if err != nil {
		t.Fatal(err)
	}
	e.PublicKey[0] = prefix
	e.Header.Key = e.PublicKey.ID()
	return ledger.AppendEnvelope(nil, &e.Header, e.PublicKey, e.Signature, e.Actions)
}

func TestRulesAreAskedEarly(t *testing.T) {
	g := newGate(t)
	settled := 0
	judge := func(envelopes ...[]byte) []admit.Record {
		t.Helper()
		records := g.verify(t, envelopes...)
		if err := g.Judge(records, now(), func() error { settled++; return nil }); err != nil {
			t.Fatal(err)
		}
		return records
	}
	want := func(r admit.Record, code reason.Code) {
		t.Helper()
		if r.Refusal == nil || r.Refusal.Reason != code {
			t.Errorf("got %v, want %v", r.Refusal, code)
		}
	}
	want(judge(g.Product(1, 5).Envelope)[0], reason.UnknownAccount)
	if settled != 1 {
		t.Errorf("settled %d times", settled)
	}
	// In one call each record sees the ones before, and a refused one leaves nothing behind.
	account, product, twice := g.Register(1, 5), g.Product(1, 5), g.Register(1, 5)
	records := judge(account.Envelope, product.Envelope, twice.Envelope, g.Register(1, 6).Envelope)
	if !records[0].Good() || !records[1].Good() || !records[3].Good() {
		t.Errorf("%v, %v, %v", records[0].Refusal, records[1].Refusal, records[3].Refusal)
	}
	want(records[2], reason.AccountTaken)
	// Nothing of that is on the ledger.
	if r := judge(g.Register(1, 5).Envelope)[0]; !r.Good() {
		t.Error(r.Refusal)
	}
	want(judge(g.RegisterAt(1, 7, time.Now().Add(time.Hour)).Envelope)[0], reason.IssuedInFuture)
}

func TestJudgementWaitsForWhatWasOrderedBefore(t *testing.T) {
	g := newGate(t)
	account := g.Register(1, 5).Envelope
	records := g.verify(t, g.Product(1, 5).Envelope)
	if err := g.Judge(records, now(), func() error { g.apply(t, account); return nil }); err != nil || !records[0].Good() {
		t.Errorf("%v, %v", err, records[0].Refusal)
	}
	lost := errors.New("office lost")
	records = g.verify(t, g.Product(1, 9).Envelope)
	if err := g.Judge(records, now(), func() error { return lost }); !errors.Is(err, lost) || records[0].Refusal != nil {
		t.Errorf("%v, %v", err, records[0].Refusal)
	}
}

// TestRecordOrderedMeanwhileIsKnown: a client that sends a record again must not be told that it contradicts itself.
func TestRecordOrderedMeanwhileIsKnown(t *testing.T) {
	g := newGate(t)
	account := g.Register(1, 5).Envelope
	records := g.verify(t, account)
	g.apply(t, account)
	if err := g.Judge(records, now(), func() error { return nil }); err != nil || !records[0].Known || records[0].Refusal != nil {
		t.Errorf("before judgement: %v, %+v", err, records[0])
	}
	other := g.Register(1, 6).Envelope
	records = g.verify(t, g.Product(1, 9).Envelope, other)
	if err := g.Judge(records, now(), func() error { g.apply(t, other); return nil }); err != nil || !records[1].Known || records[1].Refusal != nil || records[0].Refusal == nil {
		t.Errorf("in between: %v, %+v", err, records[1])
	}
}

// TestDependenceReachesOverLooks: many records are judged in several looks at the ledger, and still see each other.
func TestDependenceReachesOverLooks(t *testing.T) {
	g := newGate(t)
	var envelopes [][]byte
	for i := range 100 {
		envelopes = append(envelopes, g.Register(1, i+1).Envelope)
	}
	envelopes = append(envelopes, g.Product(1, 1).Envelope, g.Product(1, 100).Envelope)
	records := g.verify(t, envelopes...)
	g.looks.Store(0)
	if err := g.Judge(records, now(), func() error { return nil }); err != nil {
		t.Fatal(err)
	}
	for i := range records {
		if !records[i].Good() {
			t.Errorf("record %d: %v", i, records[i].Refusal)
		}
	}
	if n := g.looks.Load(); n != 2 {
		t.Errorf("%d looks", n)
	}
}

func TestFaultOfTheLedger(t *testing.T) {
	g := newGate(t)
	records := g.verify(t, g.Register(1, 1).Envelope)
	g.fault = errors.New("disk")
	if _, err := g.Verify(context.Background(), nil); !errors.Is(err, g.fault) {
		t.Errorf("verify: %v", err)
	}
	if err := g.Judge(records, now(), func() error { return nil }); !errors.Is(err, g.fault) {
		t.Errorf("judge: %v", err)
	}
}

// slow is a verifier that answers when it is let go.
type slow chan struct{}

func (s slow) Verify(ctx context.Context, jobs []ident.Job) ([]error, error) {
	select {
	case <-s:
		return make([]error, len(jobs)), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func TestOverloadIsRefusedEarly(t *testing.T) {
	g := newGate(t)
	one := g.Register(1, 1).Envelope
	synctest.Test(t, func(t *testing.T) {
		v := make(slow)
		a := admit.New(g.book, v)
		full := make([][]byte, admit.MaxRecords)
		for i := range full {
			full[i] = one
		}
		done := make(chan error, 4)
		for range 4 {
			go func() {
				_, err := a.Verify(context.Background(), full)
				done <- err
			}()
		}
		synctest.Wait()
		if n := a.Underway(); n != 4*admit.MaxRecords {
			t.Errorf("%d records under way", n)
		}
		began := time.Now()
		if _, err := a.Verify(context.Background(), [][]byte{one}); !errors.Is(err, admit.ErrOverloaded) || time.Since(began) > time.Second {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if _, err := a.Verify(ctx, [][]byte{one}); !errors.Is(err, context.Canceled) {
			t.Errorf("caller gone: %v", err)
		}
		close(v)
		for range 4 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		if _, err := a.Verify(context.Background(), [][]byte{one}); err != nil {
			t.Errorf("afterwards: %v", err)
		}
		if n := a.Underway(); n != 0 {
			t.Errorf("afterwards %d records are under way", n)
		}
	})
	if _, err := g.Verify(context.Background(), make([][]byte, admit.MaxRecords+1)); !errors.Is(err, admit.ErrTooMany) {
		t.Errorf("too many: %v", err)
	}
}

// TestStrangersTakeNobodysPlace: keys that no account holds sign as often as they like, and of none of them a table is kept; the rules refuse their records as ever.
func TestStrangersTakeNobodysPlace(t *testing.T) {
	signed := func(g *gate, account ledger.AccountID, key *ident.PrivateKey, n int) []byte {
		t.Helper()
		actions := province.Registration(1, n)
		schema := compose.SchemaOf(actions...)
		data, err := compose.Marshal(schema, actions)
		if err != nil {
			t.Fatal(err)
		}
		author := compose.Author{Chain: g.chain, Account: account, Schema: schema, Key: key}
		made, err := author.Sign(data, now(), compose.AtOnce)
		if err != nil {
			t.Fatal(err)
		}
		return made.Envelope
	}
	const often = 70 // more than a table takes
	for name, c := range map[string]struct {
		account ledger.AccountID
		key     *ident.PrivateKey
		retired bool
		want    reason.Code // 0: none
		tables  int
	}{
		"no such account":        {4711, province.Officer(t, 9), false, reason.UnknownAuthor, 0},
		"another one's key":      {1, province.Officer(t, 2), false, reason.KeyNotBound, 0},
		"a key that is nobody's": {1, province.Officer(t, 9), false, reason.KeyNotBound, 0},
		"a retired key":          {2, province.Officer(t, 2), true, reason.KeyRetired, 0},
		"its own key":            {1, province.Officer(t, 1), false, 0, 1},
	} {
		g := newGate(t)
		if c.retired {
			account, err := subject.ParseAccount(g.values[subject.Account(c.account)])
			if err != nil {
				t.Fatal(err)
			}
			account.Keys[0].Retired = 1
			g.values[subject.Account(c.account)] = account.Append(nil)
		}
		var envelopes [][]byte
		for n := range often {
			envelopes = append(envelopes, signed(g, c.account, c.key, n+1))
		}
		records := g.verify(t, envelopes...)
		if have, _ := g.pool.Tables(); have != c.tables {
			t.Errorf("%s: %d tables, want %d", name, have, c.tables)
		}
		if i := slices.IndexFunc(records, func(r admit.Record) bool { return !r.Good() }); i >= 0 {
			t.Fatalf("%s: before the rules are asked record %d is refused: %v", name, i, records[i].Refusal)
		}
		if err := g.Judge(records[:1], now(), func() error { return nil }); err != nil {
			t.Fatal(err)
		}
		if f := records[0].Refusal; c.want == 0 && f != nil || c.want != 0 && (f == nil || f.Reason != c.want) {
			t.Errorf("%s: %v, want %v", name, f, c.want)
		}
	}
}
