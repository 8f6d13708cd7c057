package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/ledger/ident"
)

func (a *app) keysLog() *cobra.Command {
	var dir, out, name string
	cmd := verb.Command(a.lang, verb.Spec{
		Use:   "log --dir DIR",
		Short: lang.Text{Vi: "Tạo khóa nhật ký cho nút sắp làm nút công bố", En: "Make the log key of a node that is to run the publisher"},
		Long: lang.Text{
			Vi: `Tạo log.key cạnh các khóa khác nếu chưa có; nút vẫn chạy, và đọc khóa này ở lần khởi động sau. In ra khóa công khai kèm bằng chứng: giao tệp cho cán bộ,
cán bộ chạy "ocop draft propose-remove-validator … --publisher SỐ --log-key TỆP". Trong đó không có bí mật.`,
			En: `Makes log.key beside the other keys, if there is none; the node goes on running, and reads it when it starts the next time. Prints the public key with its
proof: hand the file to an officer, who runs "ocop draft propose-remove-validator … --publisher N --log-key FILE". There is no secret in it.`},
		Example: "  ocopd keys log --dir /srv/ocop -o khoa-nhat-ky.txt",
		Run: func(cmd *cobra.Command, _ []string) error {
			if err := verb.Require(cmd, "dir"); err != nil {
				return err
			}
			return a.rotate(dir, out, name, []ident.Purpose{ident.PurposeLog})
		},
	})
	a.dirFlag(cmd, &dir)
	a.keyFlags(cmd, &out, &name)
	return cmd
}

// keyFlags are those of all commands that print keys for an officer.
func (a *app) keyFlags(cmd *cobra.Command, out, name *string) {
	cmd.Flags().StringVar(name, "cosigner-name", "", a.t(lang.Text{
		Vi: "`tên` C2SP của khóa đồng ký như trên sổ cái; cần khi nút tham gia sau khởi nguyên", En: "C2SP `name` of the cosigner as on the ledger; needed when the node joined after genesis"}))
	cmd.Flags().StringVarP(out, "output", "o", "", a.t(lang.Text{Vi: "`tệp` để ghi; mặc định ra màn hình", En: "`file` to write; by default the screen"}))
}

// vacant refuses a file that is there.
func vacant(path string) error {
	if _, err := os.Lstat(path); path != "" && !errors.Is(err, fs.ErrNotExist) {
		return &fs.PathError{Op: "write", Path: path, Err: fs.ErrExist}
	}
	return nil
}

// keyFile is where the file of a purpose's key is that an officer is told of.
func keyFile(dir string, purpose ident.Purpose) string {
	if purpose == ident.PurposeLog {
		return filepath.Join(dir, purpose.String()+".key")
	}
	return filepath.Join(dir, purpose.String()+".next.key")
}
