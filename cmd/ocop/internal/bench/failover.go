package bench

import (
	"context"
	"errors"
	"time"

	"github.com/ocopledger/ocop/cmd/internal/lang"
)

// Failover is what a killed leader cost.
type Failover struct {
	Killed uint64  `json:"killed_agency"`
	At     float64 `json:"killed_at_secs"` // in the window
	// Recovered: a majority has gone on to a higher term, and the longest gap ended with an acknowledgement, perhaps of a record that was waited for after the window.
	Recovered bool     `json:"recovered"`
	Gap       float64  `json:"longest_gap_ms"` // without an acknowledgement, from the kill on; not recovered: it is at least so long
	GapBegan  float64  `json:"gap_began_ms"`   // after the kill
	Before    float64  `json:"records_per_second_before"`
	After     *float64 `json:"records_per_second_after"` // from the end of the gap to that of the window; null: the gap did not end in it
	// Terms are the highest of a majority's: just before the kill, and when nothing was waited for any more; null: no majority answers then.
	TermBefore uint64  `json:"raft_term_before"`
	TermAfter  *uint64 `json:"raft_term_after"`

	waited time.Duration // since the kill
}

// NotRecoveredError says that nobody took a killed leader's place.
type NotRecoveredError struct{ Waited time.Duration }

func (e *NotRecoveredError) Error() string { return e.In(lang.English) }

// In is the sentence in a language.
func (e *NotRecoveredError) In(l lang.Language) string {
	return lang.Text{
		Vi: "không nút nào thay nút dẫn đầu đã bị giết: chờ %.1f s mà không có bản ghi nào được nhận dưới một nút dẫn đầu mới",
		En: "nobody took the place of the leader that was killed: no record was acknowledged under a new one in %.1f s"}.F(l, e.Waited.Seconds())
}

// wrong is what is wrong with it; nil: nothing, or nobody was to be killed.
func (f *Failover) wrong() error {
	if f == nil || f.Recovered {
		return nil
	}
	return &NotRecoveredError{f.waited}
}

// errNobodyKilled: the window was over before it was known who leads, and in which term.
var errNobodyKilled = lang.Errorf(lang.Text{
	Vi: "chưa biết nút nào dẫn đầu, trong nhiệm kỳ nào, thì đã hết giờ đo, nên không giết nút nào: hãy đo lâu hơn (--duration)",
	En: "the window was over before it was known who leads, and in which term, so that nobody was killed: measure for longer (--duration)"})

// kill ends the leader's process in the middle of the load.
type kill struct {
	run    *run
	agency uint64
	term   uint64 // before it
	at     time.Time
}

const (
	// killAfter is the share of the window that passes before the kill: rates before and after are then both known.
	killAfter = 3
	// leaderAgain is how often it is asked who leads, while nobody knows: an election may be under way, or nodes be busy.
	leaderAgain = 20 * time.Millisecond
)

// do waits for the time of the kill and kills. When ctx ends before, nobody is killed.
func (k *kill) do(ctx context.Context) error {
	timer := time.NewTimer(k.run.o.Duration / killAfter)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		}
		term := k.run.watch.term(k.run.watch.look(ctx)) // without it nobody could tell afterwards whether another one leads
		leader, err := k.run.target.leader(ctx)
		switch {
		case term != nil && err == nil && ctx.Err() == nil:
			k.term = *term
			return k.end(leader)
		case err != nil && !errors.Is(err, errNoLeader):
			return err
		}
		timer.Reset(leaderAgain)
	}
}

// end kills the node of an agency.
func (k *kill) end(leader uint64) error {
	node := k.run.o.Cluster.Of(leader)
	if node == nil {
		return lang.Errorf(lang.Text{Vi: "không biết nút dẫn đầu là tiến trình nào (cơ quan %d)", En: "which process leads is not known (agency %d)"}, leader)
	}
	k.agency, k.at = leader, time.Now()
	return node.Kill()
}

// cost is what the kill cost, when the highest term is known that there is since.
func (k *kill) cost(m *measured, term *uint64) (*Failover, error) {
	if k.at.IsZero() {
		return nil, errNobodyKilled
	}
	at := k.at.Sub(m.begun)
	gap := m.Gap(at, m.To, m.seen)
	end := gap.Begun + gap.Length
	before, _ := m.Between(m.From, at)
	f := &Failover{
		Killed: k.agency, At: (at - m.From).Seconds(), TermBefore: k.term, TermAfter: term, waited: m.seen - at,
		Gap: float64(gap.Length.Milliseconds()), GapBegan: float64((gap.Begun - at).Milliseconds()), Before: float64(before) / (at - m.From).Seconds(),
	}
	// An acknowledgement alone proves nothing: nodes that were left may tell of what was committed before, to whoever asks again.
	f.Recovered = gap.Ended && term != nil && *term > k.term
	if rest := m.To - end; f.Recovered && rest > 0 {
		after, _ := m.Between(end, m.To)
		f.After = new(float64(after) / rest.Seconds())
	}
	return f, nil
}
