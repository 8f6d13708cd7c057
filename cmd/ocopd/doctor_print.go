package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/ocopd/internal/doctor"
	"github.com/ocopledger/ocop/ledger"
)

// diagnosis is what doctor found, as JSON.
type diagnosis struct {
	Notice   string           `json:"notice,omitempty"`
	Looked   string           `json:"looked"` // live, stopped, hidden, unknown, outside
	Agency   ledger.AccountID `json:"agency,omitempty"`
	Node     *diagnosedNode   `json:"node,omitempty"`
	Peers    []diagnosedPeer  `json:"peers"`
	DiskFree *uint64          `json:"disk_free_bytes,omitempty"`
	DiskDays *float64         `json:"disk_days,omitempty"`           // until it is full, at the newest rate
	Skew     *float64         `json:"clock_ahead_seconds,omitempty"` // of the nodes' median
	Findings []diagnosed      `json:"findings"`
}

type diagnosedNode struct {
	Role      string           `json:"role"`
	Leader    ledger.AccountID `json:"leader"`
	Term      uint64           `json:"term"`
	Height    uint64           `json:"height"`
	Size      uint64           `json:"size"`
	Certified uint64           `json:"certified_size"`
	Age       float64          `json:"certified_age_seconds"`
}

type diagnosedPeer struct {
	Agency  ledger.AccountID `json:"agency"`
	Peer    string           `json:"peer_address,omitempty"`
	Public  string           `json:"public_address,omitempty"`
	Out     string           `json:"outbound"` // what came of trying its peer door, outside its public one
	In      *float64         `json:"inbound_seconds,omitempty"`
	Height  *uint64          `json:"height,omitempty"`
	Size    *uint64          `json:"size,omitempty"`
	Leader  ledger.AccountID `json:"leader,omitempty"`
	Term    uint64           `json:"term,omitempty"`
	Ahead   *float64         `json:"clock_ahead_seconds,omitempty"` // of this machine's
	Version string           `json:"version,omitempty"`
}

type diagnosed struct {
	Code    string           `json:"code"`
	Gravity string           `json:"gravity"`
	Agency  ledger.AccountID `json:"agency,omitempty"`
	What    sentence         `json:"what"`
	Why     sentence         `json:"why"`
	Next    sentence         `json:"next"`
	Command string           `json:"command,omitempty"`
}

var lookedFrom = [...]string{doctor.Live: "live", doctor.Stopped: "stopped", doctor.Hidden: "hidden", doctor.Unknown: "unknown", doctor.Outside: "outside"}

func (a *app) printDiagnosis(f *doctor.Facts) error {
	found := doctor.Examine(f)
	err := a.print(newDiagnosis(f, found), func(w io.Writer) { a.diagnosisText(w, f, found) })
	if err != nil || len(found) == 0 {
		return err
	}
	worst := lang.Errorf(lang.Text{Vi: "%d điều", En: "%d findings"}, len(found))
	switch found[0].Gravity {
	case doctor.Critical:
		return &coded{code: exitCritical, err: worst, silent: true}
	case doctor.Warning:
		return &coded{code: exitWarning, err: worst, silent: true}
	}
	return nil
}

