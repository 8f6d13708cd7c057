package node

import (
	"context"
	"io"
	"sync"
)

// shelf is where one goroutine puts things and another takes them, as many as there are. What bounds it is who puts.
type shelf[T any] struct {
	news  chan struct{} // has room for one: something was put, or the end
	mu    sync.Mutex
	items []T
	over  error // nil: more may come
}

func newShelf[T any]() *shelf[T] { return &shelf[T]{news: make(chan struct{}, 1)} }

// put reports whether the thing was taken in: not after the end.
func (s *shelf[T]) put(item T) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over != nil {
		return false
	}
	s.items = append(s.items, item)
	s.tell()
	return true
}

// end says that nothing more comes, and why; the first reason counts.
func (s *shelf[T]) end(why error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over == nil {
		s.over = why
		s.tell()
	}
}

func (s *shelf[T]) tell() {
	select {
	case s.news <- struct{}{}:
	default:
	}
}

// take waits for something and takes as many from the front as pick says, at least one. When all is taken and nothing more comes it gives the reason.
func (s *shelf[T]) take(ctx context.Context, pick func([]T) int) ([]T, error) {
	for {
		s.mu.Lock()
		if len(s.items) > 0 {
			n := pick(s.items)
			taken := s.items[:n:n]
			if s.items = s.items[n:]; len(s.items) > 0 || s.over != nil {
				s.tell()
			}
			s.mu.Unlock()
			return taken, nil
		}
		over := s.over
		s.mu.Unlock()
		if over != nil {
			return nil, over
		}
		select {
		case <-s.news:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// ended is why nothing more comes; io.EOF when there was no other reason.
func (s *shelf[T]) ended() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over == nil {
		return io.EOF
	}
	return s.over
}
