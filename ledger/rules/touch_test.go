package rules_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/rules"
	"github.com/ocopledger/ocop/ledger/subject"
)

// started is a world with a producer, a trader, two products, a certificate and a lot.
func started(t testing.TB) *world {
	w := genesisWorld(t)
	w.protocol = 4
	for _, step := range []struct{ who, text string }{
		{"province", "register account coop 2000001, roles producer+trader, key coop"},
		{"province", "register account trader 2000002, roles trader, key trader"},
		{"coop", `register product coop.1, name "Cà phê", GTIN 08935000100011`},
		{"coop", "register product coop.2"},
		{"coop", "register lot coop.1/L1, 1000 g, produced 30/09/2020"},
	} {
		w.must(t, step.who, step.text)
	}
	w.must(t, "province", "open decision 1032/QĐ of 03/11/2020", "certify item 1 of 1032/QĐ, product coop.1, 4 stars, from 03/11/2020")
	return w
}

func (w *world) sign(t testing.TB, who string, texts ...string) *ledger.Envelope {
	t.Helper()
	w.salt++
	h := ledger.Header{Chain: w.chain, Schema: uint16(w.protocol), Issued: w.now - 60_000 + w.salt, Author: w.account(who)}
	h.Expires = h.Issued + ledger.DayMillis
	var actions [][]byte
	for _, text := range texts {
		actions = append(actions, w.action(h.Author, text))
	}
	return envelope(t, h, keyOf(who).Public(), actions)
}

func (w *world) must(t testing.TB, who string, texts ...string) []rules.Touch {
	t.Helper()
	e := w.sign(t, who, texts...)
	touches, refusal := w.apply(e)
	if refusal != nil {
		t.Fatalf("%s: %q: %v", who, texts, refusal)
	}
	for i, text := range texts {
		if name, ok := saleName(text); ok {
			w.sales[name] = ledger.SaleID{Record: e.ID, Action: uint16(i)}
		}
	}
	return touches
}

