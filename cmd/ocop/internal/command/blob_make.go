package command

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/cmd/ocop/internal/draft"
	"github.com/ocopledger/ocop/cmd/ocop/internal/picture"
	"github.com/ocopledger/ocop/ledger/blob"
	"github.com/ocopledger/ocop/ledger/compose"
)

// maxPrivate bounds a file of values and salts, in bytes: the names of the largest Decision many times over.
const maxPrivate = 8 << 20

func (a *app) blobMake() *cobra.Command {
	var name, private, out string
	cmd := a.command(verb.Spec{
		Use:   "make [PICTURE] -o FILE",
		Short: lang.Text{Vi: "Tạo tệp .blob từ ảnh hoặc tên", En: "Make a .blob of a picture or a name"},
		Long: lang.Text{
			Vi: `Ảnh JPEG, PNG hoặc WebP: bỏ nơi chụp, giờ chụp, ảnh xem trước và mọi dữ liệu kèm theo; ảnh nằm ngang được xoay lại, ảnh quá lớn được thu nhỏ.
Ảnh đã đúng thì giữ nguyên từng điểm. Tên: --name, hoặc --private với tệp riêng mà "ocop draft account --private-name" đã viết (mỗi tên một tệp .blob
trong thư mục -o, cùng muối với mã trên sổ cái). Muối được rút ngẫu nhiên; không có tệp .blob thì không ai biết mã băm là của ai.
Mã in ra là mã ghi vào bản ghi.`,
			En: `A JPEG, PNG or WebP picture: where and when it was taken, previews and all else in its file is left out; one that lies on its side is turned, one that is
too large becomes smaller. What is right keeps its pixels. A name: --name, or --private with the private file that "ocop draft account --private-name"
has written (a .blob for each name in folder -o, with the salt of the hash on the ledger). The salt is drawn at random: without the .blob nobody can
tell whose the hash is. The id that is printed is what a record names.`},
		Example: "  ocop blob make ca-phe.jpg -o ca-phe.blob\n  ocop blob make --private nhap.private.yaml -o ten/",
		Most:    1,
		Run: func(cmd *cobra.Command, args []string) error {
			if err := verb.Require(cmd, "output"); err != nil {
				return err
			}
			given := len(args)
			for _, s := range []string{name, private} {
				if s != "" {
					given++
				}
			}
			if given != 1 {
				return verb.Usage(lang.Text{Vi: "cần một ảnh, hoặc --name, hoặc --private", En: "want one of a picture, --name and --private"})
			}
			if private != "" {
				return a.makeNames(private, out)
			}
			b := &blob.Blob{Media: blob.Name, Content: []byte(draft.Clean(name))}
			var p *picture.Picture
			if name == "" {
				data, err := readBounded(args[0], picture.MaxInput)
				if err != nil {
					return err
				}
				if p, err = picture.Prepare(data); err != nil {
					return withCode(exitInput, err)
				}
				b.Media, b.Content = p.Media, p.Content
			}
			if _, err := io.ReadFull(a.env.Random, b.Salt[:]); err != nil {
				return fmt.Errorf("drawing a salt: %w", err)
			}
			if err := b.Check(); err != nil {
				return notABlob("--name", err)
			}
			if err := writeNew(out, b.Append(nil)); err != nil {
				return err
			}
			return a.tellMade(showBlob(b, out), p)
		},
	})
	cmd.Flags().StringVar(&name, "name", "", a.t(lang.Text{Vi: "`tên` của cá nhân", En: "`name` of a person"}))
	cmd.Flags().StringVar(&private, "private", "", a.t(lang.Text{Vi: "`tệp` riêng có tên và muối", En: "private `file` with names and salts"}))
	cmd.Flags().StringVarP(&out, "output", "o", "", a.t(lang.Text{Vi: "`tệp` .blob; với --private là thư mục", En: "`file` .blob; with --private a folder"}))
	return cmd
}

func (a *app) tellMade(made shownBlob, p *picture.Picture) error {
	return a.print(notice{}, struct {
		shownBlob
		Cleaned bool `json:"cleaned"`
		Drawn   bool `json:"drawn"`
	}{made, p != nil && p.Cleaned, p != nil && p.Drawn}, func(w io.Writer) {
		fmt.Fprintln(w, lang.Text{Vi: "Đã ghi %s, mã %s", En: "Wrote %s, id %s"}.F(a.lang, made.File, made.Blob))
		if p == nil {
			return
		}
		fmt.Fprintln(w, lang.Text{Vi: "Ảnh %s %d×%d điểm, %d byte.", En: "A picture %s of %d×%d pixels, %d bytes."}.F(a.lang, made.Media, made.Width, made.Height, made.Bytes))
		if p.Cleaned {
			fmt.Fprintln(w, a.t(lang.Text{Vi: "Đã bỏ nơi chụp và các dữ liệu khác kèm theo ảnh, nếu có.", En: "Where it was taken, and other data in its file, was left out."}))
		}
		if p.Drawn {
			fmt.Fprintln(w, a.t(lang.Text{Vi: "Ảnh được vẽ lại vì quá lớn hoặc nằm nghiêng.", En: "It was drawn anew, because of its size or how it lay."}))
		}
	})
}

// makeNames makes blobs of the names of a private file.
func (a *app) makeNames(private, out string) error {
	data, err := readBounded(private, maxPrivate)
	if err != nil {
		return err
	}
	var secrets []secret
	if err := yaml.Unmarshal(data, &secrets); err != nil {
		return fail(exitInput, lang.Text{Vi: "%s không phải tệp riêng: %v", En: "%s is no private file: %v"}, private, err)
	}
	if err := os.Mkdir(out, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	var made []shownBlob
	for _, s := range secrets {
		if s.Field != compose.CommitName {
			continue
		}
		b := &blob.Blob{Media: blob.Name, Content: []byte(s.Value)}
		if n, err := hex.Decode(b.Salt[:], []byte(s.Salt)); err != nil || n != blob.SaltSize || len(s.Salt) != 2*blob.SaltSize || b.ID().String() != s.Commitment {
			return fail(exitInput, lang.Text{Vi: "%s: muối và tên của %q không khớp mã cam kết", En: "%s: salt and name of %q do not fit the commitment"}, private, s.Subject)
		}
		if err := b.Check(); err != nil {
			return notABlob(private, err)
		}
		file := filepath.Join(out, b.ID().String()+".blob")
		if err := writeNew(file, b.Append(nil)); err != nil {
			return err
		}
		made = append(made, showBlob(b, file))
	}
	return a.print(notice{}, struct {
		Blobs []shownBlob `json:"blobs"`
	}{made}, func(w io.Writer) {
		fmt.Fprintln(w, lang.Text{Vi: "Đã ghi %d tên vào %s", En: "Wrote %d names into %s"}.F(a.lang, len(made), out))
	})
}
