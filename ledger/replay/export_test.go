package replay

// Remembered is how many ids an auditor keeps. It may be asked from observe.
func Remembered(a *Auditor) (n int) {
	for _, ids := range a.ids {
		n += len(ids)
	}
	return n
}