// Which subjects each kind of action touches, in order: what histories are made of, so it never changes.
func TestTouches(t *testing.T) {
	w := started(t)
	for _, c := range []struct {
		who   string
		texts []string
		want  string
	}{
		{"province", []string{"register account other 2000003"}, "account 2000003 · activity 2"},
		{"province", []string{"bind key other to other"}, "account 2000003 · activity 2"},
		{"province", []string{"retire key other of other"}, "account 2000003 · activity 2"},
		{"coop", []string{`register product coop.3, name "Tiêu", GTIN 08935000100028`}, `product 2000001.3 · product name "Tiêu" of 2000001 · GTIN 08935000100028 · activity 2000001`},
		{"coop", []string{"register product coop.4, name blob Tiêu"}, "product 2000001.4 · activity 2000001"},
		{"province", []string{"open decision 7/QĐ of 03/11/2020", "certify item 1 of 7/QĐ, product coop.2, 4 stars, from 03/11/2020", "certify item 2 of 7/QĐ, product coop.2, 4 stars, from 04/11/2020, until 05/11/2020, renews 7/QĐ item 1"},
			"decision 2:2020:7/QĐ · 1 certificate 2:2020:7/QĐ:1 · 1 product 2000001.2 · 2 certificate 2:2020:7/QĐ:1 · 2 certificate 2:2020:7/QĐ:2 · 2 product 2000001.2 · activity 2"},
		{"province", []string{"correct certificate 7/QĐ item 2, star was 4 now 3"}, "certificate 2:2020:7/QĐ:2 · activity 2"},
		{"province", []string{"correct certificate 7/QĐ item 2, valid until was 05/11/2020 now 06/11/2020"}, "certificate 2:2020:7/QĐ:2 · product 2000001.2 · activity 2"},
		{"province", []string{"correct certificate 7/QĐ item 2, valid from was 04/11/2020 now 05/11/2020"}, "certificate 2:2020:7/QĐ:2 · certificate 2:2020:7/QĐ:1 · product 2000001.2 · activity 2"},
		{"province", []string{"correct account other, territory was 6711 now 671"}, "account 2000003 · activity 2"},
		{"coop", []string{`correct product coop.3, name was "Tiêu" now "Hồ tiêu"`}, `product 2000001.3 · product name "Tiêu" of 2000001 · product name "Hồ tiêu" of 2000001 · activity 2000001`},
		{"province", []string{"revoke certificate 7/QĐ item 2, by 8/QĐ of 03/11/2020"}, "certificate 2:2020:7/QĐ:2 · product 2000001.2 · activity 2"},
		{"coop", []string{"register lot coop.1/L2, 10 g, produced 30/09/2020"}, "lot 2000001.1/L2 · holding of 2000001 in 2000001.1/L2 · activity 2000001"},
		{"coop", []string{"propose s: 10 g of coop.1/L1, to trader"}, "sale s · activity 2000001"},
		{"trader", []string{"accept s"}, "sale s · lot 2000001.1/L1 · holding of 2000001 in 2000001.1/L1 · holding of 2000002 in 2000001.1/L1 · activity 2000002"},
		{"coop", []string{"sell outside o: 10 g of coop.1/L1"}, "sale o · lot 2000001.1/L1 · holding of 2000001 in 2000001.1/L1 · activity 2000001"},
		{"province", []string{"rotate cosigner fresh"}, "policy · validator keys 2 · activity 2"},
		{"province", []string{"rotate cosigner fresh-2, node fresh-3", "rotate node fresh-4"}, "policy · validator keys 2 · 1 policy · 1 validator keys 2 · activity 2"},
		{"province", []string{"rotate tls fresh-5", "rotate tls fresh-6, node fresh-7"}, "validator keys 2 · node 2 · 1 policy · 1 validator keys 2 · 1 node 2 · activity 2"},
		{"province", []string{"update node incarnation 2", "update node peer a:1, public b:2"}, "node 2 · 1 node 2 · activity 2"},
		{"province", []string{"put P1: add validator department, quorum 3", "vote yes on action 0"}, "proposal P1 · 1 proposal P1 · activity 2"},
		{"ministry", []string{"vote yes on P1"}, "proposal P1 · policy · validator keys 5 · node 5 · activity 1"},
		{"province", []string{"put P2: remove validator lamdong, quorum 2"}, "proposal P2 · activity 2"},
		{"lamdong", []string{"vote yes on P2"}, "proposal P2 · activity 4"},
		{"ministry", []string{"vote yes on P2"}, "proposal P2 · activity 1"},
		{"department", []string{"vote yes on P2"}, "proposal P2 · policy · validator keys 4 · activity 5"},
		{"province", []string{"put P3: set parameters", "vote yes on action 0"}, "proposal P3 · 1 proposal P3 · activity 2"},
		{"ministry", []string{"vote yes on P3"}, "proposal P3 · parameters · activity 1"},
		{"coop", []string{"sell retail 10 g of coop.1/L1"}, "lot 2000001.1/L1 · holding of 2000001 in 2000001.1/L1 · activity 2000001"},
		{"coop", []string{"register lot coop.1/L3, 10 g, produced 30/09/2020, from 100 g of coop.1/L1, from 1 g of coop.1/L2, yield 1000"},
			"lot 2000001.1/L3 · holding of 2000001 in 2000001.1/L3 · lot 2000001.1/L1 · holding of 2000001 in 2000001.1/L1 · lot 2000001.1/L2 · holding of 2000001 in 2000001.1/L2 · activity 2000001"},
		{"coop", []string{"hold lot coop.1/L1", "release lot coop.1/L1"}, "lot 2000001.1/L1 · 1 lot 2000001.1/L1 · activity 2000001"},
		{"coop", []string{"apply stamps 2 on coop.1/L1"}, "lot 2000001.1/L1 · serials 2000001.1 · activity 2000001"},
		{"province", []string{"recall lot coop.1/L2, by 9/QĐ.pdf"}, "lot 2000001.1/L2 · activity 2"},
		{"province", []string{"inspect lot coop.1/L1, on 01/11/2020", "inspect product coop.1, on 01/11/2020"}, "lot 2000001.1/L1 · 1 product 2000001.1 · activity 2"},
		{"coop", []string{"set picture of coop.1 to a bag"}, "product 2000001.1 · activity 2000001"},
		{"province", []string{"set contact 19001234"}, "contact 2 · activity 2"},
	} {
		touches := w.must(t, c.who, c.texts...)
		var got []string
		for _, touch := range touches {
			name := touch.Subject.String()
			for sale, id := range w.sales {
				name = strings.ReplaceAll(name, id.String(), sale)
			}
			if touch.Action > 0 && touch.Action != ledger.WholeRecord {
				name = fmt.Sprintf("%d %s", touch.Action, name)
			}
			got = append(got, name)
		}
		if s := strings.Join(got, " · "); s != c.want {
			t.Errorf("%q touches\n%s, want\n%s", c.texts, s, c.want)
		}
	}
}

