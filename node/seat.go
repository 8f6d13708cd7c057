package node

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/node/health"
	"github.com/ocopledger/ocop/node/peer"
	"github.com/ocopledger/ocop/node/replica"
)

// Place is whether a node takes part in raft, and why it does not.
type Place string

// Places of a node. In every place but the first it follows the ledger by leaves, serves everybody, and votes for nothing.
const (
	// Seated: it takes part in raft.
	Seated Place = "seated"
	// Asking: its raft store is new, and it waits for enough validators to say that they have not met it with another one; or the others are being told of it.
	Asking Place = "asking"
	// Outside: the ledger names no validator of the agency, or one with another TLS key.
	Outside Place = "outside"
	// StoreLost: it had another raft store, or a newer one, under its raft id. It must not vote as its old self: its agency signs a new incarnation.
	StoreLost Place = "store_lost"
	// Behind: its ledger does not hold what its raft log begins after, or names an incarnation that is over.
	Behind Place = "behind"
)

// RestoredFile is the mark that a restore of the ledger leaves in the data directory: the raft store that went with it is gone.
const RestoredFile = "restored"

// ErrReopen: the ledger gives this node another raft id, or no place any more, or raft must start again. The node must be opened again, which needs nobody.
var ErrReopen = errors.New("the node takes its place again")

// seatEvery is how often a node without a seat looks whether it may take one.
const seatEvery = 200 * time.Millisecond

// seating is the node's way to its seat.
type seating struct {
	path string // of the seat file

	mu    sync.Mutex
	place Place
	why   health.Sentence // more of it
	mine  *peer.Seat
	lates map[string]time.Time // raft id → since when all words of it are of an earlier start

	signed   uint64    // leaves of the largest head that this node had signed when it was opened
	occupied *taking   // the store was started for it, and the others are being told; owned by sit
	since    time.Time // when that began
}

// lateFor is how long a validator's words may all be of an earlier start than was met: those that were under way come to an end, an older store does not.
const lateFor = 10 * time.Second

// late tells whether a validator runs on an older store than was met, and not only says so late.
func (s *seating) late(id string, m replica.Meeting) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if m != replica.Late {
		delete(s.lates, id)
		return false
	}
	if s.lates == nil {
		s.lates = make(map[string]time.Time)
	}
	since, ok := s.lates[id]
	if !ok {
		s.lates[id] = time.Now()
	}
	return ok && time.Since(since) > lateFor
}

func (s *seating) set(p Place, why health.Sentence) (changed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	changed = s.place != p || s.why != why
	s.place, s.why = p, why
	return changed
}

// Place tells whether the node takes part in raft, and more of why it does not.
func (n *Node) Place() (Place, health.Sentence) {
	n.seating.mu.Lock()
	defer n.seating.mu.Unlock()
	return n.seating.place, n.seating.why
}

// taking is a seat that may be taken.
type taking struct {
	self   replica.Member
	fresh  bool             // with a new store
	voters []replica.Member // found the cluster
}

// waits says why a seat is not taken yet.
type waits struct {
	place Place
	why   health.Sentence
}

func (w *waits) Error() string { return string(w.place) + ": " + w.why.English }

