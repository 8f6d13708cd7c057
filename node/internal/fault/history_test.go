package fault

import (
	"fmt"
	"math"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
)

// A record's life, as clients may see it: it is nowhere, and from one moment on it has its outcome, for ever and on every node.

// question is what a client asks of a record.
type question struct {
	record string
	read   bool // at least as of the newest height that anybody had been told when it was asked; otherwise it is submitted
}

// reply is what the client is told: an outcome, such as "accepted 12/40"; empty: a read that found nothing. Unknown: a submit of which nobody knows what
// became; it may take effect at any time after.
type reply struct {
	outcome string
	unknown bool
}

// life is the state of a record in the model. An outcome that nobody has been told yet is "?".
type life struct{ outcome string }

const untold = "?"

var model = porcupine.Model{
	Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
		of := make(map[string][]porcupine.Operation)
		for _, o := range history {
			record := o.Input.(question).record
			of[record] = append(of[record], o)
		}
		var parts [][]porcupine.Operation
		for _, part := range of {
			parts = append(parts, part)
		}
		return parts
	},
	Init: func() any { return life{} },
	Step: func(state, input, output any) (bool, any) {
		now, q, r := state.(life), input.(question), output.(reply)
		switch {
		case q.read && r.outcome == "":
			return now.outcome == "", now
		case r.unknown:
			if now.outcome == "" {
				now.outcome = untold
			}
			return true, now
		case q.read && now.outcome == "": // found before anybody can have submitted it
			return false, now
		case now.outcome == "" || now.outcome == untold:
			return true, life{r.outcome}
		}
		return now.outcome == r.outcome, now
	},
	Equal: func(a, b any) bool { return a == b },
	DescribeOperation: func(input, output any) string {
		return fmt.Sprintf("%+v → %+v", input, output)
	},
}

// history is what clients asked and were told.
type history struct {
	mu      sync.Mutex
	began   time.Time
	list    []porcupine.Operation
	pending map[string]bool // records with a submit of which nobody knows what became
}

func newHistory() *history { return &history{began: time.Now(), pending: make(map[string]bool)} }

func (h *history) now() int64 { return int64(time.Since(h.began)) }

// add notes an operation that was called at a time. One whose end nobody knows has not returned; a second such one of the same record adds nothing to what the
// first allows, and would make the search for an order long.
func (h *history) add(client int, call int64, q question, r reply) {
	end := h.now()
	if r.unknown {
		end = math.MaxInt64
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if r.unknown && h.pending[q.record] {
		return
	}
	h.pending[q.record] = h.pending[q.record] || r.unknown
	h.list = append(h.list, porcupine.Operation{ClientId: client, Input: q, Call: call, Output: r, Return: end})
}

// checkLimit bounds the search for an order of one history.
const checkLimit = time.Minute

// check looks for an order of the operations that the model allows.
func (h *history) check() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch result := porcupine.CheckOperationsTimeout(model, h.list, checkLimit); result {
	case porcupine.Ok:
		return nil
	case porcupine.Unknown:
		return fmt.Errorf("no order of %d operations found in %v", len(h.list), checkLimit)
	}
	for _, part := range model.Partition(h.list) {
		if !porcupine.CheckOperations(model, part) {
			return fmt.Errorf("not linearizable: %+v", part)
		}
	}
	return fmt.Errorf("not linearizable")
}

// TestModel: what clients must never see is refused by the model, and what they may see is not.
func TestModel(t *testing.T) {
	op := func(call, end int64, read bool, r reply) porcupine.Operation {
		return porcupine.Operation{ClientId: int(call), Input: question{"a", read}, Call: call, Output: r, Return: end}
	}
	const never = math.MaxInt64
	for name, c := range map[string]struct {
		want bool
		list []porcupine.Operation
	}{
		"submitted, then read":                         {true, []porcupine.Operation{op(1, 2, false, reply{outcome: "x"}), op(3, 4, true, reply{outcome: "x"})}},
		"acknowledged, and not found":                  {false, []porcupine.Operation{op(1, 2, false, reply{outcome: "x"}), op(3, 4, true, reply{})}},
		"not found while it is submitted":              {true, []porcupine.Operation{op(1, 4, false, reply{outcome: "x"}), op(2, 3, true, reply{})}},
		"acknowledged with two outcomes":               {false, []porcupine.Operation{op(1, 2, false, reply{outcome: "x"}), op(3, 4, false, reply{outcome: "y"})}},
		"read with another outcome":                    {false, []porcupine.Operation{op(1, 2, false, reply{outcome: "x"}), op(3, 4, true, reply{outcome: "y"})}},
		"found before it was submitted":                {false, []porcupine.Operation{op(1, 2, true, reply{outcome: "x"}), op(3, 4, false, reply{outcome: "x"})}},
		"unknown, and never seen":                      {true, []porcupine.Operation{op(1, never, false, reply{unknown: true}), op(3, 4, true, reply{})}},
		"unknown, and seen later":                      {true, []porcupine.Operation{op(1, never, false, reply{unknown: true}), op(3, 4, true, reply{}), op(5, 6, true, reply{outcome: "x"})}},
		"unknown, seen, and not seen any more":         {false, []porcupine.Operation{op(1, never, false, reply{unknown: true}), op(3, 4, true, reply{outcome: "x"}), op(5, 6, true, reply{})}},
		"unknown, seen with one outcome and the other": {false, []porcupine.Operation{op(1, never, false, reply{unknown: true}), op(3, 4, true, reply{outcome: "x"}), op(5, 6, true, reply{outcome: "y"})}},
	} {
		if got := porcupine.CheckOperations(model, c.list); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}
