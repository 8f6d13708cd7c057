package doctor

// Examine tells what is wrong, the worst first. It depends on the facts alone.
func Examine(f *Facts) []Finding {
	l := &list{common: values{"dir": text(f.Dir), "self": text(f.Agency.String())}}
	if f.Mode == Outside {
		outside(l, f)
		return l.sorted()
	}
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
