package receipts_test

import (
	"slices"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	. "github.com/ocopledger/ocop/ledger/chain/chaintest"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/genesis"
	"github.com/ocopledger/ocop/ledger/receipt"
	"github.com/ocopledger/ocop/ledger/subject"
	"github.com/ocopledger/ocop/ledger/verify"
	"github.com/ocopledger/ocop/ledger/verify/receipts"
	"github.com/ocopledger/ocop/ledger/verify/vectors"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// written is what an invented action makes of a subject.
type written struct {
	action uint16
	id     subject.ID
	value  interface{ Append([]byte) []byte }
}

// invent shows one record more, whose author signed it and whose acts no honest ledger accepts, with what liars say that it made.
func (b *bench) invent(by ledger.AccountID, actions []*recordv1.Action, made func(ledger.RecordID) []written) {
	b.world.Tick(time.Second)
	e := must(ledger.ParseEnvelope(b.world.Sign(by, actions...).Envelope))
	rec := receipt.Record{Leaf: b.r.Seal.SizeBefore - 1, Height: b.r.Seal.Height, Time: b.r.Seal.Time, Key: e.PublicKey, Header: e.Header, Signature: e.Signature}
	numbers := make([]uint16, len(actions))
	for i := range numbers {
		numbers[i] = uint16(i)
	}
	rec.Show(e.Actions, numbers)
	b.r.Records = append(b.r.Records, rec)
	for _, w := range made(e.ID) {
		if !slices.ContainsFunc(b.r.Members, func(m receipt.Member) bool { return m.ID == w.id }) {
			b.r.Members = append(b.r.Members, receipt.Member{ID: w.id})
		}
		m := b.member(w.id)
		if n := len(m.Entries); n > 0 {
			m.Entries[n-1].Value = subject.ValueHash(m.Value)
		}
		m.Value = w.value.Append(nil)
		m.Entries = append(m.Entries, receipt.Entry{Record: len(b.r.Records) - 1, Action: w.action})
	}
	slices.SortFunc(b.r.Members, func(x, y receipt.Member) int { return receipt.Compare(x.ID, y.ID) })
	b.collude()
}

// second gives honey, which has a certificate until 19 February 2029, another one that renews nothing, by a Decision in two parts.
func (b *bench) second(date, from, until ledger.Date, part func(*recordv1.OpenDecision)) {
	d := ledger.DecisionID{Issuer: Province, Year: date.Year(), Number: "1900/QĐ-UBND"}
	id := ledger.CertificateID{Decision: d, Item: 1}
	first, further, certify := Open(d, date, 1, 2, false), Open(d, date, 2, 2, false), Certify(id, Honey, 3, from, ledger.CertificateID{})
	part(further.GetOpenDecision())
	certify.GetCertify().ValidUntil = uint32(until)
	paper, c := first.GetOpenDecision().GetDocument(), certify.GetCertify()
	decision := subject.DecisionValue{
		Decision: d, Date: date, Scheme: "RS-2025", Document: subject.Document{SHA256: ledger.Hash(paper.GetSha256()), Size: paper.GetSize(), Name: paper.GetName()}, Parts: 2,
		Author: Province,
	}
	decision.AddPart(1)
	both := decision
	both.AddPart(2)
	b.invent(Province, []*recordv1.Action{first, further, certify}, func(record ledger.RecordID) []written {
		v := subject.CertificateValue{
			Certificate: id, Stated: ledger.ActionID{Record: record, Action: 2}, Product: Honey, Star: 3, ScoreA: c.GetScores().GetA(), ScoreB: c.GetScores().GetB(),
			ScoreC: c.GetScores().GetC(), Total: c.GetScores().GetTotal(), MinimumsMet: true, Scheme: "RS-2025", Group: c.GetGroup(), DecisionDate: date,
			ValidFrom: from, ValidUntil: until, Status: subject.CertificateIssued, EffectiveLast: until,
		}
		product := must(subject.ParseProduct(b.member(subject.Product(Honey)).Value))
		product.Certificates = append(product.Certificates, v.Term())
		return []written{{0, subject.Decision(d), &decision}, {1, subject.Decision(d), &both}, {2, subject.Certificate(id), &v}, {2, subject.Product(Honey), &product}}
	})
}

// regroup corrects the group of honey's certificate.
func (b *bench) regroup(to string) {
	v := must(subject.ParseCertificate(b.member(subject.Certificate(TheHoney)).Value))
	correct := compose.Act(&recordv1.Correct{
		Target: &recordv1.Correct_Certificate{Certificate: compose.CertificateRef(TheHoney)}, Wrong: compose.ActionRef(v.Stated),
		Changes: []*recordv1.FieldChange{Rename(recordv1.Field_FIELD_GROUP, v.Group, to)}, Reason: recordv1.CorrectionReason_CORRECTION_REASON_TYPING_ERROR,
	})
	b.invent(Province, []*recordv1.Action{correct}, func(ledger.RecordID) []written {
		v.Group, v.Corrections = to, v.Corrections+1
		return []written{{0, subject.Certificate(TheHoney), &v}}
	})
}

// harvest registers a lot of honey, and asks about that.
func (b *bench) harvest(produced, expires ledger.Date) {
	id := ledger.LotID{Product: Honey, Lot: "M/77"}
	b.r.Kind, b.r.Subject, b.o.Want = receipt.KindLot, subject.Lot(id).Name, subject.ID{}
	b.invent(House, []*recordv1.Action{Lot(id, 1000, produced, expires)}, func(ledger.RecordID) []written {
		return []written{{0, subject.Lot(id), &subject.LotValue{Lot: id, Unit: uint8(recordv1.Unit_UNIT_GRAM), Quantity: 1000, Produced: produced, Expires: expires}}}
	})
}

// again binds the key that the household has, or another.
func (b *bench) again(key func([]byte)) {
	v := must(subject.ParseAccount(b.member(subject.Account(House)).Value))
	added := v.Keys[0]
	key(added.PublicKey[:])
	added.Bound = v.Epoch + 1
	bind := compose.Act(&recordv1.BindKey{
		Account: uint64(House), Epoch: added.Bound, Key: &recordv1.KeyGrant{PublicKey: added.PublicKey[:], Roles: uint32(added.Roles), Proof: make([]byte, 64)},
	})
	b.invent(Province, []*recordv1.Action{bind}, func(ledger.RecordID) []written {
		v.Epoch, v.Keys = added.Bound, append(v.Keys, added)
		return []written{{0, subject.Account(House), &v}}
	})
}

// hoard shows a holding, which is in no closure.
func (b *bench) hoard(e receipt.Entry) {
	v := subject.HoldingValue{Holder: House, Lot: HoneyLot, Quantity: 1}
	b.r.Members = append(b.r.Members, receipt.Member{ID: subject.Holding(House, HoneyLot), Value: v.Append(nil), Entries: []receipt.Entry{e}})
	slices.SortFunc(b.r.Members, func(x, y receipt.Member) int { return receipt.Compare(x.ID, y.ID) })
	b.collude()
}

// TestLiarsCannotBreakRules: what FORMAT.md demands of acts, places and values where implementations could read it in two ways.
func TestLiarsCannotBreakRules(t *testing.T) {
	s := story(t)
	same := func(*recordv1.OpenDecision) {}
	grant := func(change func(*subject.Grant)) func(*bench) {
		return func(b *bench) {
			edit(b, subject.Authority(Province), subject.ParseAuthority, func(v *subject.AuthorityValue) { change(&v.Grants[0]) })
			b.collude()
		}
	}
	place := func(change func(before, last *receipt.Record)) func(*bench) {
		return func(b *bench) {
			n := len(b.r.Records)
			change(&b.r.Records[n-2], &b.r.Records[n-1])
			b.collude()
		}
	}
	g := vectors.New(t, vectorsDir, "liars-rules", "A quorum of liars signs acts, places and values that no ledger has, and next to each one that it could have.")
	for _, row := range []struct {
		name string
		bend func(*bench)
		want any
	}{
		{"a second certificate from the day after the first", func(b *bench) { b.second(20260302, 20290220, 20290301, same) }, nil},
		{"a second certificate on the last day of the first", func(b *bench) { b.second(20260302, 20290219, 20290301, same) }, verify.WordRule},
		{"a second certificate within the first", func(b *bench) { b.second(20260302, 20260303, 20260401, same) }, verify.WordRule},
		{"a further part with a document of another name", func(b *bench) {
			b.second(20260302, 20290220, 20290301, func(o *recordv1.OpenDecision) { o.Document.Name = "QĐ (2).pdf" })
		}, verify.WordRule},
		{"a further part with another document", func(b *bench) {
			b.second(20260302, 20290220, 20290301, func(o *recordv1.OpenDecision) { o.Document.Size++ })
		}, verify.WordRule},
		{"a Decision of the year 1899", func(b *bench) { b.second(18991231, 20290220, 20290301, same) }, verify.WordRule},

		{"a correction of the group", func(b *bench) { b.regroup("craft") }, nil},
		{"a correction that leaves no group", func(b *bench) { b.regroup("") }, verify.WordRule},
		{"another key", func(b *bench) { b.again(func(key []byte) { key[5] ^= 1 }) }, nil},
		{"a key once more", func(b *bench) { b.again(func([]byte) {}) }, verify.WordRule},

		{"a lot", func(b *bench) { b.harvest(20260301, 20270301) }, nil},
		{"a lot without an expiry", func(b *bench) { b.harvest(20260301, 0) }, nil},
		{"a lot of the 30th of February", func(b *bench) { b.harvest(20260230, 0) }, verify.WordRule},
		{"a lot that expires on the 31st of June", func(b *bench) { b.harvest(20260301, 20260631) }, verify.WordRule},

		{"heights that descend", place(func(before, last *receipt.Record) { last.Height = before.Height - 1 }), verify.WordRecord},
		{"block times that descend within a day", place(func(before, last *receipt.Record) { last.Time = before.Time - 1 }), nil},
		{"a record of a later protocol version than the ledger's", func(b *bench) {
			b.r.Seal.Protocol = uint32(b.r.Records[0].Header.Schema) - 1
			b.reseal()
		}, verify.WordRecord},
		{"a ledger of a protocol version to come", func(b *bench) { b.r.Seal.Protocol = genesis.Protocol + 1; b.reseal() }, verify.WordAction},

		{"a seal that says that governance reset the clock", func(b *bench) { b.r.Seal.Flags = 1; b.reseal() }, nil},
		{"a genesis at no time", func(b *bench) { b.r.Born = 0; b.collude() }, verify.WordFormat},

		{"a holding that genesis made", func(b *bench) { b.hoard(receipt.Entry{Record: receipt.Genesis, Action: ledger.WholeRecord}) }, verify.WordHistory},
		{"a holding that an act made", func(b *bench) { b.hoard(receipt.Entry{Action: b.r.Records[0].Actions[0].Number}) }, verify.WordHistory},

		{"a level of recognisers that there is not", scheme(func(v *subject.SchemeValue) { v.Bands[0].Recognisers |= 1 << 5 }), verify.WordState},
		{"a rule set from the 30th of February", scheme(func(v *subject.SchemeValue) { v.From = 20250230 }), verify.WordState},
		{"a grant since 1900", grant(func(v *subject.Grant) { v.From = 19000101 }), nil},
		{"a grant since 1899", grant(func(v *subject.Grant) { v.From = 18991231 }), verify.WordState},
		{"a grant with a power that there is not, too", grant(func(v *subject.Grant) { v.Powers |= 1 << 15 }), nil},
		{"a grant of level 9", grant(func(v *subject.Grant) { v.Level = 9 }), verify.WordCompetence},
		{"a grant of level 35", grant(func(v *subject.Grant) { v.Level = 35 }), verify.WordCompetence},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := s.of(t, Honey)
			row.bend(b)
			b.o.Trust.Now, b.o.MaxAge = b.o.Trust.Now+60, 0
			_, err := receipts.Subject(t.Context(), b.r.Append(nil), b.o)
			checkRefusal(t, err, row.want)
			keep(t, g, row.name, vectors.Receipt, b.r.Append(nil), b.o, row.want)
		})
	}
	b := &bench{scene: s, r: s.action(t, 1, 0), o: s.options()}
	b.r.Seal.Protocol = genesis.Protocol + 1
	b.reseal()
	_, err := receipts.Action(t.Context(), b.r.Append(nil), b.o)
	checkRefusal(t, err, verify.WordAction)
	keep(t, g, "an action on a ledger of a protocol version to come", vectors.Action, b.r.Append(nil), b.o, verify.WordAction)
}
