package machine

// Pages are what memory costs that a process has not had before.
//
// A machine that keeps its free memory clears a page in 1.3 µs. A virtual machine whose host takes it back (free page reporting, a balloon) gets it anew with the first
// touch, in 10 µs: in an overload of young processes, whose memory still grows, that was a sixth of all processor time (BENCHMARKS.md).
type Pages struct {
	Size  int     `json:"page_bytes"`     // that the system gave at a time, on average
	First float64 `json:"first_touch_us"` // processor time, of a page
}
