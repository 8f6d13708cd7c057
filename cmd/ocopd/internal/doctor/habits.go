package doctor

import (
	"strings"
	"time"

	"github.com/ocopledger/ocop/cmd/internal/lang"
)

// oldBackup: what is older was forgotten. The others' copies mend a ledger; a backup is for the day on which all are wrong.
const oldBackup = 8 * 24 * time.Hour

var habitKinds = []Kind{
	{"backup.keys", Critical,
		lang.Text{Vi: "Trong thư mục sao lưu {folder} có khóa riêng: {files}.", En: "There are private keys in the backup folder {folder}: {files}."},
		lang.Text{Vi: "Ai lấy được bản sao lưu thì ký được thay nút. Sao lưu sổ cái không bao giờ kèm khóa.", En: "Whoever gets the backup signs for the node. Backups of the ledger never hold keys."},
		lang.Text{Vi: "Chuyển khóa ra khỏi đó; nếu bản ấy đã rời máy, đổi khóa.", En: "Take them out; when that copy has left the machine, rotate the keys."},
		"ocopd keys rotate --help"},
	{"backup.none", Warning,
		lang.Text{Vi: "Trong {folder} không có bản sao lưu nào.", En: "There is no backup in {folder}."},
		lang.Text{Vi: "Các nút khác có sổ cái, nhưng không có heads.db và cấu hình của nút này.", En: "Other nodes have the ledger, and not this node's heads.db and configuration."},
		lang.Text{Vi: "Sao lưu ngay, rồi diễn tập khôi phục.", En: "Make one now, and rehearse its restore."},
		"ocopd backup --dir {dir} --to {folder}/first"},
	{"backup.old", Warning,
		lang.Text{Vi: "Bản sao lưu mới nhất trong {folder} đã {age}.", En: "The newest backup in {folder} is {age} old."},
		lang.Text{Vi: "Việc sao lưu định kỳ đã dừng mà không ai biết.", En: "The regular backup has stopped, and nobody was told."},
		lang.Text{Vi: "Xem vì sao, rồi sao lưu.", En: "See why, and make one."},
		"ocopd backup --help"},
	{"backup.same-disk", Warning,
		lang.Text{Vi: "Bản sao lưu {folder} nằm cùng đĩa với dữ liệu của nút.", En: "The backups in {folder} are on the disk of the node's data."},
		lang.Text{Vi: "Đĩa hỏng thì mất cả hai.", En: "A dead disk takes both."},
		lang.Text{Vi: "Chép bản sao lưu sang máy khác hoặc đĩa khác.", En: "Copy the backups to another machine or disk."}, ""},
	{"machine.root", Warning,
		lang.Text{Vi: "Nút chạy bằng tài khoản root.", En: "The node runs as root."},
		lang.Text{Vi: "Một lỗi của nút là một lỗi của cả máy.", En: "A fault of the node is then one of the whole machine."},
		lang.Text{Vi: "Chạy bằng tài khoản riêng, như gói cài đặt làm.", En: "Run it under an account of its own, as the package does."}, ""},
}

// habits are what makes the next accident worse.
func habits(l *list, f *Facts) {
	if f.Node != nil && f.Node.AsRoot {
		l.add("machine.root", 0, nil)
	}
	b := f.Backups
	if b == nil {
		return
	}
	v := values{"folder": text(b.Folder), "files": text(strings.Join(b.KeyFiles, ", "))}
	if len(b.KeyFiles) > 0 {
		l.add("backup.keys", 0, v)
	}
	if b.SameDisk {
		l.add("backup.same-disk", 0, v)
	}
	switch {
	case b.Newest < 0:
		l.add("backup.none", 0, v)
	case b.Newest > oldBackup:
		v["age"] = span(b.Newest)
		l.add("backup.old", 0, v)
	}
}
