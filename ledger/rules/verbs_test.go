package rules_test

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/subject"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// verbs make actions of what a scenario says. author is who signs, n the number of the action in its record.
var verbs = map[string]func(w *world, author ledger.AccountID, rest string) *recordv1.Action{
	"register account": (*world).registerAccount,
	"bind key":         (*world).bindKey,
	"retire key":       (*world).retireKey,
	"register product": (*world).registerProduct,
	"open decision":    (*world).openDecision,
	"certify item":     (*world).certify,
	"correct":          (*world).correct,
	"revoke":           (*world).revoke,
	"register lot":     (*world).registerLot,
	"propose":          (*world).propose,
	"accept":           (*world).accept,
	"sell outside":     (*world).sellOutside,
	"sell retail":      (*world).sellRetail,
	"rotate":           (*world).rotate,
	"update node":      (*world).updateNode,
	"put":              (*world).putToVote,
	"vote":             (*world).vote,
	"hold lot":         (*world).holdLot,
	"release lot":      (*world).releaseLot,
	"recall lot":       (*world).recallLot,
	"apply stamps":     (*world).applyStamps,
	"inspect":          (*world).inspect,
	"set picture":      (*world).setPicture,
	"set contact":      (*world).setContact,
	"raw":              nil, // bytes in hexadecimal
}

// action makes the bytes of an action.
func (w *world) action(author ledger.AccountID, text string) []byte {
	if digits, ok := strings.CutPrefix(text, "raw "); ok {
		return must(hex.DecodeString(strings.ReplaceAll(digits, " ", "")))
	}
	text, after, _ := strings.Cut(text, ", then bytes ")
	for _, verb := range slices.Backward(slices.Sorted(maps.Keys(verbs))) {
		if rest, ok := strings.CutPrefix(text, verb+" "); ok {
			return append(encode(verbs[verb](w, author, rest)), must(hex.DecodeString(after))...)
		}
	}
	wrong("nobody knows how to %q", text)
	return nil
}

func (w *world) registerAccount(_ ledger.AccountID, rest string) *recordv1.Action {
	c := split(rest)
	id, n, _ := strings.Cut(c.next(), " ")
	account := ledger.AccountID(number(n))
	w.accounts[id] = account
	a := &recordv1.RegisterAccount{
		Account: uint64(account), Kind: recordv1.AccountKind(enum(recordv1.AccountKind_value, "ACCOUNT_KIND_", c.or("kind", "cooperative"))),
		Roles: bits(c.or("roles", "producer"), "producer", "trader", "agency"), Name: name(c.or("name", `"HTX `+id+`"`)),
		Territory: uint32(number(c.or("territory", "6711"))), BusinessNumber: c.or("business", ""),
	}
	if slices.ContainsFunc(c.list, func(s string) bool { return strings.HasPrefix(s, "key ") }) {
		a.Key = w.grant(account, 1, c)
	}
	c.done()
	return &recordv1.Action{Kind: &recordv1.Action_RegisterAccount{RegisterAccount: a}}
}

// bind key NAME [ROLES] to ACCOUNT
func (w *world) bindKey(_ ledger.AccountID, rest string) *recordv1.Action {
	key, to, _ := strings.Cut(rest, " to ")
	c := split(to + ", key " + key)
	account := w.account(c.next())
	epoch := uint32(number(c.or("epoch", "1")))
	a := &recordv1.BindKey{Account: uint64(account), Epoch: epoch, Key: w.grant(account, epoch, c)}
	c.done()
	return &recordv1.Action{Kind: &recordv1.Action_BindKey{BindKey: a}}
}

// retire key NAME of ACCOUNT
func (w *world) retireKey(_ ledger.AccountID, rest string) *recordv1.Action {
	key, of, _ := strings.Cut(rest, " of ")
	c := split(of)
	public := keyOf(key).Public()
	a := &recordv1.RetireKey{
		Account: uint64(w.account(c.next())), PublicKey: public[:],
		Reason: recordv1.RetireReason(enum(recordv1.RetireReason_value, "RETIRE_REASON_", c.or("reason", "rotated"))),
	}
	c.done()
	return &recordv1.Action{Kind: &recordv1.Action_RetireKey{RetireKey: a}}
}

