package rules_test

import (
	"crypto/sha256"
	"fmt"
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/subject"
	"github.com/ocopledger/ocop/ledger/wire"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// The language of scenarios. A clause is a keyword and its value: "A 33.00", "until 02/11/2023". testdata/README.txt explains it to people.

// bad stops at the line that is not understood; the runner adds where it is.
type bad string

func wrong(format string, args ...any) { panic(bad(fmt.Sprintf(format, args...))) }

func must[T any](v T, err error) T {
	if err != nil {
		wrong("%v", err)
	}
	return v
}

// clauses takes a comma-separated list apart. Commas inside quotes do not count.
type clauses struct {
	list []string
	used []bool
}

func split(s string) *clauses {
	c := new(clauses)
	quoted, start := false, 0
	for i := 0; i <= len(s); i++ {
		if i < len(s) && s[i] == '"' {
			quoted = !quoted
		}
		if i == len(s) || s[i] == ',' && !quoted {
			if part := strings.TrimSpace(s[start:i]); part != "" {
				c.list = append(c.list, part)
			}
			start = i + 1
		}
	}
	c.used = make([]bool, len(c.list))
	return c
}

// get finds the clause of a keyword.
func (c *clauses) get(keyword string) (string, bool) {
	for i, part := range c.list {
		if value, ok := strings.CutPrefix(part, keyword+" "); ok && !c.used[i] {
			c.used[i] = true
			return strings.TrimSpace(value), true
		}
	}
	return "", false
}

func (c *clauses) or(keyword, otherwise string) string {
	if v, ok := c.get(keyword); ok {
		return v
	}
	return otherwise
}

func (c *clauses) need(keyword string) string {
	v, ok := c.get(keyword)
	if !ok {
		wrong("no %q", keyword)
	}
	return v
}

// has finds a clause that is a word by itself.
func (c *clauses) has(word string) bool {
	for i, part := range c.list {
		if part == word && !c.used[i] {
			c.used[i] = true
			return true
		}
	}
	return false
}

// suffix finds the clause that ends with a word and returns what is before it: "4 stars".
func (c *clauses) suffix(word string) (string, bool) {
	for i, part := range c.list {
		if value, ok := strings.CutSuffix(part, " "+word); ok && !c.used[i] {
			c.used[i] = true
			return value, true
		}
	}
	return "", false
}

func (c *clauses) next() string {
	for i, part := range c.list {
		if !c.used[i] {
			c.used[i] = true
			return part
		}
	}
	wrong("something is missing")
	return ""
}

func (c *clauses) done() {
	for i, part := range c.list {
		if !c.used[i] {
			wrong("not understood: %q", part)
		}
	}
}

func number(s string) uint64 {
	return must(strconv.ParseUint(strings.ReplaceAll(s, "_", ""), 10, 64))
}

// points reads 85.50 as 8550.
func points(s string) uint32 {
	whole, rest, ok := strings.Cut(s, ".")
	if !ok || len(rest) != 2 {
		wrong("%q is not a score like 85.50", s)
	}
	return uint32(number(whole)*100 + number(rest))
}

// date reads dd/mm/yyyy, also of days that are not in the calendar.
func date(s string) ledger.Date {
	part := strings.Split(s, "/")
	if len(part) != 3 {
		wrong("%q is not a date", s)
	}
	return ledger.Date(number(part[2])*10000 + number(part[1])*100 + number(part[0]))
}

// moment reads "dd/mm/yyyy hh:mm", or noon of a date, at +07:00.
func moment(s string) uint64 {
	layout := "02/01/2006 15:04 -0700"
	if !strings.Contains(s, ":") {
		s += " 12:00"
	} else if strings.Count(s, ":") == 2 {
		layout = "02/01/2006 15:04:05 -0700"
	}
	return uint64(must(time.Parse(layout, s+" +0700")).UnixMilli())
}

// span reads "10 minutes" or "45 days".
func span(s string) uint64 {
	n, unit, _ := strings.Cut(s, " ")
	scale := map[string]uint64{"second": 1000, "minute": 60_000, "hour": 3_600_000, "day": ledger.DayMillis, "ms": 1}[strings.TrimSuffix(unit, "s")]
	if unit == "ms" {
		scale = 1
	}
	if scale == 0 {
		wrong("%q is not a length of time", s)
	}
	return number(n) * scale
}

// bits reads "register+certify".
func bits(s string, names ...string) (v uint32) {
	for word := range strings.SplitSeq(s, "+") {
		if word == "all" {
			return 1<<len(names) - 1
		}
		i := -1
		for j, n := range names {
			if n == word {
				i = j
			}
		}
		if i < 0 {
			v |= 1 << number(word) // a bit by its number
		} else {
			v |= 1 << i
		}
	}
	return v
}

func powers(s string) uint16 {
	return uint16(bits(s, "register", "certify", "revoke", "correct", "import", "govern", "inspect"))
}

func keyRoles(s string) uint32 { return bits(s, "register", "certify", "trade", "govern") }

func level(s string) subject.Level {
	for l, name := range []string{"", "commune", "district", "province", "ministry"} {
		if name == s {
			return subject.Level(l)
		}
	}
	wrong("no level %q", s)
	return 0
}

// enum finds the value of an enumeration whose name ends with the words.
func enum(values map[string]int32, prefix, words string) int32 {
	if n, err := strconv.ParseInt(words, 10, 32); err == nil {
		return int32(n)
	}
	v, ok := values[prefix+strings.ToUpper(strings.ReplaceAll(words, " ", "_"))]
	if !ok {
		wrong("no %s%q", prefix, words)
	}
	return v
}

func unit(s string) recordv1.Unit {
	if u, ok := map[string]recordv1.Unit{"g": 1, "ml": 2, "pieces": 3, "visits": 4}[s]; ok {
		return u
	}
	return recordv1.Unit(number(s))
}

// quoted reads a name in quotes, with "\u0302"-like escapes.
func quoted(s string) string { return must(strconv.Unquote(s)) }

func name(s string) *recordv1.Name {
	if words, ok := strings.CutPrefix(s, "blob "); ok {
		h := sha256.Sum256([]byte(words))
		return &recordv1.Name{Choice: &recordv1.Name_Blob{Blob: h[:]}}
	}
	return &recordv1.Name{Choice: &recordv1.Name_Register{Register: quoted(s)}}
}

// account is a name of the scenario or a number.
func (w *world) account(s string) ledger.AccountID {
	if a, ok := w.accounts[s]; ok {
		return a
	}
	return ledger.AccountID(number(s))
}

func (w *world) product(s string) *recordv1.ProductRef {
	producer, n, ok := strings.Cut(s, ".")
	if !ok {
		wrong("%q is not PRODUCER.NUMBER", s)
	}
	return &recordv1.ProductRef{Producer: uint64(w.account(producer)), Number: uint32(number(n))}
}

func (w *world) productID(s string) ledger.ProductID {
	p := w.product(s)
	return ledger.ProductID{Producer: ledger.AccountID(p.Producer), Number: p.Number}
}

func (w *world) lot(s string) *recordv1.LotRef {
	product, code, ok := strings.Cut(s, "/")
	if !ok {
		wrong("%q is not PRODUCT/LOT", s)
	}
	return &recordv1.LotRef{Product: w.product(product), Lot: code}
}

func (w *world) lotID(s string) ledger.LotID {
	product, code, _ := strings.Cut(s, "/")
	return ledger.LotID{Product: w.productID(product), Lot: code}
}

func decisionRef(d ledger.DecisionID) *recordv1.DecisionRef {
	return &recordv1.DecisionRef{Issuer: uint64(d.Issuer), Year: uint32(d.Year), Number: d.Number}
}

// decision is the one of that number which the scenario opened last.
func (w *world) decision(number string) ledger.DecisionID {
	if d, ok := w.decisions[number]; ok {
		return d
	}
	return ledger.DecisionID{Issuer: 2, Year: 2020, Number: number}
}

// certificate reads "1032/QĐ-UBND item 5".
func (w *world) certificate(s string) *recordv1.CertificateRef {
	no, item, ok := strings.Cut(s, " item ")
	if !ok {
		wrong("%q is not DECISION item NUMBER", s)
	}
	return &recordv1.CertificateRef{Decision: decisionRef(w.decision(no)), Item: uint32(number(item))}
}

func (w *world) certificateID(s string) ledger.CertificateID {
	no, item, _ := strings.Cut(s, " item ")
	return ledger.CertificateID{Decision: w.decision(no), Item: uint16(number(item))}
}

func document(s string) *recordv1.Document {
	h := sha256.Sum256([]byte(s))
	return &recordv1.Document{Sha256: h[:], Size: uint64(len(s)), Name: s}
}

func (w *world) grant(account ledger.AccountID, epoch uint32, c *clauses) *recordv1.KeyGrant {
	words := strings.Fields(c.need("key"))
	key := keyOf(words[0])
	roles := keyRoles("trade+govern")
	if len(words) > 1 {
		roles = keyRoles(words[1])
	}
	p := ident.KeyPossession{Chain: w.chain, Account: uint64(account), Epoch: epoch, Roles: roles}
	if other, ok := c.get("proof for"); ok {
		p.Account = uint64(w.account(other))
	}
	if other, ok := c.get("proof of epoch"); ok {
		p.Epoch = uint32(number(other))
	}
	public, proof := key.Public(), must(p.Prove(key))
	if by, ok := c.get("proof by"); ok {
		other := keyOf(by)
		proof = must(other.Sign(ident.Digest(ident.TypeKeyPossession, p.Body(public))))
	}
	return &recordv1.KeyGrant{PublicKey: public[:], Roles: roles, Proof: proof[:]}
}

// encode writes an action as the table orders it, without asking whether the table accepts it.
func encode(a *recordv1.Action) []byte {
	data := must(proto.MarshalOptions{Deterministic: true}.Marshal(a))
	return must(wire.Records().Order(wire.MessageAction, data))
}
