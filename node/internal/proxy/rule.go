package proxy

import "time"

// Link is the way from one node to another; nodes have numbers from 0.
type Link struct{ From, To int }

// Rule is what happens to bytes on a link, of whichever side's connections. The zero value lets them pass.
type Rule struct {
	Cut   bool          // they are held back, as a network that has lost the way does; when it is found again they arrive
	Delay time.Duration // of each piece of up to 32 KiB, so that a delay is also a bound of the throughput
	Lose  float64       // part of the pieces at which the connection breaks
}
