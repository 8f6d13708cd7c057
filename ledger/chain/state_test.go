package chain

import (
	"testing"

	"github.com/ocopledger/ocop/ledger"
)

func TestStatesAreBounded(t *testing.T) {
	for _, test := range []struct {
		name            string
		changed, blocks int
		most, want      int
	}{
		{"few blocks", 10, 5, 256, 5},
		{"many small blocks", 10, 1000, 256, 256},
		{"large blocks", maxStateChanges / 100, 1000, 256, 100},
		{"very large blocks", maxStateChanges, 1000, 256, minStates},
		{"one is enough", 10, 1000, 1, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			var states []*stateAt
			changes := make([]change, test.changed)
			for height := range test.blocks {
				states = dropStates(append(states, &stateAt{head: ledger.Head{Height: uint64(height)}, changes: changes}), test.most)
			}
			if len(states) != test.want || states[len(states)-1].head.Height != uint64(test.blocks-1) {
				t.Errorf("%d states up to block %d, want %d", len(states), states[len(states)-1].head.Height, test.want)
			}
		})
	}
}
