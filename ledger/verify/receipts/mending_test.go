package receipts_test

import (
	"strings"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	. "github.com/ocopledger/ocop/ledger/chain/chaintest"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/receipt"
	"github.com/ocopledger/ocop/ledger/subject"
	"github.com/ocopledger/ocop/ledger/verify"
	"github.com/ocopledger/ocop/ledger/verify/receipts"
	"github.com/ocopledger/ocop/ledger/verify/vectors"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// mended shows one record more, in which an agency corrects the producer's account, and what the account is then, by liars' word.
func (b *bench) mended(by ledger.AccountID, change *recordv1.FieldChange, then func(*subject.AccountValue)) {
	m := b.member(subject.Account(Coop))
	before, err := subject.ParseAccount(m.Value)
	if err != nil {
		b.t.Fatal(err)
	}
	b.world.Tick(time.Second)
	signed := b.world.Sign(by, compose.Act(&recordv1.Correct{
		Target: &recordv1.Correct_Account{Account: uint64(Coop)}, Wrong: compose.ActionRef(before.Stated), Changes: []*recordv1.FieldChange{change},
		Reason: recordv1.CorrectionReason_CORRECTION_REASON_REGISTER_CHANGED,
	}))
	e, err := ledger.ParseEnvelope(signed.Envelope)
	if err != nil {
		b.t.Fatal(err)
	}
	rec := receipt.Record{Leaf: b.r.Seal.SizeBefore - 1, Height: b.r.Seal.Height, Time: b.r.Seal.Time, Key: e.PublicKey, Header: e.Header, Signature: e.Signature}
	rec.Show(e.Actions, []uint16{0})
	b.r.Records = append(b.r.Records, rec)
	m.Entries[len(m.Entries)-1].Value = subject.ValueHash(m.Value)
	m.Entries = append(m.Entries, receipt.Entry{Record: len(b.r.Records) - 1})
	edit(b, subject.Account(Coop), subject.ParseAccount, then)
	b.collude()
}

// TestLiarsCannotMendAnything: what a correction of an account may put where something else was, and whose it is to put.
func TestLiarsCannotMendAnything(t *testing.T) {
	const cooperative, facility = uint64(recordv1.AccountKind_ACCOUNT_KIND_COOPERATIVE), uint64(recordv1.AccountKind_ACCOUNT_KIND_PRODUCTION_FACILITY)
	s := story(t)
	coop := value(&registry{scene: s}, subject.Account(Coop), subject.ParseAccount)
	number := func(old, new uint64) *recordv1.FieldChange {
		return Change(recordv1.Field_FIELD_ACCOUNT_KIND, old, new)
	}
	as := func(kind uint64) func(*subject.AccountValue) {
		return func(v *subject.AccountValue) { v.Kind = uint8(kind) }
	}
	business := func(to string) func(*bench) {
		return func(b *bench) {
			b.mended(Province, Rename(recordv1.Field_FIELD_BUSINESS_NUMBER, coop.BusinessNumber, to), func(v *subject.AccountValue) { v.BusinessNumber = to })
		}
	}
	g := vectors.New(t, vectorsDir, "liars-mending", "A quorum of liars signs corrections of an account that nobody may make.")
	for _, row := range []struct {
		name string
		bend func(*bench)
		want any
	}{
		{"another kind", func(b *bench) { b.mended(Province, number(cooperative, facility), as(facility)) }, nil},
		{"another kind than it had", func(b *bench) { b.mended(Province, number(cooperative+1, facility), as(facility)) }, verify.WordRule},
		{"agency", func(b *bench) { b.mended(Province, number(cooperative, 1), as(1)) }, verify.WordRule},
		{"no kind", func(b *bench) { b.mended(Province, number(cooperative, 0), as(cooperative)) }, verify.WordRule},
		{"a kind of tomorrow", func(b *bench) { b.mended(Province, number(cooperative, facility+1), as(facility)) }, verify.WordRule},
		{"business number", business(strings.Repeat("1", 20)), nil},
		{"long business number", business(strings.Repeat("1", 21)), verify.WordRule},
		{"by an agency that did not register it", func(b *bench) { b.mended(Ministry, number(cooperative, facility), as(facility)) }, verify.WordClosure},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := s.of(t, Coffee)
			row.bend(b)
			b.o.Trust.Now, b.o.MaxAge = b.o.Trust.Now+60, 0
			_, err := receipts.Subject(t.Context(), b.r.Append(nil), b.o)
			checkRefusal(t, err, row.want)
			keep(t, g, row.name, vectors.Receipt, b.r.Append(nil), b.o, row.want)
		})
	}
}

// TestReceiptsAndTheTrustPeriod: a receipt is believed as long as its policy's keys are; the verifier's own period may be shorter.
func TestReceiptsAndTheTrustPeriod(t *testing.T) {
	s := story(t)
	g := vectors.New(t, vectorsDir, "receipt-trust", "Receipts before and after the trust period has passed, from clocks that are behind, and without a quorum.")
	files := []struct {
		what vectors.What
		file []byte
	}{{vectors.Receipt, s.product(Coffee).Append(nil)}, {vectors.Action, s.action(t, 1, 0).Append(nil)}, {vectors.Record, s.recordProof(t, 1).Append(nil)}}
	for _, row := range []struct {
		name string
		bend func(*receipts.Options)
		want any
	}{
		{"now", func(*receipts.Options) {}, nil},
		{"the last second", func(o *receipts.Options) { o.Trust.Now = o.Trust.Until() }, nil},
		{"a second too late", func(o *receipts.Options) { o.Trust.Now = o.Trust.Until() + 1 }, verify.WordTrust},
		{"a shorter period of the verifier's own", func(o *receipts.Options) { o.Trust.Period = o.Trust.Now - o.Trust.Since - 1 }, verify.WordTrust},
		{"a period of the verifier's own, long enough", func(o *receipts.Options) { o.Trust.Period = o.Trust.Now - o.Trust.Since }, nil},
		{"a longer one counts as the policy's", func(o *receipts.Options) {
			o.Trust.Now = o.Trust.Until() + 1
			o.Trust.Period = 2 * o.Trust.Policy.TrustPeriod
		}, verify.WordTrust},
		{"as old as is allowed", func(o *receipts.Options) { o.MaxAge, o.Trust.Now = 3600, o.Trust.Now-10+3600 }, nil},
		{"a second older", func(o *receipts.Options) { o.MaxAge, o.Trust.Now = 3600, o.Trust.Now-10+3601 }, verify.WordStale},
		{"a clock as far behind as is tolerated", func(o *receipts.Options) { o.Trust.Now -= 10 + verify.FutureTolerance }, nil},
		{"a clock further behind", func(o *receipts.Options) { o.Trust.Now -= 11 + verify.FutureTolerance }, verify.WordFuture},
	} {
		for _, f := range files {
			o := s.options()
			o.MaxAge = 0
			row.bend(&o)
			keep(t, g, string(f.what)+": "+row.name, f.what, f.file, o, row.want)
		}
	}
	stricter := *s.policy
	stricter.Quorum = uint8(len(stricter.Validators))
	for _, f := range files {
		o, want := s.options(), verify.WordPolicy // it is not the document that the seal names
		o.Trust.Policy = &stricter
		if f.what == vectors.Record {
			want = verify.WordQuorum // no seal is shown
		}
		keep(t, g, string(f.what)+": believed is a document with a larger quorum", f.what, f.file, o, want)
	}
}