func TestTouchOfActivity(t *testing.T) {
	w := started(t)
	e := w.sign(t, "coop", "sell retail 1 g of coop.1/L1", "sell retail 2 g of coop.1/L1")
	touches, refusal := w.apply(e)
	if refusal != nil {
		t.Fatal(refusal)
	}
	for i, touch := range touches[:len(touches)-1] {
		if want := uint16(i / 2); touch.Action != want || touch.ActionHash != merkle.Actions.Leaf(e.Actions[want]) {
			t.Errorf("touch %d: action %d, hash %x", i, touch.Action, touch.ActionHash)
		}
	}
	last := touches[len(touches)-1]
	if last.Subject != subject.Activity(2000001) || last.Action != ledger.WholeRecord || last.ActionHash != e.Header.ActionsRoot {
		t.Errorf("activity: %+v", last)
	}
	if v := must(subject.ParseActivity(last.Value)); v != (subject.ActivityValue{Accepted: 4}) {
		t.Errorf("activity: %+v", v)
	}

	row := ledger.Refusal{Record: e.ID, Author: 2000001, Reason: uint16(reason.MoreThanHolding), Action: 1}
	touch := rules.NewBlock(w.context(), w.memory).Refuse(row)
	if touch.Subject != subject.Activity(2000001) || touch.Action != 1 || touch.ActionHash != row.Hash() {
		t.Errorf("refusal row: %+v", touch)
	}
	if v := must(subject.ParseActivity(touch.Value)); v != (subject.ActivityValue{Accepted: 4, Refused: 1}) {
		t.Errorf("refusal row: %+v", v)
	}
}

// The action that stated a subject is in its value.
func TestStated(t *testing.T) {
	w := started(t)
	e := w.sign(t, "province", "register account x 2000009", "register product x.1", "open decision 9/QĐ of 03/11/2020", "certify item 1 of 9/QĐ, product x.1, 4 stars, from 03/11/2020")
	if _, refusal := w.apply(e); refusal != nil {
		t.Fatal(refusal)
	}
	got := []ledger.ActionID{w.stated("account x"), w.stated("product x.1"), w.stated("certificate 9/QĐ item 1")}
	want := []ledger.ActionID{{Record: e.ID, Action: 0}, {Record: e.ID, Action: 1}, {Record: e.ID, Action: 3}}
	if !slices.Equal(got, want) {
		t.Errorf("stated by %v, want %v", got, want)
	}
}

