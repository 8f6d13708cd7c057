package node

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/node/cosign"
	"github.com/ocopledger/ocop/node/health"
	"github.com/ocopledger/ocop/node/keeper"
)

// clockAlarm is how long a leader's clock in the future is told of after it was refused.
const clockAlarm = 10 * time.Minute

// EvidenceStatus is a piece of evidence that the node keeps.
type EvidenceStatus struct {
	Name         string           `json:"name"`
	Kind         string           `json:"kind"` // proposer, validator, diverged, breach
	Agency       ledger.AccountID `json:"agency"`
	Epoch        uint32           `json:"epoch"`
	Vietnamese   string           `json:"vietnamese"`
	English      string           `json:"english"`
	Since        time.Time        `json:"since"`
	Acknowledged bool             `json:"acknowledged"`
}

func (n *Node) evidenceStatus() []EvidenceStatus {
	list := []EvidenceStatus{}
	for _, p := range n.evidence.Pieces() {
		f := p.Finding
		list = append(list, EvidenceStatus{p.Name, f.Kind.String(), f.Agency, f.Epoch, f.Vietnamese, f.English, p.Since, p.Told})
	}
	return list
}

// Names of alarms.
const (
	alarmEvidence = "evidence" // somebody has lied or is damaged, and there is proof
	alarmConflict = "conflict" // cosignatures contradict this node's ledger or each other
	alarmDiverged = "diverged" // this node's ledger, or another's by its own word, contradicts what was signed
	alarmStopped  = "cosigning_stopped"
	alarmClock    = "clock"        // of this machine
	alarmLeader   = "leader_clock" // a leader has proposed a time in the future
	alarmStore    = "raft_store"   // of this validator, or of another, is not the one that voted before
)

var alarmNames = []string{alarmEvidence, alarmConflict, alarmDiverged, alarmStopped, alarmClock, alarmLeader, alarmStore}

func alarm(name, vietnamese, english string, args ...any) health.Alarm {
	return health.Alarm{Name: name, Sentence: health.Say(vietnamese, english, args...)}
}

// alarms are what an operator is to be told of, whatever else goes well.
func (n *Node) alarms() (list []health.Alarm) {
	for _, e := range n.evidenceStatus() {
		list = append(list, health.Alarm{Name: alarmEvidence, Sentence: health.Sentence{
			Vietnamese: fmt.Sprintf("%s: %s (%s)", e.Kind, e.Vietnamese, e.Name), English: fmt.Sprintf("%s: %s (%s)", e.Kind, e.English, e.Name),
		}})
	}
	list = append(list, n.cosignAlarms()...)
	select {
	case <-n.begun:
	default:
		return list
	}
	if place, why := n.Place(); place == StoreLost {
		list = append(list, alarm(alarmStore, "raft: nút này không bỏ phiếu: %s", "raft: this node does not vote: %s", why))
	}
	for _, o := range n.peers.list() {
		if n.gate.Shut(o.ID) {
			list = append(list, alarm(alarmStore, "raft: nút của cơ quan %v quay lại với kho raft khác hoặc cũ hơn; không nghe nút đó cho đến khi cơ quan ký lần lập mới",
				"raft: the node of agency %v came back with another raft store, or an older one; it is not listened to before its agency signs a new incarnation", o.Agency))
		}
		if at, _, ok := o.known(); ok && at.Shut {
			list = append(list, alarm(alarmStore, "raft: nút của cơ quan %v không nghe nút này: kho raft ở đây không phải kho mà nút đó từng gặp", "raft: the node of agency %v does not listen to this one: the raft store here is not the one it has met", o.Agency))
		}
		if at, _, ok := o.known(); ok && at.Diverged {
			list = append(list, alarm(alarmDiverged, "diverged: nút của cơ quan %v tự báo rằng sổ cái của nó trái với những gì đã ký: nút đó bị hỏng",
				"diverged: the node of agency %v says of itself that its ledger contradicts what was signed: it is damaged", o.Agency))
		}
	}
	if ahead := n.clockAhead(); ahead > n.clockTolerance() {
		list = append(list, alarm(alarmClock, "clock: đồng hồ máy này nhanh hơn các nút khác %v", "clock: this machine's clock is %v ahead of the other validators'", ahead.Round(time.Millisecond)))
	}
	if f := n.gate.Last(); !f.At.IsZero() && n.o.Now().Sub(f.At) < clockAlarm {
		list = append(list, alarm(alarmLeader, "clock: cơ quan %v, khi dẫn đầu nhiệm kỳ %d, đưa ra giờ nhanh hơn %v và đã bị từ chối",
			"clock: agency %v, as leader of term %d, proposed a time %v in the future and was refused", agencyOf(f.Leader), f.Term, f.Ahead.Round(time.Millisecond)))
	}
	return list
}

// cosignAlarms are those of this node's cosigner.
func (n *Node) cosignAlarms() []health.Alarm {
	at := n.heads.Status()
	switch {
	case errors.Is(at.Why, cosign.ErrDiverged):
		return []health.Alarm{alarm(alarmDiverged, "diverged: sổ cái của nút này trái với những gì đã ký, nút đã ngừng ký: %v", "diverged: cosigning has stopped: %v", at.Why)}
	case at.Why != nil:
		return []health.Alarm{alarm(alarmStopped, "nút này đã ngừng ký đầu sổ: %v", "cosigning has stopped: %v", at.Why)}
	case at.Conflicts > 0:
		return []health.Alarm{alarm(alarmConflict, "%d chữ ký trái với sổ cái của nút này", "%d cosignatures contradict this node's ledger", at.Conflicts)}
	}
	return nil
}

// diverged tells whether this node's ledger contradicts what a quorum has signed, or what it has signed itself. When it was told before it signed, nobody has
// evidence; so it says so itself.
func (n *Node) diverged() bool { return errors.Is(n.heads.Status().Why, cosign.ErrDiverged) }

// Keeper keeps the node's evidence.
func (n *Node) Keeper() *keeper.Keeper { return n.evidence.Keeper }

// acknowledge is how an operator ends the repetition of an alarm in the log.
func (n *Node) acknowledge(w http.ResponseWriter, r *http.Request) {
	if name := r.PathValue("name"); !n.evidence.Acknowledge(name) {
		http.Error(w, "there is no evidence "+name, http.StatusNotFound)
		return
	}
	fmt.Fprintln(w, "acknowledged")
}
