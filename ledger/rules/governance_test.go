package rules_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/subject"
)

// Random proposals and votes of random networks against a model of names and numbers: a vote is accepted exactly when the model says so, the vote that
// suffices changes the network, and whatever happens the document is one that signatures can be counted by.
func TestVotesChangeTheNetwork(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		b := newBench(t, rt)
		b.protocol = 3
		b.begin()
		m := newCouncil()
		for range rapid.IntRange(1, 40).Draw(rt, "blocks") {
			for range rapid.IntRange(0, 5).Draw(rt, "records") {
				who, text, want := m.draw(rt)
				accepted := b.try(who, text)
				if accepted != want.accepted {
					rt.Fatalf("%s: %q: accepted %v, the model says %v: %+v", who, text, accepted, want.accepted, m)
				}
				if accepted {
					want.then()
				}
			}
			b.begin()
			m.seal(rt, b)
		}
	})
}

// none is the number of keys that have none.
const none = -1

var councillors = []string{"ministry", "province", "lamdong", "department", "krongno-district", "inspectorate"}

// council is the naive model.
type council struct {
	members   map[string]int          // agency → number of the keys it joined with; those of genesis have none
	times     map[string]int          // it has joined
	used      map[string]map[int]bool // numbers of keys that its validator ever had
	quorum    int
	publisher string
	percent   int // in force in this block
	next      int // from the next one on
	proposals []*motion
	epoch     uint32
	changed   bool
}

type motion struct {
	name    string
	agency  string // that joins or leaves; empty: the percentage changes
	joins   bool
	keys    int // number of those that one who joins brings
	quorum  int
	percent int
	heir    string
	votes   map[string]bool
	closed  bool
}

// decided is what a record comes to.
type decided struct {
	accepted bool
	then     func()
}

func newCouncil() *council {
	m := &council{members: map[string]int{}, times: map[string]int{}, used: map[string]map[int]bool{}, quorum: 2, publisher: "ministry", percent: 66, next: 66}
	for _, agency := range councillors {
		m.used[agency] = map[int]bool{}
	}
	for _, agency := range []string{"ministry", "province", "lamdong"} {
		m.members[agency], m.times[agency] = none, 1
	}
	return m
}

func (m *council) draw(rt *rapid.T) (who, text string, d decided) {
	who = rapid.SampledFrom(councillors).Draw(rt, "who")
	if _, member := m.members[who]; !member && rapid.Bool().Draw(rt, "a member instead") {
		who = rapid.SampledFrom(slices.Sorted(maps.Keys(m.members))).Draw(rt, "member")
	}
	if len(m.proposals) > 0 && rapid.IntRange(0, 3).Draw(rt, "votes") > 0 {
		p := m.proposals[len(m.proposals)-1-rapid.IntRange(0, min(2, len(m.proposals)-1)).Draw(rt, "motion")]
		yes := rapid.IntRange(0, 4).Draw(rt, "yes") > 0
		return who, fmt.Sprintf("vote %s on %s", map[bool]string{true: "yes", false: "no"}[yes], p.name), m.vote(p, who, yes)
	}
	p := &motion{name: fmt.Sprintf("m%d", len(m.proposals)), votes: map[string]bool{}}
	switch rapid.IntRange(0, 4).Draw(rt, "change") {
	case 0:
		p.percent = rapid.SampledFrom([]int{51, 75, 100}).Draw(rt, "percent")
		text = fmt.Sprintf("put %s: set parameters, votes %d", p.name, p.percent)
	case 1, 2:
		p.agency, p.joins = rapid.SampledFrom(councillors).Draw(rt, "joins"), true
		p.quorum, p.keys = m.someQuorum(rt, +1), rapid.IntRange(0, 2).Draw(rt, "keys")
		key := func(role string) string { return fmt.Sprintf("%s %s%d", role, p.agency, p.keys) }
		text = fmt.Sprintf("put %s: add validator %s, quorum %d, node %s, cosigner %s, tls %s", p.name, p.agency, p.quorum, key("node"), key("cosigner"), key("tls"))
	default:
		p.agency, p.quorum = rapid.SampledFrom(councillors).Draw(rt, "leaves"), m.someQuorum(rt, -1)
		text = fmt.Sprintf("put %s: remove validator %s, quorum %d", p.name, p.agency, p.quorum)
		if rapid.Bool().Draw(rt, "hands on") {
			p.heir = rapid.SampledFrom(councillors).Draw(rt, "heir")
			text += ", publisher " + p.heir
		}
	}
	governs := who != "department" && who != "inspectorate" // by what world.txt grants
	return who, text, decided{governs && m.fits(p), func() { m.proposals = append(m.proposals, p) }}
}

