package receipts_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	. "github.com/ocopledger/ocop/ledger/chain/chaintest"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/receipt"
	"github.com/ocopledger/ocop/ledger/subject"
	"github.com/ocopledger/ocop/ledger/verify"
	"github.com/ocopledger/ocop/ledger/verify/receipts"
	"github.com/ocopledger/ocop/ledger/verify/vectors"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// of is a bench for another product than coffee.
func (s *scene) of(t *testing.T, id ledger.ProductID) *bench {
	here := *s
	here.t = t
	return &bench{&here, here.product(id), here.options()}
}

// What a quorum of liars signs is still refused when an act in it was not its author's to do: here each check stands alone.
func TestLiarsCannotInventAuthority(t *testing.T) {
	s := story(t)
	g := vectors.New(t, vectorsDir, "liars-authority", "A quorum of liars signs another authority than the province had.")
	until := func(d ledger.Date) func(*subject.AuthorityValue) {
		return func(v *subject.AuthorityValue) { v.Grants[0].Until = d }
	}
	for _, row := range []struct {
		name    string
		product ledger.ProductID
		change  func(*subject.AuthorityValue)
		want    any
	}{
		{"authority until the day of the acts", Honey, until(Today), nil},
		{"authority until the day before the registration", Honey, until(Today - 1), verify.WordCompetence},
		{"authority until the day of the revocation", Pepper, until(20260303), nil},
		{"authority until the day before the revocation", Pepper, until(20260302), verify.WordCompetence},
		{"without the power to revoke", Pepper, func(v *subject.AuthorityValue) { v.Grants[0].Powers &^= subject.PowerRevoke }, verify.WordCompetence},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := s.of(t, row.product)
			edit(b, subject.Authority(Province), subject.ParseAuthority, row.change)
			b.collude()
			_, err := receipts.Subject(t.Context(), b.r.Append(nil), b.o)
			checkRefusal(t, err, row.want)
			keep(t, g, row.name, vectors.Receipt, b.r.Append(nil), b.o, row.want)
		})
	}
}

// Another star given by a correction is the issuer's to give, or not, as if it gave it first.
func TestLiarsCannotRaiseAStar(t *testing.T) {
	s := story(t)
	honey := value(&registry{scene: s}, subject.Certificate(TheHoney), subject.ParseCertificate)
	s.world.Tick(time.Minute)
	record := s.world.Sign(Province, compose.Act(&recordv1.Correct{
		Target: &recordv1.Correct_Certificate{Certificate: compose.CertificateRef(TheHoney)}, Wrong: compose.ActionRef(honey.Stated),
		Changes: []*recordv1.FieldChange{
			Change(recordv1.Field_FIELD_STAR, 3, 4), Change(recordv1.Field_FIELD_SCORE_C, uint64(honey.ScoreC), uint64(honey.ScoreC)+10_00),
			Change(recordv1.Field_FIELD_SCORE_TOTAL, uint64(honey.Total), uint64(honey.Total)+10_00),
		},
		Reason: recordv1.CorrectionReason_CORRECTION_REASON_TYPING_ERROR,
	}))
	s.now = s.world.Now/1000 + 10
	s.apply(Draft{Index: s.world.Index + 1, Term: s.world.Term, Data: s.world.Draft(record)})
	g := vectors.New(t, vectorsDir, "liars-star", "A correction that gives another star, and a quorum of liars that says who may.")
	for want, level := range map[any]subject.Level{nil: subject.LevelProvince, verify.WordCompetence: subject.LevelMinistry} {
		b := s.of(t, Honey)
		edit(b, subject.Scheme("RS-2025"), subject.ParseScheme, func(v *subject.SchemeValue) { v.Bands[1].Recognisers = 1 << level })
		b.collude()
		got, err := receipts.Subject(t.Context(), b.r.Append(nil), b.o)
		checkRefusal(t, err, want)
		keep(t, g, fmt.Sprintf("recognised by level %d", level), vectors.Receipt, b.r.Append(nil), b.o, want)
		if err == nil && got.Verdict.Star != 4 {
			t.Errorf("%+v", got.Verdict)
		}
	}
}

// Nor can they make a history that their acts did not make, however well it folds.
func TestLiarsCannotInventHistories(t *testing.T) {
	s := story(t)
	before := New()
	earlier := newScene(t, before, before.Story()[:4]...).product(Coffee) // without the correction
	g := vectors.New(t, vectorsDir, "liars-histories", "A quorum of liars signs histories that the acts shown did not make.")
	for name, bend := range map[string]func(*bench){
		"an entry of an action that does not touch it": func(b *bench) {
			m := b.member(subject.Decision(Current))
			last := len(b.r.Records) - 1
			m.Entries[len(m.Entries)-1].Value = subject.ValueHash(m.Value)
			m.Entries = append(m.Entries, receipt.Entry{Record: last, Action: b.r.Records[last].Actions[0].Number})
			b.collude()
		},
		"a certificate as it was, and a product as it is": func(b *bench) {
			m := b.member(subject.Certificate(NewCoffee))
			i := slices.IndexFunc(earlier.Members, func(m receipt.Member) bool { return m.ID == subject.Certificate(NewCoffee) })
			m.Value, m.Entries = earlier.Members[i].Value, m.Entries[:1]
			b.collude()
		},
		"sales of two records exchanged": func(b *bench) {
			b.r, b.o.Want = b.lot(CoffeeLot), subject.ID{}
			m := b.member(subject.Lot(CoffeeLot))
			m.Entries[3], m.Entries[4] = m.Entries[4], m.Entries[3]
			b.collude()
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := s.of(t, Coffee)
			bend(b)
			_, err := receipts.Subject(t.Context(), b.r.Append(nil), b.o)
			checkRefusal(t, err, verify.WordHistory)
			keep(t, g, name, vectors.Receipt, b.r.Append(nil), b.o, verify.WordHistory)
		})
	}
}

// A log of liars may hold a record that nobody signed.
func TestLiarsCannotSignRecords(t *testing.T) {
	s := story(t)
	good, err := (&bench{scene: s}).leaf(1)
	if err != nil {
		t.Fatal(err)
	}
	forge := func(signature func(*ledger.Envelope)) []byte {
		e := *good
		signature(&e)
		leaf := ledger.AppendEnvelope(nil, &e.Header, e.PublicKey, e.Signature, e.Actions)
		log := merkle.NewTree(merkle.Log, merkle.Log.Leaf(nil), merkle.Log.Leaf(leaf), merkle.Log.Leaf(nil))
		path, err := merkle.Log.ProveInclusion(log, 3, 1)
		if err != nil {
			t.Fatal(err)
		}
		p := checkpoint.Proof{Extra: append([]byte{receipt.RecordExtra}, leaf...), Index: 1, Path: path, Checkpoint: s.cosign(ledger.Head{Size: 3, Root: log.Root()})}
		return p.Append(nil)
	}
	g := vectors.New(t, vectorsDir, "liars-records", "Record receipts of a log of liars.")
	for _, row := range []struct {
		name string
		bend func(*ledger.Envelope)
		want any
	}{
		{"nothing", func(*ledger.Envelope) {}, nil},
		{"signature", func(e *ledger.Envelope) { e.Signature[40] ^= 1 }, verify.WordSignature},
		{"chain", func(e *ledger.Envelope) { e.Header.Chain[0] ^= 1 }, verify.WordChain},
	} {
		file := forge(row.bend)
		_, err = receipts.Record(t.Context(), file, s.options())
		checkRefusal(t, err, row.want)
		keep(t, g, row.name, vectors.Record, file, s.options(), row.want)
	}
}
