package command

import (
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/password"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/ledger/ident/keystore"
)

func (a *app) keysRestore() *cobra.Command {
	var (
		out   string
		light bool
		p     password.Source
	)
	cmd := a.command(verb.Spec{
		Use:   "restore [SHEET]",
		Short: lang.Text{Vi: "Khôi phục khóa từ phiếu", En: "Restore a key from its sheet"},
		Long: lang.Text{
			Vi: "Đọc phiếu khôi phục từ tệp, hoặc từ bàn phím: gõ năm dòng trong khung. Dòng gõ sai được gọi tên. Mật khẩu mới được hỏi sau đó.",
			En: "Reads a recovery sheet from a file, or from the keyboard: type the five lines of the frame. Wrong lines are named. A new password is asked for afterwards."},
		Example: "  ocop keys restore -o khoa-moi.json",
		Most:    1,
		Run: func(cmd *cobra.Command, args []string) error {
			if err := verb.Require(cmd, "output"); err != nil {
				return err
			}
			text, err := a.readSheet(args)
			if err != nil {
				return err
			}
			defer clear(text)
			key, err := keystore.ParseSheet(text)
			if err != nil {
				return sheetError(err)
			}
			defer key.Zero()
			return a.storeKey(out, key, p, light, lang.Text{
				Vi: "Đã khôi phục vào %s. Hãy đối chiếu khóa công khai với phiếu.",
				En: "Restored to %s. Compare the public key with the sheet."})
		},
	})
	cmd.Flags().StringVarP(&out, "output", "o", "", a.t(lang.Text{Vi: "`tệp` khóa mới", En: "new keystore `file`"}))
	a.lightFlag(cmd, &light)
	p.Flags(a.lang, cmd)
	return cmd
}

// readSheet reads from a file or, line by line until five have come, from the input.
func (a *app) readSheet(args []string) ([]byte, error) {
	if len(args) > 0 && args[0] != "-" {
		f, err := os.Open(args[0])
		if err != nil {
			return nil, err
		}
		defer func() { _ = f.Close() }()
		data, err := io.ReadAll(io.LimitReader(f, 64<<10))
		if err != nil {
			return nil, err
		}
		return groupsOfPage(data), nil
	}
	if a.env.Terminal {
		fmt.Fprintln(a.env.Err, a.t(lang.Text{Vi: "Gõ năm dòng của phiếu:", En: "Type the five lines of the sheet:"}))
	}
	return readLines(a.env.In, 5)
}

var frame = regexp.MustCompile(`(?s)<pre>(.*?)</pre>`)

// groupsOfPage takes the frame out of a page that keys backup wrote.
func groupsOfPage(data []byte) []byte {
	if m := frame.FindSubmatch(data); m != nil {
		return m[1]
	}
	return data
}

// readLines reads until n lines that say something have come, a byte at a time: what follows belongs to the next question.
func readLines(r io.Reader, n int) ([]byte, error) {
	var text, line []byte
	one := make([]byte, 1)
	for n > 0 && len(text) <= keystore.MaxSheet {
		read, err := r.Read(one)
		if read > 0 {
			text, line = append(text, one[0]), append(line, one[0])
		}
		if read > 0 && one[0] == '\n' {
			if s := strings.TrimSpace(string(line)); s != "" && s[0] != '#' {
				n--
			}
			line = line[:0]
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	return text, nil
}

// sheetError names every bad line.
func sheetError(err error) error {
	var lines []any
	var vi, en []string
	add := func(e *keystore.SheetError) {
		if e.Line == 0 {
			vi, en = append(vi, "cả phiếu: %s"), append(en, "the sheet: %s")
		} else {
			vi, en = append(vi, fmt.Sprintf("dòng %d: %%s", e.Line)), append(en, fmt.Sprintf("line %d: %%s", e.Line))
		}
		lines = append(lines, e.Problem)
	}
	if e, ok := err.(*keystore.SheetError); ok {
		add(e)
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, one := range joined.Unwrap() {
			if e, ok := errors.AsType[*keystore.SheetError](one); ok {
				add(e)
			}
		}
	}
	if len(lines) == 0 {
		return withCode(exitInput, err)
	}
	t := lang.Text{Vi: "phiếu đọc chưa được; xem lại " + strings.Join(vi, "; "), En: "the sheet cannot be read; look again at " + strings.Join(en, "; ")}
	return withCode(exitInput, lang.Errorf(t, lines...).Because(err))
}
