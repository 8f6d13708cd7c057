package replay_test

import (
	"maps"
	"reflect"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/genesis"
	"github.com/ocopledger/ocop/ledger/replay"
	"github.com/ocopledger/ocop/ledger/subject"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
	"pgregory.net/rapid"
)

// writer draws records, good and bad ones, for a ledger that begins with a story's accounts.
type writer struct {
	*story
	rt     *rapid.T
	past   []*compose.Signed
	sales  []ledger.SaleID // that may have been made
	buyers []ledger.AccountID
}

func pick[T any](t *rapid.T, label string, of ...T) T {
	return rapid.SampledFrom(of).Draw(t, label)
}

// action draws an action and who is most likely to be allowed it.
func (w *writer) action() (*recordv1.Action, ledger.AccountID) {
	t := w.rt
	quantity := rapid.Uint64Range(1, 60).Draw(t, "quantity") * 1_000
	lot := pick(t, "lot", coffeeA, coffeeA, nutsA, ledger.LotID{Product: coffee, Lot: "NONE"})
	event := w.now - pick[uint64](t, "age", 0, 0, ledger.DayMillis, 50*ledger.DayMillis)
	switch pick(t, "action", "retail", "propose", "propose", "accept", "accept", "lot", "product", "account", "key", "rename", "rotate") {
	case "rotate":
		agency := pick(t, "validator", province, neighbour, department)
		return w.rotation(agency, pick(t, "cosigner", "r1", "r2", "r3"), pick(t, "node", "", "r3", "r4", "node 2")), agency
	case "propose":
		buyer := pick(t, "buyer", trader, household, household, 2_000_099)
		w.buyers = append(w.buyers, buyer)
		return compose.Act(&recordv1.ProposeSale{
			Goods: goods(lot, quantity, event, ledger.CertificateID{}), Buyer: compose.AccountParty(buyer), Lapses: w.now + ledger.DayMillis,
		}), coop
	case "accept":
		if len(w.sales) > 0 {
			i := rapid.IntRange(0, len(w.sales)-1).Draw(t, "sale")
			return accept(w.sales[i]), w.buyers[i]
		}
	case "lot":
		id := pick(t, "product", coffee, nuts, honey)
		return compose.Act(&recordv1.RegisterLot{
			Lot: compose.LotRef(ledger.LotID{Product: id, Lot: pick(t, "code", "A", "B", "C", "D", "E")}), Quantity: quantity, Unit: recordv1.Unit_UNIT_GRAM, Produced: 20260601,
		}), id.Producer
	case "product":
		id := ledger.ProductID{Producer: pick(t, "producer", coop, household), Number: rapid.Uint32Range(1, 8).Draw(t, "number")}
		name := compose.RegisterName(pick(t, "name", "Trà", "Mật ong", "Hạt điều", "Tiêu", "Măng"))
		return product(id, name, "RS-2025", "food", recordv1.Unit_UNIT_GRAM, pick(t, "gtin", "", "", "08935000100011")), id.Producer
	case "account":
		return compose.Act(&recordv1.RegisterAccount{
			Account: rapid.Uint64Range(2_000_001, 2_000_009).Draw(t, "account"), Kind: recordv1.AccountKind_ACCOUNT_KIND_FARM, Roles: 3,
			Name: compose.RegisterName("Trang trại"), Territory: pick(t, "territory", thuanAn, thuanAn, lamDong),
		}), province
	case "key":
		account, epoch, name := pick(t, "holder", coop, household, province), rapid.Uint32Range(1, 4).Draw(t, "epoch"), pick(t, "key", "k1", "k2", "k3")
		return compose.Act(&recordv1.BindKey{Account: uint64(account), Epoch: epoch, Key: w.grant(account, epoch, ownRoles, name)}), account
	case "rename":
		return w.rename(coffee, pick(t, "name", "Cà phê bột", "Cà phê hạt", "Trà")), coop
	}
	return retail(lot, quantity, event, ledger.CertificateID{}), coop
}

// rename corrects the name of a product as it is before the draft.
func (w *writer) rename(id ledger.ProductID, name string) *recordv1.Action {
	row, _ := w.rows.Row(subject.Product(id))
	v := must(subject.ParseProduct(row.Value))
	return compose.Act(&recordv1.Correct{
		Target: &recordv1.Correct_Product{Product: compose.ProductRef(id)}, Wrong: compose.ActionRef(v.Stated),
		Changes: []*recordv1.FieldChange{change(recordv1.Field_FIELD_NAME, words(v.Name.Register), words(name))},
		Reason:  recordv1.CorrectionReason_CORRECTION_REASON_TYPING_ERROR,
	})
}