func newDiagnosis(f *doctor.Facts, found []doctor.Finding) *diagnosis {
	d := &diagnosis{Notice: f.Notice, Looked: lookedFrom[f.Mode], Agency: f.Agency, Peers: []diagnosedPeer{}, Findings: []diagnosed{}}
	if n := f.Node; n != nil {
		d.Node = &diagnosedNode{n.Role, n.Leader, n.Term, n.Height, n.Size, n.Cosign.Size, n.Cosign.Age.Seconds()}
	}
	if f.Machine.Disk != nil {
		d.DiskFree = &f.Machine.Disk.Free
	}
	if days, _, known := f.DiskDays(); known {
		d.DiskDays = &days
	}
	if skew, known := f.Skew(); known {
		d.Skew = inSeconds(skew)
	}
	for i := range f.Peers {
		p := &f.Peers[i]
		one := diagnosedPeer{Agency: p.Agency, Peer: p.PeerAddress, Public: p.PublicAddress, Out: outbound(f, p).Text().En}
		if p.In != nil && p.In.Ever {
			one.In = inSeconds(p.In.Ago)
		}
		if v := p.View; v != nil {
			one.Height, one.Size, one.Leader, one.Term, one.Version = &v.Height, &v.Size, v.Leader, v.Term, v.Version
			if v.ClockKnown {
				one.Ahead = inSeconds(v.Ahead)
			}
		}
		d.Peers = append(d.Peers, one)
	}
	for _, x := range found {
		d.Findings = append(d.Findings, diagnosed{x.Code, x.Gravity.String(), x.Agency, *newSentence(x.What), *newSentence(x.Why), *newSentence(x.Next), x.Command})
	}
	return d
}

func inSeconds(d time.Duration) *float64 {
	s := d.Seconds()
	return &s
}

// public tells that public doors alone are tried.
func public(f *doctor.Facts) bool { return f.Mode == doctor.Outside || f.Replica() }

func outbound(f *doctor.Facts, p *doctor.Peer) doctor.Reach {
	if public(f) {
		return p.Public
	}
	return p.Peer
}

func (a *app) diagnosisText(w io.Writer, f *doctor.Facts, found []doctor.Finding) {
	if f.Notice != "" {
		fmt.Fprintln(w, f.Notice)
	}
	a.summaryText(w, f)
	if len(f.Peers) > 0 {
		fmt.Fprintln(w)
		a.peerTable(w, f)
	}
	for _, x := range found {
		fmt.Fprintf(w, "\n%s  %s\n", x.Gravity.Text().In(a.lang), x.Code)
		fmt.Fprintf(w, "  %s\n  %s\n", x.What.In(a.lang), x.Why.In(a.lang))
		a.say(w, lang.Text{Vi: "  → %s", En: "  → %s"}, x.Next)
		if x.Command != "" {
			fmt.Fprintf(w, "      %s\n", x.Command)
		}
	}
	if len(found) == 0 {
		fmt.Fprintln(w)
		a.say(w, lang.Text{Vi: "Không thấy gì phải làm.", En: "Nothing that needs doing was found."})
	}
}

func (a *app) summaryText(w io.Writer, f *doctor.Facts) {
	switch n := f.Node; {
	case f.Mode == doctor.Outside:
		a.say(w, lang.Text{Vi: "Nhìn từ ngoài, %d nút.", En: "Seen from outside, %d nodes."}, len(f.Peers))
		return
	case n != nil:
		a.say(w, lang.Text{
			Vi: "%s đang chạy: %s, nhiệm kỳ %d, nút dẫn đầu: %s. Khối %d, %d lá; đã chứng thực %d lá, %.0f giây trước. Đồng ký: %s.",
			En: "%s runs: %s, term %d, leader: %s. Block %d, %d leaves; %d leaves certified, %.0f s ago. Cosigner: %s."},
			f.Name(), n.Role, n.Term, agencyOrNone(n.Leader), n.Height, n.Size, n.Cosign.Size, n.Cosign.Age.Seconds(), n.Cosign.State)
	case f.Mode == doctor.Hidden:
		a.say(w, lang.Text{Vi: "%s: có tiến trình giữ các tệp.", En: "%s: a process holds its files."}, f.Name())
	case f.Files != nil && f.Files.Ran:
		a.say(w, lang.Text{Vi: "%s đã dừng ở khối %d, %d lá.", En: "%s is stopped, at block %d, %d leaves."}, f.Name(), f.Files.Height, f.Files.Size)
	case !f.Settings.Unread && len(f.Settings.Problems) == 0:
		a.say(w, lang.Text{Vi: "%s không chạy.", En: "%s does not run."}, f.Name())
	}
	if d := f.Machine.Disk; d != nil {
		a.say(w, lang.Text{Vi: "Đĩa còn %.1f trên %.1f GiB%s.", En: "Disk: %.1f of %.1f GiB left%s."}, gib(d.Free), gib(d.Total), diskDays(f))
	}
	if skew, known := f.Skew(); known {
		a.say(w, lang.Text{Vi: "Đồng hồ lệch %+.3f giây so với trung vị của các nút.", En: "The clock is %+.3f s off the nodes' median."}, skew.Seconds())
	}
}