// What takes more records than a scenario has lines for.
func TestLimits(t *testing.T) {
	refused := func(w *world, want reason.Code, who string, texts ...string) {
		t.Helper()
		if _, refusal := w.apply(w.sign(t, who, texts...)); refusal == nil || refusal.Reason != want {
			t.Errorf("%q: %v, want %v", texts, refusal, want)
		}
	}
	w := started(t)
	for i := range subject.MaxKeys {
		w.must(t, "province", fmt.Sprintf("bind key extra%d to trader, epoch %d", i, i+2))
		if i+2 == subject.MaxKeys {
			break
		}
	}
	refused(w, reason.LimitReached, "province", fmt.Sprintf("bind key one-more to trader, epoch %d", subject.MaxKeys+1))

	keys := subject.ValidatorKeysValue{Agency: 2, Keys: make([]subject.ValidatorKey, subject.MaxValidatorKeys-1)}
	for i := range keys.Keys {
		keys.Keys[i].Role = subject.ValidatorNode
	}
	keys.Keys[0].Role = subject.ValidatorTLS
	w.put(subject.ValidatorKeys(2), &keys)
	refused(w, reason.LimitReached, "province", "rotate cosigner fresh, node fresh-2")
	w.must(t, "province", "rotate cosigner fresh")
	refused(w, reason.LimitReached, "province", "rotate cosigner fresh-2")

	policy := must(subject.ParsePolicy(w.memory[subject.Policy()]))
	for agency := ledger.AccountID(1001); len(policy.Policy.Validators) < ledger.MaxValidators; agency++ {
		policy.Policy.Validators = append(policy.Policy.Validators, ledger.PolicyValidator{Agency: agency})
	}
	policy.Policy.Quorum = 4
	w.put(subject.Policy(), &policy)
	refused(w, reason.LimitReached, "province", "put p: add validator department, quorum 5")

	id := subject.Certificate(w.certificateID("1032/QĐ item 1"))
	v := must(subject.ParseCertificate(w.memory[id]))
	v.Corrections = 65534
	w.put(id, &v)
	w.must(t, "province", "correct certificate 1032/QĐ item 1, star was 4 now 3")
	refused(w, reason.LimitReached, "province", "correct certificate 1032/QĐ item 1, star was 3 now 4")
}

// Two accounts have certified products, but one has meanwhile no producer: no action can bring that about, and it is refused all the same.
func TestCertifyTrader(t *testing.T) {
	w := started(t)
	v := must(subject.ParseAccount(w.memory[subject.Account(2000001)]))
	v.Roles = subject.RoleTrader
	w.put(subject.Account(2000001), &v)
	_, refusal := w.apply(w.sign(t, "province", "open decision 9/QĐ of 03/11/2020", "certify item 1 of 9/QĐ, product coop.2, 4 stars, from 03/11/2020"))
	if refusal == nil || refusal.Reason != reason.AccountRoleMissing || refusal.Action != 1 {
		t.Errorf("got %v", refusal)
	}
}

func TestSimulateBounds(t *testing.T) {
	w := started(t)
	for _, n := range []int{0, ledger.MaxActions + 1} {
		got := rules.Simulate(w.context(), w.memory, 2000001, 0, make([][]byte, n))
		if len(got) != 1 || got[0].Reason != reason.LimitReached || got[0].Action != ledger.WholeRecord {
			t.Errorf("%d actions: %v", n, got)
		}
	}
	before := len(w.memory)
	if got := rules.Simulate(w.context(), w.memory, 2000001, 0, [][]byte{w.action(2000001, "sell retail 1 g of coop.1/L1"), {0xff}}); len(got) != 1 || got[0].Action != 1 {
		t.Errorf("got %v", got)
	}
	if len(w.memory) != before {
		t.Error("a simulation changed the state")
	}
}

// A state that no rule wrote stops the node instead of being believed.
func TestDamagedState(t *testing.T) {
	for _, id := range []subject.ID{subject.Account(2000001), subject.Lot(ledger.LotID{Product: ledger.ProductID{Producer: 2000001, Number: 1}, Lot: "L1"}), subject.Parameters()} {
		w := started(t)
		w.memory[id] = append(w.memory[id], 0)
		func() {
			defer func() {
				if v := recover(); v == nil || !strings.Contains(fmt.Sprint(v), id.Kind.String()) {
					t.Errorf("%v: recovered %v", id, v)
				}
			}()
			w.apply(w.sign(t, "coop", "sell retail 1 g of coop.1/L1"))
		}()
	}
	defer func() {
		if recover() == nil {
			t.Error("a state without parameters was believed")
		}
	}()
	rules.NewBlock(rules.Context{}, memory{})
}

func TestRefusalText(t *testing.T) {
	w := started(t)
	_, refusal := w.apply(w.sign(t, "coop", "sell retail 1 g of coop.1/L1", "sell retail 1000 g of coop.1/L1"))
	const want = "more_than_holding (action 1, retail_sale.goods.quantity): The sale is of 1,000 grams, but account 2000001 holds only 999 grams of this lot."
	if refusal.Error() != want {
		t.Errorf("got %s", refusal)
	}
}
