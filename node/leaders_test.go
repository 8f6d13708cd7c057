package node

import "testing"

// TestLeaders: who waits is told when another one leads, or nobody, and of nothing else.
func TestLeaders(t *testing.T) {
	told := func(c <-chan struct{}) bool {
		select {
		case <-c:
			return true
		default:
			return false
		}
	}
	l := newLeaders()
	first, same := l.next(), l.next()
	l.see(0, 0)
	if told(first) {
		t.Error("told that nobody leads, as before")
	}
	l.see(2, 1)
	if !told(first) || !told(same) {
		t.Error("not told that somebody leads")
	}
	second := l.next()
	l.see(2, 1)
	if told(second) {
		t.Error("told that the same one leads")
	}
	l.see(3, 2)
	third := l.next()
	l.see(0, 2)
	if !told(second) || !told(third) {
		t.Error("not told that another one leads, or that nobody does any more")
	}
	l.see(3, 3)
	fourth := l.next()
	l.see(3, 5) // somebody else led meanwhile
	if !told(fourth) {
		t.Error("not told of elections in between")
	}
}
