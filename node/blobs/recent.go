package blobs

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ocopledger/ocop/ledger"
)

// maxRecent is how many of the newest blobs a node tells of: those of a few busy minutes. Whoever was away for longer looks for all that he lacks.
const maxRecent = 1024

// recent is the newest blobs that came to this node since it started. A leaf may name a blob that nobody has ever shown, such as a name that was kept
// private, and there may be many; so others do not ask for them over and over, and are told instead when one has come.
type recent struct {
	ids  []ledger.Hash // oldest first
	body []byte        // nil: to be made
	tag  string
}

func (r *recent) note(id ledger.Hash) {
	if r.ids = append(r.ids, id); len(r.ids) >= 2*maxRecent {
		r.ids = append([]ledger.Hash(nil), r.ids[maxRecent:]...)
	}
	r.body = nil
}

// recentList is the list as it is published: an id a line.
func (b *Blobs) recentList() (body []byte, tag string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if r := &b.recent; r.body == nil {
		var text strings.Builder
		for _, id := range r.ids[max(0, len(r.ids)-maxRecent):] {
			fmt.Fprintln(&text, id)
		}
		r.body = append([]byte{}, text.String()...)
		sum := sha256.Sum256(r.body)
		r.tag = `"` + hex.EncodeToString(sum[:16]) + `"`
	}
	return b.recent.body, b.recent.tag
}

// askRecent has what has come to another node looked for at once; and everything, when the node was not there before.
func (b *Blobs) askRecent(ctx context.Context, s *source) {
	limited, stop := context.WithTimeout(ctx, listLimit)
	defer stop()
	list, tag, err := s.get(limited, recentName, maxRecent*80, s.recent)
	if err != nil {
		s.there = s.there && errors.Is(err, errNotThere)
		return
	}
	if !s.there {
		s.there = true
		b.lookAgain(nil)
	}
	s.recent = tag
	var come []ledger.Hash
	for lines := bufio.NewScanner(bytes.NewReader(list)); lines.Scan(); {
		if id, err := ParseID(lines.Text()); err == nil {
			come = append(come, id)
		}
	}
	b.lookAgain(come)
}

// lookAgain has missing blobs looked for now: some, or all of them when it is told none by nil.
func (b *Blobs) lookAgain(some []ledger.Hash) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if some == nil {
		for _, w := range b.missing {
			w.due = time.Time{}
		}
		return
	}
	for _, id := range some {
		if w := b.missing[id]; w != nil {
			*w = wanted{}
		}
	}
}
