package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/cmd/ocopd/internal/ceremony"
	"github.com/ocopledger/ocop/cmd/ocopd/internal/rescue"
	"github.com/ocopledger/ocop/ledger/genesis"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/node/backup"
	"github.com/ocopledger/ocop/node/config"
)

func (a *app) backup() *cobra.Command {
	var dir, to string
	cmd := verb.Command(a.lang, verb.Spec{
		Use:   "backup --dir DIR --to FOLDER",
		Short: lang.Text{Vi: "Sao lưu sổ cái của nút, đang chạy hay đã dừng", En: "Back up the node's ledger, running or stopped"},
		Long: lang.Text{
			Vi: `Chép sổ cái của nút vào thư mục mới FOLDER kèm bản kê do khóa nút ký: chain.db, heads.db, tệp khởi nguyên, config.yaml, văn kiện các kỳ chính sách.
Nút đang chạy thì chính nút chép, theo yêu cầu qua cổng vận hành, và vẫn làm việc bình thường; FOLDER nằm trên máy của nút. Nút đã dừng thì lệnh này chép.
Chép xong được đọc lại để đối chiếu; thư mục chỉ mang tên FOLDER khi đã trọn vẹn.
KHÔNG có trong bản sao lưu: khóa riêng (sao lưu riêng thư mục keys, một lần, khi tạo khóa), raft.db, raft.journal, cosigner.slot.
Thử khôi phục định kỳ: ocopd restore --from FOLDER --dir DIR --rehearse THƯ-MỤC-NHÁP.`,
			En: `Copies the node's ledger into the new folder FOLDER with a manifest signed by the node key: chain.db, heads.db, the genesis file, config.yaml, the documents of
the policy epochs. A running node makes the copy itself, ordered through its operator door, and goes on working; FOLDER is on the node's machine. Of a stopped
node this command makes it. What was written is read again and compared; the folder has the name FOLDER only when it is whole.
NOT in a backup: private keys (back the folder keys up by itself, once, when the keys are made), raft.db, raft.journal, cosigner.slot.
Rehearse a restore from time to time: ocopd restore --from FOLDER --dir DIR --rehearse SCRATCH.`},
		Example: "  ocopd backup --dir /srv/ocop --to /mnt/backup/ocop-2026-11-27",
		Run: func(cmd *cobra.Command, _ []string) error {
			if err := verb.Require(cmd, "dir", "to"); err != nil {
				return err
			}
			c, err := config.Load(filepath.Join(dir, config.FileName))
			if err != nil {
				return err
			}
			to, err := filepath.Abs(to)
			if err != nil {
				return err
			}
			g, file, err := readGenesis(c.Path(c.Genesis))
			if err != nil {
				return err
			}
			m, online, err := a.makeBackup(cmd.Context(), c, g, file, to)
			if err != nil {
				return ceremony.OfLedger(g, err)
			}
			return a.printBackup(g, m, to, online)
		},
	})
	a.dirFlag(cmd, &dir)
	cmd.Flags().StringVar(&to, "to", "", a.t(lang.Text{Vi: "`thư mục` mới cho bản sao lưu; thư mục cha phải có", En: "new `folder` for the backup; its parent must be there"}))
	return cmd
}

// makeBackup orders the backup from the running node, or makes it of a stopped node's files.
func (a *app) makeBackup(ctx context.Context, c *config.Config, g *genesis.Genesis, file []byte, to string) (m *backup.Manifest, online bool, err error) {
	m, err = rescue.OrderBackup(ctx, c, g.Chain, to)
	if !errors.Is(err, rescue.ErrNoNode) {
		return m, true, err
	}
	pool, err := ident.NewPool(runtime.NumCPU(), checkSigners)
	if err != nil {
		return nil, false, err
	}
	defer pool.Close()
	m, err = rescue.BackUp(ctx, c, file, to, rescue.Stopped{Verifier: pool, Software: softwareVersion(), Now: a.env.Now})
	return m, false, err
}

type backupMade struct {
	Notice   string           `json:"notice,omitempty"`
	Folder   string           `json:"folder"`
	Online   bool             `json:"online"`
	Manifest *backup.Manifest `json:"manifest"`
}

func (a *app) printBackup(g *genesis.Genesis, m *backup.Manifest, to string, online bool) error {
	v := backupMade{Notice: g.Notice(), Folder: to, Online: online, Manifest: m}
	return a.print(v, func(w io.Writer) {
		if v.Notice != "" {
			fmt.Fprintln(w, v.Notice)
		}
		bytes := int64(0)
		for _, f := range m.Files {
			bytes += f.Bytes
		}
		a.say(w, lang.Text{
			Vi: "Đã sao lưu vào %s: khối %d, %d lá, gốc %s; %d tệp, %d byte, đã đọc lại và khớp.",
			En: "Backed up to %s: height %d, size %d, root %s; %d files, %d bytes, read again and right."}, to, m.Height, m.Size, m.Root, len(m.Files), bytes)
		if c := m.Certified; c != nil {
			a.say(w, lang.Text{Vi: "Đầu sổ được chứng thực mới nhất: khối %d, %d lá, kỳ chính sách %d.", En: "Newest certified head: height %d, size %d, policy epoch %d."}, c.Height, c.Size, c.Epoch)
		} else {
			a.say(w, lang.Text{Vi: "Chưa có đầu sổ nào được chứng thực.", En: "No head was certified yet."})
		}
		a.say(w, lang.Text{
			Vi: "Không có khóa riêng trong đó: thư mục keys phải được sao lưu riêng. Hãy chép thư mục này sang máy khác.",
			En: "There is no private key in it: the folder keys must be backed up by itself. Copy this folder to another machine."})
	})
}
