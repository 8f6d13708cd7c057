package replica

import (
	"sync"

	"github.com/hashicorp/raft"
)

// notices tell followers at once that an entry is committed. raft itself says so with the next entries, or after its commit timeout: a client of another node, and
// every certified head, would wait for that. They hear of it when the entry's turn comes at the leader's own ledger, behind what is being applied there: raft tells nobody sooner.
//
// A notice is a message that raft could send: no entries, after an entry that the follower has acknowledged, with a higher commit index. It is sent only under the term
// in which the committed entry was made, to a follower that has acknowledged, in that term, as much as this: an entry of the term stands in the follower's log where it
// stood in the leader's, so that the notice is true even when another leads by now. Entries of earlier terms are left to raft. Nobody repeats a lost notice.
type notices struct {
	send func(raft.ServerID, *raft.AppendEntriesRequest) // does not wait for the follower; said is called when it is over

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
	n.say(n.acknowledge(id, q)...)
}

func (n *notices) acknowledge(id raft.ServerID, q *raft.AppendEntriesRequest) []notice {
	index, term := lastOfMessage(q)
	if index == 0 {
		return nil
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	p := n.peer(id)
	if q.Term < p.acked.Term || q.Term == p.acked.Term && index < p.acked.PrevLogEntry {
		return nil // overtaken
	}
	if q.Term > p.acked.Term {
		p.told = 0
	}
	p.told = max(p.told, q.LeaderCommitIndex)
	p.acked = *q
	p.acked.Entries, p.acked.PrevLogEntry, p.acked.PrevLogTerm = nil, index, term
	return n.due(id, p)
}

// committed notes that an entry is committed.
func (n *notices) committed(index, term uint64) {
	n.say(n.commit(index, term)...)
}

func (n *notices) commit(index, term uint64) (due []notice) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if index <= n.index {
		return nil
	}
	n.index, n.term = index, term
	for id, p := range n.peers {
		due = append(due, n.due(id, p)...)
	}
	return due
}

// said notes that a notice has arrived, or never will.
func (n *notices) said(id raft.ServerID) {
	n.say(n.end(id)...)
}

func (n *notices) end(id raft.ServerID) []notice {
	n.mu.Lock()
	defer n.mu.Unlock()
	p := n.peer(id)
	p.saying = false
	return n.due(id, p)
}

// notice is one to be sent, which nobody else sends.
type notice struct {
	id      raft.ServerID
	message *raft.AppendEntriesRequest
}

// due gives the notice that is due to a follower, if one is. Callers hold the lock.
func (n *notices) due(id raft.ServerID, p *noticed) []notice {
	if p.saying || p.acked.Term != n.term || p.acked.PrevLogEntry < n.index || p.sent > p.acked.PrevLogEntry || p.told >= n.index {
		return nil
	}
	q := p.acked
	q.LeaderCommitIndex = n.index
	p.saying, p.told = true, n.index
	return []notice{{id, &q}}
}

// say sends notices, without the lock.
func (n *notices) say(due ...notice) {
	for _, d := range due {
		n.send(d.id, d.message)
	}
}

// notify sends a notice beside raft's own messages, and returns when it is written, if there is a connection to write to. Whoever calls is about to apply the entry, or to have
// raft look at what else a follower has acknowledged: another goroutine would write when those leave it a processor, and the followers, and who waits there, would wait for that.
// The connection has nothing else under way, so that there is room for the few bytes.
func (t *Transport) notify(id raft.ServerID, q *raft.AppendEntriesRequest) {
	c := t.unused(id)
	if c != nil && t.begin(c, q) != nil {
		c = nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ctx.Err() != nil { // asked under the lock: Close waits for what runs by then
		return
	}
	t.running.Go(func() {
		var answer raft.AppendEntriesResponse
		var err error
		if c != nil {
			err = t.end(id, c, &answer)
		}
		if c == nil || again(err) {
			err = t.call(id, q, &answer)
		}
		if err != nil {
			t.log.Debug("a commit notice was not taken", "id", id, "index", q.LeaderCommitIndex, "error", err)
		}
		if t.ctx.Err() == nil {
			t.notices.said(id)
		}
	})
}