func (w *world) registerProduct(_ ledger.AccountID, rest string) *recordv1.Action {
	c := split(rest)
	id := c.next()
	scheme, group, _ := strings.Cut(c.or("group", "RS-2019/food"), "/")
	a := &recordv1.RegisterProduct{
		Product: w.product(id), Name: name(c.or("name", `"Sản phẩm `+id+`"`)), Group: &recordv1.GroupRef{Scheme: scheme, Code: group},
		Unit: unit(c.or("unit", "g")), Gtin: c.or("GTIN", ""), Origin: uint32(number(c.or("origin", "6711"))),
	}
	c.done()
	return &recordv1.Action{Kind: &recordv1.Action_RegisterProduct{RegisterProduct: a}}
}

// open decision NUMBER of DATE
func (w *world) openDecision(author ledger.AccountID, rest string) *recordv1.Action {
	c := split(rest)
	no, of, _ := strings.Cut(c.next(), " of ")
	d := date(of)
	id := ledger.DecisionID{Issuer: w.account(c.or("issuer", author.String())), Year: uint16(number(c.or("year", of[max(len(of)-4, 0):]))), Number: no}
	w.decisions[no] = id
	a := &recordv1.OpenDecision{Decision: decisionRef(id), Date: uint32(d), Document: document(c.or("document", strings.ReplaceAll(no, "/", "_")+".pdf")), Part: 1, Parts: 1}
	if part, ok := c.get("part"); ok {
		i, m, _ := strings.Cut(part, " of ")
		a.Part, a.Parts = uint32(number(i)), uint32(number(m))
	}
	a.Historical = c.has("historical")
	c.done()
	return &recordv1.Action{Kind: &recordv1.Action_OpenDecision{OpenDecision: a}}
}

// certify item N of NUMBER
func (w *world) certify(_ ledger.AccountID, rest string) *recordv1.Action {
	c := split(rest)
	item, no, _ := strings.Cut(c.next(), " of ")
	certificate := w.certificate(no + " item " + item)
	stars, _ := c.suffix("stars")
	a := &recordv1.Certify{Certificate: certificate, Product: w.product(c.need("product")), Star: uint32(number(stars)), Group: c.or("group", "food")}
	s := &recordv1.Scores{A: points(c.or("A", "33.00")), B: points(c.or("B", "22.50")), C: points(c.or("C", "30.00"))}
	s.Total = s.A + s.B + s.C
	if total, ok := c.get("total"); ok {
		s.Total = points(total)
	}
	a.Scores = s
	a.MinimumsMet = !c.has("minimum requirements unmet")
	from := date(c.need("from"))
	a.ValidFrom, a.ValidUntil = uint32(from), uint32(from.AddMonths(36).AddDays(-1))
	if until, ok := c.get("until"); ok {
		a.ValidUntil = uint32(date(until))
	}
	if before, ok := c.get("renews"); ok {
		a.Predecessor = w.certificate(before)
	}
	c.done()
	return &recordv1.Action{Kind: &recordv1.Action_Certify{Certify: a}}
}

var fields = map[string]recordv1.Field{
	"star": 1, "A": 2, "B": 3, "C": 4, "total": 5, "valid from": 6, "valid until": 7, "group": 8,
	"name": 16, "territory": 17, "GTIN": 18, "business number": 19, "kind": 20,
}

// fieldValue reads a number, a score, a date, "text", blob WORDS or nothing.
func fieldValue(f recordv1.Field, s string) *recordv1.FieldValue {
	text := func(t string) *recordv1.FieldValue {
		return &recordv1.FieldValue{Choice: &recordv1.FieldValue_Text{Text: t}}
	}
	count := func(n uint64) *recordv1.FieldValue {
		return &recordv1.FieldValue{Choice: &recordv1.FieldValue_Number{Number: n}}
	}
	switch {
	case s == "nothing":
		return &recordv1.FieldValue{Choice: &recordv1.FieldValue_Empty{Empty: true}}
	case strings.HasPrefix(s, `"`):
		return text(quoted(s))
	case strings.HasPrefix(s, "blob "):
		h := sha256.Sum256([]byte(s[len("blob "):]))
		return &recordv1.FieldValue{Choice: &recordv1.FieldValue_Hash{Hash: h[:]}}
	case strings.Contains(s, "/"):
		return count(uint64(date(s)))
	case strings.Contains(s, "."):
		return count(uint64(points(s)))
	case f == recordv1.Field_FIELD_ACCOUNT_KIND:
		return count(uint64(enum(recordv1.AccountKind_value, "ACCOUNT_KIND_", s)))
	}
	return count(number(s))
}

