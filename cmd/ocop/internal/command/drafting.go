package command

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/cmd/ocop/internal/draft"
	"github.com/ocopledger/ocop/cmd/ocop/internal/explain"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// drafting is a draft being made: the flags all drafts have, and what has been put in.
type drafting struct {
	placeFlags
	author  ledger.AccountID
	out     string
	add     bool
	days    int
	private string

	place   place
	records [][]*recordv1.Action
	names   draft.Names
	checked string // what the contents were held against, if anything
	secrets []secret
}

// act puts an action into the draft's last record, which is written in the oldest version that has all that is in it.
func (d *drafting) act(action *recordv1.Action) {
	d.place.schema = max(d.place.schema, compose.SchemaOf(action))
	if len(d.records) == 0 {
		d.records = append(d.records, nil)
	}
	last := len(d.records) - 1
	d.records[last] = append(d.records[last], action)
}

// draftVerb is a command that makes a draft. needed flags must be given; build fills the draft, and may set the author when nobody did.
func (a *app) draftVerb(v verb.Spec, needed []string, build func(ctx context.Context, d *drafting) error) (*cobra.Command, *drafting) {
	d := &drafting{days: int(compose.Offline / (24 * time.Hour))}
	v.Run = func(cmd *cobra.Command, _ []string) error {
		if err := verb.Require(cmd, needed...); err != nil {
			return err
		}
		return a.makeDraft(cmd.Context(), d, build)
	}
	cmd := a.command(v)
	f := cmd.Flags()
	idFlag(a, cmd, &d.author, "author", accountExample, ledger.ParseAccountID, lang.Text{Vi: "tài khoản sẽ ký", En: "account that will sign"})
	f.StringVarP(&d.out, "output", "o", "-", a.t(lang.Text{Vi: "`tệp` nháp; - là màn hình", En: "draft `file`; - is the screen"}))
	f.BoolVar(&d.add, "append", false, a.t(lang.Text{Vi: "thêm vào bản ghi cuối của tệp nháp đã có", En: "add to the last record of an existing draft file"}))
	f.IntVar(&d.days, "days", d.days, a.t(lang.Text{Vi: "chữ ký dùng được mấy ngày, 1 đến 30", En: "days for which the signature is good, 1 to 30"}))
	a.placeFlags(cmd, &d.placeFlags)
	return cmd, d
}

func (a *app) privateFlag(cmd *cobra.Command, d *drafting) {
	cmd.Flags().StringVar(&d.private, "private", "", a.t(lang.Text{
		Vi: "`tệp` riêng giữ giá trị thật và muối; mặc định là tên tệp nháp thêm .private.yaml",
		En: "private `file` for values and salts; by default the draft's name and .private.yaml"}))
}

func (a *app) makeDraft(ctx context.Context, d *drafting, build func(context.Context, *drafting) error) error {
	if d.days < 1 || d.days > int(draft.MaxGood/(24*time.Hour)) {
		return fail(exitUsage, lang.Text{Vi: "--days: từ 1 đến 30", En: "--days: from 1 to 30"})
	}
	if d.add && d.out == "-" {
		return fail(exitUsage, lang.Text{Vi: "--append cần -o TỆP", En: "--append needs -o FILE"})
	}
	var err error
	if d.place, err = a.where(ctx, d.placeFlags); err != nil {
		return err
	}
	if err := build(ctx, d); err != nil {
		return err
	}
	if d.author == 0 {
		return fail(exitUsage, lang.Text{Vi: "thiếu --author", En: "--author missing"})
	}
	if err := a.callNames(ctx, d); err != nil {
		return err
	}
	made, err := a.join(d)
	if err != nil {
		return err
	}
	return a.finishDraft(d, made)
}

// join is the finished draft, with the one it is added to.
func (a *app) join(d *drafting) (*draft.Draft, error) {
	made := &draft.Draft{
		Chain: d.place.chain, ChainName: d.place.name, Sample: d.place.sample, Author: d.author, Schema: d.place.schema,
		Good: time.Duration(d.days) * 24 * time.Hour, Records: d.records, Names: d.names,
	}
	if !d.add {
		return made, nil
	}
	old, err := a.readDraft(d.out)
	if errors.Is(err, fs.ErrNotExist) {
		d.add = false
		return made, nil
	}
	if err != nil {
		return nil, err
	}
	if old.Chain != made.Chain || old.Author != made.Author {
		return nil, fail(exitInput, lang.Text{
			Vi: "%s là của sổ cái hoặc người ký khác: tài khoản %v, sổ cái %s",
			En: "%s is of another ledger or author: account %v, ledger %s"}, d.out, old.Author, old.Chain)
	}
	if len(made.Records) != 1 {
		return nil, fail(exitUsage, lang.Text{Vi: "quyết định nhiều phần không thêm vào nháp khác được", En: "a Decision in several parts cannot be added to another draft"})
	}
	last := len(old.Records) - 1
	old.Records[last] = append(old.Records[last], made.Records[0]...)
	old.Names = old.Names.With(made.Names)
	old.Schema = max(old.Schema, made.Schema)
	return old, nil
}

