package fault

import "flag"

var (
	seed      = flag.Uint64("fault.seed", 1, "seed of the faults: the same seed makes the same ones")
	cases     = flag.Int("fault.cases", 70, "cases of the disk table to try; 0: all")
	firstPort = flag.Int("fault.port", 19300, "first port of those that may be used")
	portCount = flag.Int("fault.ports", 380, "how many ports there are")
)
