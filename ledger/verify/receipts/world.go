package receipts

import (
	"maps"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/receipt"
	"github.com/ocopledger/ocop/ledger/subject"
	"github.com/ocopledger/ocop/ledger/verify"
)

// state is the values that actions change, as far as they have been applied. Values are replaced, never modified.
type state struct {
	accounts     map[ledger.AccountID]*subject.AccountValue
	products     map[ledger.ProductID]*subject.ProductValue
	decisions    map[ledger.DecisionID]*subject.DecisionValue
	certificates map[ledger.CertificateID]*subject.CertificateValue
	lots         map[ledger.LotID]*lot
}

// lot is a lot as far as it can be derived: what a buyer accepted stands in the sale's proposal, which is no part of the lot's history. After the last
// acceptance it is what the lot's value says.
type lot struct {
	subject.LotValue
	traded bool // by amounts not known here
}

func (s *state) clone() *state {
	return &state{maps.Clone(s.accounts), maps.Clone(s.products), maps.Clone(s.decisions), maps.Clone(s.certificates), maps.Clone(s.lots)}
}

// world is a closure whose history is lived through once more.
type world struct {
	r       *receipt.Receipt
	ids     []ledger.RecordID // of the records
	touches map[step][]touch
	settled map[subject.ID]int // the entry of a lot's last accepted sale

	*state
	then        *state // at the height asked for
	authorities map[ledger.AccountID]*subject.AuthorityValue
	territories map[uint32]*subject.TerritoryValue
	schemes     map[string]*subject.SchemeValue

	changes map[subject.ID][]byte   // by the action under way
	had     map[subject.ID][][]byte // every value an account had before its last
	grounds map[ledger.CertificateID]*Grounds
	revoked map[ledger.CertificateID]*Grounds
	events  []Event
}

func newWorld(r *receipt.Receipt) *world {
	w := &world{
		r: r, touches: make(map[step][]touch), settled: make(map[subject.ID]int),
		state: &state{
			make(map[ledger.AccountID]*subject.AccountValue), make(map[ledger.ProductID]*subject.ProductValue),
			make(map[ledger.DecisionID]*subject.DecisionValue), make(map[ledger.CertificateID]*subject.CertificateValue), make(map[ledger.LotID]*lot),
		},
		authorities: make(map[ledger.AccountID]*subject.AuthorityValue), territories: make(map[uint32]*subject.TerritoryValue),
		schemes: make(map[string]*subject.SchemeValue), changes: make(map[subject.ID][]byte), had: make(map[subject.ID][][]byte),
		grounds: make(map[ledger.CertificateID]*Grounds), revoked: make(map[ledger.CertificateID]*Grounds),
	}
	w.ids = make([]ledger.RecordID, len(r.Records))
	for i := range r.Records {
		w.ids[i] = r.Records[i].ID()
	}
	return w
}

// replay applies every action shown, in order, and holds what it changes against the histories.
func (w *world) replay(height uint64) *verify.Error {
	if refusal := w.index(); refusal != nil {
		return refusal
	}
	for i := range w.r.Members {
		if m := &w.r.Members[i]; m.FromGenesis() {
			if refusal := w.born(m); refusal != nil {
				return refusal
			}
		}
	}
	for i := range w.r.Records {
		if w.then == nil && w.r.Records[i].Height > height {
			w.then = w.state.clone()
		}
		if refusal := w.record(i); refusal != nil {
			return refusal
		}
	}
	if w.then == nil {
		w.then = w.state
	}
	return nil
}

// born takes a subject as genesis made it.
func (w *world) born(m *receipt.Member) *verify.Error {
	value := m.Value
	if len(m.Entries) > 1 {
		value = m.First
	}
	var err error
	switch m.ID.Kind {
	case subject.KindAccount:
		var v subject.AccountValue
		if v, err = subject.ParseAccount(value); err == nil && subject.Account(v.Account) == m.ID {
			w.accounts[v.Account] = &v
			w.had[m.ID] = append(w.had[m.ID], value)
			return nil
		}
	case subject.KindAuthority:
		var v subject.AuthorityValue
		if v, err = subject.ParseAuthority(value); err == nil && subject.Authority(v.Agency) == m.ID {
			w.authorities[v.Agency] = &v
			return nil
		}
	case subject.KindTerritory:
		var v subject.TerritoryValue
		if v, err = subject.ParseTerritory(value); err == nil && subject.Territory(v.Code) == m.ID {
			w.territories[v.Code] = &v
			return nil
		}
	case subject.KindScheme:
		var v subject.SchemeValue
		if v, err = subject.ParseScheme(value); err == nil && subject.Scheme(v.ID) == m.ID {
			w.schemes[v.ID] = &v
			return nil
		}
	default:
		return refuse(verify.WordHistory, "%s: genesis makes no such subject", m.ID)
	}
	return because(verify.WordState, err, "%s: its value is none of it", m.ID)
}

// compare holds what an action has changed against the histories that name it.
func (w *world) compare(s step) *verify.Error {
	leaf := w.r.Records[s.record].Leaf
	for _, t := range w.touches[s] {
		m := &w.r.Members[t.member]
		value, changed := w.changes[m.ID]
		if !changed {
			return refuse(verify.WordHistory, "%s: entry %d names action %d of leaf %d, which does not touch it", m.ID, t.entry, s.action, leaf)
		}
		if value != nil && subject.ValueHash(value) != m.Entries[t.entry].Value {
			return w.differs(m, t.entry, value)
		}
		delete(w.changes, m.ID)
	}
	for id := range w.changes {
		if w.member(id) != nil {
			return refuse(verify.WordHistory, "%s: has no entry of action %d of leaf %d, which touches it", id, s.action, leaf)
		}
	}
	clear(w.changes)
	return nil
}

// differs tells an altered value from an altered history: the newest value alone is shown, and with the derived one in its place an unaltered
// history folds to its root.
func (w *world) differs(m *receipt.Member, entry int, derived []byte) *verify.Error {
	last := len(m.Entries) - 1
	if entry == last && w.root(m, subject.ValueHash(derived)) == m.Root {
		return refuse(verify.WordState, "%s: the value shown is not what its history leads to", m.ID)
	}
	return refuse(verify.WordHistory, "%s: entry %d is not what its action leads to", m.ID, entry)
}

// put notes a value that an action has changed; the last one of an action counts.
func (w *world) put(id subject.ID, v interface{ Append([]byte) []byte }) {
	w.changes[id] = v.Append(nil)
}

func (w *world) putAccount(v *subject.AccountValue) {
	w.accounts[v.Account] = v
	id := subject.Account(v.Account)
	w.put(id, v)
	w.had[id] = append(w.had[id], w.changes[id])
}

func (w *world) putProduct(v *subject.ProductValue) {
	w.products[v.Product] = v
	w.put(subject.Product(v.Product), v)
}

func (w *world) putCertificate(v *subject.CertificateValue) {
	w.certificates[v.Certificate] = v
	w.put(subject.Certificate(v.Certificate), v)
}

func (w *world) putDecision(v *subject.DecisionValue) {
	w.decisions[v.Decision] = v
	w.put(subject.Decision(v.Decision), v)
}

// putLot notes a lot; while amounts are missing its value cannot be told.
func (w *world) putLot(v *lot) {
	w.lots[v.Lot] = v
	id := subject.Lot(v.Lot)
	if w.put(id, &v.LotValue); v.traded {
		w.changes[id] = nil
	}
}