// consider decides whether the node may take its seat. The error is a *waits, or a fault of this machine's disk.
//
// A store may vote when it is the only one that ever did under its raft id. That it is the one this machine had last is said by the seat file, which lies beside the
// keys; that a new one has no forerunner elsewhere is said by the other validators, who remember with which store they met whom.
func (n *Node) consider() (t taking, err error) {
	if n.isReplica() {
		return t, &waits{Outside, health.Say("nút là bản sao chỉ đọc", "it is a replica")}
	}
	self, ok := n.members.byAgency(n.agency)
	if !ok {
		return t, &waits{Outside, health.Say("sổ cái không ghi nút xác thực nào của cơ quan này", "the ledger names no validator of this agency")}
	}
	if n.o.Keys.TLSKeys(self.Key) == nil {
		return t, &waits{Outside, health.Say("sổ cái ghi khóa TLS khác khóa nút đang giữ", "the ledger names another TLS key than this node holds")}
	}
	t.self = self
	seat, has, err := n.store.Seat()
	if err != nil {
		return t, err
	}
	held, known, err := replica.ReadHeld(n.seating.path)
	if err != nil {
		return t, err
	}
	if restored, err := n.restored(); err != nil || restored {
		return t, errors.Join(err, lost("sổ cái được khôi phục từ bản sao lưu", "the ledger was restored from a backup"))
	}
	switch {
	case known && held.Lost && !newer(self.ID, held.ID):
		return t, lost("kho raft đã mất hoặc là bản cũ", "its raft store (raft.db) is gone, or an older one")
	case has && seat.ID == self.ID:
		t.voters = n.founders()
		return t, n.same(seat, held, known)
	case has && newer(seat.ID, self.ID):
		return t, &waits{Behind, health.Say("sổ cái chưa đến lần lập của kho raft, %s", "the ledger has not come to the incarnation of the raft store, %s", seat.ID)}
	case !has && known && held.ID == self.ID:
		return t, n.loses(self.ID, "nhật ký raft không còn", "the raft log (raft.db) is not there any more")
	}
	t.fresh = true
	return t, n.unmet(&t)
}

func lost(vietnamese, english string) error {
	return &waits{StoreLost, health.Say("%[1]s; cơ quan phải ký lần lập mới", "%[2]s; the agency must sign a new incarnation", vietnamese, english)}
}

// same decides for a store of the raft id that the ledger names.
func (n *Node) same(seat replica.Seat, held replica.Held, known bool) error {
	switch {
	case seat.Starts == 0: // taken, and the seat file not written before a crash: it never ran
		return nil
	case !known:
		return n.loses(seat.ID, "tệp raft.seat cạnh thư mục khóa không còn hoặc đã hỏng", "the file raft.seat beside the keys is gone, or damaged")
	case held.ID != seat.ID || held.Store != seat.Store:
		return n.loses(seat.ID, "kho raft (raft.db) không phải kho máy này có lần trước", "the raft store (raft.db) is not the one this machine had last")
	case seat.Starts < held.Starts:
		return n.loses(seat.ID, fmt.Sprintf("kho raft là bản cũ: đã khởi động %d lần, bản mới nhất %d lần", seat.Starts, held.Starts),
			fmt.Sprintf("the raft store (raft.db) is an older one: started %d times, and the newest %d times", seat.Starts, held.Starts))
	}
	return nil
}

// loses notes for good that nobody may vote as a raft id from here.
func (n *Node) loses(id, vietnamese, english string) error {
	if err := replica.WriteHeld(n.seating.path, replica.Held{ID: id, Lost: true}); err != nil {
		return err
	}
	return lost(vietnamese, english)
}

// restored takes note of a restore of the ledger, once: the raft store that this machine had last went with the ledger of before. On a machine that had none
// nothing is lost, and the ledger is as good as one that was followed. The mark is left until the seat file says it, so that a crash between forgets nothing.
func (n *Node) restored() (bool, error) {
	mark := filepath.Join(n.o.Config.Path(n.o.Config.Data), RestoredFile)
	if _, err := os.Stat(mark); errors.Is(err, os.ErrNotExist) {
		return false, nil
	} else if err != nil {
		return false, err
	}
	seat, has, err := n.store.Seat()
	if err != nil {
		return false, err
	}
	held, known, err := replica.ReadHeld(n.seating.path)
	if err != nil {
		return false, err
	}
	if id := seat.ID; has || known {
		if known && !newer(id, held.ID) {
			id = held.ID
		}
		if err := replica.WriteHeld(n.seating.path, replica.Held{ID: id, Lost: true}); err != nil {
			return false, err
		}
	}
	if has {
		if err := n.store.Reset(); err != nil {
			return false, err
		}
	}
	return has || known, os.Remove(mark)
}

