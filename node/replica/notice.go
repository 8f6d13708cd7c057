package replica

import (
	"sync"

	"github.com/hashicorp/raft"
)

// notices tell followers at once that an entry is committed. raft itself says so with the next entries, or after its commit timeout: a client of another node, and
// every certified head, would wait for that.
//
// A notice is a message that raft could send: no entries, after an entry that the follower has acknowledged, with a higher commit index. It is sent only under the term
// in which the committed entry was made, to a follower that has acknowledged, in that term, as much as this: an entry of the term stands in the follower's log where it
// stood in the leader's, so that the notice is true even when another leads by now. Entries of earlier terms are left to raft. Nobody repeats a lost notice.
type notices struct {
	send func(raft.ServerID, *raft.AppendEntriesRequest)

	mu          sync.Mutex
	peers       map[raft.ServerID]*noticed
	index, term uint64 // the newest committed entry known here
}

// noticed is how a follower stands.
type noticed struct {
	acked  raft.AppendEntriesRequest // what its newest acknowledgement stands for, as a message without entries
	sent   uint64                    // the last entry that was sent to it
	told   uint64                    // the commit index that it was told last, by whatever message
	saying bool                      // a notice is on its way
}

func newNotices(send func(raft.ServerID, *raft.AppendEntriesRequest)) *notices {
	return &notices{send: send, peers: make(map[raft.ServerID]*noticed)}
}

func (n *notices) peer(id raft.ServerID) *noticed {
	p := n.peers[id]
	if p == nil {
		p = new(noticed)
		n.peers[id] = p
	}
	return p
}

// lastOfMessage is the entry that a follower's log has after a message, at least.
func lastOfMessage(q *raft.AppendEntriesRequest) (index, term uint64) {
	if k := len(q.Entries); k > 0 {
		return q.Entries[k-1].Index, q.Entries[k-1].Term
	}
	return q.PrevLogEntry, q.PrevLogTerm
}

// sending notes what is about to be sent to a follower: its acknowledgement is waited for, as another message is under way by then.
func (n *notices) sending(id raft.ServerID, q *raft.AppendEntriesRequest) {
	index, _ := lastOfMessage(q)
	if index == 0 { // a heartbeat says nothing about the log
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.peer(id).sent = index
}

// acknowledged notes that a follower has taken a message.
func (n *notices) acknowledged(id raft.ServerID, q *raft.AppendEntriesRequest) {
	index, term := lastOfMessage(q)
	if index == 0 {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	p := n.peer(id)
	if q.Term < p.acked.Term || q.Term == p.acked.Term && index < p.acked.PrevLogEntry {
		return // overtaken
	}
	if q.Term > p.acked.Term {
		p.told = 0
	}
	p.told = max(p.told, q.LeaderCommitIndex)
	p.acked = *q
	p.acked.Entries, p.acked.PrevLogEntry, p.acked.PrevLogTerm = nil, index, term
	n.look(id, p)
}

// committed notes that an entry is committed.
func (n *notices) committed(index, term uint64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if index <= n.index {
		return
	}
	n.index, n.term = index, term
	for id, p := range n.peers {
		n.look(id, p)
	}
}

// look sends a notice if one is due. Callers hold the lock; send returns at once, and said is called when it is over.
func (n *notices) look(id raft.ServerID, p *noticed) {
	if p.saying || p.acked.Term != n.term || p.acked.PrevLogEntry < n.index || p.sent > p.acked.PrevLogEntry || p.told >= n.index {
		return
	}
	q := p.acked
	q.LeaderCommitIndex = n.index
	p.saying, p.told = true, n.index
	n.send(id, &q)
}

// said notes that a notice has arrived, or never will.
func (n *notices) said(id raft.ServerID) {
	n.mu.Lock()
	defer n.mu.Unlock()
	p := n.peer(id)
	p.saying = false
	n.look(id, p)
}

// notify sends a notice beside raft's own messages.
func (t *Transport) notify(id raft.ServerID, q *raft.AppendEntriesRequest) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ctx.Err() != nil { // asked under the lock: Close waits for what runs by then
		return
	}
	t.running.Go(func() {
		if err := t.call(id, q, new(raft.AppendEntriesResponse)); err != nil {
			t.log.Debug("a commit notice was not taken", "id", id, "index", q.LeaderCommitIndex, "error", err)
		}
		if t.ctx.Err() == nil {
			t.notices.said(id)
		}
	})
}
