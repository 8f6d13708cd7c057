package command

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/ledger/blob"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

func (a *app) blobGet() *cobra.Command {
	var out string
	var container bool
	cmd := a.command(verb.Spec{
		Use:     "get ID -o FILE",
		Short:   lang.Text{Vi: "Lấy ảnh hoặc tên từ một nút và kiểm mã băm", En: "Get a picture or name from a node, and check its hash"},
		Example: "  ocop blob get <64 hex> -o anh.jpg\n  ocop blob get <64 hex> -o -",
		Least:   1, Most: 1,
		Run: func(cmd *cobra.Command, args []string) error {
			if err := verb.Require(cmd, "output"); err != nil {
				return err
			}
			id, err := parseBlobID(args[0])
			if err != nil {
				return err
			}
			c, ctx, done, err := a.dial(cmd.Context())
			if err != nil {
				return err
			}
			defer done()
			answer, err := c.Blobs.GetBlob(ctx, &apiv1.GetBlobRequest{Blob: id.String()})
			if err != nil {
				return err
			}
			b, err := blob.ParseNamed(id, answer.GetContainer())
			if err != nil { // it was checked here, so that no node need be believed
				return withCode(exitProof, notABlob(a.node, err))
			}
			content := b.Content
			if container {
				content = answer.GetContainer()
			}
			if out == "-" {
				_, err := a.env.Out.Write(content)
				return err
			}
			if err := writeNew(out, content); err != nil {
				return err
			}
			n := noticeOf(answer.GetAsOf().GetSample())
			made := showBlob(b, out)
			return a.print(n, struct {
				notice
				shownBlob
			}{n, made}, func(w io.Writer) {
				fmt.Fprintln(w, lang.Text{Vi: "Đã ghi %s: %s, %d byte, đúng mã băm.", En: "Wrote %s: %s, %d bytes, true to its hash."}.F(a.lang, out, made.Media, made.Bytes))
			})
		},
	})
	cmd.Flags().StringVarP(&out, "output", "o", "", a.t(lang.Text{Vi: "`tệp` để ghi; - là ra màn hình", En: "`file` to write; - is the screen"}))
	cmd.Flags().BoolVar(&container, "container", false, a.t(lang.Text{Vi: "ghi cả tệp .blob có muối, để người khác kiểm mã băm", En: "write the whole .blob with the salt, for others to check the hash"}))
	return cmd
}