// unmet lets a new store be taken when enough validators have not met this one with another. Of the first incarnation so many that one of them is in every majority in
// which the node may have voted: of three that is both others, also when a network is founded, and everybody is there then. A later one its agency has signed on
// purpose, and it votes where there is a leader, who meets it first: one answer will do, so that a network that has lost a majority can grow again.
func (n *Node) unmet(t *taking) error {
	if signed := n.seating.signed; signed > n.ledger.Head().Size {
		return &waits{Behind, health.Say("sổ cái chưa đến đầu sổ mà nút này đã ký (%d lá)", "the ledger has not come to what this node has signed (%d leaves)", signed)}
	}
	all := len(n.members.all())
	need, answers := min(all-1, all-all/2), 0
	if _, incarnation := splitID(t.self.ID); incarnation > firstIncarnation {
		need = min(all-1, 1)
	}
	for _, o := range n.peers.list() {
		at, _, ok := o.known()
		if !ok || at.Met == nil {
			continue
		}
		switch {
		case newer(at.Met.ID, t.self.ID):
			return &waits{Behind, health.Say("các nút khác biết lần lập mới hơn, %s", "others know of a newer incarnation, %s", at.Met.ID)}
		case at.Met.ID == t.self.ID && at.Met.Store != [16]byte{}:
			return n.loses(t.self.ID, fmt.Sprintf("nút của cơ quan %v từng gặp nút này với kho raft khác", o.Agency), fmt.Sprintf("the node of agency %v has met this one with another raft store", o.Agency))
		case at.Met.ID == t.self.ID:
			answers++
		}
	}
	if answers < need {
		return &waits{Asking, health.Say("%d trong %d nút xác thực cần hỏi đã trả lời là chưa gặp nút này", "%d of the %d validators needed have said that they have not met this one", answers, need)}
	}
	t.voters = n.founders()
	return nil
}

// firstIncarnation is what genesis and a first vote give.
const firstIncarnation = 1

// founders are who founds the cluster, as long as nothing was ever ordered in it: the power may have gone in the middle of that.
func (n *Node) founders() []replica.Member {
	if n.ledger.Head().Height > 0 {
		return nil
	}
	return n.members.all()
}

// newer tells whether a raft id is of a later incarnation of the same agency than another.
func newer(id, than string) bool {
	a, i := splitID(id)
	b, j := splitID(than)
	return a == b && i > j
}

func splitID(id string) (agency string, incarnation uint64) {
	agency, n, _ := strings.Cut(id, "-")
	incarnation, err := strconv.ParseUint(n, 10, 32)
	if err != nil {
		return "", 0
	}
	return agency, incarnation
}

// occupy makes the store ready for a start that will be counted here and in the seat file, the store's own count first: one that is ahead is the newest.
func (n *Node) occupy(t taking) error {
	if t.fresh {
		if _, has, err := n.store.Seat(); err != nil {
			return err
		} else if has { // of an earlier incarnation
			if err := n.store.Reset(); err != nil {
				return err
			}
		}
		seat, err := n.store.Take(t.self.ID, n.ledger.AppliedIndex(), rand.Reader)
		if err == nil { // before it is ever started: a store that was, and that the seat file does not know, is lost
			err = replica.WriteHeld(n.seating.path, replica.Held{ID: seat.ID, Store: seat.Store})
		}
		if err != nil {
			return err
		}
	}
	seat, err := n.store.CountStart()
	if err != nil {
		return err
	}
	if err := replica.WriteHeld(n.seating.path, replica.Held{ID: seat.ID, Store: seat.Store, Starts: seat.Starts}); err != nil {
		return err
	}
	mine := &peer.Seat{ID: seat.ID, Store: seat.Store, Starts: seat.Starts}
	if _, err := rand.Read(mine.Run[:]); err != nil {
		return err
	}
	if mine.Term, err = n.store.SeenTerm(); err != nil {
		return err
	}
	n.seating.mu.Lock()
	n.seating.mine = mine
	n.seating.mu.Unlock()
	return nil
}

// tellLimit is how long the others are given to hear of a store before it votes. One that does not answer by then is down, or was never to be reached.
const tellLimit = askLimit + 2*askEvery

