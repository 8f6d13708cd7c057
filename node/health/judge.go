package health

import (
	"fmt"
	"slices"
	"time"
)

const (
	// maxBehind is how many leaves a node may be behind and serve. The leader waits for voters at four times as many (lagLimit), so a network under full
	// load does not lose its followers by this.
	maxBehind = 4096
	// behindFor is how long it must be so: what peers report is up to a second old, and a burst is caught up with in less.
	behindFor = 5 * time.Second
	// maxAge is how old the newest certified head may be before somebody is to look. Validators sign an unchanged head every 30 s.
	maxAge = 2 * time.Minute
	// lowRoom and fewDays are when a full disk is told of: time enough to buy one.
	lowRoom = 20 // free bytes are less than one in so many
	fewDays = 14
)

// day is what people plan disks in.
const day = 24 * time.Hour

// live are the checks of this machine alone.
func live(f *Facts) []Check {
	return []Check{storage(f), applying(f)}
}

// ready are the checks of a node that serves, beside those of live.
func ready(f *Facts) []Check {
	return []Check{started(f), leader(f), place(f), caughtUp(f), history(f), certified(f), room(f)}
}

func storage(f *Facts) Check {
	c := Check{Name: "storage", Required: true}
	switch {
	case f.Fault != nil:
		c.Sentence = Say("máy này có lỗi, nút đang dừng: %v", "this machine has a fault and the node is ending: %v", f.Fault)
	case f.Writing > f.Patience:
		c.Sentence = Say("đã %[2]v chưa ghi xong %[1]s", "a write to %[1]s has not ended for %[2]v", f.File, f.Writing.Round(time.Second))
	default:
		c.OK, c.Sentence = true, Say("đĩa ghi được", "the disk takes writes")
	}
	return c
}

func applying(f *Facts) Check {
	c := Check{Name: "apply", Required: true}
	if f.Applying > f.Patience {
		c.Sentence = Say("đã %v chưa áp dụng xong một loạt bản thảo", "a batch of drafts has not been applied for %v", f.Applying.Round(time.Second))
	} else {
		c.OK, c.Sentence = true, Say("sổ cái áp dụng những gì đã được chấp nhận", "the ledger applies what is committed")
	}
	return c
}

func started(f *Facts) Check {
	c := Check{Name: "started", Required: true}
	switch {
	case f.Stopping:
		c.Sentence = Say("nút đang dừng", "the node is stopping")
	case !f.Started:
		c.Sentence = Say("nút đang khởi động", "the node is starting")
	default:
		c.OK, c.Sentence = true, Say("nút đang chạy", "the node runs")
	}
	return c
}

// leader says who leads, or why nobody does. A node that knows no leader can order nothing, and does not know how old what it shows is.
func leader(f *Facts) Check {
	c := Check{Name: "leader", Required: true}
	seen, needed, self := len(f.Reported), f.Members/2+1, Sentence{}
	if !f.Follows {
		seen, self = seen+1, Say(" (kể cả nút này)", " (this one included)")
	}
	switch {
	case !f.Started:
		c.Sentence = Say("chưa biết nút nào dẫn đầu: nút đang khởi động", "no leader is known: the node is starting")
	case f.Follows && f.Live:
		c.OK, c.Sentence = true, Say("nút không có chỗ trong nhóm xác thực và theo kịp sổ cái qua %s", "the node has no seat among the validators, and keeps up with the ledger by %s", f.Source)
	case f.Follows:
		c.Sentence = Say("nút không có chỗ trong nhóm xác thực và đang lấy sổ cái về (%d trên %d lá)", "the node has no seat among the validators, and is fetching the ledger (%d of %d leaves)", f.Size, f.CertifiedSize)
	case f.Leader != 0:
		c.OK, c.Sentence = true, Say("cơ quan %v dẫn đầu, nhiệm kỳ %d", "agency %v leads, term %d", f.Leader, f.Term)
	case seen < needed:
		c.Sentence = Sentence{
			fmt.Sprintf("không có nút dẫn đầu: chỉ liên lạc được %d trong %d nút xác thực%s, cần %d", seen, f.Members, self.Vietnamese, needed),
			fmt.Sprintf("there is no leader: %d of %d validators can be seen%s, and %d are needed", seen, f.Members, self.English, needed),
		}
	default:
		c.Sentence = Say("chưa có nút dẫn đầu: đang bầu (vai trò: %s, nhiệm kỳ %d), liên lạc được %d trong %d nút xác thực",
			"there is no leader yet: an election is under way (role %s, term %d), %d of %d validators can be seen", f.Role, f.Term, seen, f.Members)
	}
	return c
}