// someQuorum is most often one that fits a network of so many more.
func (m *council) someQuorum(rt *rapid.T, more int) int {
	if rapid.IntRange(0, 7).Draw(rt, "any quorum") == 0 {
		return rapid.IntRange(1, 6).Draw(rt, "quorum")
	}
	return ledger.DefaultQuorum(max(1, len(m.members)+more))
}

// fits tells whether a change could be made now.
func (m *council) fits(p *motion) bool {
	if p.agency == "" {
		return true
	}
	_, there := m.members[p.agency]
	n := len(m.members)
	if p.joins {
		n++
		return !there && !m.used[p.agency][p.keys] && p.quorum > n/2 && p.quorum <= n
	}
	n--
	_, remains := m.members[p.heir]
	heir := p.heir != "" && remains && p.heir != p.agency
	return there && n > 0 && p.quorum > n/2 && p.quorum <= n && (heir || p.heir == "" && m.publisher != p.agency)
}

func (m *council) needed() int {
	n := len(m.members)
	needed := n/2 + 1
	for needed*100 < n*m.percent {
		needed++
	}
	return needed
}

func (m *council) vote(p *motion, who string, yes bool) decided {
	_, member := m.members[who]
	_, twice := p.votes[who]
	if !member || p.closed || twice {
		return decided{accepted: false}
	}
	yeas, nays := 0, 0
	count := func(agency string, yes bool) {
		if _, member := m.members[agency]; member && yes {
			yeas++
		} else if member {
			nays++
		}
	}
	for agency, yes := range p.votes {
		count(agency, yes)
	}
	count(who, yes)
	switch {
	case yeas >= m.needed() && !m.fits(p):
		return decided{accepted: false}
	case yeas >= m.needed():
		return decided{true, func() { p.votes[who], p.closed = yes, true; m.change(p) }}
	case len(m.members)-nays < m.needed():
		return decided{true, func() { p.votes[who], p.closed = yes, true }}
	}
	return decided{true, func() { p.votes[who] = yes }}
}

func (m *council) change(p *motion) {
	switch {
	case p.agency == "":
		m.next = p.percent
		return
	case p.joins:
		m.members[p.agency], m.used[p.agency][p.keys] = p.keys, true
		m.times[p.agency]++
	default:
		delete(m.members, p.agency)
		if p.heir != "" {
			m.publisher = p.heir
		}
	}
	m.quorum, m.changed = p.quorum, true
}

// seal ends a block and compares the network with the document, the nodes and the lists of keys.
func (m *council) seal(rt *rapid.T, b *bench) {
	m.percent = m.next
	if m.changed {
		m.epoch++
		m.changed = false
	}
	p := b.document()
	var want, got []string
	for _, v := range p.Validators {
		name := b.nameOf(v.Agency)
		got = append(got, name)
		node := must(subject.ParseNode(b.memory[subject.Node(v.Agency)]))
		if int(node.Incarnation) != m.times[name] {
			rt.Fatalf("%s is at incarnation %d, want %d", name, node.Incarnation, m.times[name])
		}
		if n := m.members[name]; n != none {
			suffix := fmt.Sprintf("%s%d", name, n)
			if v.NodeKey != edKeyOf("node "+suffix).Public() || v.CosignerKey != edKeyOf("cosigner "+suffix).Public() || node.TLSKey != edKeyOf("tls "+suffix).Public() {
				rt.Fatalf("%s has other keys than it joined with", name)
			}
		}
		if data, ok := b.memory[subject.ValidatorKeys(v.Agency)]; ok {
			list := must(subject.ParseValidatorKeys(data))
			for role, key := range map[subject.ValidatorRole]any{subject.ValidatorNode: v.NodeKey, subject.ValidatorCosigner: v.CosignerKey, subject.ValidatorTLS: node.TLSKey} {
				if open, ok := list.At(role, p.Number); !ok || open != key {
					rt.Fatalf("%s: the list has another key of role %d in epoch %d", name, role, p.Number)
				}
			}
		}
	}
	for name := range maps.Keys(m.members) {
		want = append(want, name)
	}
	for _, name := range councillors {
		data, listed := b.memory[subject.ValidatorKeys(b.account(name))]
		if _, member := m.members[name]; member || !listed {
			continue
		}
		list := must(subject.ParseValidatorKeys(data))
		for _, k := range list.Keys {
			if k.Until == 0 || k.Until > p.Number {
				rt.Fatalf("%s has left, and a key of role %d is open", name, k.Role)
			}
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) || int(p.Quorum) != m.quorum || b.nameOf(p.Publisher) != m.publisher || p.Number != m.epoch {
		rt.Fatalf("epoch %d of %v, quorum %d, publisher %s; the model has %+v", p.Number, got, p.Quorum, b.nameOf(p.Publisher), m)
	}
	if _, err := ledger.ParsePolicy(p.Append(nil)); err != nil {
		rt.Fatal(err)
	}
}
