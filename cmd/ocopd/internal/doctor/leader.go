package doctor

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/ledger"
)

var leaderKinds = []Kind{
	{"quorum.lost", Critical,
		lang.Text{
			Vi: "Không có nút dẫn đầu: từ đây tới được {k} trên {n} nút xác thực, cần {m}. Không tới được: {missing}.",
			En: "There is no leader: {k} of {n} validators can be reached from here, {m} are needed. Not reached: {missing}."},
		lang.Text{Vi: "Không có đa số thì không bản ghi nào được nhận; đọc và kiểm tra vẫn được. Không gì đã nhận bị mất.", En: "Without a majority no record is accepted; reading and verifying go on. Nothing accepted is lost."},
		lang.Text{
			Vi: "Đưa lại {need} nút trong số đó. Chưa xóa, chưa khôi phục gì: chỉ khi những nút ấy mất hẳn mới làm theo hướng dẫn mất đa số.",
			En: "Bring {need} of them back. Delete and restore nothing yet: only when they are gone for good follow the page on a lost majority."},
		"ocopd doctor --dir {dir}"},
	{"leader.none", Critical,
		lang.Text{
			Vi: "Không có nút dẫn đầu dù tới được {k} trên {n} nút xác thực (cần {m}). Nhiệm kỳ: {terms}.",
			En: "There is no leader although {k} of {n} validators can be reached ({m} are needed). Terms: {terms}."},
		lang.Text{
			Vi: "Đang bầu, hoặc có chiều nào giữa các nút bị chặn, hoặc đồng hồ lệch làm các nút bỏ nút dẫn đầu.",
			En: "An election is under way, or one direction between nodes is blocked, or a wrong clock has leaders dropped."},
		lang.Text{Vi: "Chờ hai lần raft.heartbeat rồi xem lại; nếu vẫn vậy, chạy doctor trên từng nút và so các chiều.", En: "Wait for twice raft.heartbeat and look again; if it stays, run doctor on every node and compare the directions."},
		"ocopd doctor --dir {dir}"},
	{"node.leaderless", Critical,
		lang.Text{Vi: "Các nút khác theo nút dẫn đầu của cơ quan {agency}, nút này {for} không nghe thấy nó.", En: "The others follow agency {agency}'s node, and this one has not heard it {for}."},
		lang.Text{Vi: "Nút này không nhận bản ghi và tụt lại; mạng lưới thì vẫn chạy.", En: "This node takes no records and falls behind; the network goes on."},
		lang.Text{
			Vi: "Mở chiều từ máy của cơ quan {agency} đến cổng giữa các nút của máy này ({listen}), và xem đồng hồ.",
			En: "Open the direction from agency {agency}'s machine to this one's peer door ({listen}), and look at the clock."},
		"ss -ltn"},
	{"leader.disputed", Warning,
		lang.Text{Vi: "Các nút không nêu cùng một nút dẫn đầu: {who}.", En: "The nodes do not name the same leader: {who}."},
		lang.Text{Vi: "Thường là vừa bầu lại. Nếu kéo dài, có nút không nghe thấy nút dẫn đầu mới.", En: "Usually there was an election just now. If it stays, some node does not hear the new leader."},
		lang.Text{Vi: "Chờ vài giây rồi xem lại.", En: "Wait some seconds, and look again."},
		"ocopd doctor --dir {dir}"},
	{"quorum.no-spare", Warning,
		lang.Text{
			Vi: "Chỉ còn vừa đủ đa số: tới được {k} trên {n}, cần {m}. Không tới được: {missing}.",
			En: "There is a bare majority: {k} of {n} can be reached, {m} are needed. Not reached: {missing}."},
		lang.Text{Vi: "Mất thêm một nút thì sổ cái ngừng nhận bản ghi.", En: "With one node less the ledger accepts no more records."},
		lang.Text{Vi: "Đưa nút thiếu trở lại trước khi dừng hay nâng cấp nút nào khác.", En: "Bring the missing node back before another one is stopped or upgraded."},
		"ocopd doctor --dir {dir}"},
}

// majority is how many of n validators order records.
func majority(n int) int { return n/2 + 1 }

// reachable tells whether a peer takes part as far as can be seen from here.
func (p *Peer) reachable() bool { return p.Peer == Reached }

// count is who can be reached, this node included when it runs and votes.
func count(f *Facts) (k int, missing []Peer) {
	if f.Mode == Live && f.Node.seated() {
		k = 1
	}
	for _, p := range f.Peers {
		if p.reachable() {
			k++
		} else if p.Peer != Untried {
			missing = append(missing, p)
		}
	}
	return k, missing
}

