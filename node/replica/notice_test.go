package replica

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/raft"

	"github.com/ocopledger/ocop/ledger/ident"
)

// told is what followers were told, as "follower index/term".
type told []string

func (t *told) notices() *notices {
	return newNotices(func(id raft.ServerID, q *raft.AppendEntriesRequest) {
		*t = append(*t, fmt.Sprintf("%s %d/%d", id, q.LeaderCommitIndex, q.Term))
	})
}

// message is one that raft sends: entries of a term after an entry, up to another.
func message(term, after, afterTerm, upTo, commit uint64) *raft.AppendEntriesRequest {
	q := &raft.AppendEntriesRequest{Term: term, PrevLogEntry: after, PrevLogTerm: afterTerm, LeaderCommitIndex: commit}
	for index := after + 1; index <= upTo; index++ {
		q.Entries = append(q.Entries, &raft.Log{Index: index, Term: term})
	}
	return q
}

func TestNoticeIsDue(t *testing.T) {
	for name, c := range map[string]struct {
		do   func(n *notices)
		want string
	}{
		"after the acknowledgement": {func(n *notices) {
			q := message(3, 7, 2, 9, 7)
			n.sending("b", q)
			n.acknowledged("b", q)
			n.committed(9, 3)
		}, "[b 9/3]"},
		"the acknowledgement comes after the commit": {func(n *notices) {
			q := message(3, 7, 2, 9, 7)
			n.sending("b", q)
			n.committed(9, 3)
			n.acknowledged("b", q)
		}, "[b 9/3]"},
		"an entry that the follower has not acknowledged": {func(n *notices) {
			n.acknowledged("b", message(3, 7, 2, 9, 7))
			n.committed(10, 3)
		}, "[]"},
		"an entry of an earlier term, which may not be the follower's": {func(n *notices) {
			n.acknowledged("b", message(3, 7, 2, 9, 7))
			n.committed(9, 2)
		}, "[]"},
		"an entry of a later leader, which may not be the follower's": {func(n *notices) {
			n.acknowledged("b", message(3, 7, 2, 9, 7))
			n.committed(9, 4)
		}, "[]"},
		"more is on its way, whose answer is waited for": {func(n *notices) {
			first, second := message(3, 7, 2, 9, 7), message(3, 9, 3, 11, 7)
			n.sending("b", first)
			n.sending("b", second)
			n.acknowledged("b", first)
			n.committed(9, 3)
			n.acknowledged("b", second)
		}, "[b 9/3]"},
		"what was on its way said so": {func(n *notices) {
			n.acknowledged("b", message(3, 7, 2, 9, 7))
			n.acknowledged("b", message(3, 9, 3, 9, 9))
			n.committed(9, 3)
		}, "[]"},
		"one at a time, then the newest": {func(n *notices) {
			n.acknowledged("b", message(3, 7, 2, 12, 7))
			n.committed(9, 3)
			n.committed(10, 3)
			n.committed(12, 3)
			n.said("b")
			n.said("b")
		}, "[b 9/3 b 12/3]"},
		"heartbeats say nothing": {func(n *notices) {
			n.acknowledged("b", message(3, 7, 2, 9, 7))
			n.sending("b", &raft.AppendEntriesRequest{Term: 3})
			n.acknowledged("b", &raft.AppendEntriesRequest{Term: 3})
			n.committed(9, 3)
		}, "[b 9/3]"},
		"an answer that was overtaken": {func(n *notices) {
			n.acknowledged("b", message(3, 7, 2, 9, 7))
			n.acknowledged("b", message(3, 5, 2, 7, 5))
			n.committed(9, 3)
		}, "[b 9/3]"},
	} {
		t.Run(name, func(t *testing.T) {
			var got told
			c.do(got.notices())
			if s := fmt.Sprint([]string(got)); s != c.want {
				t.Errorf("told %s, want %s", s, c.want)
			}
		})
	}
}