// record draws a record of one to three actions, or an old one.
func (w *writer) record() *compose.Signed {
	t := w.rt
	if len(w.past) > 0 && rapid.IntRange(0, 7).Draw(t, "again") == 0 {
		return pick(t, "past", w.past...)
	}
	var actions []*recordv1.Action
	var author ledger.AccountID
	for range pick(t, "actions", 1, 1, 1, 2, 3) {
		a, by := w.action()
		actions, author = append(actions, a), by
	}
	if rapid.IntRange(0, 9).Draw(t, "other author") == 0 {
		author = pick(t, "author", coop, trader, household, province, neighbour, 2_000_099)
	}
	keys := map[ledger.AccountID]string{department: "5", coop: "coop", trader: "trader 2", household: "household", province: "2", neighbour: "3", 2_000_099: "nobody"}
	key := keys[author]
	if rapid.IntRange(0, 9).Draw(t, "other key") == 0 {
		key = pick(t, "key", "k1", "k2", "trader", "coop")
	}
	now := w.now
	w.now -= pick[uint64](t, "issued", 0, 0, 0, 0, 0, 0, 0, 1, 2*ledger.DayMillis)
	w.now += rapid.Uint64Range(0, 3).Draw(t, "millisecond")
	s := w.sign(author, key, actions...)
	w.now = now
	if rapid.IntRange(0, 15).Draw(t, "garbage") == 0 {
		s = garbage(s.Header, key, rapid.SliceOfN(rapid.Byte(), 1, 20).Draw(t, "bytes"))
	}
	for i, a := range actions {
		if a.GetProposeSale() != nil {
			w.sales = append(w.sales, action(s, uint16(i)))
		}
	}
	w.past = append(w.past, s)
	return s
}

// garbage is a record whose one action is bytes that nobody composed.
func garbage(h ledger.Header, key string, action []byte) *compose.Signed {
	k, actions := authorKey(key), [][]byte{action}
	h = ledger.NewHeader(h, actions)
	digest := h.Digest()
	return &compose.Signed{
		ID: ledger.NewRecordID(h.Issued, digest), Header: h, Envelope: ledger.AppendEnvelope(nil, &h, k.Public(), must(k.Sign(digest)), actions),
	}
}

// market is the golden ledger's accounts with something to sell.
func market(tb testing.TB, g *genesis.Genesis) *story {
	s := &story{world: newWorld(tb, g)}
	s.now += 60_000
	s.registers()
	s.keys()
	s.block(0, ok(1), s.sign(coop, "coop",
		compose.Act(&recordv1.RegisterLot{Lot: compose.LotRef(coffeeA), Quantity: 500_000, Unit: recordv1.Unit_UNIT_GRAM, Produced: 20260615}),
		compose.Act(&recordv1.RegisterLot{Lot: compose.LotRef(nutsA), Quantity: 50_000, Unit: recordv1.Unit_UNIT_GRAM, Produced: 20260701}),
	))
	return s
}

// trial is a ledger under test with what it is held against.
type trial struct {
	*writer
	model    *model
	follower *replay.Follower
	rows     replay.Rows // of the follower
	alien    *compose.Signed
}

// step applies a draft in every way there is.
func (w *trial) step(o *replay.Ordered) {
	seen := func(id ledger.RecordID) bool { return w.seen[id] }
	before, size := maps.Clone(w.world.rows), len(w.leaves)
	twin := replay.Resume(w.genesis.Chain, w.point())
	again, outcomesAgain := twin.Derive(before, o, seen)
	if again != nil {
		again.Changes = kept(again.Changes)
	}
	padded, _ := twin.Derive(before, w.pad(o), seen)

	block, outcomes := w.world.apply(o)
	seal, fates := w.model.apply(o)
	if err := w.model.differs(w.world, block, seal); err != nil {
		w.rt.Fatal(err)
	}
	if err := misjudged(outcomes, fates); err != nil {
		w.rt.Fatal(err)
	}
	if !reflect.DeepEqual(block, again) || !reflect.DeepEqual(outcomes, outcomesAgain) {
		w.rt.Fatalf("a machine that was resumed derives\n%+v\nnot\n%+v", again, block)
	}
	if (block == nil) != (padded == nil) {
		w.rt.Fatalf("with records that leave no trace, %+v becomes %+v", block, padded)
	}
	if n := len(w.leaves) - size - 1; block != nil && (!reflect.DeepEqual(block.Changes, padded.Changes) || !reflect.DeepEqual(block.Leaves[:n], padded.Leaves[:n]) ||
		block.Seal.State != padded.Seal.State || block.Seal.RootBefore != padded.Seal.RootBefore) {
		w.rt.Fatalf("with records that leave no trace, %+v becomes %+v", block, padded)
	}
	w.follow(block, size)
}