// correct certificate|product|account WHAT, FIELD from OLD to NEW …, citing certificate|product|account WHAT
func (w *world) correct(_ ledger.AccountID, rest string) *recordv1.Action {
	c := split(rest)
	target := c.next()
	a := &recordv1.Correct{Reason: recordv1.CorrectionReason(enum(recordv1.CorrectionReason_value, "CORRECTION_REASON_", c.or("reason", "typing error")))}
	wrongAction := w.stated(c.or("citing", target))
	a.Wrong = &recordv1.ActionRef{Record: wrongAction.Record[:], Action: uint32(wrongAction.Action)}
	if wrongAction.Action == ledger.WholeRecord {
		a.Wrong.Action = 0
	}
	kind, what, _ := strings.Cut(target, " ")
	switch kind {
	case "certificate":
		a.Target = &recordv1.Correct_Certificate{Certificate: w.certificate(what)}
	case "product":
		a.Target = &recordv1.Correct_Product{Product: w.product(what)}
	case "account":
		a.Target = &recordv1.Correct_Account{Account: uint64(w.account(what))}
	default:
		wrong("nobody corrects a %q", kind)
	}
	if name, ok := c.get("document"); ok {
		a.Document = document(name)
	}
	for i, part := range c.list {
		if c.used[i] {
			continue
		}
		field, values, ok := strings.Cut(part, " was ")
		old, wanted, ok2 := strings.Cut(values, " now ")
		f, ok3 := fields[field]
		if !ok || !ok2 || !ok3 {
			wrong("not understood: %q", part)
		}
		c.used[i] = true
		a.Changes = append(a.Changes, &recordv1.FieldChange{Field: f, Old: fieldValue(f, old), New: fieldValue(f, wanted)})
	}
	return &recordv1.Action{Kind: &recordv1.Action_Correct{Correct: a}}
}

// stated is the action that stated something, or a made-up one.
func (w *world) stated(target string) (a ledger.ActionID) {
	kind, what, _ := strings.Cut(target, " ")
	switch kind {
	case "certificate":
		if v, ok := w.Value(subject.Certificate(w.certificateID(what))); ok {
			return must(subject.ParseCertificate(v)).Stated
		}
	case "product":
		if v, ok := w.Value(subject.Product(w.productID(what))); ok {
			return must(subject.ParseProduct(v)).Stated
		}
	case "account":
		if v, ok := w.Value(subject.Account(w.account(what))); ok {
			return must(subject.ParseAccount(v)).Stated
		}
	}
	return ledger.ActionID{Record: sha256.Sum256([]byte(target))}
}

// revoke certificate WHICH, by NUMBER of DATE
func (w *world) revoke(author ledger.AccountID, rest string) *recordv1.Action {
	c := split(rest)
	certificate := w.certificate(c.need("certificate"))
	no, of, _ := strings.Cut(c.need("by"), " of ")
	id := ledger.DecisionID{Issuer: w.account(c.or("issuer", author.String())), Year: uint16(number(c.or("year", of[max(len(of)-4, 0):]))), Number: no}
	a := &recordv1.Revoke{
		Certificate: certificate, Decision: decisionRef(id), Date: uint32(date(of)), Document: document(c.or("document", strings.ReplaceAll(no, "/", "_")+".pdf")),
		Reason:    recordv1.RevocationReason(enum(recordv1.RevocationReason_value, "REVOCATION_REASON_", c.or("reason", "no traceability"))),
		Effective: uint32(date(c.or("effective", of))),
	}
	c.done()
	return &recordv1.Action{Kind: &recordv1.Action_Revoke{Revoke: a}}
}