// TestNoticesAreTrue has one leader of a term that is deposed, while others overwrite what it could not commit: whatever it says, to whomever, is of an entry that
// the follower has where the committed one is.
func TestNoticesAreTrue(t *testing.T) {
	told := make(map[bool]int) // notices, by whether another one led by then
	for seed := range uint64(2000) {
		random := rand.New(rand.NewPCG(seed, 1))
		const term = 5
		own := uint64(4)                    // entries 1 to 4 are of earlier terms and committed; the rest this leader makes
		acked := map[raft.ServerID]uint64{} // what the followers have of it
		sent := map[raft.ServerID]uint64{"b": 4, "c": 4}
		underway := make(map[raft.ServerID][]*raft.AppendEntriesRequest)
		committed, deposed := uint64(4), false
		n := newNotices(func(id raft.ServerID, q *raft.AppendEntriesRequest) {
			told[deposed]++
			if q.Term != term || q.LeaderCommitIndex > committed && !deposed || q.LeaderCommitIndex > acked[id] || q.PrevLogEntry > acked[id] {
				t.Fatalf("seed %d: %s is told %d, has %d, committed %d", seed, id, q.LeaderCommitIndex, acked[id], committed)
			}
			if deposed && q.LeaderCommitIndex > committed {
				t.Fatalf("seed %d: after entry %d another leader's entries are committed; %s is told of its own entry %d", seed, committed, id, q.LeaderCommitIndex)
			}
		})
		later := uint64(0) // index to which another leader has committed its own entries
		for range 60 {
			id := raft.ServerID([]string{"b", "c"}[random.IntN(2)])
			switch random.IntN(6) {
			case 0:
				own++
			case 1:
				q := message(term, sent[id], term, own, committed)
				n.sending(id, q)
				sent[id], underway[id] = own, append(underway[id], q)
			case 2: // answers to those before may be lost
				if all := underway[id]; len(all) > 0 {
					k := random.IntN(len(all))
					underway[id] = all[k+1:]
					acked[id], _ = lastOfMessage(all[k])
					n.acknowledged(id, all[k])
				}
			case 3:
				if most := max(acked["b"], acked["c"]); !deposed && most > committed {
					committed = most
					n.committed(committed, term)
				}
			case 4:
				deposed = deposed || random.IntN(8) == 0
			case 5:
				n.said(id)
				if deposed {
					later = max(later, committed) + 1
					n.committed(later, term+1)
				}
			}
		}
	}
	if told[false] < 1000 || told[true] < 20 { // or there would be little to be true
		t.Errorf("%d notices while it led, and %d afterwards", told[false], told[true])
	}
}

// deaf is the near end of a connection that nobody answers on, and that takes nothing once it is broken.
type deaf struct {
	net.Conn
	broken bool
	wrote  bytes.Buffer
	closed chan struct{}
	once   sync.Once
}

func (d *deaf) Write(b []byte) (int, error) {
	if d.broken {
		return 0, net.ErrClosed
	}
	return d.wrote.Write(b)
}

func (d *deaf) Read([]byte) (int, error) {
	<-d.closed
	return 0, net.ErrClosed
}

func (d *deaf) Close() error {
	d.once.Do(func() { close(d.closed) })
	return nil
}

func (*deaf) SetDeadline(time.Time) error { return nil }

// only is one validator and a way to it, which tells of being gone.
type only struct {
	Member
	dialled chan struct{}
}

func (o only) ByID(string) (Member, bool)            { return o.Member, true }
func (o only) ByKey(ident.Ed25519Key) (Member, bool) { return o.Member, true }
func (o only) Accept() (net.Conn, ident.Ed25519Key, error) {
	return nil, ident.Ed25519Key{}, net.ErrClosed
}
func (o only) Close() error { return nil }
func (o only) Dial(context.Context, string, ident.Ed25519Key) (net.Conn, error) {
	o.dialled <- struct{}{}
	return nil, net.ErrClosed
}

// TestNoticeIsWritten: whoever has a notice sent has it written, if there is a connection. Without one, or when it has died, another one is made, and nobody waits for that.
func TestNoticeIsWritten(t *testing.T) {
	for name, c := range map[string]*deaf{"connection": {closed: make(chan struct{})}, "dead": {closed: make(chan struct{}), broken: true}, "none": nil} {
		t.Run(name, func(t *testing.T) {
			o := only{Member{ID: "b"}, make(chan struct{})}
			tr := NewTransport(Member{ID: "a"}, o, o, nil, time.Minute, slog.New(slog.DiscardHandler))
			if c != nil {
				tr.open[c] = struct{}{}
				tr.give("b", newConn(c))
			}
			tr.notices.acknowledged("b", message(3, 7, 2, 9, 7))
			tr.notices.committed(9, 3)
			if c != nil && !c.broken {
				frame := bytes.NewReader(c.wrote.Bytes())
				b, err := (&conn{r: bufio.NewReader(frame)}).receive()
				if err != nil {
					t.Fatal(err)
				}
				request, err := decodeRequest(b)
				if q, ok := request.(*raft.AppendEntriesRequest); err != nil || !ok || q.LeaderCommitIndex != 9 || q.PrevLogEntry != 9 || len(q.Entries) > 0 || frame.Len() > 0 {
					t.Errorf("%+v, %v", request, err)
				}
				c.Close() // unanswered: it is tried once more
			}
			<-o.dialled
			tr.Close()
		})
	}
}
