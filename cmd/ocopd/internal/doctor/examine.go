package doctor

import "github.com/ocopledger/ocop/cmd/internal/lang"

// Examine tells what is wrong, the worst first. It depends on the facts alone.
func Examine(f *Facts) []Finding {
	l := &list{common: values{"dir": text(f.Dir), "self": text(f.Agency.String()), "run": text(run(f)), "node": f.Name()}}
	if f.Mode == Outside {
		outside(l, f)
		return l.sorted()
	}
	denied(l, f)
	settings(l, f)
	node(l, f)
	if f.Files != nil && f.Mode == Stopped {
		files(l, f)
	}
	if f.Replica() {
		sources(l, f)
	} else {
		leader(l, f)
	}
	peers(l, f)
	clocks(l, f)
	if f.Node != nil {
		certified(l, f)
	}
	disk(l, f)
	keys(l, f)
	habits(l, f)
	return l.sorted()
}

// Replica tells that the node has no agency: it is in nobody's way, and calls public doors alone.
func (f *Facts) Replica() bool { return f.Agency == 0 && f.Mode != Outside }

// Name is what the node is called.
func (f *Facts) Name() lang.Text {
	if f.Replica() {
		return lang.Text{Vi: "Bản sao này", En: "This replica"}
	}
	return lang.Text{Vi: "Nút của cơ quan " + f.Agency.String(), En: "The node of agency " + f.Agency.String()}
}

// sources says which public doors a replica cannot reach.
func sources(l *list, f *Facts) {
	for _, p := range f.Peers {
		if p.Public != Reached && p.Public != Untried {
			l.add("outside.unreachable", p.Agency, values{"address": text(p.PublicAddress), "why": p.Public.Text(), "detail": text(p.PublicDetail)})
		}
	}
}

// run is how this node is started. Where a service does it, nobody is told to do it by hand: the files would be another account's.
func run(f *Facts) string {
	if f.Service != "" {
		return "systemctl restart " + f.Service
	}
	return "ocopd run --dir " + f.Dir
}
