package replay

// Watch has somebody told when a block's subjects go into the state map, and when they are in it: time is no affair of the machine.
func (m *Machine) Watch(updating func() (done func(subjects int))) { m.updating = updating }

// beginUpdate tells that so many subjects go into the state map.
func (m *Machine) beginUpdate(subjects int) (done func()) {
	if m.updating == nil {
		return func() {}
	}
	tell := m.updating()
	return func() { tell(subjects) }
}
