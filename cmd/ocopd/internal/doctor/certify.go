package doctor

import (
	"strings"
	"time"

	"github.com/ocopledger/ocop/cmd/internal/lang"
)

const (
	// oldHead: an unchanged head is cosigned anew every 30 s, so that four times are missed.
	oldHead = 2 * time.Minute
	// quietSigner is the same for one cosigner.
	quietSigner = 2 * time.Minute
)

var certifyKinds = []Kind{
	{"certification.stopped", Critical,
		lang.Text{Vi: "Nút này đã ngừng đồng ký: {why}", En: "This node has stopped cosigning: {why}"},
		lang.Text{Vi: "Nó không chứng thực gì nữa cho đến khi có người xem; ghi nhận bản ghi thì vẫn tiếp tục.", En: "It certifies nothing until somebody has looked at it; accepting records goes on."},
		lang.Text{Vi: "Xem bằng chứng và nhật ký, kiểm tra tệp.", En: "Look at the evidence and the log, and check the files."},
		"ocopd check --dir {dir}"},
	{"certification.old", Critical,
		lang.Text{Vi: "Đầu đã chứng thực mới nhất (khối {height}) đã cũ {age}. Chưa đồng ký gần đây: {who}.", En: "The newest certified head (block {height}) is {age} old. Not heard from lately: {who}."},
		lang.Text{
			Vi: "Biên nhận và trang web dừng ở đầu ấy; bản ghi mới được nhận nhưng chưa chứng thực, cần {q} trên {n} chữ ký.",
			En: "Receipts and pages stay at that head; new records are accepted and not certified: {q} of {n} signatures are needed."},
		lang.Text{Vi: "Đưa lại các nút bị thiếu; trên từng nút ấy chạy", En: "Bring the missing nodes back; on each of them run"},
		"ocopd doctor --dir DIR"},
	{"certification.learning", Warning,
		lang.Text{
			Vi: "Nút này vừa khởi động và chờ {wanted} nút khác cho biết trước đây nó đã ký gì (n − q + 1); tới được {reached}.",
			En: "This node has just started, and waits for {wanted} others to tell what it signed before (n − q + 1 of them); {reached} can be reached."},
		lang.Text{
			Vi: "Với n = 3, khởi động lại khi một nút khác đang dừng làm chứng thực TẠM DỪNG, còn việc nhận bản ghi thì không.",
			En: "With n = 3 a restart while another node is down PAUSES certification, and not the accepting of records."},
		lang.Text{Vi: "Đưa nút bị thiếu trở lại; nút này tự ký tiếp. Đừng xóa cosigner.slot.", En: "Bring the missing node back; this one goes on by itself. Do not delete cosigner.slot."},
		"ocopd doctor --dir {dir}"},
	{"certification.behind", Warning,
		lang.Text{Vi: "Nút này từng ký {signed} lá, sổ cái của nó mới có {size}: nó chưa ký tiếp.", En: "This node once signed {signed} leaves, and its ledger has {size}: it does not sign yet."},
		lang.Text{Vi: "Sổ cái được khôi phục từ bản cũ, hoặc nút đang bắt kịp. Ký lúc này có thể trái với chữ ký cũ.", En: "The ledger was restored from an older copy, or it catches up. To sign now could contradict what it signed."},
		lang.Text{Vi: "Để nút bắt kịp; nó tự ký tiếp khi đã có đủ lá.", En: "Let it catch up; it goes on by itself when it has the leaves."},
		"ocopd doctor --dir {dir}"},
	{"certification.waiting", Warning,
		lang.Text{Vi: "Nút này chờ đầu kết thúc kỳ chính sách trước được chứng thực.", En: "This node waits for the head that ended the last policy epoch to be certified."},
		lang.Text{Vi: "Không ai được ký ở kỳ mới trước lúc đó; thiếu chữ ký của kỳ cũ.", En: "Nobody may sign in the new epoch before that; signatures of the old one are missing."},
		lang.Text{Vi: "Đưa đủ nút của kỳ cũ trở lại.", En: "Bring back enough nodes of the old epoch."},
		"ocopd doctor --dir {dir}"},
	{"certification.unnamed", Warning,
		lang.Text{Vi: "Chính sách không nêu khóa đồng ký nào mà nút này giữ: nó chỉ theo dõi.", En: "The policy names no cosigner key that this node holds: it only watches."},
		lang.Text{Vi: "Đầu mới thiếu một chữ ký.", En: "New heads lack one signature."},
		lang.Text{Vi: "Tìm lại khóa đồng ký đã ghi trên sổ cái, hoặc đổi khóa bằng một bản ghi.", En: "Find the cosigner key that the ledger names, or rotate it by a record."},
		"ocopd keys rotate --help"},
	{"certification.none", Warning,
		lang.Text{Vi: "Chưa có đầu nào được chứng thực.", En: "No head is certified yet."},
		lang.Text{Vi: "Chưa có biên nhận nào kiểm tra được; cần {q} trên {n} nút đồng ký.", En: "No receipt can be verified; {q} of {n} nodes must cosign."},
		lang.Text{Vi: "Chạy đủ {q} nút.", En: "Run {q} nodes."},
		"ocopd doctor --dir {dir}"},
	{"certification.absent", Warning,
		lang.Text{Vi: "Cơ quan {agency} không đồng ký {age}.", En: "Agency {agency} has not cosigned {age}."},
		lang.Text{Vi: "Các nút khác vẫn đủ {q} chữ ký; thiếu thêm nút nữa có thể dừng chứng thực.", En: "The others are enough, {q} are needed; one more that is missing may end certification."},
		lang.Text{Vi: "Người vận hành của cơ quan {agency} chạy trên máy ấy:", En: "The operator of agency {agency} runs on that machine:"},
		"ocopd doctor --dir DIR"},
}

