package doctor

import (
	"strings"

	"github.com/ocopledger/ocop/cmd/internal/lang"
)

var nodeKinds = []Kind{
	{"node.stopped", Critical,
		lang.Text{Vi: "{node} không chạy.", En: "{node} does not run."},
		lang.Text{Vi: "Nó không trả lời ai; là nút xác thực thì cũng không đồng ký, và mạng lưới chịu được ít sự cố hơn.", En: "It answers nobody; a validator cosigns nothing meanwhile, and the network bears less."},
		lang.Text{Vi: "Xử lý những điều nghiêm trọng khác nêu ở đây trước, rồi chạy nút.", En: "See to whatever else is critical here first, then start it."},
		"{run}"},
	{"node.silent", Critical,
		lang.Text{Vi: "Một tiến trình đang giữ các tệp của nút, mà cổng vận hành {operator} không trả lời: {problem}", En: "A process holds the node's files, and the operator's door {operator} does not answer: {problem}"},
		lang.Text{
			Vi: "Nút đang khởi động, bị treo, hoặc đó là lệnh check, backup, restore; chạy nút thứ hai trên cùng thư mục sẽ bị từ chối.",
			En: "The node starts, or hangs, or it is a check, backup or restore; a second node on the directory is refused."},
		lang.Text{Vi: "Xem nhật ký của nút và tiến trình nào giữ tệp; chỉ dừng tiến trình khi đã biết nó là gì.", En: "Look at the node's log, and at which process holds the files; end it only when you know what it is."},
		"fuser -v {dir}/data/raft.db"},
	{"node.other", Critical,
		lang.Text{Vi: "Cổng vận hành {operator} là của nút cơ quan {agency}, không phải của cơ quan {self}.", En: "The operator's door {operator} is that of agency {agency}'s node, not of agency {self}'s."},
		lang.Text{Vi: "Hai nút trên máy này có cùng cổng; nút này không mở được cổng của nó.", En: "Two nodes of this machine have the same port, and this one cannot open its own."},
		lang.Text{Vi: "Đặt operator.listen khác nhau trong hai config.yaml.", En: "Give them different operator.listen in their config.yaml."}, ""},
	{"node.diverged", Critical,
		lang.Text{Vi: "Sổ cái của nút này trái với điều đã được ký: nút đã LỆCH (diverged).", En: "This node's ledger contradicts what was signed: it has DIVERGED."},
		lang.Text{
			Vi: "Máy hoặc đĩa của nút hỏng, hoặc dữ liệu bị sửa. Nút không ký nữa; những gì đã chứng thực trước đó vẫn đúng.",
			En: "The machine or its disk is damaged, or its data was altered. It signs no more; what was certified before stays right."},
		lang.Text{Vi: "Giữ nguyên thư mục làm chứng, dừng nút, kiểm tra tệp rồi sửa từ một nút khác.", En: "Keep the directory as evidence, stop the node, check its files, and repair it from another node."},
		"ocopd check --dir {dir}"},
	{"evidence.kept", Critical,
		lang.Text{Vi: "Có bằng chứng chống lại cơ quan {agency}: {says}", En: "There is evidence against agency {agency}: {says}"},
		lang.Text{Vi: "Một bên đã ký hai điều trái nhau, thất hứa, hoặc một nút đã lệch; chữ ký chứng minh điều đó với bất kỳ ai.", En: "Somebody signed two things that exclude each other, broke a promise, or diverged; signatures show it to anyone."},
		lang.Text{Vi: "Giữ tệp bằng chứng, báo các cơ quan khác; khi đã biết thì xác nhận để nhật ký thôi nhắc.", En: "Keep the file and tell the other agencies; acknowledge it when you know, so that the log stops repeating it."},
		"curl -X POST {door}/evidence/{name}/acknowledge"},
	{"evidence.acknowledged", Note,
		lang.Text{Vi: "Nút giữ bằng chứng đã được xác nhận, chống lại cơ quan {agency}: {says}", En: "The node keeps acknowledged evidence against agency {agency}: {says}"},
		lang.Text{Vi: "Bằng chứng không mất đi; ai cũng tải và kiểm tra được ở /log/evidence/.", En: "Evidence does not go away; everybody can fetch it under /log/evidence/ and verify it."},
		lang.Text{Vi: "Không phải làm gì thêm trên nút này.", En: "Nothing more is to be done on this node."}, ""},
	{"seat.lost", Critical,
		lang.Text{Vi: "Nút theo sổ cái mà không bỏ phiếu: kho raft của nó mới, cũ, hoặc được khôi phục. {why}", En: "The node follows the ledger without a vote: its raft store is new, old, or was restored. {why}"},
		lang.Text{Vi: "Bỏ phiếu dưới tên cũ có thể là bỏ hai lần trong một nhiệm kỳ; nút tự đứng ngoài.", En: "To vote under its old name could be to vote twice in a term; it stays out by itself."},
		lang.Text{Vi: "Cán bộ của cơ quan {self} soạn, ký và nộp lần lập mới (incarnation) của nút:", En: "An officer of agency {self} drafts, signs and submits a new incarnation of the node:"},
		"ocop draft update-node --author {self} --new-store -o nut-moi.yaml"},
	{"seat.asking", Warning,
		lang.Text{Vi: "Kho raft của nút là mới; nút chờ đủ nút khác xác nhận rằng chưa từng thấy kho khác. {why}", En: "The node's raft store is new; it waits for enough others to say that they have met no other one. {why}"},
		lang.Text{Vi: "Trước lúc đó nó theo sổ cái mà không bỏ phiếu.", En: "Until then it follows the ledger without a vote."},
		lang.Text{Vi: "Đưa các nút khác trở lại; nút tự vào chỗ.", En: "Bring the other nodes back; it takes its seat by itself."},
		"ocopd doctor --dir {dir}"},
	{"seat.behind", Warning,
		lang.Text{Vi: "Sổ cái của nút chưa tới chỗ nhật ký raft bắt đầu; nút theo sổ cái mà chưa bỏ phiếu. {why}", En: "The node's ledger is not where its raft log begins; it follows without a vote until it is. {why}"},
		lang.Text{Vi: "Thường là sau khi dừng lâu; nó lấy lá từ các nút khác.", En: "Usually after it was away for long; it gets leaves from the others."},
		lang.Text{Vi: "Chờ: số lá phải tăng. Nếu không, xem cổng công khai của các nút khác có tới được không.", En: "Wait: the number of leaves must grow. If it does not, see whether the public doors of the others can be reached."},
		"ocopd doctor --dir {dir}"},
	{"seat.unnamed", Note,
		lang.Text{Vi: "Nút theo sổ cái mà không có phiếu: sổ cái không nêu nút xác thực này. {why}", En: "The node follows the ledger and has no vote: the ledger does not name it as a validator. {why}"},
		lang.Text{Vi: "Bản sao chỉ đọc thì đúng như vậy; nút mới thì chờ các cơ quan biểu quyết; đổi khóa TLS xong mới vào lại.", En: "That is right for a replica; a new node waits for the agencies' votes; after a lost TLS key for its rotation."},
		lang.Text{Vi: "Nút mới: giao tệp agency-{self}.validator cho cán bộ một cơ quan có quyền quản trị.", En: "A new node: hand agency-{self}.validator to an officer of an agency that may govern."},
		"ocop draft propose-add-validator --help"},
	{"node.starting", Note,
		lang.Text{Vi: "Nút đang khởi động.", En: "The node is starting."},
		lang.Text{Vi: "Nó đọc lại sổ cái trước khi tham gia.", En: "It reads its ledger before it takes part."},
		lang.Text{Vi: "Chờ rồi xem lại.", En: "Wait, and look again."},
		"ocopd doctor --dir {dir}"},
	{"node.stopping", Note,
		lang.Text{Vi: "Nút đang dừng.", En: "The node is stopping."},
		lang.Text{Vi: "Nó trả lời nốt rồi ghi đĩa.", En: "It finishes its answers and writes its files."},
		lang.Text{Vi: "Chờ cho nó dừng hẳn.", En: "Wait until it has ended."}, ""},
}