// pad puts records that leave no trace around those of a draft: of another chain, and all that were ordered before.
func (w *trial) pad(o *replay.Ordered) *replay.Ordered {
	p := &replay.Ordered{Header: o.Header, Signature: o.Signature}
	add := func(e *ledger.Envelope, raw []byte) {
		p.Envelopes, p.Raw = append(p.Envelopes, e), append(p.Raw, raw)
	}
	alien := must(ledger.ParseEnvelope(w.alien.Envelope))
	for i, e := range o.Envelopes {
		add(alien, w.alien.Envelope)
		add(e, o.Raw[i])
	}
	for _, s := range w.past {
		if w.seen[s.ID] {
			add(must(ledger.ParseEnvelope(s.Envelope)), s.Envelope)
		}
	}
	return p
}

// point is where the ledger stands.
func (w *world) point() replay.Point {
	m := w.machine
	return replay.Point{Head: m.Head(), Log: m.Log(), State: m.State(), Epoch: m.Epoch(), Policy: m.Policy(), Draft: m.Draft()}
}

// follow reads the leaves from size on.
func (w *trial) follow(block *replay.Block, size int) {
	for _, leaf := range w.leaves[size:] {
		followed, err := w.follower.Leaf(leaf, parsed(leaf))
		if err != nil {
			w.rt.Fatal(err)
		}
		if followed != nil && !reflect.DeepEqual(followed, block) {
			w.rt.Fatalf("the follower derives\n%+v\nnot\n%+v", followed, block)
		}
	}
	if w.follower.Head() != w.machine.Head() || !reflect.DeepEqual(w.rows, w.world.rows) {
		w.rt.Fatalf("the follower comes to %+v, want %+v", w.follower.Head(), w.machine.Head())
	}
}

// TestDerivationIsWhatFormatSays orders drafts of anything. Every block is held against a model that makes all roots anew, against a follower that reads
// the leaves, against a machine that was resumed, and against the same draft with records in it that leave no trace.
func TestDerivationIsWhatFormatSays(t *testing.T) {
	opening := market(t, newGenesis(2, "ocop-property", at(2026, time.September, 1, 9, 0)))
	a := compose.Author{Chain: ledger.Hash{1}, Account: coop, Schema: compose.Schema, Key: authorKey("coop")}
	alien := must(a.Sign(must(compose.Marshal(1, []*recordv1.Action{retail(coffeeA, 1, opening.now, ledger.CertificateID{})})), opening.now, compose.AtOnce))
	shapes := make(map[string]int)
	rapid.Check(t, func(rt *rapid.T) {
		w := &trial{writer: &writer{story: &story{world: newWorld(t, opening.genesis)}, rt: rt}, alien: alien}
		w.model = newModel(w.world)
		w.follower, w.rows = follow(w.genesis)
		for _, o := range opening.drafts {
			w.step(o)
		}
		w.elect(opening.proposer)
		w.now = opening.now
		for range rapid.IntRange(1, 6).Draw(rt, "drafts") {
			var records []*compose.Signed
			for range rapid.IntRange(0, 6).Draw(rt, "records") {
				records = append(records, w.record())
			}
			if rapid.IntRange(0, 9).Draw(rt, "clock") == 0 {
				w.now -= 30_000
			}
			w.step(w.draft(pick[uint8](rt, "flags", 0, 0, ledger.FlagCosign), records...))
			w.now += rapid.Uint64Range(0, 3_600_000).Draw(rt, "pause")
		}
		for _, b := range w.blocks[len(opening.blocks):] {
			shapes["accepted"] += int(b.Seal.Accepted)
			shapes["refused"] += int(b.Seal.Refused)
			if b.Seal.EndsEpoch() {
				shapes["epochs"]++
			}
		}
	})
	if shapes["accepted"] == 0 || shapes["refused"] == 0 || shapes["epochs"] == 0 && !testing.Short() { // a fifth of the trials may rotate no key
		t.Errorf("the drafts test nothing: %v", shapes)
	}
}
