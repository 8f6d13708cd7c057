package node

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/ocopledger/ocop/node/health"
	"github.com/ocopledger/ocop/node/replica"
)

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