func node(l *list, f *Facts) {
	operator := text(f.Settings.Operator)
	if f.Settings.OperatorOther != 0 {
		l.add("node.other", f.Settings.OperatorOther, values{"operator": operator})
	}
	switch f.Mode {
	case Stopped:
		if len(f.Settings.Problems) == 0 && !f.Settings.Unread {
			l.add("node.stopped", 0, nil)
		}
	case Hidden:
		l.add("node.silent", 0, values{"operator": operator, "problem": text(f.Settings.OperatorError)})
	}
	n := f.Node
	if n == nil {
		return
	}
	if n.Diverged {
		l.add("node.diverged", 0, nil)
	}
	for _, e := range n.Evidence {
		code := "evidence.kept"
		if e.Acknowledged {
			code = "evidence.acknowledged"
		}
		l.add(code, e.Agency, values{"says": e.Says, "name": text(e.Name), "door": text(doorURL(f.Settings.Operator))})
	}
	if code := map[Place]string{StoreLost: "seat.lost", Asking: "seat.asking", Catching: "seat.behind", Unnamed: "seat.unnamed"}[n.Place]; code != "" && n.Role != "starting" && !f.Replica() {
		l.add(code, 0, values{"why": n.PlaceWhy})
	}
	switch n.Role {
	case "starting", "stopping":
		l.add("node."+n.Role, 0, nil)
	}
}

// seated tells whether the node votes.
func (n *Node) seated() bool { return n.Place == "" || n.Place == Seated }

// doorURL is how curl names the operator's door.
func doorURL(operator string) string {
	if path, ok := strings.CutPrefix(operator, "unix:"); ok {
		return "--unix-socket " + path + " http://operator"
	}
	return "http://" + operator
}
