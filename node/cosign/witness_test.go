package cosign

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/ident"
)

// pin adds outside witnesses to the policy of a room.
func (r *room) pin(names ...string) {
	for _, name := range names {
		r.policy.Witnesses = append(r.policy.Witnesses, ledger.PolicyWitness{Name: name, Key: key(r.t, "witness "+name).Public()})
	}
}

// witnessLine is what a witness signs of the head that all have.
func (r *room) witnessLine(name string, size uint64, at int64) checkpoint.Line {
	r.t.Helper()
	signer, err := ident.NewCosigner(name, key(r.t, "witness "+name))
	if err != nil {
		r.t.Fatal(err)
	}
	made, err := signer.Cosign(r.all[0].point(size).Tree.Text(), uint64(at))
	if err != nil {
		r.t.Fatal(err)
	}
	return checkpoint.CosignatureLine(signer.VKey(), made)
}

// witnesses are those under a validator's newest certified head, with their times, after checking that a stranger would say so, too.
func (s *seat) witnesses() string {
	s.room.t.Helper()
	s.certified()
	var names []string
	for _, w := range s.Certified().Certified.Witnesses {
		names = append(names, fmt.Sprint(w.Name, "@", w.Time))
	}
	return fmt.Sprint(names)
}

func (r *room) wantWitnesses(want string) {
	r.t.Helper()
	for _, s := range r.all {
		if got := s.witnesses(); got != want {
			r.t.Errorf("validator %v: witnessed by %s, want %s", s.agency, got, want)
		}
	}
}

func TestWitnessed(t *testing.T) {
	bench(t, 3, func(t *testing.T, r *room) {
		r.pin("a.example", "b.example")
		r.start().apply(5, 8)
		publisher := r.all[0]
		if !publisher.Witnessed(8, []checkpoint.Line{r.witnessLine("b.example", 8, 7)}) {
			t.Error("a witness's line is not taken")
		}
		r.wantWitnesses("[b.example@7]")
		if !publisher.Witnessed(8, []checkpoint.Line{r.witnessLine("b.example", 8, 6), r.witnessLine("a.example", 8, 9)}) {
			t.Error("a second one's is not")
		}
		r.wantWitnesses("[a.example@9 b.example@7]") // the newest of each
		publisher.Witnessed(8, []checkpoint.Line{r.witnessLine("b.example", 8, 20)})
		r.wantWitnesses("[a.example@9 b.example@20]")
		time.Sleep(Resign) // a head that is signed again keeps them
		synctest.Wait()
		r.wantWitnesses("[a.example@9 b.example@20]")
		for _, s := range r.all {
			last := s.kept[len(s.kept)-1]
			if c, err := last.Signed.Certify(last.Policy); err != nil || len(c.Witnesses) != 2 {
				t.Errorf("validator %v keeps %+v, %v", s.agency, c, err)
			}
		}
		// An older head has its own, and a later one begins without.
		if !publisher.Witnessed(5, []checkpoint.Line{r.witnessLine("a.example", 5, 9)}) {
			t.Error("not to an older head")
		}
		if old, _ := r.all[2].Signed(5); len(old.Lines) != 4 {
			t.Errorf("the older head has %d lines, want 3 and the witness's", len(old.Lines))
		}
		r.apply(9)
		r.wantWitnesses("[]")
	})
}

// TestWitnessedByNobody: what is no cosignature of a pinned witness goes nowhere.
func TestWitnessedByNobody(t *testing.T) {
	bench(t, 3, func(t *testing.T, r *room) {
		r.pin("a.example", "b.example")
		r.start().apply(5, 8)
		publisher := r.all[0]
		sent := len(publisher.sent)
		forged := r.witnessLine("a.example", 8, 7)
		forged.Signature = slices.Clone(forged.Signature)
		forged.Signature[70] ^= 1
		short := r.witnessLine("a.example", 8, 7)
		short.Signature = short.Signature[:71]
		renamed := r.witnessLine("b.example", 8, 7)
		renamed.Name = "a.example"
		for name, lines := range map[string][]checkpoint.Line{
			"none": nil, "forged": {forged}, "short": {short}, "a stranger's": {r.witnessLine("c.example", 8, 7)}, "of another size": {r.witnessLine("a.example", 5, 7)},
			"in another's name": {renamed}, "a validator's": {checkpoint.CosignatureLine(vkey(&r.policy.Validators[0]), publisher.right(8).Cosignature)},
		} {
			if publisher.Witnessed(8, lines) {
				t.Errorf("%s: taken", name)
			}
		}
		if publisher.Witnessed(7, []checkpoint.Line{r.witnessLine("a.example", 7, 7)}) {
			t.Error("taken for a size that is no point")
		}
		synctest.Wait()
		if len(publisher.sent) != sent {
			t.Errorf("%d were sent", len(publisher.sent)-sent)
		}
		r.wantWitnesses("[]")
	})
}

// TestWitnessesOnTheWay: of what arrives, the publisher's alone is looked at, and what verifies is taken beside what does not.
func TestWitnessesOnTheWay(t *testing.T) {
	bench(t, 3, func(t *testing.T, r *room) {
		r.pin("a.example", "b.example")
		r.start().apply(8)
		s := r.all[2]
		good := witnessesIn(r.policy, []checkpoint.Line{r.witnessLine("a.example", 8, 7), r.witnessLine("b.example", 8, 7)})
		letter := r.all[1].right(8)
		letter.Witnesses = good
		s.Receive(2, letter)
		if got := s.witnesses(); got != "[]" {
			t.Errorf("not from the publisher: witnessed by %s", got)
		}
		letter = r.all[0].right(8)
		letter.Witnesses = []Witness{{good[0].Name, good[1].Cosignature}, good[1], good[0], {"c.example", good[0].Cosignature}}
		s.Receive(1, letter)
		if got := s.witnesses(); got != "[b.example@7]" { // of one witness the first counts
			t.Errorf("witnessed by %s", got)
		}
		if s.validators[1].bad != 1 {
			t.Errorf("%d bad signatures are counted, want 1", s.validators[1].bad)
		}
		// Who missed them is told when it asks.
		r.deaf = true
		r.all[0].Witnessed(8, []checkpoint.Line{r.witnessLine("a.example", 8, 9)})
		r.deaf = false
		s.Receive(1, *r.all[0].Own())
		if got := s.witnesses(); got != "[a.example@9 b.example@7]" {
			t.Errorf("after asking: witnessed by %s", got)
		}
	})
}

// TestWitnessesOutliveAStart: what was kept of a head is served again, with the log's line.
func TestWitnessesOutliveAStart(t *testing.T) {
	bench(t, 3, func(t *testing.T, r *room) {
		r.pin("a.example")
		r.start().apply(8)
		s := r.all[0]
		log, err := ident.NewLogSigner(origin, key(t, "log"))
		if err != nil {
			t.Fatal(err)
		}
		signature, err := log.Sign(s.point(8).Tree.Text())
		if err != nil {
			t.Fatal(err)
		}
		s.Publish(8, ident.NodeSignature(signature))
		s.Witnessed(8, []checkpoint.Line{r.witnessLine("a.example", 8, 7)})
		last := s.kept[len(s.kept)-1]
		s.end()
		slot := s.open()
		defer slot.Close()
		if err := s.Adopt(last.Point, last.Signed); err != nil {
			t.Fatal(err)
		}
		if got := s.witnesses(); got != "[a.example@7]" || !s.Certified().Certified.Log {
			t.Errorf("witnessed by %s; by the log: %v", got, s.Certified().Certified.Log)
		}
	})
}
