package statemap

// An Editor is a map that changes in place, for who wants no earlier one back: a replay, whose garbage is mostly nodes that no map has any more. It copies
// what it did not make, once, so that the map it began with stays as it is. It is not safe for use by several goroutines.
type Editor struct {
	now   Map
	space Workspace
}

// Edit begins with the map's leaves.
func (m Map) Edit() *Editor { return &Editor{now: m} }

// Update puts leaves in, as [Map.Update] does.
func (e *Editor) Update(leaves []Leaf) { e.now = e.now.update(e, &e.space, leaves) }

// Root returns the root hash.
func (e *Editor) Root() Hash { return e.now.Root() }

// Len returns the number of keys.
func (e *Editor) Len() int { return e.now.Len() }