// told waits until the others have heard of the store that is to vote: so that they know it when it comes back as an older copy, and say so if it is one.
func (n *Node) told(id string) error {
	n.seating.mu.Lock()
	mine := *n.seating.mine
	n.seating.mu.Unlock()
	others := n.peers.list()
	all := len(others) >= len(n.members.all())-1 // before the node runs it knows nobody
	for _, o := range others {
		o.mu.Lock()
		heard, at := o.told == mine.Run, o.at
		o.mu.Unlock()
		if heard && at.Shut {
			return n.loses(id, fmt.Sprintf("nút của cơ quan %v từng gặp kho raft mới hơn (raft.db) của nút này", o.Agency), fmt.Sprintf("the node of agency %v has met a newer raft store (raft.db) of this one", o.Agency))
		}
		all = all && heard
	}
	if !all && time.Since(n.seating.since) < tellLimit {
		return &waits{Asking, health.Say("đang báo cho các nút khác", "the others are being told")}
	}
	return nil
}

// seek takes the seat as soon as it may, or ends with ctx.
func (r *running) seek(ctx context.Context) {
	ticker := time.NewTicker(seatEvery)
	defer ticker.Stop()
	for {
		done, err := r.sit()
		if done {
			return
		}
		if err != nil {
			r.fail(err)
			return
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
	}
}

// sit takes the seat if it may: then it is done. An error is a fault of this machine.
func (r *running) sit() (done bool, err error) {
	if r.following.wanted.Load() > r.ledger.Head().Size { // raft's log begins after what the ledger holds, and nothing has changed
		return false, nil
	}
	var t taking
	if r.seating.occupied == nil {
		if t, err = r.consider(); err == nil {
			err = r.occupy(t)
		}
		if err == nil {
			r.seating.occupied, r.seating.since = &t, time.Now()
		}
	}
	if err == nil {
		t = *r.seating.occupied
		err = r.told(t.self.ID)
	}
	if err == nil {
		err = r.takeSeat(t)
	}
	var w *waits
	var behind *replica.BehindError
	switch {
	case err == nil:
		r.seating.set(Seated, health.Sentence{})
		r.log.Info("the node takes its place in raft", "id", t.self.ID, "new_store", t.fresh)
		r.moved() // meanwhile
		return true, nil
	case errors.As(err, &behind):
		w = &waits{Behind, health.Say("nhật ký raft bắt đầu sau khối %d", "the raft log begins after block %d", behind.Mark.Height)}
		r.behind(behind.Mark)
	case errors.Is(err, replica.ErrStoreLost):
		if w = new(waits); !errors.As(r.loses(t.self.ID, "nhật ký raft cũ hơn sổ cái", "the raft log (raft.db) is older than the ledger"), &w) {
			return false, err
		}
	case !errors.As(err, &w):
		return false, err
	}
	if w.place == StoreLost { // what was told of it is over
		r.seating.occupied = nil
		r.seating.mu.Lock()
		r.seating.mine = nil
		r.seating.mu.Unlock()
	}
	if r.seating.set(w.place, w.why) {
		r.log.Warn("the node takes no part in raft, and follows", "place", string(w.place), "reason", w.why.English)
	}
	return false, nil
}

// moved ends a node that has another raft id than it took its seat with, or none any more; and shows another TLS key when the ledger names it.
func (n *Node) moved() {
	self, ok := n.members.byAgency(n.agency)
	var now string
	if ok {
		now = self.ID
	}
	if place, _ := n.Place(); place == Seated && now != n.self.Load().ID {
		n.fail(fmt.Errorf("%w: %q instead of %q", ErrReopen, now, n.self.Load().ID))
		return
	}
	if !n.isReplica() {
		if err := n.showKeys(); err != nil {
			n.fail(err)
		}
	}
}

// term is the term that this node leads, or 0.
func (n *Node) term() uint64 {
	select {
	case <-n.seated:
		return n.replica.Term()
	default:
		return 0
	}
}

// leaderID is the raft id of who leads, as far as the node knows, or "". One without a seat believes what most say.
func (n *Node) leaderID() string {
	select {
	case <-n.seated:
		return n.replica.Leader()
	default:
	}
	votes := make(map[ledger.AccountID]int)
	var best ledger.AccountID
	for _, o := range n.peers.list() {
		if at, _, ok := o.known(); ok && at.Leader != 0 {
			if votes[at.Leader]++; votes[at.Leader] > votes[best] {
				best = at.Leader
			}
		}
	}
	if m, ok := n.members.byAgency(best); ok {
		return m.ID
	}
	return ""
}
