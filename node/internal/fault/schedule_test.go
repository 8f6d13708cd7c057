package fault

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// kind of a fault.
type kind string

// Kinds of faults.
const (
	killOne   kind = "kill -9, one"
	killTwo   kind = "kill -9, two"
	killAll   kind = "kill -9, all at once"
	stopOne   kind = "SIGSTOP, SIGCONT, one"
	stopAll   kind = "SIGSTOP, SIGCONT, all"
	cutOff    kind = "network: cut off, both ways"
	cutOneWay kind = "network: one link, one way"
	deaf      kind = "network: hears nobody"
	mute      kind = "network: is heard by nobody"
	delay     kind = "network: delay on all links"
	loss      kind = "network: loss on all links"
	diskFull  kind = "disk: full (ENOSPC)"
	diskWrite kind = "disk: a write is kept, answered EIO"
	diskSync  kind = "disk: a sync fails, EIO"
	diskTorn  kind = "disk: a write is torn, and kill -9"
	diskSlow  kind = "disk: slow"
	diskHung  kind = "disk: hung"
)

// oneNode faults are of one node, and two of them at a time are of two nodes.
var (
	oneNode = []kind{killOne, stopOne, cutOff, cutOneWay, deaf, mute, diskFull, diskWrite, diskSync, diskTorn, diskSlow, diskHung}
	allOver = []kind{killTwo, killAll, stopAll, delay, loss}
)

const (
	shortestHold = 300 * time.Millisecond
	longestHold  = 1500 * time.Millisecond
	// pairs is the part of steps with two faults at once.
	pairs = 0.25
	// stepsOfEpisode is how many steps a network lives: everything is derived anew after each of them, so that its ledger must stay small.
	stepsOfEpisode = 16
)

// fault is one of a schedule.
type fault struct {
	Kind   kind
	Node   int  // from 0
	Leader bool // of whoever leads then, instead of Node
	Other  int  // the node at the other end of a link: Node + Other, modulo the nodes
	N      int  // which call on the disk is hit, from 1; how many sectors come
	Hold   time.Duration
}

func (f fault) String() string {
	who := fmt.Sprintf("node %d", f.Node+1)
	if f.Leader {
		who = "the leader"
	}
	if slices.Contains(allOver, f.Kind) && f.Kind != killTwo {
		who = "all"
	}
	return fmt.Sprintf("%s (%s, %v)", f.Kind, who, f.Hold)
}

// episode is the faults of one network's life: steps of one or two at a time. It follows from the seed and its number alone.
func episode(seed uint64, number int) (steps [][]fault) {
	random := rand.New(rand.NewPCG(seed, uint64(number)))
	draw := func(kinds []kind) fault {
		f := fault{
			Kind: kinds[random.IntN(len(kinds))], Node: random.IntN(nodes), Leader: random.IntN(2) == 0, Other: 1 + random.IntN(nodes-1), N: 1 + random.IntN(6),
			Hold: (shortestHold + time.Duration(random.Int64N(int64(longestHold-shortestHold)))).Round(time.Millisecond),
		}
		if f.Kind == diskHung && f.N%2 == 0 { // longer than a node waits
			f.Hold += writeLimit
		}
		return f
	}
	every := slices.Concat(oneNode, allOver)
	for range stepsOfEpisode {
		step := []fault{draw(every)}
		if random.Float64() < pairs && slices.Contains(oneNode, step[0].Kind) {
			step = append(step, draw(oneNode))
			// Two of one node would hide each other.
			step[0].Leader, step[1].Leader = false, false
			step[1].Node = (step[0].Node + step[1].Other) % nodes
		}
		steps = append(steps, step)
	}
	return steps
}

// TestScheduleFollowsFromItsSeed: the same seed is the same schedule, another is another, and a hundred episodes have every kind many times.
func TestScheduleFollowsFromItsSeed(t *testing.T) {
	text := func(seed uint64, number int) string { return fmt.Sprint(episode(seed, number)) }
	if first, again := text(1, 2), text(1, 2); first != again {
		t.Error("a schedule differs from itself")
	}
	if text(1, 2) == text(1, 3) || text(1, 2) == text(2, 2) {
		t.Error("schedules of different seeds or numbers are the same")
	}
	count := make(map[kind]int)
	for number := range 100 {
		for _, step := range episode(1, number) {
			for _, f := range step {
				count[f.Kind]++
			}
			if len(step) == 2 && (step[0].Node == step[1].Node || step[0].Leader || step[1].Leader) {
				t.Errorf("two faults of one node: %v", step)
			}
		}
	}
	for _, k := range slices.Concat(oneNode, allOver) {
		if count[k] < 40 {
			t.Errorf("%s: %d times in 100 episodes", k, count[k])
		}
	}
}