// register lot LOT, QUANTITY UNIT, produced DATE, from QUANTITY UNIT of LOT, …, yield N
func (w *world) registerLot(_ ledger.AccountID, rest string) *recordv1.Action {
	c := split(rest)
	lot := w.lot(c.next())
	quantity, u, _ := strings.Cut(c.next(), " ")
	a := &recordv1.RegisterLot{Lot: lot, Quantity: number(quantity), Unit: unit(u), Produced: uint32(date(c.need("produced")))}
	if expires, ok := c.get("expires"); ok {
		a.Expires = uint32(date(expires))
	}
	w.inputs(c, a)
	c.done()
	return &recordv1.Action{Kind: &recordv1.Action_RegisterLot{RegisterLot: a}}
}

// goods reads QUANTITY UNIT of LOT, on MOMENT, as OCOP under CERTIFICATE
func (w *world) goods(c *clauses) *recordv1.Goods {
	what, lot, _ := strings.Cut(c.next(), " of ")
	quantity, u, _ := strings.Cut(what, " ")
	g := &recordv1.Goods{Lot: w.lot(lot), Quantity: number(quantity), Unit: unit(u), EventTime: w.now}
	if on, ok := c.get("on"); ok {
		g.EventTime = moment(on)
	}
	if certificate, ok := c.get("as OCOP under"); ok {
		g.Certificate = w.certificate(certificate)
	}
	if price, ok := c.get("price"); ok {
		h := sha256.Sum256([]byte(price))
		g.Price = h[:]
	}
	return g
}

func (w *world) party(s string) *recordv1.Party {
	if who, ok := strings.CutPrefix(s, "hidden "); ok {
		h := sha256.Sum256([]byte(who))
		return &recordv1.Party{Choice: &recordv1.Party_Commitment{Commitment: h[:]}}
	}
	return &recordv1.Party{Choice: &recordv1.Party_Account{Account: uint64(w.account(s))}}
}

// propose NAME: QUANTITY UNIT of LOT, to BUYER
func (w *world) propose(_ ledger.AccountID, rest string) *recordv1.Action {
	_, what, _ := strings.Cut(rest, ": ")
	c := split(what)
	a := &recordv1.ProposeSale{Goods: w.goods(c), Buyer: w.party(c.need("to")), Lapses: w.now + 7*ledger.DayMillis}
	if lapses, ok := c.get("lapses"); ok {
		a.Lapses = moment(lapses)
	}
	c.done()
	return &recordv1.Action{Kind: &recordv1.Action_ProposeSale{ProposeSale: a}}
}

func (w *world) accept(_ ledger.AccountID, rest string) *recordv1.Action {
	sale, ok := w.sales[rest]
	if !ok {
		sale = ledger.SaleID{Record: sha256.Sum256([]byte(rest))}
	}
	return &recordv1.Action{Kind: &recordv1.Action_AcceptSale{AcceptSale: &recordv1.AcceptSale{
		Sale: &recordv1.ActionRef{Record: sale.Record[:], Action: uint32(sale.Action)},
	}}}
}

// sell outside [NAME:] QUANTITY UNIT of LOT, to hidden WHOM
func (w *world) sellOutside(_ ledger.AccountID, rest string) *recordv1.Action {
	if _, what, ok := strings.Cut(rest, ": "); ok {
		rest = what
	}
	c := split(rest)
	a := &recordv1.OutsideSale{Goods: w.goods(c), Buyer: w.party(c.or("to", "hidden Quán cà phê"))}
	c.done()
	return &recordv1.Action{Kind: &recordv1.Action_OutsideSale{OutsideSale: a}}
}

func (w *world) sellRetail(_ ledger.AccountID, rest string) *recordv1.Action {
	c := split(rest)
	a := &recordv1.RetailSale{Goods: w.goods(c)}
	c.done()
	return &recordv1.Action{Kind: &recordv1.Action_RetailSale{RetailSale: a}}
}

// saleName is the name a scenario gives to what an action makes: a sale, or a proposal that is voted on.
func saleName(text string) (string, bool) {
	for _, verb := range []string{"propose ", "sell outside ", "put "} {
		if rest, ok := strings.CutPrefix(text, verb); ok {
			name, _, named := strings.Cut(rest, ": ")
			return name, named
		}
	}
	return "", false
}

// Lines that make the world of genesis.