// leaders are whom the nodes name as the leader, in ascending order; none twice, and none who says that there is none.
func leaders(f *Facts) (named []ledger.AccountID) {
	if f.Node != nil && f.Node.Leader != 0 {
		named = append(named, f.Node.Leader)
	}
	for _, p := range f.Peers {
		if p.View != nil && p.View.Leader != 0 {
			named = append(named, p.View.Leader)
		}
	}
	slices.Sort(named)
	return slices.Compact(named)
}

func leader(l *list, f *Facts) {
	if f.Ledger == nil || len(f.Peers)+1 < f.Ledger.Validators || f.Node != nil && (f.Node.Role == "starting" || f.Node.Role == "stopping") {
		return
	}
	n := f.Ledger.Validators
	k, missing := count(f)
	if f.Mode != Live && n == 1 {
		return // this one is all there is, and that it does not run is told
	}
	v := values{"k": number(k), "n": number(n), "m": number(majority(n)), "missing": unreached(missing), "need": number(max(1, majority(n)-k))}
	named := leaders(f)
	switch {
	case len(named) == 0 && k < majority(n):
		l.add("quorum.lost", 0, v)
	case len(named) == 0 && f.Mode == Live:
		v["terms"] = terms(f)
		l.add("leader.none", 0, v)
	case f.Node != nil && f.Node.Leader == 0 && f.Node.seated():
		l.add("node.leaderless", 0, values{"agency": text(named[0].String()), "for": lasting(f.Node.Leaderless), "listen": text(ownPeerDoor(f))})
	case len(named) > 1:
		l.add("leader.disputed", 0, values{"who": views(f)})
	}
	if len(named) > 0 && len(missing) > 0 && k == majority(n) && f.Mode == Live {
		l.add("quorum.no-spare", 0, v)
	}
}

func ownPeerDoor(f *Facts) string { return cmp.Or(f.Settings.PeerListen, "peer.listen") }

// unreached names peers, each with why.
func unreached(list []Peer) lang.Text {
	if len(list) == 0 {
		return lang.Text{Vi: "không có", En: "none"}
	}
	var vi, en []string
	for i := range list {
		p := &list[i]
		why := reaches[p.Peer]
		vi = append(vi, "cơ quan "+p.Agency.String()+" ("+p.PeerAddress+": "+why.Vi+")")
		en = append(en, "agency "+p.Agency.String()+" ("+p.PeerAddress+": "+why.En+")")
	}
	return lang.Text{Vi: strings.Join(vi, ", "), En: strings.Join(en, ", ")}
}

func terms(f *Facts) lang.Text {
	var said []string
	if f.Node != nil {
		said = append(said, f.Agency.String()+": "+number(f.Node.Term).En)
	}
	for _, p := range f.Peers {
		if p.View != nil {
			said = append(said, p.Agency.String()+": "+number(p.View.Term).En)
		}
	}
	return text(strings.Join(said, ", "))
}

func views(f *Facts) lang.Text {
	var vi, en []string
	say := func(who, leader ledger.AccountID) {
		if leader == 0 {
			return
		}
		vi = append(vi, "cơ quan "+who.String()+" nêu "+leader.String())
		en = append(en, "agency "+who.String()+" names "+leader.String())
	}
	if f.Node != nil {
		say(f.Agency, f.Node.Leader)
	}
	for _, p := range f.Peers {
		if p.View != nil {
			say(p.Agency, p.View.Leader)
		}
	}
	return lang.Text{Vi: strings.Join(vi, ", "), En: strings.Join(en, ", ")}
}

// lasting is for how long something has been so.
func lasting(d time.Duration) lang.Text {
	if d <= 0 {
		return lang.Text{Vi: "từ khi khởi động", En: "since it started"}
	}
	t := span(d)
	return lang.Text{Vi: "đã " + t.Vi, En: "for " + t.En}
}

// span is a duration for people, in its largest unit.
func span(d time.Duration) lang.Text {
	for _, u := range []struct {
		unit   time.Duration
		vi, en string
	}{{24 * time.Hour, "ngày", "days"}, {time.Hour, "giờ", "h"}, {time.Minute, "phút", "min"}} {
		if d >= 2*u.unit {
			n := number(int64(d / u.unit)).En
			return lang.Text{Vi: n + " " + u.vi, En: n + " " + u.en}
		}
	}
	s := seconds(d)
	return lang.Text{Vi: s.Vi + " giây", En: s.En + " s"}
}
