package machine

// Pages are what memory costs that a process has not had before.
//
// A machine of its own clears a page in a microsecond or less. A virtual machine whose host takes free memory back (free page reporting, a balloon) gets it anew with the
// first touch, and that costs ten times as much: of young processes, whose memory still grows, it is a sixth of all that they do.
type Pages struct {
	Size  int     `json:"page_bytes"`     // that the system gave at a time, on average
	First float64 `json:"first_touch_us"` // processor time, of a page
}
