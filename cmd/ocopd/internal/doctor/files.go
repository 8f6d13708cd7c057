package doctor

import (
	"slices"
	"strings"

	"github.com/ocopledger/ocop/cmd/internal/lang"
)

var fileKinds = []Kind{
	{"files.none", Critical,
		lang.Text{Vi: "Thư mục dữ liệu chưa có sổ cái: nút chưa chạy lần nào ở đây, hoặc đĩa dữ liệu chưa gắn.", En: "There is no ledger in the data directory: no node has run here, or the disk is not mounted."},
		lang.Text{
			Vi: "Chạy một nút đã từng bỏ phiếu trên thư mục trống làm nó quên phiếu đã bỏ: chỉ nút mới mới được chạy như vậy.",
			En: "A node that has voted before forgets its votes when it runs on an empty directory: a new node alone may."},
		lang.Text{Vi: "Xem đĩa đã gắn chưa. Nút cũ thì khôi phục từ bản sao lưu; nút mới thì chạy.", En: "See whether the disk is mounted. Restore a node that ran before from its backup; run a new one."},
		"ocopd restore --help"},
	{"files.chain-missing", Critical,
		lang.Text{Vi: "chain.db không còn, trong khi các tệp khác của nút vẫn ở đó.", En: "chain.db is gone, while other files of the node are there."},
		lang.Text{Vi: "chain.db là sổ cái. Không chạy nút khi thiếu nó.", En: "chain.db is the ledger. Do not run the node without it."},
		lang.Text{Vi: "Tìm lại tệp, hoặc khôi phục từ bản sao lưu.", En: "Find it, or restore the backup."},
		"ocopd restore --help"},
	{"files.chain-damaged", Critical,
		lang.Text{Vi: "chain.db hỏng: {damage}", En: "chain.db is damaged: {damage}"},
		lang.Text{Vi: "Nút không chạy với sổ cái hỏng. Các nút khác có đủ bản sao.", En: "The node does not run with a damaged ledger. The others have whole copies."},
		lang.Text{Vi: "Sao lại cả thư mục trước, xem hỏng ở đâu, rồi sửa từ một nút khác.", En: "Copy the whole directory first, see where it is damaged, then repair it from another node."},
		"ocopd check --dir {dir}"},
	{"files.other", Critical,
		lang.Text{Vi: "{file} thuộc sổ cái khác, hoặc của phần mềm khác.", En: "{file} is of another ledger, or of other software."},
		lang.Text{Vi: "Nút không chạy với tệp không phải của nó.", En: "The node does not run with files that are not its own."},
		lang.Text{Vi: "Xem thư mục data trong config.yaml có đúng không; nếu vừa hạ phiên bản thì dùng lại phiên bản mới.", En: "See whether data in config.yaml is right; after a downgrade use the newer version again."},
		"ocopd check --dir {dir}"},
	{"files.raft-missing", Critical,
		lang.Text{Vi: "raft.db không còn, mà sổ cái đã có {size} lá.", En: "raft.db is gone, and the ledger has {size} leaves."},
		lang.Text{
			Vi: "Trong đó là lá phiếu của nút. Chạy với raft.db mới dưới tên cũ thì nút có thể bỏ phiếu hai lần trong một nhiệm kỳ.",
			En: "It holds the node's votes. With a new one under its old name the node could vote twice in a term."},
		lang.Text{Vi: "Tìm lại tệp; nếu mất hẳn, cơ quan ký lần lập mới (incarnation) của nút.", En: "Find it; when it is gone for good, the agency signs a new incarnation of the node."},
		"ocop draft update-node --author {self} --new-store -o nut-moi.yaml"},
	{"files.raft-damaged", Critical,
		lang.Text{Vi: "raft.db hỏng: {damage}", En: "raft.db is damaged: {damage}"},
		lang.Text{Vi: "Nút không biết mình đã bỏ phiếu cho ai, nên không chạy dưới tên cũ.", En: "The node does not know whom it voted for, and cannot run under its old name."},
		lang.Text{Vi: "Giữ tệp lại; sổ cái vẫn dùng được: cơ quan ký lần lập mới (incarnation).", En: "Keep the file; the ledger is of use: the agency signs a new incarnation."},
		"ocop draft update-node --author {self} --new-store -o nut-moi.yaml"},
	{"raft.identity", Critical,
		lang.Text{Vi: "Raft của nút này có các nút {voters}; sổ cái gọi nó là {id}.", En: "This node's raft has the voters {voters}; the ledger calls it {id}."},
		lang.Text{Vi: "raft.db là của lần lập trước (incarnation): nút không được bỏ phiếu bằng nó.", En: "raft.db is of an earlier incarnation: the node may not vote with it."},
		lang.Text{Vi: "Chạy nút: nó theo sổ cái như bản sao cho đến khi được nhận lại với tên mới.", En: "Run the node: it follows the ledger until it is let in under its new name."},
		"{run}"},
	{"files.index-damaged", Warning,
		lang.Text{Vi: "index.db hỏng: {damage}", En: "index.db is damaged: {damage}"},
		lang.Text{Vi: "Nó suy ra từ chain.db, nơi giữ sự thật: không mất gì, nhưng nút không chạy với nó.", En: "It is derived from chain.db, which is the truth: nothing is lost, and the node does not run with it."},
		lang.Text{Vi: "Chuyển nó đi chỗ khác; lần chạy sau nút dựng lại từ các lá.", En: "Move it away; the node builds it anew from the leaves when it runs."},
		"mv {dir}/data/index.db {dir}/data/index.db.damaged"},
	{"files.heads-damaged", Warning,
		lang.Text{Vi: "heads.db hỏng: {damage}", En: "heads.db is damaged: {damage}"},
		lang.Text{Vi: "Trong đó là những đầu đã chứng thực; các nút khác cũng có. Nút không chạy với nó.", En: "It holds certified heads, which the other nodes have, too. The node does not run with it."},
		lang.Text{Vi: "Chuyển nó đi chỗ khác; nút nhận lại đầu mới từ các nút khác, đầu của các ngày cũ thì không.", En: "Move it away; the node gets the new heads from the others, and not those of earlier days."},
		"mv {dir}/data/heads.db {dir}/data/heads.db.damaged"},
	{"files.slot", Warning,
		lang.Text{Vi: "Tệp cosigner.slot không nói chắc nút đã ký đến đâu: {problem}", En: "cosigner.slot does not say for sure how far this node signed: {problem}"},
		lang.Text{Vi: "Nút hỏi n − q + 1 nút khác trước khi ký lại; với n = 3 là cả hai nút kia.", En: "The node asks n − q + 1 others before it signs again; with n = 3 that is both of them."},
		lang.Text{Vi: "Đừng xóa, đừng chép tệp này từ bản sao lưu. Chạy nút khi các nút khác đều chạy.", En: "Do not delete it, and do not put one back from a backup. Run the node while all others run."},
		"{run}"},
	{"files.slot-ahead", Warning,
		lang.Text{Vi: "Nút đã ký đến {signed} lá, mà sổ cái ở đây có {size} lá.", En: "The node has signed {signed} leaves, and the ledger here has {size}."},
		lang.Text{Vi: "Sổ cái ở đây cũ hơn cái đã ký: khôi phục từ bản cũ, hoặc đĩa đã mất những gì nó báo đã ghi.", En: "The ledger is older than what was signed: it was restored from an old copy, or the disk lost what it had confirmed."},
		lang.Text{Vi: "Chạy nút để nó bắt kịp; nó không ký trước lúc đó. Nếu không phải do khôi phục, kiểm tra đĩa.", En: "Run it, so that it catches up; it does not sign before. When nothing was restored, have the disk examined."},
		"{run}"},
	{"files.restored", Warning,
		lang.Text{Vi: "Sổ cái ở đây được khôi phục từ bản sao lưu ({mark}).", En: "The ledger here was restored from a backup ({mark})."},
		lang.Text{Vi: "Nút theo các nút khác mà không bỏ phiếu, cho đến khi cơ quan ký lần lập mới (incarnation).", En: "The node follows the others without a vote until its agency has signed a new incarnation."},
		lang.Text{Vi: "Chạy nút, rồi cán bộ của cơ quan soạn và ký:", En: "Run the node; then an officer of the agency drafts and signs:"},
		"ocop draft update-node --author {self} --new-store -o nut-moi.yaml"},
	{"files.index-missing", Note,
		lang.Text{Vi: "index.db không có: lần chạy sau nút dựng lại từ {size} lá.", En: "There is no index.db: the node builds it from {size} leaves when it runs."},
		lang.Text{Vi: "Nút khởi động lâu hơn một lần; không mất gì.", En: "That start takes longer, once; nothing is lost."},
		lang.Text{Vi: "Chạy nút và chờ.", En: "Run the node, and wait."},
		"{run}"},
}

