package command

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/password"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/cmd/ocop/internal/draft"
	"github.com/ocopledger/ocop/cmd/ocop/internal/explain"
	"github.com/ocopledger/ocop/cmd/ocop/internal/signed"
	"github.com/ocopledger/ocop/ledger/compose"
)

// signing is how a draft is signed.
type signing struct {
	key   string
	yes   bool
	items bool
	password.Source

	remarks []string // shown beside the summary
}

func (a *app) signingFlags(cmd *cobra.Command, s *signing) {
	f := cmd.Flags()
	f.StringVar(&s.key, "key", "", a.t(lang.Text{Vi: "`tệp` khóa ký", En: "keystore `file`"}))
	f.BoolVar(&s.yes, "yes", false, a.t(lang.Text{Vi: "ký mà không hỏi lại", En: "sign without asking"}))
	f.BoolVar(&s.items, "items", false, a.t(lang.Text{Vi: "hiện mọi mục của Quyết định", En: "show every item of a Decision"}))
	s.Flags(a.lang, cmd)
}

func (a *app) sign() *cobra.Command {
	var (
		s   signing
		out string
	)
	cmd := a.command(verb.Spec{
		Use:   "sign FILE",
		Short: lang.Text{Vi: "Xem điều sẽ ký rồi ký bản nháp; không cần mạng", En: "See what will be signed, and sign a draft; needs no network"},
		Long: lang.Text{
			Vi: `Hiện Quyết định, số sản phẩm theo hạng sao, mục đầu và mục cuối, số lượng bằng số và bằng chữ, và điều gì sẽ công khai vĩnh viễn;
hỏi xác nhận rồi ký. Trong [ ] là tên theo tệp nháp: để đối chiếu, không được ký; --node cho biết tên nào khác sổ cái.
Mã kiểm phải giống mã mà người soạn và người duyệt đã thấy. Chữ ký dùng được 14 ngày (theo bản nháp).`,
			En: `Shows the Decision, products by stars, first and last item, quantities in digits and in words, and what becomes public for ever;
asks, and signs. In [ ] are names as in the draft file: to compare, not signed; --node tells which of them the
ledger has otherwise. The digest must be the one its author and reviewers saw. The signature is good for 14 days (as the draft says).`},
		Example: "  ocop sign 1032.yaml --key chu-tich.json",
		Least:   1, Most: 1,
		Run: func(cmd *cobra.Command, args []string) error {
			if err := verb.Require(cmd, "key"); err != nil {
				return err
			}
			d, err := a.readDraft(args[0])
			if err != nil {
				return err
			}
			if out == "" {
				out = signedName(args[0])
			}
			if _, err := os.Stat(out); err == nil { // before anybody types a password
				return fail(exitFailure, lang.Text{Vi: "%s đã có", En: "%s exists"}, out)
			}
			if cmd.Flags().Changed("node") { // signing needs no network; who names a node is told more
				c, ctx, done, err := a.dial(cmd.Context())
				if err != nil {
					return err
				}
				defer done()
				if s.remarks, err = a.nodeRemarks(ctx, c, d); err != nil {
					return err
				}
			}
			summary, records, err := a.signDraft(d, &s, d.Good)
			if err != nil {
				return err
			}
			envelopes := make([][]byte, len(records))
			ids := make([]string, len(records))
			for i, r := range records {
				envelopes[i], ids[i] = r.Envelope, r.ID.String()
			}
			if err := writeNew(out, signed.Format(summary.Text(a.lang), envelopes)); err != nil {
				return err
			}
			expires := records[0].Header.Expires
			return a.print(notice{summary.Notice}, struct {
				*explain.Summary
				File    string   `json:"file"`
				IDs     []string `json:"record_ids"`
				Expires uint64   `json:"expires"`
			}{summary, out, ids, expires}, func(w io.Writer) {
				fmt.Fprintln(w, lang.Text{Vi: "Đã ký %d bản ghi vào %s. Gửi trước %s: ocop submit %s", En: "%d records signed into %s. Submit before %s: ocop submit %s"}.F(a.lang,
					len(records), out, explain.Moment(expires), out))
			})
		},
	})
	a.signingFlags(cmd, &s)
	cmd.Flags().StringVarP(&out, "output", "o", "", a.t(lang.Text{Vi: "`tệp` đã ký; mặc định tên bản nháp thêm .signed", En: "`file` of signed records; by default the draft's name and .signed"}))
	return cmd
}

// signedName is where the records of a draft are kept unless somebody says otherwise.
func signedName(path string) string { return strings.TrimSuffix(path, ".yaml") + ".signed" }

// signDraft shows what is in a draft, asks, and signs it so that it is good for a time from now.
func (a *app) signDraft(d *draft.Draft, s *signing, good time.Duration) (*explain.Summary, []*compose.Signed, error) {
	actions, err := d.Compose()
	if err != nil {
		return nil, nil, err
	}
	d.Good = good
	summary := explain.Summarise(a.lang, d, d.Fingerprint(actions))
	if err := a.confirm(d, s, summary); err != nil {
		return nil, nil, err
	}
	key, owner, err := a.openAuthor(s.key, s.Source)
	if err != nil {
		return nil, nil, err
	}
	defer key.Zero()
	if owner != 0 && owner != uint64(d.Author) {
		return nil, nil, fail(exitKey, lang.Text{Vi: "khóa này của tài khoản %d, bản nháp do tài khoản %v ký", En: "this key is of account %d, the draft is to be signed by account %v"}, owner, d.Author)
	}
	author := compose.Author{Chain: d.Chain, Account: d.Author, Schema: d.Schema, Key: key}
	issued := uint64(a.env.Now().UnixMilli())
	var records []*compose.Signed
	for _, data := range actions {
		r, err := author.Sign(data, issued, good)
		if err != nil {
			return nil, nil, err
		}
		records = append(records, r)
	}
	return summary, records, nil
}

// confirm shows and asks. With --json and --yes nothing is shown: what was signed is in the output.
func (a *app) confirm(d *draft.Draft, s *signing, summary *explain.Summary) error {
	if s.yes && a.json {
		return nil
	}
	fmt.Fprintln(a.env.Err, summary.Text(a.lang))
	for _, line := range s.remarks {
		fmt.Fprintln(a.env.Err, line)
	}
	if s.items {
		for _, line := range explain.Items(a.lang, d) {
			fmt.Fprintln(a.env.Err, "- "+line)
		}
	}
	if s.yes {
		return nil
	}
	fmt.Fprint(a.env.Err, a.t(lang.Text{Vi: "Ký điều trên? Gõ \"ký\" để ký: ", En: "Sign the above? Type \"sign\" to sign: "}))
	line, err := readLines(a.env.In, 1)
	if err != nil {
		return err
	}
	answer := strings.ToLower(draft.Clean(string(line)))
	if !slices.Contains([]string{"ký", "kí", "ky", "ki", "sign"}, answer) {
		return fail(exitDeclined, lang.Text{Vi: "không ký", En: "not signed"})
	}
	return nil
}

// writeNew writes a file that must not exist.
func writeNew(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return fail(exitFailure, lang.Text{Vi: "%s đã có", En: "%s exists"}, path)
	}
	if err != nil {
		return err
	}
	if _, err := f.Write(data); err != nil {
		_ = f.Close()
		return err
	}
	return f.Close()
}