func gib(n uint64) float64 { return float64(n) / (1 << 30) }

func agencyOrNone(agency ledger.AccountID) lang.Text {
	if agency == 0 {
		return lang.Text{Vi: "không có", En: "none"}
	}
	return lang.Text{Vi: "cơ quan " + agency.String(), En: "agency " + agency.String()}
}

// mostDays is from when on days until the disk is full are no figure to plan with.
const mostDays = 10 * 365

func diskDays(f *doctor.Facts) lang.Text {
	days, _, known := f.DiskDays()
	switch {
	case !known:
		return lang.Text{}
	case days > mostDays:
		return lang.Text{Vi: ", đủ hơn 10 năm", En: ", for more than 10 years"}
	}
	n := strconv.FormatInt(int64(days), 10)
	return lang.Text{Vi: ", đủ khoảng " + n + " ngày", En: ", for about " + n + " days"}
}

// peerTable shows the others as they are seen from here.
func (a *app) peerTable(w io.Writer, f *doctor.Facts) {
	rows := [][]string{{
		a.t(lang.Text{Vi: "Cơ quan", En: "Agency"}), a.t(lang.Text{Vi: "Địa chỉ", En: "Address"}), a.t(lang.Text{Vi: "Chiều đi", En: "Outbound"}),
		a.t(lang.Text{Vi: "Chiều đến", En: "Inbound"}), a.t(lang.Text{Vi: "Khối", En: "Block"}), a.t(lang.Text{Vi: "Lá", En: "Leaves"}),
		a.t(lang.Text{Vi: "Dẫn đầu", En: "Leader"}), a.t(lang.Text{Vi: "Đồng hồ", En: "Clock"}), a.t(lang.Text{Vi: "Phiên bản", En: "Version"})}}
	for i := range f.Peers {
		rows = append(rows, a.peerRow(f, &f.Peers[i]))
	}
	width := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, s := range row {
			width[i] = max(width[i], utf8.RuneCountInString(s))
		}
	}
	for _, row := range rows {
		var b strings.Builder
		for i, s := range row {
			b.WriteString(s + strings.Repeat(" ", width[i]-utf8.RuneCountInString(s)+2))
		}
		fmt.Fprintln(w, strings.TrimRight(b.String(), " "))
	}
}

func (a *app) peerRow(f *doctor.Facts, p *doctor.Peer) []string {
	const unknown = "—"
	row := []string{unknown, p.PeerAddress, a.t(outbound(f, p).Text()), unknown, unknown, unknown, unknown, unknown, unknown}
	if p.Agency != 0 {
		row[0] = p.Agency.String()
	}
	if public(f) {
		row[1] = p.PublicAddress
	}
	if in := p.In; in != nil && in.Ever {
		row[3] = lang.Text{Vi: "%.1f giây trước", En: "%.1f s ago"}.F(a.lang, in.Ago.Seconds())
	} else if in != nil {
		row[3] = a.t(lang.Text{Vi: "chưa hề", En: "never"})
	}
	if v := p.View; v != nil {
		row[4], row[5] = strconv.FormatUint(v.Height, 10), strconv.FormatUint(v.Size, 10)
		if v.Leader != 0 {
			row[6] = v.Leader.String()
		}
		if v.ClockKnown {
			row[7] = fmt.Sprintf("%+.3f s", v.Ahead.Seconds())
		}
		if v.Version != "" {
			row[8] = v.Version
		}
	}
	return row
}