// agency NAME NUMBER, level L, territory T, powers P, from D, until D, key NAME ROLES
func (w *world) agency(rest string) {
	c := split(rest)
	id, n, _ := strings.Cut(c.next(), " ")
	account := ledger.AccountID(number(n))
	w.accounts[id] = account
	a := subject.AuthorityValue{Agency: account}
	for {
		l, ok := c.get("level")
		if !ok {
			break
		}
		g := subject.Grant{Level: level(l), Territory: uint32(number(c.need("territory"))), Powers: powers(c.need("powers")), From: date(c.need("from"))}
		if until, ok := c.get("until"); ok {
			g.Until = date(until)
		}
		a.Grants = append(a.Grants, g)
	}
	v := subject.AccountValue{
		Account: account, Kind: 1, Roles: subject.RoleAgency, Name: subject.Name{Register: quoted(c.need("name"))}, Territory: a.Grants[0].Territory,
		Registrar: account, Stated: ledger.ActionID{Action: ledger.WholeRecord}, Epoch: 1,
	}
	keys := []string{id + " all"}
	for {
		key, ok := c.get("key")
		if !ok {
			break
		}
		keys = append(keys, key)
	}
	for _, key := range keys {
		words := strings.Fields(key)
		v.Keys = append(v.Keys, subject.Key{PublicKey: keyOf(words[0]).Public(), Roles: uint16(keyRoles(words[1])), Bound: 1})
	}
	c.done()
	w.put(subject.Authority(account), &a)
	w.put(subject.Account(account), &v)
}

// territory CODE "NAME", level L, in PARENT
func (w *world) territory(rest string) {
	c := split(rest)
	code, label, _ := strings.Cut(c.next(), " ")
	t := subject.TerritoryValue{Code: uint32(number(code)), Name: quoted(label), Level: level(c.need("level")), Parent: uint32(number(c.or("in", "0")))}
	c.done()
	w.put(subject.Territory(t.Code), &t)
}

// scheme ID, from D, until D, A MAX, B MAX, C MAX, groups a+b, validity MONTHS months DAYS days, N stars from POINTS by LEVEL+LEVEL …
func (w *world) scheme(rest string) {
	c := split(rest)
	s := subject.SchemeValue{ID: c.next(), Source: "testdata/world.txt", From: date(c.need("from")), MaxA: points(c.need("A")), MaxB: points(c.need("B")), MaxC: points(c.need("C"))}
	if until, ok := c.get("until"); ok {
		s.Until = date(until)
	}
	for group := range strings.SplitSeq(c.need("groups"), "+") {
		s.Groups = append(s.Groups, subject.Group{Code: group, Name: group})
	}
	words := strings.Fields(c.need("validity")) // 36 months 1 day
	s.ValidityMonths, s.ValidityDays = uint8(number(words[0])), uint8(number(words[2]))
	for star, words := range map[uint8]string{2: "2 stars", 3: "3 stars", 4: "4 stars", 5: "5 stars"} {
		from, ok := c.get(words + " from")
		if !ok {
			continue
		}
		lowest, by, _ := strings.Cut(from, " by ")
		b := subject.Band{Star: star, Lowest: points(lowest)}
		for l := range strings.SplitSeq(by, "+") {
			b.Recognisers |= 1 << level(l)
		}
		s.Bands = append(s.Bands, b)
	}
	slices.SortFunc(s.Bands, func(a, b subject.Band) int { return int(a.Star) - int(b.Star) })
	c.done()
	w.put(subject.Scheme(s.ID), &s)
	w.schemes.Schemes = append(w.schemes.Schemes, subject.SchemeDates{ID: s.ID, From: s.From, Until: s.Until})
	w.put(subject.Schemes(), &w.schemes)
}

// windows backdating SPAN, future SPAN, expiry SPAN, lapse SPAN
func (w *world) windows(rest string) {
	c := split(rest)
	w.put(subject.Parameters(), &subject.ParametersValue{
		BackdatingWindow: span(c.need("backdating")), FutureWindow: span(c.need("future")), LongestExpiry: span(c.need("expiry")),
		LongestLapse: span(c.need("lapse")), ClockBound: 5000,
	})
	c.done()
}
