package rules

import (
	"testing"

	"github.com/ocopledger/ocop/ledger/subject"
)

type nothing map[subject.ID][]byte

func (n nothing) Value(id subject.ID) ([]byte, bool) { v, ok := n[id]; return v, ok }

// An action that writes a subject twice touches it once, with the later value.
func TestPutTwice(t *testing.T) {
	parameters := subject.ParametersValue{}
	b := NewBlock(Context{}, nothing{subject.Parameters(): parameters.Append(nil)})
	one, two := subject.Activity(1), subject.Activity(2)
	b.put(one, []byte{1}, 0)
	b.put(two, []byte{2}, 0)
	b.put(one, []byte{3}, 0)
	b.put(one, []byte{4}, 2) // of the next action
	if len(b.touches) != 3 || b.touches[0].Value[0] != 3 || b.touches[2].Value[0] != 4 {
		t.Errorf("%v", b.touches)
	}
	b.rollBack(2, 3)
	if v, _ := b.Value(one); v[0] != 3 || len(b.touches) != 2 {
		t.Errorf("after the second action was undone: %v, %v", v, b.touches)
	}
	b.rollBack(0, 0)
	if _, ok := b.Value(one); ok || len(b.Overlay()) != 0 || len(b.touches) != 0 {
		t.Errorf("a trace is left: %v", b.Overlay())
	}
}

func TestSaturation(t *testing.T) {
	if plus(^uint64(0)-1, 5) != ^uint64(0) || plus(2, 3) != 5 || minus(2, 3) != 0 || minus(5, 3) != 2 {
		t.Error("times wrap around")
	}
}
