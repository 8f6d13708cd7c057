package rules_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/subject"
)

// Random rotations against a model of names: a rotation is accepted exactly when its keys are new, each block with one makes one epoch, and the
// lists of keys tell the document of every epoch.
func TestRotationsMakeEpochs(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		b := newBench(t, rt)
		b.protocol = 2
		b.begin()
		m := newEpochs(b)
		agencies := rapid.SampledFrom([]string{"ministry", "province", "lamdong"})
		for range rapid.IntRange(1, 12).Draw(rt, "blocks") {
			rotated := false
			for range rapid.IntRange(0, 4).Draw(rt, "records") {
				author := agencies.Draw(rt, "author")
				next := m.clone()
				var texts []string
				fits := true
				for range rapid.IntRange(1, 2).Draw(rt, "actions") {
					text, ok := next.draw(rt, author)
					texts, fits = append(texts, text), fits && ok
				}
				if accepted := b.try(author, texts...); accepted != fits {
					rt.Fatalf("%s: %q: accepted %v, the model says %v", author, texts, accepted, fits)
				}
				if fits {
					m, rotated = next, true
				}
			}
			m.seal(rt, b, rotated)
			b.begin()
		}
	})
}

// epochs is the naive model: who holds which key, who held it ever, and the documents so far.
type epochs struct {
	present   map[string]string          // "province cosigner" → name of the key
	ever      map[string]map[string]bool // of an agency
	documents []ledger.Policy
}

func newEpochs(b *bench) *epochs {
	m := &epochs{present: map[string]string{}, ever: map[string]map[string]bool{}, documents: []ledger.Policy{b.document()}}
	for _, agency := range []string{"ministry", "province", "lamdong"} {
		m.ever[agency] = map[string]bool{}
		for _, role := range []string{"cosigner", "node"} {
			m.bring(agency, role, role+" "+agency)
		}
	}
	return m
}

func (b *bench) document() ledger.Policy {
	return must(subject.ParsePolicy(b.memory[subject.Policy()])).Policy
}

func (m *epochs) bring(agency, role, key string) {
	m.present[agency+" "+role] = key
	m.ever[agency][key] = true
}

func (m *epochs) clone() *epochs {
	c := &epochs{present: map[string]string{}, ever: map[string]map[string]bool{}, documents: m.documents}
	for place, key := range m.present {
		c.present[place] = key
	}
	for agency, keys := range m.ever {
		c.ever[agency] = map[string]bool{}
		for key := range keys {
			c.ever[agency][key] = true
		}
	}
	return c
}

// draw makes a random rotation, of few keys so that they meet again, and says whether it is to be accepted.
func (m *epochs) draw(rt *rapid.T, agency string) (text string, fits bool) {
	fits = true
	text = "rotate "
	which := rapid.SampledFrom([][]string{{"cosigner"}, {"node"}, {"cosigner", "node"}}).Draw(rt, "roles")
	for i, role := range which {
		key := fmt.Sprintf("key-%d", rapid.IntRange(0, 25).Draw(rt, "key"))
		free := !m.ever[agency][key]
		for _, held := range m.present {
			free = free && held != key
		}
		m.bring(agency, role, key)
		if text += role + " " + key; i < len(which)-1 {
			text += ", "
		}
		fits = fits && free
	}
	return text, fits
}

// seal ends a block, and compares the document and those of all epochs before.
func (m *epochs) seal(rt *rapid.T, b *bench, rotated bool) {
	last := m.documents[len(m.documents)-1]
	got := b.document()
	if rotated {
		if got.Number != last.Number+1 || got.Previous != last.Hash() {
			rt.Fatalf("epoch %d after %v, want %d after %v", got.Number, got.Previous, last.Number+1, last.Hash())
		}
		m.documents = append(m.documents, got)
	} else if got.Hash() != last.Hash() {
		rt.Fatal("the document changed without a rotation")
	}
	for _, v := range got.Validators {
		name := b.nameOf(v.Agency)
		if v.NodeKey != edKeyOf(m.present[name+" node"]).Public() || v.CosignerKey != edKeyOf(m.present[name+" cosigner"]).Public() || v.CosignerName != name+".example" {
			rt.Fatalf("validator %s: %+v", name, v)
		}
	}
	for _, document := range m.documents {
		for _, v := range document.Validators {
			data, ok := b.memory[subject.ValidatorKeys(v.Agency)]
			if !ok {
				continue
			}
			list := must(subject.ParseValidatorKeys(data))
			node, _ := list.At(subject.ValidatorNode, document.Number)
			cosigner, _ := list.At(subject.ValidatorCosigner, document.Number)
			if node != v.NodeKey || cosigner != v.CosignerKey {
				rt.Fatalf("the list of %d says other keys of epoch %d than its document", v.Agency, document.Number)
			}
		}
	}
}
