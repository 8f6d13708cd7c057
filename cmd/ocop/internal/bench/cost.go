package bench

import (
	"net"
	"time"

	"github.com/ocopledger/ocop/cmd/ocop/internal/bench/scrape"
)

// spent is the processor time of a node between two looks; false: it did not answer at both.
func spent(begin, end moment, node int) (time.Duration, bool) {
	if begin.nodes == nil || end.nodes == nil || begin.nodes[node] == nil || end.nodes[node] == nil {
		return 0, false
	}
	return time.Duration((end.nodes[node][scrape.CPUSeconds] - begin.nodes[node][scrape.CPUSeconds]) * float64(time.Second)), true
}

// found is how many pages of memory a node was given between two looks; false: it does not say.
func found(begin, end moment, node int) (uint64, bool) {
	if _, ok := spent(begin, end, node); !ok {
		return 0, false
	}
	before, known := begin.nodes[node][scrape.PageFaults]
	after, still := end.nodes[node][scrape.PageFaults]
	return uint64(max(0, after-before)), known && still
}

// cost is what so many operations between two looks cost each node, and all together. What nobody saw is not known.
func (w *watch) cost(begin, end moment, operations uint64) (c CPU, nodes []Node) {
	c.Generator = us(end.own-begin.own, operations)
	counted := make(map[int]bool)
	for i, d := range w.nodes {
		n := Node{Agency: d.agency, Public: d.public, Operator: d.operator, Process: w.process[i], Peak: uint64(w.peak[i][scrape.ResidentBytes]), Queue: uint64(w.peak[i][scrape.QueueRecords])}
		if before := begin.nodes; before != nil && before[i] != nil {
			n.Resident, n.Term = uint64(before[i][scrape.ResidentBytes]), uint64(before[i][scrape.RaftTerm])
		}
		n.Lost = end.nodes == nil || end.nodes[i] == nil
		if !n.Lost {
			n.Term = uint64(end.nodes[i][scrape.RaftTerm])
		}
		if took, ok := spent(begin, end, i); ok && operations > 0 {
			n.CPU = new(us(took, operations))
			if !counted[n.Process] {
				counted[n.Process] = true
				if c.Nodes == nil {
					c.Nodes = new(0.0)
				}
				*c.Nodes += *n.CPU
			}
		}
		if pages, ok := found(begin, end, i); ok {
			n.NewPages = new(pages)
		}
		nodes = append(nodes, n)
	}
	if c.Nodes != nil {
		c.Total = new(*c.Nodes + c.Generator)
		c.NewMemory = w.newMemory(nodes, operations)
	}
	return c, nodes
}

// newMemory is what the pages that the nodes were given cost an operation; nil: not known of one of those that could be looked at, or on this machine.
func (w *watch) newMemory(nodes []Node, operations uint64) *float64 {
	if w.pages == nil || operations == 0 {
		return nil
	}
	counted, all := make(map[int]bool), uint64(0)
	for _, n := range nodes {
		switch {
		case n.Lost || counted[n.Process]:
		case n.NewPages == nil || !here(n.Operator):
			return nil
		default:
			counted[n.Process] = true
			all += *n.NewPages
		}
	}
	return new(float64(all) * w.pages.First / float64(operations))
}

// share is what part of so many processors the nodes and the benchmark used between two looks; nil: some validators could not be looked at, or are not on this machine.
func (w *watch) share(begin, end moment, cores int) *float64 {
	took, counted, seen := end.own-begin.own, make(map[int]bool), 0
	for i, d := range w.nodes {
		its, ok := spent(begin, end, i)
		if !ok || !here(d.operator) {
			continue
		}
		seen++
		if !counted[w.process[i]] {
			counted[w.process[i]] = true
			took += its
		}
	}
	elapsed := end.at.Sub(begin.at)
	if seen < w.validators || seen == 0 || elapsed <= 0 || cores <= 0 {
		return nil
	}
	return new(took.Seconds() / elapsed.Seconds() / float64(cores))
}

// here tells whether a door, host:port, is on this machine.
func here(door string) bool {
	host, _, err := net.SplitHostPort(door)
	ip := net.ParseIP(host)
	return err == nil && (host == "localhost" || ip != nil && ip.IsLoopback())
}

// term is the highest raft term at a look; nil: no majority of the validators answered. Who was elected was so by a majority, and of any two majorities somebody is in
// both: among those who answered somebody knows the term of every election that was held.
func (w *watch) term(m moment) *uint64 {
	var term uint64
	answered := 0
	for _, n := range m.nodes {
		if n != nil {
			answered++
			term = max(term, uint64(n[scrape.RaftTerm]))
		}
	}
	if 2*answered <= w.validators {
		return nil
	}
	return &term
}
