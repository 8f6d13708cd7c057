package fault

import (
	"flag"
	"time"
)

// The long form: scripts/faults.sh --seed S --minutes M
var (
	seed         = flag.Uint64("fault.seed", 1, "seed of the faults: the same seed makes the same ones")
	cases        = flag.Int("fault.cases", 70, "cases of the disk table to try; 0: all")
	minutes      = flag.Float64("fault.minutes", 0, "how long the campaign lasts; 0: the first steps of one episode")
	shortSteps   = flag.Int("fault.steps", 6, "steps of a campaign of 0 minutes")
	firstEpisode = flag.Int("fault.episode", 0, "number of the first episode")
	firstPort    = flag.Int("fault.port", 19300, "first port of those that may be used")
	portCount    = flag.Int("fault.ports", 380, "how many ports there are")
)

const (
	// nodes is how many a network has.
	nodes = 3
	// writeLimit is how long a node waits for its disk before it ends itself: short, so that a fault can outlast it.
	writeLimit = 2 * time.Second
)
