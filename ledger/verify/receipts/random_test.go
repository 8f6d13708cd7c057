package receipts_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	. "github.com/ocopledger/ocop/ledger/chain/chaintest"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/prove"
	"github.com/ocopledger/ocop/ledger/query"
	"github.com/ocopledger/ocop/ledger/receipt"
	"github.com/ocopledger/ocop/ledger/subject"
	"github.com/ocopledger/ocop/ledger/verify/receipts"
	"github.com/ocopledger/ocop/ledger/verify/vectors"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// registry makes random certification records, good and bad ones: the rules decide.
type registry struct {
	*scene
	random   *rand.Rand
	accounts []ledger.AccountID
	products []ledger.ProductID
	issued   []ledger.CertificateID
	keys     map[ident.PublicKey]string // names
	count    uint64
	renewed  int // certificates that a renewal ended early, in the receipts compared
}

func newRegistry(t testing.TB, seed uint64) *registry {
	s := story(t)
	return &registry{
		scene: s, random: rand.New(rand.NewPCG(seed, 3)), accounts: []ledger.AccountID{Coop, House, Trader}, products: []ledger.ProductID{Coffee, Pepper, Honey, Mango},
		issued: []ledger.CertificateID{OldCoffee, NewCoffee, ThePepper, TheHoney}, keys: make(map[ident.PublicKey]string),
	}
}

func pick[T any](g *registry, from []T) T { return from[g.random.IntN(len(from))] }

func (g *registry) sign(author ledger.AccountID, actions ...*recordv1.Action) *compose.Signed {
	for _, k := range value(g, subject.Account(author), subject.ParseAccount).Keys {
		if name := g.keys[k.PublicKey]; name != "" && k.Retired == 0 {
			return g.world.SignWith(author, name, actions...)
		}
	}
	return g.world.Sign(author, actions...)
}

func (g *registry) agency() ledger.AccountID {
	return pick(g, []ledger.AccountID{Province, Province, Province, Ministry, District})
}

// value is what the ledger has of a subject now.
func value[V any](g *registry, id subject.ID, parse func([]byte) (V, error)) (v V) {
	if err := g.ledger.View(func(view *chain.View) (err error) {
		if data, ok := view.Value(id); ok {
			v, err = parse(data)
		}
		return err
	}); err != nil {
		g.t.Fatal(err)
	}
	return v
}

func (g *registry) record() *compose.Signed {
	g.count++
	switch n := g.random.IntN(100); {
	case n < 5:
		id := g.agency()*ledger.AccountRange + 500 + ledger.AccountID(g.count)
		g.accounts = append(g.accounts, id)
		return g.sign(id.Registrar(), g.world.Cooperative(id, fmt.Sprintf("HTX %d", g.count)))
	case n < 12:
		id := ledger.ProductID{Producer: pick(g, g.accounts), Number: uint32(100 + g.count)}
		g.products = append(g.products, id)
		return g.sign(pick(g, []ledger.AccountID{id.Producer, id.Producer.Registrar()}), Product(id, fmt.Sprintf("Sản phẩm %d", g.count), ""))
	case n < 45:
		return g.decision()
	case n < 62:
		return g.correctCertificate()
	case n < 70:
		return g.correctProduct()
	case n < 77:
		return g.correctAccount()
	case n < 85:
		return g.rotate()
	}
	c := pick(g, g.issued)
	author := g.agency()
	date := g.date()
	return g.sign(author, compose.Act(&recordv1.Revoke{
		Certificate: compose.CertificateRef(c), Decision: compose.DecisionRef(ledger.DecisionID{Issuer: author, Year: date.Year(), Number: fmt.Sprintf("R%d", g.count)}),
		Date: uint32(date), Document: Paper("thu hồi.pdf"), Reason: recordv1.RevocationReason_REVOCATION_REASON_NO_TRACEABILITY,
		Effective: uint32(date.AddDays(g.random.IntN(40))),
	}))
}

// date is one in the last weeks.
func (g *registry) date() ledger.Date { return Today.AddDays(-g.random.IntN(40)) }