// files says what is wrong with the files of a node that does not run.
func files(l *list, f *Facts) {
	s := f.Files
	v := values{"size": number(s.Size), "signed": number(s.Slot.Size), "mark": text(strings.Join(strings.Fields(s.Restored), " "))}
	if !s.Ran {
		l.add("files.none", 0, v)
		return
	}
	for _, one := range []struct {
		file          *File
		name, missing string
		damaged       string
	}{
		{&s.Chain, "chain.db", "files.chain-missing", "files.chain-damaged"},
		{&s.Index, "index.db", "files.index-missing", "files.index-damaged"},
		{&s.Heads, "heads.db", "", "files.heads-damaged"},
		{&s.Raft, "raft.db", "files.raft-missing", "files.raft-damaged"},
	} {
		switch {
		case one.file.Other:
			l.add("files.other", 0, values{"file": text(one.name)})
		case one.file.Torn:
			l.add(one.damaged, 0, values{"damage": one.file.Damage})
		case one.file.Missing && one.missing != "" && (one.name == "chain.db" || s.Size > 1) && (one.name != "raft.db" || s.Restored == ""):
			l.add(one.missing, 0, v)
		}
	}
	if s.Restored != "" {
		l.add("files.restored", 0, v)
	}
	if s.RaftSelf != "" && len(s.RaftIDs) > 0 && !slices.Contains(s.RaftIDs, s.RaftSelf) {
		l.add("raft.identity", 0, values{"voters": text(strings.Join(s.RaftIDs, ", ")), "id": text(s.RaftSelf)})
	}
	switch {
	case s.Chain.Torn || s.Chain.Missing || s.Chain.Other:
	case s.Slot.Size > s.Size:
		l.add("files.slot-ahead", 0, v)
	case s.Slot.Missing && s.Size > 1:
		l.add("files.slot", 0, values{"problem": {Vi: "không có tệp", En: "there is no such file"}})
	case s.Slot.Problem != "":
		l.add("files.slot", 0, values{"problem": text(s.Slot.Problem)})
	case !s.Slot.Missing && !s.Slot.Sure && s.Size > 1:
		l.add("files.slot", 0, values{"problem": {Vi: "một trong hai ô của nó hỏng hoặc trống", En: "one of its two places is damaged or blank"}})
	}
}
