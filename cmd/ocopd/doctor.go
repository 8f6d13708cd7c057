package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/cmd/ocopd/internal/doctor"
	"github.com/ocopledger/ocop/cmd/ocopd/internal/examine"
)

// doctorWait is how long each door gets to answer: an operator waits for the slowest, as all are tried at one time.
const doctorWait = 3 * time.Second

type doctorFlags struct {
	dir, backups string
	network      bool
	nodes        []string
	wait         time.Duration
}

func (a *app) doctor() *cobra.Command {
	var f doctorFlags
	cmd := verb.Command(a.lang, verb.Spec{
		Use:   "doctor --dir DIR | --network --node HOST:PORT…",
		Short: lang.Text{Vi: "Nói rõ vì sao không chạy, và bước an toàn tiếp theo; chỉ đọc", En: "Say in plain words why it does not run, and the next safe step; read-only"},
		Long: lang.Text{
			Vi: `Xem một nút, đang chạy hay đã dừng, và các nút khác nhìn từ máy này. Không sửa, không tạo, không dừng gì.
Nút đang chạy: hỏi cổng vận hành của nó. Nút đã dừng: mở các tệp của nó để đọc. Cả hai trường hợp đều gõ cửa từng nút khác bằng khóa TLS của nút này:
vì sao không có nút dẫn đầu, ai chậm và vì sao, cổng và chiều nào bị chặn, chứng thực, đồng hồ, đĩa và hệ thống tệp, khóa, thiết đặt không an toàn.
Mỗi điều: chuyện gì, vì sao đáng lo, bước an toàn tiếp theo với đúng lệnh; nghiêm trọng nhất trước. Mỗi điều có mã ổn định trong --json.
--network nhìn mạng lưới từ ngoài, qua các cổng công khai, không cần thư mục.
Mã kết thúc 0 khi không có gì hoặc chỉ có lưu ý, 20 khi có cảnh báo, 21 khi có điều nghiêm trọng.`,
			En: `Looks at a node, running or stopped, and at the others as seen from this machine. It mends, makes and stops nothing.
A running node is asked at its operator's door; the files of a stopped one are opened for reading. In both cases the doors of all others are knocked at with
this node's TLS key: why there is no leader, who is behind and why, which port and direction is blocked, certification, clocks, disk and file system, keys,
settings that are not safe. Each finding says what is the matter, why it matters, and the next safe step with the exact command; the worst comes first. Each
has a stable code in --json.
--network looks at a network from outside, through public doors, and needs no directory.
Ends with 0 when there is nothing, or notes alone, with 20 when there are warnings, with 21 when something is critical.`},
		Example: "  ocopd doctor --dir /srv/ocop\n  ocopd doctor --dir /srv/ocop --backups /mnt/backup\n  ocopd doctor --network --node 10.0.0.1:7400 --node 10.0.0.2:7400",
		Run: func(cmd *cobra.Command, _ []string) error {
			if err := f.check(); err != nil {
				return err
			}
			return a.printDiagnosis(f.look(cmd.Context(), a.env.Now))
		},
	})
	a.dirFlag(cmd, &f.dir)
	s := cmd.Flags()
	s.BoolVar(&f.network, "network", false, a.t(lang.Text{Vi: "nhìn mạng lưới từ ngoài, qua cổng công khai của các --node", En: "look at the network from outside, through the public doors of --node"}))
	s.StringArrayVar(&f.nodes, "node", nil, a.t(lang.Text{Vi: "`host:port` công khai của một nút; lặp lại được", En: "public `host:port` of a node; may be repeated"}))
	s.StringVar(&f.backups, "backups", "", a.t(lang.Text{Vi: "`thư mục` các bản sao lưu, để xem có mới và để riêng không", En: "`directory` of backups, to see whether they are new and kept apart"}))
	s.DurationVar(&f.wait, "wait", doctorWait, a.t(lang.Text{Vi: "`thời hạn` cho mỗi cổng trả lời", En: "`time` for each door to answer"}))
	return cmd
}

func (f *doctorFlags) check() error {
	switch {
	case f.network == (f.dir != ""):
		return verb.Usage(lang.Text{Vi: "cần --dir hoặc --network", En: "want either --dir or --network"})
	case f.network != (len(f.nodes) > 0):
		return verb.Usage(lang.Text{Vi: "--network và --node đi với nhau", En: "--network and --node go together"})
	case f.network && f.backups != "":
		return verb.Usage(lang.Text{Vi: "--backups đi với --dir", En: "--backups goes with --dir"})
	case f.wait <= 0:
		return verb.Usage(lang.Text{Vi: "--wait %v: cần lớn hơn 0", En: "--wait %v: want more than 0"}, f.wait)
	}
	return nil
}

func (f *doctorFlags) look(ctx context.Context, now func() time.Time) *doctor.Facts {
	o := examine.Options{Now: now, Wait: f.wait, Backups: f.backups}
	if f.network {
		return examine.Network(ctx, f.nodes, o)
	}
	return examine.Directory(ctx, f.dir, o)
}