func (g *registry) decision() *compose.Signed {
	issuer, date := g.agency(), g.date()
	d := ledger.DecisionID{Issuer: issuer, Year: date.Year(), Number: fmt.Sprintf("C%d", g.count)}
	historical := g.random.IntN(3) == 0
	if historical {
		date = date.AddMonths(-12 * (1 + g.random.IntN(6)))
		d.Year = date.Year()
	}
	actions := []*recordv1.Action{Open(d, date, 1, 1, historical)}
	for i := range 1 + g.random.IntN(4) {
		c := ledger.CertificateID{Decision: d, Item: uint16(i + 1)}
		var before ledger.CertificateID
		p := pick(g, g.products)
		if terms := value(g, subject.Product(p), subject.ParseProduct).Certificates; len(terms) > 0 && g.random.IntN(3) > 0 {
			before = pick(g, terms).Certificate
		}
		a := Certify(c, p, uint32(3+g.random.IntN(2)), date.AddDays(g.random.IntN(3)), before) // more days would be valid too long
		a.GetCertify().Group = pick(g, []string{"food", "food", "drinks"})
		actions, g.issued = append(actions, a), append(g.issued, c)
	}
	return g.sign(issuer, actions...)
}

func (g *registry) correctCertificate() *compose.Signed {
	c := value(g, subject.Certificate(pick(g, g.issued)), subject.ParseCertificate)
	if c.Certificate.IsZero() {
		return g.decision()
	}
	var changes []*recordv1.FieldChange
	switch g.random.IntN(3) {
	case 0:
		changes = []*recordv1.FieldChange{Change(recordv1.Field_FIELD_VALID_UNTIL, uint64(c.ValidUntil), uint64(c.ValidUntil.AddDays(g.random.IntN(60)-50)))}
	case 1:
		changes = []*recordv1.FieldChange{Change(recordv1.Field_FIELD_VALID_FROM, uint64(c.ValidFrom), uint64(c.ValidFrom.AddDays(g.random.IntN(9)-3)))}
	case 2:
		changes = []*recordv1.FieldChange{
			Change(recordv1.Field_FIELD_STAR, uint64(c.Star), uint64(7-c.Star)),
			Change(recordv1.Field_FIELD_SCORE_A, uint64(c.ScoreA), uint64(c.ScoreA)+1), Change(recordv1.Field_FIELD_SCORE_TOTAL, uint64(c.Total), uint64(c.Total)+1),
		}
	}
	return g.sign(c.Certificate.Decision.Issuer, compose.Act(&recordv1.Correct{
		Target: &recordv1.Correct_Certificate{Certificate: compose.CertificateRef(c.Certificate)}, Wrong: compose.ActionRef(c.Stated), Changes: changes,
		Reason: recordv1.CorrectionReason_CORRECTION_REASON_TYPING_ERROR,
	}))
}

func (g *registry) correctProduct() *compose.Signed {
	p := value(g, subject.Product(pick(g, g.products)), subject.ParseProduct)
	if p.Stated == (ledger.ActionID{}) {
		return g.decision()
	}
	return g.sign(pick(g, []ledger.AccountID{p.Registrar, p.Registrar, Province}), compose.Act(&recordv1.Correct{
		Target: &recordv1.Correct_Product{Product: compose.ProductRef(p.Product)}, Wrong: compose.ActionRef(p.Stated),
		Changes: []*recordv1.FieldChange{Rename(recordv1.Field_FIELD_NAME, p.Name.Register, fmt.Sprintf("Tên %d", g.count)),
			Change(recordv1.Field_FIELD_TERRITORY, uint64(p.Origin), uint64(pick(g, []uint32{Commune, DistA, Town})))},
		Reason: recordv1.CorrectionReason_CORRECTION_REASON_TYPING_ERROR,
	}))
}

func (g *registry) correctAccount() *compose.Signed {
	a := value(g, subject.Account(pick(g, g.accounts)), subject.ParseAccount)
	if a.Account == 0 {
		return g.decision()
	}
	return g.sign(a.Registrar, compose.Act(&recordv1.Correct{
		Target: &recordv1.Correct_Account{Account: uint64(a.Account)}, Wrong: compose.ActionRef(a.Stated),
		Changes: []*recordv1.FieldChange{Change(recordv1.Field_FIELD_TERRITORY, uint64(a.Territory), uint64(pick(g, []uint32{Commune, DistA, Town})))},
		Reason:  recordv1.CorrectionReason_CORRECTION_REASON_REGISTER_CHANGED,
	}))
}