func (a *app) readDraft(path string) (*draft.Draft, error) {
	data, err := readFile(path, draft.MaxFile)
	if err != nil {
		return nil, err
	}
	return a.parseDraft(data)
}

func (a *app) parseDraft(data []byte) (*draft.Draft, error) {
	d, err := draft.Parse(data)
	a.saw(d != nil && d.Sample)
	return d, withCode(exitInput, err)
}

// finishDraft checks and writes the draft, its private values first, and says what is in it.
func (a *app) finishDraft(d *drafting, made *draft.Draft) error {
	records, err := made.Compose()
	if err != nil {
		return err
	}
	s := explain.Summarise(a.lang, made, made.Fingerprint(records))
	data, err := made.Format(a.words(s, made.Names))
	if err != nil {
		return err
	}
	if len(d.secrets) > 0 {
		if d.private == "" && d.out == "-" {
			return fail(exitUsage, lang.Text{Vi: "giá trị riêng cần một tệp: thêm -o TỆP hoặc --private TỆP", En: "private values need a file: give -o FILE or --private FILE"})
		}
		if d.private == "" {
			d.private = strings.TrimSuffix(d.out, ".yaml") + ".private.yaml"
		}
		if err := a.writeSecrets(d.private, d.secrets); err != nil {
			return err
		}
	}
	if d.out == "-" {
		if a.json {
			return a.printJSON(struct {
				*explain.Summary
				Draft   string `json:"draft"`
				Private string `json:"private_file,omitempty"`
				Checked string `json:"checked,omitempty"`
			}{s, string(data), d.private, d.checked})
		}
		_, err := a.env.Out.Write(data)
		return err
	}
	if err := writeDraft(d.out, data, d.add); err != nil {
		return err
	}
	return a.print(notice{s.Notice}, struct {
		*explain.Summary
		File    string `json:"file"`
		Private string `json:"private_file,omitempty"`
		Checked string `json:"checked,omitempty"`
	}{s, d.out, d.private, d.checked}, func(w io.Writer) {
		fmt.Fprintln(w, lang.Text{Vi: "Đã viết %s: %d bản ghi, %d hành động. Mã kiểm: %s", En: "%s written: %d records, %d actions. Digest: %s"}.F(a.lang, d.out, s.Records, s.Actions, s.Fingerprint))
		if d.checked != "" {
			fmt.Fprintln(w, d.checked)
		}
		if d.private != "" {
			fmt.Fprintln(w, lang.Text{Vi: "Giá trị riêng ở %s: giữ kín và giữ kỹ.", En: "Private values are in %s: keep them secret, and keep them."}.F(a.lang, d.private))
		}
		fmt.Fprintln(w, lang.Text{Vi: "Tiếp theo: ocop simulate %s, rồi ocop sign %s --key KHÓA", En: "Next: ocop simulate %s, then ocop sign %s --key KEY"}.F(a.lang, d.out, d.out))
	})
}

// words are the comments of a draft file.
func (a *app) words(s *explain.Summary, names draft.Names) draft.Words {
	var head bytes.Buffer
	if s.Notice != "" {
		fmt.Fprintln(&head, s.Notice)
	}
	fmt.Fprintln(&head, a.t(lang.Text{
		Vi: "Bản nháp sổ cái OCOP. Đọc kỹ, sửa được bằng tay; dòng bắt đầu bằng # chỉ để đọc.",
		En: "A draft for the OCOP ledger. Read it with care; it can be changed by hand. Lines that begin with # are for reading only."}))
	fmt.Fprintln(&head, lang.Text{Vi: "Mã kiểm khi lập: %s (đổi khi nội dung đổi)", En: "Digest when written: %s (changes with the contents)"}.F(a.lang, s.Fingerprint))
	return draft.Words{
		Head: strings.TrimSpace(head.String()), Names: a.t(explain.NamesNote),
		Action: func(record, number int, action *recordv1.Action) string {
			at := explain.Position(a.lang, number)
			if s.Records > 1 {
				at = explain.RecordPosition(a.lang, record) + ", " + at
			}
			return at + ": " + explain.Noted(a.lang, action, names)
		},
	}
}

// writeDraft never replaces a file, unless it is the one that was added to.
func writeDraft(path string, data []byte, replace bool) error {
	flags := os.O_WRONLY | os.O_CREATE | os.O_EXCL
	if replace {
		flags = os.O_WRONLY | os.O_TRUNC
	}
	f, err := os.OpenFile(path, flags, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return fail(exitFailure, lang.Text{Vi: "%s đã có; chọn tên khác, hoặc --append để thêm vào", En: "%s exists; choose another name, or --append to add to it"}, path)
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
