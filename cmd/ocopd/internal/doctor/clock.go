package doctor

import (
	"slices"
	"time"

	"github.com/ocopledger/ocop/cmd/internal/lang"
)

// defaultBound is the ledger's default for how far ahead a draft may be: for a node whose ledger cannot be read.
const defaultBound = 5 * time.Second

var clockKinds = []Kind{
	{"clock.far", Critical,
		lang.Text{Vi: "Đồng hồ của máy này {direction} {skew} giây so với trung vị của các nút; giới hạn là {bound} giây.", En: "This machine's clock is {skew} s {direction} of the nodes' median; the bound is {bound} s."},
		lang.Text{
			Vi: "Nhanh: bản thảo của nút này bị từ chối khi nó dẫn đầu. Chậm: nút này từ chối nút dẫn đầu và không theo kịp.",
			En: "Ahead: its drafts are refused when it leads. Behind: it refuses the leader, and does not follow."},
		lang.Text{Vi: "Bật đồng bộ giờ (chrony, systemd-timesyncd) và đợi lệch dưới một giây. Không cần chạy lại nút.", En: "Have the time kept (chrony, systemd-timesyncd), and wait until it is less than a second off. The node need not be restarted."},
		"timedatectl status"},
	{"clock.before-ledger", Critical,
		lang.Text{Vi: "Đồng hồ của máy này ở trước khối mới nhất của sổ cái {skew} giây.", En: "This machine's clock is {skew} s before the ledger's newest block."},
		lang.Text{Vi: "Giờ của khối không bao giờ lùi: nút này sẽ từ chối nút dẫn đầu.", En: "Block time never goes back: this node will refuse the leader."},
		lang.Text{Vi: "Đặt lại đồng hồ trước khi chạy nút.", En: "Set the clock before the node runs."},
		"timedatectl status"},
	{"clock.leader-refused", Warning,
		lang.Text{
			Vi: "Nút này đã từ chối nút dẫn đầu của cơ quan {agency} (nhiệm kỳ {term}): giờ nó đề xuất ở {ahead} giây trong tương lai.",
			En: "This node has refused the leader of agency {agency} (term {term}): the time it proposed was {ahead} s in the future."},
		lang.Text{Vi: "Đồng hồ của một trong hai máy sai. Thông điệp của nút ấy bị bỏ cho đến hết nhiệm kỳ.", En: "One of the two clocks is wrong. That node's messages are dropped for the rest of the term."},
		lang.Text{Vi: "So đồng hồ ở bảng trên; sửa máy nào lệch.", En: "Compare the clocks in the table above; set the one that is off."},
		"timedatectl status"},
	{"clock.off", Warning,
		lang.Text{Vi: "Đồng hồ của máy này {direction} {skew} giây so với trung vị của các nút; giới hạn là {bound} giây.", En: "This machine's clock is {skew} s {direction} of the nodes' median; the bound is {bound} s."},
		lang.Text{Vi: "Quá nửa giới hạn thì nút này không giữ vai trò dẫn đầu.", En: "Beyond half of the bound this node gives up the lead."},
		lang.Text{Vi: "Bật đồng bộ giờ.", En: "Have the time kept."},
		"timedatectl status"},
	{"clock.peer", Warning,
		lang.Text{Vi: "Đồng hồ ở nút của cơ quan {agency} {direction} {skew} giây so với trung vị; giới hạn là {bound} giây.", En: "The clock of agency {agency}'s node is {skew} s {direction} of the median; the bound is {bound} s."},
		lang.Text{Vi: "Nhanh thì nút ấy không dẫn đầu được, chậm thì nó từ chối nút dẫn đầu.", En: "Ahead, it cannot lead; behind, it refuses the leader."},
		lang.Text{Vi: "Báo cho người vận hành của cơ quan {agency}; trên máy ấy xem", En: "Tell the operator of agency {agency}; on that machine look at"},
		"timedatectl status"},
}

// clockBound is how far a clock may be ahead.
func clockBound(f *Facts) time.Duration {
	if f.Ledger != nil && f.Ledger.ClockBound > 0 {
		return f.Ledger.ClockBound
	}
	return defaultBound
}

// Skew is how far this machine's clock is ahead of the nodes' median, and whether there is anybody to compare with. This one counts as a node.
func (f *Facts) Skew() (ahead time.Duration, known bool) {
	offsets := []time.Duration{0}
	for _, p := range f.Peers {
		if p.View != nil && p.View.ClockKnown {
			offsets = append(offsets, p.View.Ahead)
		}
	}
	if len(offsets) == 1 {
		return 0, false
	}
	slices.Sort(offsets)
	middle := len(offsets) / 2
	median := offsets[middle]
	if len(offsets)%2 == 0 { // of two nobody can tell which is wrong: both are as far off
		median = (offsets[middle-1] + offsets[middle]) / 2
	}
	return -median, true
}

func clocks(l *list, f *Facts) {
	bound := clockBound(f)
	ahead, known := f.Skew()
	if known {
		skewed := func(code string, d time.Duration) (string, values) {
			return code, values{"direction": direction(d), "skew": seconds(d.Abs()), "bound": seconds(bound)}
		}
		switch {
		case ahead.Abs() > bound:
			code, v := skewed("clock.far", ahead)
			l.add(code, 0, v)
		case ahead.Abs() > bound/2:
			code, v := skewed("clock.off", ahead)
			l.add(code, 0, v)
		}
		for _, p := range f.Peers {
			if p.View == nil || !p.View.ClockKnown {
				continue
			}
			if d := p.View.Ahead + ahead; d.Abs() > bound/2 {
				code, v := skewed("clock.peer", d)
				l.add(code, p.Agency, v)
			}
		}
	}
	if s := f.Files; s != nil && s.Ran && s.Time.Sub(f.At) > bound {
		l.add("clock.before-ledger", 0, values{"skew": seconds(s.Time.Sub(f.At))})
	}
	if f.Node != nil && f.Node.Refused != nil {
		r := f.Node.Refused
		l.add("clock.leader-refused", r.Agency, values{"term": number(r.Term), "ahead": seconds(r.Ahead)})
	}
}

func direction(d time.Duration) lang.Text {
	if d < 0 {
		return lang.Text{Vi: "chậm", En: "behind"}
	}
	return lang.Text{Vi: "nhanh", En: "ahead"}
}

func seconds(d time.Duration) lang.Text { return lang.Same("%.1f").Each(d.Seconds()) }
