package rest

// places bound how many do something at once. Nobody waits for one: the answer to too many is to come back.
type places chan struct{}

// take takes a place, to be left later, unless all are taken.
func (p places) take() bool {
	select {
	case p <- struct{}{}:
		return true
	default:
		return false
	}
}

func (p places) leave() { <-p }
