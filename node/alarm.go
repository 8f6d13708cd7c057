package node

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/node/cosign"
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

// alarms are what an operator is to be told of, whatever else goes well.
func (n *Node) alarms() (list []string) {
	for _, e := range n.evidenceStatus() {
		list = append(list, fmt.Sprintf("%s: %s (%s)", e.Kind, e.English, e.Name))
	}
	if alarm := n.cosignStatus().Alarm; alarm != "" && n.diverged() {
		list = append(list, "diverged: "+alarm)
	} else if alarm != "" {
		list = append(list, alarm)
	}
	select {
	case <-n.begun:
	default:
		return list
	}
	for _, o := range n.peers.list() {
		if at, _, ok := o.known(); ok && at.Diverged {
			list = append(list, fmt.Sprintf("diverged: the node of agency %v says of itself that its ledger contradicts what was signed: it is damaged", o.Agency))
		}
	}
	if ahead := n.clockAhead(); ahead > n.clockTolerance() {
		list = append(list, fmt.Sprintf("clock: this machine's clock is %v ahead of the other validators'", ahead.Round(time.Millisecond)))
	}
	if f := n.gate.Last(); !f.At.IsZero() && n.o.Now().Sub(f.At) < clockAlarm {
		list = append(list, fmt.Sprintf("clock: agency %v, as leader of term %d, proposed a time %v in the future and was refused", agencyOf(f.Leader), f.Term, f.Ahead.Round(time.Millisecond)))
	}
	return list
}

// diverged tells whether this node's ledger contradicts what a quorum has signed, or what it has signed itself. When it was told before it signed, nobody has
// evidence; so it says so itself.
func (n *Node) diverged() bool { return errors.Is(n.heads.Status().Why, cosign.ErrDiverged) }

// evidenceMetrics counts pieces by kind and agency.
func (n *Node) evidenceMetrics(w io.Writer) {
	count := make(map[string]int)
	for _, e := range n.evidenceStatus() {
		count[fmt.Sprintf("kind=%q,agency=\"%v\"", e.Kind, e.Agency)]++
	}
	fmt.Fprint(w, "# HELP ocop_evidence Pieces of evidence kept, by kind and by the agency they are against.\n# TYPE ocop_evidence gauge\n")
	for _, labels := range slices.Sorted(maps.Keys(count)) {
		fmt.Fprintf(w, "ocop_evidence{%s} %d\n", labels, count[labels])
	}
}

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
