package rules_test

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/reason/reasontest"
	"github.com/ocopledger/ocop/ledger/rules"
	"github.com/ocopledger/ocop/ledger/subject"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
	"google.golang.org/protobuf/proto"
)

var update = flag.Bool("update", false, "write the outcomes of the scenarios anew")

// Outcomes are the lines that the runner writes: they begin with an arrow or are indented below one.
func isOutcome(line string) bool {
	return strings.HasPrefix(line, "→") || strings.HasPrefix(line, "   ")
}

// outcome of a scenario: the reasons it met.
type outcome struct {
	reasons map[reason.Code]bool
	kinds   map[string]bool // accepted kinds of action
}

type scenario struct{ file, title string }

// results plays all files and compares what the ledger answers with what they say.
func results(t *testing.T) map[scenario]*outcome {
	t.Helper()
	all := map[scenario]*outcome{}
	for _, file := range must(filepath.Glob("testdata/*.txt")) {
		switch filepath.Base(file) {
		case "world.txt", "README.txt", "bad-inputs.txt":
			continue
		}
		got := runFile(t, file, all)
		want := must(os.ReadFile(file))
		if bytes.Equal(got, want) {
			continue
		}
		if *update {
			if err := os.WriteFile(file, got, 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		g, w := strings.Split(string(got), "\n"), strings.Split(string(want), "\n")
		for i := range g {
			if i >= len(w) || g[i] != w[i] {
				t.Errorf("%s:%d: outcome differs\n got %s\nwant %s\n(-update writes it anew)", file, i+1, g[i], strings.Join(w[i:min(i+1, len(w))], ""))
				break
			}
		}
	}
	return all
}

func genesisWorld(tb testing.TB) *world {
	w := newWorld()
	for i, line := range strings.Split(string(must(os.ReadFile("testdata/world.txt"))), "\n") {
		guard(tb, "testdata/world.txt", i+1, func() { w.line(line) })
	}
	return w
}

// line makes a part of the world.
func (w *world) line(line string) {
	kind, rest, _ := strings.Cut(line, " ")
	switch kind {
	case "", "#":
	case "territory":
		w.territory(rest)
	case "agency":
		w.agency(rest)
	case "scheme":
		w.scheme(rest)
	case "windows":
		w.windows(rest)
	case "policy":
		w.policy(rest)
	case "at":
		w.now = moment(rest)
	default:
		wrong("not understood: %q", line)
	}
}

// guard names the line that could not be understood.
func guard(tb testing.TB, file string, line int, f func()) {
	tb.Helper()
	defer func() {
		if v := recover(); v != nil {
			if b, ok := v.(bad); ok {
				tb.Fatalf("%s:%d: %s", file, line, string(b))
			}
			panic(v)
		}
	}()
	f()
}

// runFile plays a file of scenarios and returns it with the outcomes of this run. What comes before the first title is played before each.
func runFile(t *testing.T, file string, all map[scenario]*outcome) []byte {
	var out bytes.Buffer
	base := genesisWorld(t)
	p := &player{t: t, file: file, world: base, out: &out, outcome: &outcome{map[reason.Code]bool{}, map[string]bool{}}, preamble: true}
	lines := strings.Split(strings.TrimSuffix(string(must(os.ReadFile(file))), "\n"), "\n")
	started := false
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		if isOutcome(line) {
			continue
		}
		if title, ok := strings.CutPrefix(line, "== "); ok {
			if !started {
				base = p.world
			}
			started, p.preamble = true, false
			id := scenario{strings.TrimSuffix(filepath.Base(file), ".txt"), title}
			if all[id] != nil {
				t.Fatalf("%s:%d: a second scenario %q", file, i+1, title)
			}
			p.world, p.outcome = base.clone(), &outcome{map[reason.Code]bool{}, map[string]bool{}}
			all[id] = p.outcome
			fmt.Fprintln(&out, line)
			continue
		}
		text := []string{line}
		fmt.Fprintln(&out, line)
		for i+1 < len(lines) && (strings.HasPrefix(lines[i+1], "  and ") || strings.HasPrefix(lines[i+1], "  | ")) {
			i++
			text = append(text, strings.TrimSpace(lines[i]))
			fmt.Fprintln(&out, lines[i])
		}
		if n, ok := strings.CutSuffix(line, " times:"); ok {
			guard(t, file, i+1, func() { p.rehearse(int(number(n))-1, lines[i+1:]) })
			continue
		}
		guard(t, file, i+1, func() { p.play(text) })
	}
	return out.Bytes()
}

// rehearse plays the lines down to "end of times" without a word; the last time they are played like any others.
func (p *player) rehearse(times int, lines []string) {
	out := p.out
	p.out = new(bytes.Buffer)
	defer func() { p.out = out }()
	for range times {
		for _, line := range lines {
			if line == "end of times" {
				break
			}
			if !isOutcome(line) {
				p.play([]string{line})
			}
		}
		p.out.Reset()
	}
}

type player struct {
	t    *testing.T
	file string
	*world
	out      *bytes.Buffer
	outcome  *outcome
	preamble bool // before the first title
}

func (p *player) say(format string, args ...any) { fmt.Fprintf(p.out, format+"\n", args...) }

// play plays a line: a time, a record, a question.
func (p *player) play(text []string) {
	line := text[0]
	switch {
	case line == "" || strings.HasPrefix(line, "#") || line == "end of times":
	case strings.HasPrefix(line, "at "):
		p.now = moment(line[3:])
	case line == "one block:":
		p.height++
		p.block = rules.NewBlock(p.context(), p.memory)
	case line == "end of block":
		p.block = nil
	case strings.HasPrefix(line, "windows "):
		p.windows(line[len("windows "):])
	case line == "again" || strings.HasPrefix(line, "again, ") || strings.HasPrefix(line, "again: "):
		p.again(line[len("again"):])
	case strings.HasPrefix(line, "protocol "):
		p.protocol = uint32(number(line[len("protocol "):]))
	case strings.HasPrefix(line, "show "):
		p.show(line[len("show "):])
	default:
		p.record(text)
	}
}

// record plays "WHO [(…)]: ACTION" with its "and" lines; "WHO simulates" asks without signing.
func (p *player) record(text []string) {
	head, first, ok := strings.Cut(text[0], ": ")
	if !ok {
		wrong("not understood: %q", text[0])
	}
	who, options, _ := strings.Cut(head, " (")
	actions := []string{first}
	for _, line := range text[1:] {
		if more, ok := strings.CutPrefix(line, "| "); ok {
			actions[len(actions)-1] += " " + more
		} else {
			actions = append(actions, strings.TrimPrefix(line, "and "))
		}
	}
	if name, ok := strings.CutSuffix(who, " simulates"); ok {
		p.simulate(p.account(name), split(strings.TrimSuffix(options, ")")), actions)
		return
	}
	touches, refusal := p.submit(who, split(strings.TrimSuffix(options, ")")), actions)
	if refusal != nil {
		if p.preamble {
			wrong("what every scenario starts from is refused: %v", refusal)
		}
		p.refusal(refusal)
		return
	}
	p.say("→ accepted%s", p.marks(touches))
}

// submit signs and applies a record.
func (p *player) submit(who string, c *clauses, texts []string) ([]rules.Touch, *rules.Refusal) {
	author := p.account(who)
	key := keyOf(c.or("key", who))
	p.salt++
	h := ledger.Header{Chain: p.chain, Schema: 1, Issued: p.now - 60_000 + p.salt, Author: author}
	if issued, ok := c.get("issued"); ok {
		h.Issued = moment(issued)
	}
	h.Expires = h.Issued + ledger.DayMillis
	if expires, ok := c.get("expires"); ok {
		h.Expires = moment(expires)
	}
	if chain, ok := c.get("for the ledger"); ok {
		copy(h.Chain[:], chain)
	}
	h.Schema = uint16(number(c.or("schema", fmt.Sprint(p.protocol))))
	var actions [][]byte
	for _, text := range texts {
		actions = append(actions, p.action(author, text))
	}
	e := envelope(p.t, h, key.Public(), actions)
	e, refusal := p.believe(e, key, c)
	c.done()
	if refusal != nil {
		p.outcome.reasons[refusal.Reason] = true
		return nil, refusal
	}
	p.sent = append(p.sent, sent{texts[0], e})
	before := len(p.memory)
	touches, refusal := p.apply(e)
	if p.block != nil {
		for _, t := range touches { // the block is committed at its end; meanwhile it overlays what it touched
			p.memory[t.Subject] = t.Value
		}
	}
	if refusal == nil || refusal.Final() {
		p.ordered[e.ID] = true
	}
	if refusal != nil && !refusal.Final() && len(p.memory) != before {
		p.t.Errorf("%s: a refusal that is not final left something", p.file)
	}
	if refusal != nil {
		p.outcome.reasons[refusal.Reason] = true
		return nil, refusal
	}
	for i, text := range texts {
		if name, ok := saleName(text); ok {
			p.sales[name] = ledger.SaleID{Record: e.ID, Action: uint16(i)}
		}
		var a recordv1.Action
		if err := proto.Unmarshal(actions[i], &a); err != nil {
			p.t.Fatal(err)
		}
		m := a.ProtoReflect()
		p.outcome.kinds[string(m.WhichOneof(m.Descriptor().Oneofs().Get(0)).Name())] = true
	}
	return touches, nil
}

func (p *player) refusal(f *rules.Refusal) {
	final := "refused for good"
	if !f.Final() {
		final = "turned away"
	}
	where := f.Field
	if f.Action != ledger.WholeRecord && f.Action > 0 {
		where = fmt.Sprintf("action %d, %s", f.Action, where)
	}
	vietnamese, english := f.Sentences()
	p.say("→ %s: %v (%s)", final, f.Reason, where)
	p.say("   %s", vietnamese)
	p.say("   %s", english)
	if words := reasontest.Foreign(vietnamese); len(words) > 0 {
		p.t.Errorf("%s: %v: %q are not Vietnamese, in %q", p.file, f.Reason, words, vietnamese)
	}
	if info := reason.Of(f.Reason); vietnamese == info.BareVietnamese && vietnamese != info.Vietnamese || strings.Contains(vietnamese, "“”") {
		p.t.Errorf("%s: %v: a value is missing: %s", p.file, f.Reason, vietnamese)
	}
	for _, s := range []string{vietnamese, english} {
		if strings.Contains(s, "…") && !strings.Contains(s, "…”") {
			p.t.Errorf("%s: %v: a placeholder is not filled: %s", p.file, f.Reason, s)
		}
	}
}

func (p *player) simulate(author ledger.AccountID, c *clauses, texts []string) {
	schema := uint32(number(c.or("schema", "0")))
	c.done()
	var actions [][]byte
	for _, text := range texts {
		actions = append(actions, p.action(author, text))
	}
	refusals := rules.Simulate(p.context(), p.memory, author, schema, actions)
	if len(refusals) == 0 {
		p.say("→ would be accepted")
	}
	for _, f := range refusals {
		p.outcome.reasons[f.Reason] = true
		p.refusal(f)
	}
}

// marks tells what a record's sales are marked with.
func (p *player) marks(touches []rules.Touch) string {
	for _, t := range touches {
		if t.Subject.Kind != subject.KindSale {
			continue
		}
		v := must(subject.ParseSale(t.Value))
		var words []string
		if v.Marks&subject.MarkLate != 0 {
			words = append(words, "late")
		}
		if v.Marks&subject.MarkOCOP != 0 {
			words = append(words, "as OCOP")
		}
		if v.Status == subject.SaleUnconfirmed {
			words = append(words, "buyer has not confirmed")
		}
		if len(words) > 0 {
			return ", " + strings.Join(words, ", ")
		}
	}
	return ""
}

// show answers a question about the state.
func (p *player) show(what string) {
	kind, id, _ := strings.Cut(what, " ")
	named, ok := map[string]func(string) subject.ID{
		"lot":         func(s string) subject.ID { return subject.Lot(p.lotID(s)) },
		"certificate": func(s string) subject.ID { return subject.Certificate(p.certificateID(s)) },
		"product":     func(s string) subject.ID { return subject.Product(p.productID(s)) },
		"account":     func(s string) subject.ID { return subject.Account(p.account(s)) },
		"decision":    func(s string) subject.ID { return subject.Decision(p.decision(s)) },
		"activity":    func(s string) subject.ID { return subject.Activity(p.account(s)) },
		"serials":     func(s string) subject.ID { return subject.Serials(p.productID(s)) },
		"contact":     func(s string) subject.ID { return subject.Contact(p.account(s)) },
		"policy":      func(string) subject.ID { return subject.Policy() },
		"parameters":  func(string) subject.ID { return subject.Parameters() },
		"node":        func(s string) subject.ID { return subject.Node(p.account(s)) },
		"proposal":    func(s string) subject.ID { return subject.Proposal(p.sales[s]) },
		"keys": func(s string) subject.ID {
			return subject.ValidatorKeys(p.account(strings.TrimPrefix(s, "of validator ")))
		},
	}[kind]
	if !ok {
		wrong("nobody can show a %q", kind)
	}
	data, ok := p.memory[named(id)]
	if !ok {
		p.say("→ nothing")
		return
	}
	switch kind {
	case "lot":
		p.showLot(p.lotID(id), must(subject.ParseLot(data)))
	case "certificate":
		v := must(subject.ParseCertificate(data))
		p.say("→ %d stars, %s points (A %s, B %s, C %s), %s; valid %v to %v, counts until %v; %s%s", v.Star, hundredths(v.Total), hundredths(v.ScoreA), hundredths(v.ScoreB), hundredths(v.ScoreC),
			v.Scheme, v.ValidFrom, v.ValidUntil, v.EffectiveLast, status(&v), map[bool]string{true: ", historical"}[v.Historical])
	case "product":
		v := must(subject.ParseProduct(data))
		p.say("→ %q, GTIN %q, %s/%s, %d certificates", v.Name.Register, v.GTIN, v.Scheme, v.Group, len(v.Certificates))
		if v.Picture != (ledger.Hash{}) {
			p.say("   picture %s", short(v.Picture[:]))
		}
		p.inspected(v.Inspections)
	case "account":
		v := must(subject.ParseAccount(data))
		active := 0
		for _, k := range v.Keys {
			if k.Retired == 0 {
				active++
			}
		}
		p.say("→ %q, kind %d, territory %d, key epoch %d, %d keys of which %d active", v.Name.Register, v.Kind, v.Territory, v.Epoch, len(v.Keys), active)
	case "decision":
		v := must(subject.ParseDecision(data))
		p.say("→ of %v under %s, %d parts, missing %v", v.Date, v.Scheme, v.Parts, v.Missing())
	case "activity":
		v := must(subject.ParseActivity(data))
		p.say("→ %d accepted, %d refused for good", v.Accepted, v.Refused)
	case "policy":
		v := must(subject.ParsePolicy(data)).Policy
		p.say("→ epoch %d after %s, quorum %d, publisher %s with log key %s", v.Number, short(v.Previous[:]), v.Quorum, p.nameOf(v.Publisher), short(v.LogKey[:]))
		for _, v := range v.Validators {
			p.say("   %s: node %s, cosigner %s (%s)", p.nameOf(v.Agency), short(v.NodeKey[:]), short(v.CosignerKey[:]), v.CosignerName)
		}
	case "serials":
		p.say("→ next %d", must(subject.ParseSerials(data)).Next)
	case "contact":
		p.say("→ %q", must(subject.ParseContact(data)).Phone)
	case "parameters":
		p.showParameters(must(subject.ParseParameters(data)))
	case "node":
		p.showNode(must(subject.ParseNode(data)))
	case "proposal":
		p.showProposal(must(subject.ParseProposal(data)))
	case "keys":
		p.say("→ %s", strings.Join(keysOf(must(subject.ParseValidatorKeys(data))), " · "))
	}
}

func (p *player) showLot(id ledger.LotID, v subject.LotValue) {
	var held []string
	for _, name := range p.names() {
		if data, ok := p.memory[subject.Holding(p.accounts[name], id)]; ok {
			held = append(held, fmt.Sprintf("%s %d", name, must(subject.ParseHolding(data)).Quantity))
		}
	}
	used := ""
	if v.Used > 0 {
		used = fmt.Sprintf(" + used %d", v.Used)
	}
	p.say("→ produced %d = held %d (%s) + left %d%s; traded %d", v.Quantity, p.held(id), strings.Join(held, ", "), v.Left, used, v.Traded)
	p.supplied(&v)
	if !p.conserved(&v) {
		p.t.Errorf("%s: lot %v: quantity is not conserved", p.file, id)
	}
}

func hundredths(n uint32) string { return fmt.Sprintf("%d.%02d", n/100, n%100) }

func status(v *subject.CertificateValue) string {
	s := []string{"", "issued", "revoked", "superseded"}[v.Status]
	if v.Corrections > 0 {
		s += fmt.Sprintf(", corrected %d times", v.Corrections)
	}
	return s
}

func TestScenarios(t *testing.T) {
	all := results(t)
	t.Run("kinds", func(t *testing.T) { everyKind(t, all) })
	t.Run("reasons", func(t *testing.T) { everyReason(t, all) })
	t.Run("bad inputs", func(t *testing.T) { badInputs(t, all) })
}

// everyKind wants an accepted action of each kind.
func everyKind(t *testing.T, all map[scenario]*outcome) {
	kinds := map[string]bool{}
	for _, o := range all {
		maps.Copy(kinds, o.kinds)
	}
	oneof := (&recordv1.Action{}).ProtoReflect().Descriptor().Oneofs().Get(0).Fields()
	for i := range oneof.Len() {
		if k := string(oneof.Get(i).Name()); !kinds[k] {
			t.Errorf("no scenario has an accepted %s", k)
		}
	}
}

// everyReason wants a scenario for each reason of the rules, and sentences for all.
func everyReason(t *testing.T, all map[scenario]*outcome) {
	reasons := map[reason.Code]bool{}
	for _, o := range all {
		maps.Copy(reasons, o.reasons)
	}
	for _, info := range reason.All() {
		if info.Door == reason.Rules && !reasons[info.Code] {
			t.Errorf("no scenario is refused for %s", info.Name)
		}
		if info.Vietnamese == "" || info.English == "" {
			t.Errorf("%s lacks a sentence", info.Name)
		}
	}
}