func certified(l *list, f *Facts) {
	c := &f.Node.Cosign
	v := values{"signed": number(c.SignedSize), "size": number(f.Node.Size), "why": text(c.Why), "height": number(c.Height), "age": span(c.Age), "who": quiet(f)}
	if f.Ledger != nil {
		v["q"], v["n"] = number(f.Ledger.Quorum), number(f.Ledger.Validators)
	}
	learning := c.State == "learning" && f.Node.Role != "starting" && c.LearnsReachable < c.LearnsFrom
	switch {
	case c.State == "stopped" && !f.Node.Diverged:
		l.add("certification.stopped", 0, v)
	case learning:
		v["wanted"], v["reached"] = number(c.LearnsFrom), number(c.LearnsReachable)
		l.add("certification.learning", 0, v)
	case c.State == "behind":
		l.add("certification.behind", 0, v)
	case c.State == "waiting" && c.Age > oldHead:
		l.add("certification.waiting", 0, v)
	case c.State == "watching" && !f.Replica() && f.Node.seated():
		l.add("certification.unnamed", 0, v)
	}
	switch {
	case f.Ledger == nil || f.Node.Role == "starting":
	case c.Size == 0 && !learning:
		l.add("certification.none", 0, v)
	case c.Size > 0 && c.Age > oldHead:
		l.add("certification.old", 0, v)
	case c.Size > 0:
		for _, s := range c.Signers {
			if s.Agency != f.Agency && (s.Age < 0 || s.Age > quietSigner) {
				l.add("certification.absent", s.Agency, values{"age": silentFor(s.Age), "q": v["q"]})
			}
		}
	}
}

func silentFor(age time.Duration) lang.Text {
	if age < 0 {
		return lang.Text{Vi: "từ khi nút này khởi động", En: "since this node started"}
	}
	return lasting(age)
}

// quiet names the agencies that have not cosigned lately.
func quiet(f *Facts) lang.Text {
	var vi, en []string
	for _, s := range f.Node.Cosign.Signers {
		if s.Age < 0 || s.Age > quietSigner {
			t := silentFor(s.Age)
			vi, en = append(vi, "cơ quan "+s.Agency.String()+" ("+t.Vi+")"), append(en, "agency "+s.Agency.String()+" ("+t.En+")")
		}
	}
	if len(vi) == 0 {
		return lang.Text{Vi: "không có cơ quan nào", En: "none"}
	}
	return lang.Text{Vi: strings.Join(vi, ", "), En: strings.Join(en, ", ")}
}
