package doctor

// Examine tells what is wrong, the worst first. It depends on the facts alone.
func Examine(f *Facts) []Finding {
	l := &list{common: values{"dir": text(f.Dir), "self": text(f.Agency.String()), "run": text(run(f))}}
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
	leader(l, f)
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

// run is how this node is started. Where a service does it, nobody is told to do it by hand: the files would be another account's.
func run(f *Facts) string {
	if f.Service != "" {
		return "systemctl restart " + f.Service
	}
	return "ocopd run --dir " + f.Dir
}
