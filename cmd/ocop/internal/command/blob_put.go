package command

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/password"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/blob"
	"github.com/ocopledger/ocop/ledger/ident"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

func (a *app) blobPut() *cobra.Command {
	var (
		account ledger.AccountID
		key     string
		p       password.Source
	)
	cmd := a.command(verb.Spec{
		Use:   "put FILE...",
		Short: lang.Text{Vi: "Gửi tệp .blob lên một nút; các nút khác tự lấy về", En: "Bring .blob files to a node; the others fetch them"},
		Long: lang.Text{
			Vi: `Tệp mà sổ cái đã nêu mã thì ai gửi cũng được. Gửi trước khi có bản ghi thì cần --account và --key của tài khoản sẽ lập bản ghi: nút giữ 15 ngày,
chưa cho ai xem, và xóa nếu không có bản ghi nào nêu mã. Gửi lại không sao.`,
			En: `A blob that the ledger names may be brought by anybody. Before there is a record, it takes --account and --key of the account that will make one: the node
keeps it for 15 days, shows it to nobody, and deletes it when no record names it. Bringing it again does no harm.`},
		Example: "  ocop blob put ca-phe.blob --account 2000001 --key chu-the.json\n  ocop blob put ten/*.blob",
		Least:   1, Most: -1,
		Run: func(cmd *cobra.Command, args []string) error {
			if (account == 0) != (key == "") {
				return verb.Usage(lang.Text{Vi: "--account và --key đi cùng nhau", En: "--account and --key go together"})
			}
			return a.putBlobs(cmd.Context(), args, account, key, p)
		},
	})
	idFlag(a, cmd, &account, "account", accountExample, ledger.ParseAccountID, lang.Text{Vi: "tài khoản sẽ lập bản ghi nêu mã", En: "account that will make the record"})
	cmd.Flags().StringVar(&key, "key", "", a.t(lang.Text{Vi: "`tệp` khóa của tài khoản", En: "keystore `file` of the account"}))
	p.Flags(a.lang, cmd)
	return cmd
}

// putting is what became of a file.
type putting struct {
	shownBlob
	Named bool `json:"named"`
}

func (a *app) putBlobs(ctx context.Context, files []string, account ledger.AccountID, key string, p password.Source) error {
	for _, file := range files { // all are looked at before anything is sent
		if _, _, err := readBlob(file); err != nil {
			return err
		}
	}
	var private *ident.PrivateKey
	if key != "" {
		var owner uint64
		var err error
		if private, owner, err = a.openAuthor(key, p); err != nil {
			return err
		}
		defer private.Zero()
		if owner != 0 && owner != uint64(account) {
			return fail(exitKey, lang.Text{Vi: "khóa này của tài khoản %d, không phải %v", En: "this key is of account %d, not %v"}, owner, account)
		}
	}
	c, ctx, done, err := a.dial(ctx)
	if err != nil {
		return err
	}
	defer done()
	at, err := nodePlace(ctx, c)
	if err != nil {
		return err
	}
	a.saw(at.sample)
	var put []putting
	for _, file := range files {
		data, b, err := readBlob(file)
		if err != nil {
			return err
		}
		q := &apiv1.PutBlobRequest{Container: data}
		if private != nil {
			o := blob.Offer{Chain: at.chain, Blob: b.ID(), Account: account, Time: uint64(a.env.Now().UnixMilli())}
			signed, err := o.Sign(private)
			if err != nil {
				return err
			}
			q.Offer = signed.Append(nil)
		}
		answer, err := c.Blobs.PutBlob(ctx, q)
		if err != nil {
			return err
		}
		put = append(put, putting{showBlob(b, file), answer.GetNamed()})
	}
	n := noticeOf(at.sample)
	return a.print(n, struct {
		notice
		Blobs []putting `json:"blobs"`
	}{n, put}, func(w io.Writer) {
		for _, one := range put {
			says := lang.Text{Vi: "%s  đã nhận, sổ cái đã nêu mã", En: "%s  taken; the ledger names it"}
			if !one.Named {
				says = lang.Text{Vi: "%s  đã nhận, chờ bản ghi nêu mã trong 15 ngày", En: "%s  taken; waits 15 days for a record that names it"}
			}
			fmt.Fprintln(w, says.F(a.lang, one.Blob))
		}
	})
}