// place is not required: a node without a place in raft follows the others by leaves, and serves everything but votes.
func place(f *Facts) Check {
	c := Check{Name: "place"}
	if !f.Follows || !f.Started {
		c.OK, c.Sentence = true, Say("nút có chỗ trong raft, hoặc đang khởi động", "the node has its place in raft, or is starting")
		return c
	}
	c.Sentence = Say("nút không tham gia raft (%s), chỉ theo sau các nút khác", "the node takes no part in raft (%s) and follows", f.Place)
	if f.Why.English != "" {
		c.Vietnamese, c.English = c.Vietnamese+": "+f.Why.Vietnamese, c.English+": "+f.Why.English
	}
	return c
}

// behind is how many leaves a node is behind what at least one validator outside any minority reports: of n validators fewer than half may lie, so as many
// of the largest reports are left out. 0 when too few answer to know.
func behind(own uint64, members int, reported []uint64) uint64 {
	minority := (members - 1) / 2
	if len(reported) <= minority {
		return 0
	}
	sorted := slices.Sorted(slices.Values(reported))
	credible := sorted[len(sorted)-1-minority]
	if credible <= own {
		return 0
	}
	return credible - own
}

func caughtUp(f *Facts) Check {
	c := Check{Name: "caught_up", Required: true, patience: behindFor}
	n := behind(f.Size, f.Members, f.Reported)
	if f.Certified && f.CertifiedSize > f.Size { // a quorum has signed it
		n = max(n, f.CertifiedSize-f.Size)
	}
	if n > maxBehind {
		c.Sentence = Say("sổ cái của nút này chậm hơn các nút khác %d lá, nhiều nhất được %d", "this node's ledger is %d leaves behind the other validators', at most %d are allowed", n, maxBehind)
	} else {
		c.OK, c.Sentence = true, Say("sổ cái của nút này theo kịp các nút khác (chậm %d lá)", "this node's ledger keeps up with the other validators' (%d leaves behind)", n)
	}
	return c
}

// history fails only when a quorum, or this node's own signature, contradicts its ledger: a minority cannot make it fail.
func history(f *Facts) Check {
	c := Check{Name: "history", Required: true}
	if f.Diverged != nil {
		c.Sentence = Say("sổ cái của nút này trái với đầu sổ mà đa số đã ký: %v", "this node's ledger contradicts what was signed: %v", f.Diverged)
	} else {
		c.OK, c.Sentence = true, Say("sổ cái của nút này không trái với đầu sổ nào mà đa số đã ký", "this node's ledger contradicts nothing that a quorum has signed")
	}
	return c
}

// certified is not required: while certification pauses, commits go on and answers say that they are not certified. A required check would take away all
// nodes at once, for a fault of one.
func certified(f *Facts) Check {
	c := Check{Name: "certified"}
	switch {
	case !f.Certified:
		c.Sentence = Say("chưa có đầu sổ nào được đa số ký (nút này: %s)", "no head is certified yet (this node: %s)", f.Cosigning)
	case f.Age > maxAge:
		c.Sentence = Say("đầu sổ được ký gần nhất đã cũ %v (nút này: %s); ghi nhận vẫn tiếp tục, chứng thực tạm dừng",
			"the newest certified head is %v old (this node: %s); commits go on, certification pauses", f.Age.Round(time.Second), f.Cosigning)
	default:
		c.OK, c.Sentence = true, Say("đầu sổ gần nhất được đa số ký %v trước", "a quorum signed the newest head %v ago", f.Age.Round(time.Second))
	}
	return c
}

// room is not required either: a node serves until its disk is full, and then it ends.
func room(f *Facts) Check {
	c, r := Check{Name: "disk_space"}, f.Room
	const gib = 1 << 30
	free, days := float64(r.Free)/gib, int(r.Left/day)
	switch {
	case !r.Known:
		c.OK, c.Sentence = true, Say("chưa biết đĩa còn bao nhiêu chỗ", "how much room the disk has is not known")
	case r.Left > 0 && days < fewDays:
		c.Sentence = Say("đĩa còn %.1f GiB, đủ khoảng %d ngày", "the disk has %.1f GiB left, enough for about %d days", free, days)
	case r.Free < r.Total/lowRoom:
		c.Sentence = Say("đĩa còn %.1f GiB, chưa đến 1/%d", "the disk has %.1f GiB left, less than one part in %d", free, lowRoom)
	case r.Left > 0:
		c.OK, c.Sentence = true, Say("đĩa còn %.1f GiB, đủ khoảng %d ngày", "the disk has %.1f GiB left, enough for about %d days", free, days)
	default:
		c.OK, c.Sentence = true, Say("đĩa còn %.1f GiB", "the disk has %.1f GiB left", free)
	}
	return c
}