// rotate binds another key to an account and retires one, also of agencies.
func (g *registry) rotate() *compose.Signed {
	id := pick(g, append([]ledger.AccountID{Province, District}, g.accounts...))
	a := value(g, subject.Account(id), subject.ParseAccount)
	if a.Account == 0 {
		return g.decision()
	}
	next := fmt.Sprintf("%d key %d", id, g.count)
	roles := uint16(subject.KeyTrade | subject.KeyGovern)
	if id.IsAgency() {
		roles = 15
	}
	p := compose.Possession{Chain: g.world.Chain(), Account: id, Epoch: a.Epoch + 1, Roles: roles}
	proof, err := p.Prove(g.world.Key(next))
	if err != nil {
		g.t.Fatal(err)
	}
	actions := []*recordv1.Action{compose.Act(&recordv1.BindKey{Account: uint64(id), Epoch: a.Epoch + 1, Key: p.Grant(g.world.Key(next).Public(), proof)})}
	if len(a.Keys) > 0 && g.random.IntN(2) == 0 {
		actions = append(actions, compose.Act(&recordv1.RetireKey{
			Account: uint64(id), PublicKey: a.Keys[len(a.Keys)-1].PublicKey[:], Reason: recordv1.RetireReason_RETIRE_REASON_ROTATED,
		}))
	}
	g.keys[g.world.Key(next).Public()] = next
	if !id.IsAgency() && g.random.IntN(3) == 0 {
		return g.sign(a.Registrar, actions...)
	}
	return g.sign(id, actions...)
}

// Whatever the rules accept, the verifier accepts; what it derives is what the ledger holds, now and at earlier heights.
func TestWhateverTheRulesAccept(t *testing.T) {
	group := vectors.New(t, vectorsDir, "receipt-random", "Receipts of products of a ledger of random records, of one seed.")
	accepted, renewed := 0, 0
	for seed := range uint64(6) {
		g := newRegistry(t, seed)
		for range 90 {
			g.world.Tick(time.Minute)
			var records []*compose.Signed
			for range 1 + g.random.IntN(3) {
				records = append(records, g.record())
			}
			g.now = g.world.Now/1000 + 10
			g.apply(Draft{Index: g.world.Index + 1, Term: g.world.Term, Data: g.world.Draft(records...)})
		}
		for _, p := range g.products {
			if _, ok := g.lookup(g.ledger.Head().Height, subject.Product(p)); ok {
				shown := g.compare(p)
				if accepted += shown; seed == 0 && shown >= sampleRecords {
					g.sample(group, p)
				}
			}
		}
		renewed += g.renewed
	}
	if accepted < 500 || renewed < 10 {
		t.Errorf("%d records in all receipts, %d early renewals: the test proves little", accepted, renewed)
	}
}

// sampleRecords is how many records the receipts have at least that are kept as vectors: the longest histories.
const sampleRecords = 10

// sample keeps a product's receipt at some heights, and on the dates around which something changes.
func (g *registry) sample(group *vectors.Group, p ledger.ProductID) {
	r := g.product(p)
	file, o := r.Append(nil), g.options()
	for i := range uint64(4) {
		height := r.Seal.Height * (i + 1) / 4
		o.AsOf = &height
		group.Add(fmt.Sprintf("%s at height %03d", p, height), vectors.Receipt, given(file, o))
	}
	o.AsOf = nil
	days := map[ledger.Date]bool{}
	for _, t := range value(g, subject.Product(p), subject.ParseProduct).Certificates {
		last := value(g, subject.Certificate(t.Certificate), subject.ParseCertificate).EffectiveLast
		days[last], days[last.AddDays(1)] = true, true
	}
	for day := range days {
		o.Date = day
		group.Add(fmt.Sprintf("%s on %d", p, day), vectors.Receipt, given(file, o))
	}
}

func (g *registry) lookup(height uint64, id subject.ID) (value []byte, ok bool) {
	if err := g.ledger.ViewAt(height, func(v *chain.View) error {
		value, ok = v.Value(id)
		return nil
	}); err != nil {
		g.t.Fatal(err)
	}
	return value, ok
}

// compare checks a product's receipt at some heights, and returns how many records it shows.
func (g *registry) compare(p ledger.ProductID) int {
	r := g.product(p)
	file := r.Append(nil)
	top := g.ledger.Head().Height
	for _, height := range []uint64{top, top - 3, top - uint64(g.random.IntN(int(top)))} {
		o := g.options()
		o.AsOf = &height
		got, err := receipts.Subject(g.t.Context(), file, o)
		if err != nil {
			g.t.Errorf("%s at %d: %v", p, height, err)
			return 0
		}
		want, there := g.lookup(height, subject.Product(p))
		if there != (got.Product != nil) || there && !bytes.Equal(got.Product.Append(nil), want) {
			g.t.Errorf("%s at %d: derived %v", p, height, got.Product)
			continue
		}
		for _, c := range got.Certificates {
			want, _ := g.lookup(height, subject.Certificate(c.Value.Certificate))
			if !bytes.Equal(c.Value.Append(nil), want) {
				g.t.Errorf("%s at %d: derived %v", c.Value.Certificate, height, c.Value)
			}
			if c.Value.Status == subject.CertificateSuperseded && c.Value.EffectiveLast < c.Value.ValidUntil {
				g.renewed++
			}
			if c.Competence == nil || c.Decision == nil {
				g.t.Errorf("%s: no grounds", c.Value.Certificate)
			}
		}
	}
	if err := g.ledger.View(func(v *chain.View) error {
		again, err := prove.Product(v, g.signed, p, prove.Options{})
		if err == nil && !bytes.Equal(again.Append(nil), file) {
			g.t.Errorf("%s: two receipts under one head", p)
		}
		return err
	}); err != nil {
		g.t.Error(err)
	}
	g.dates(file, p)
	back, err := receipt.Parse(file)
	if err != nil || !slices.Equal(back.Append(nil), file) {
		g.t.Errorf("%s: round trip: %v", p, err)
	}
	return len(r.Records)
}

// trusting believes every signature: for checks of one file again and again.
type trusting struct{}

func (trusting) Verify(_ context.Context, jobs []ident.Job) ([]error, error) {
	return make([]error, len(jobs)), nil
}

// dates holds verdicts against those of the node's queries, around every day on which something changes.
func (g *registry) dates(file []byte, p ledger.ProductID) {
	days := []ledger.Date{Today}
	for _, t := range value(g, subject.Product(p), subject.ParseProduct).Certificates {
		c := value(g, subject.Certificate(t.Certificate), subject.ParseCertificate)
		for _, d := range []ledger.Date{c.ValidFrom, c.ValidUntil, c.EffectiveLast} {
			days = append(days, d.AddDays(-1), d, d.AddDays(1))
		}
	}
	for _, on := range days {
		o := g.options()
		o.Date, o.Signatures = on, trusting{}
		got, err := receipts.Subject(g.t.Context(), file, o)
		if err != nil {
			g.t.Fatal(err)
		}
		if err := g.ledger.View(func(v *chain.View) error {
			a, err := (&query.Snapshot{Source: v}).TraceProduct(&apiv1.TraceProductRequest{Product: p.String()}, on)
			if err != nil {
				return err
			}
			w := a.GetVerdict()
			kind := "VERDICT_KIND_" + strings.ToUpper(string(got.Verdict.Kind))
			certificate := ""
			if !got.Verdict.Certificate.IsZero() {
				certificate = got.Verdict.Certificate.String()
			}
			if w.GetKind().String() != kind || w.GetCertificate() != certificate || w.GetUntil() != uint32(got.Verdict.Until) || w.GetStar() != uint32(got.Verdict.Star) {
				g.t.Errorf("%s on %s: %v, a query says %v", p, on, got.Verdict, w)
			}
			return nil
		}); err != nil {
			g.t.Error(err)
		}
	}
}
