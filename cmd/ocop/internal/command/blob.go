package command

import (
	"encoding/hex"
	"errors"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/blob"
	"github.com/ocopledger/ocop/ledger/flaw"
)

func (a *app) blob() *cobra.Command {
	return a.group(verb.Spec{
		Use:   "blob",
		Short: lang.Text{Vi: "Ảnh và tên cá nhân: công khai, ngoài sổ cái, xóa được", En: "Photos and names of persons: public, beside the ledger, erasable"},
		Long: lang.Text{
			Vi: `Điều gì liên quan đến cá nhân thì không ghi lên sổ cái, vì sổ cái không xóa được. Sổ cái chỉ giữ mã băm có muối; ảnh hoặc tên nằm trong một
tệp .blob mà mọi nút giữ và cho xem, và cơ quan đã đăng ký có thể lệnh cho mọi nút xóa. Bản sao người khác đã tải về thì không ai thu lại được.

  ocop blob make     tạo tệp .blob từ ảnh hoặc tên; bỏ nơi chụp và dữ liệu kèm theo ảnh
  ocop blob put      gửi lên một nút; các nút khác tự lấy về
  ocop blob get      lấy về và kiểm mã băm
  ocop blob erase    lệnh xóa trên mọi nút, có ký tên`,
			En: `What concerns a person is not put on the ledger, since nothing can be taken off it. The ledger has a salted hash; the photo or name is in a file
.blob that every node keeps and shows, and that the agency that registered it can have erased on every node. Nobody can call back copies that others have made.

  ocop blob make     make a .blob of a photo or a name; takes off where a photo was taken, and whatever else is in its file
  ocop blob put      bring it to a node; the others fetch it
  ocop blob get      get it, and check its hash
  ocop blob erase    order that every node erase it, with a signature`},
	}, a.blobMake(), a.blobPut(), a.blobGet(), a.blobErase())
}

// parseBlobID reads the 64 digits of a blob.
func parseBlobID(text string) (id ledger.Hash, err error) {
	data, err := hex.DecodeString(text)
	if err != nil || len(data) != len(id) {
		return id, fail(exitUsage, lang.Text{Vi: "%q không phải mã: cần 64 chữ số thập lục phân", En: "%q is no id: want 64 hexadecimal digits"}, text)
	}
	return ledger.Hash(data), nil
}

// notABlob says in both languages what is wrong with a file.
func notABlob(path string, err error) error {
	why := flaw.Of(err)
	if e, ok := errors.AsType[*blob.Error](err); ok {
		why = e.Flaw
	}
	return fail(exitInput, lang.Text{Vi: "%s: %s", En: "%s: %s"}, path, lang.Text{Vi: why.Vietnamese, En: why.English})
}

func readBlob(path string) ([]byte, *blob.Blob, error) {
	data, err := readBounded(path, int64(blob.MaxFile))
	if err != nil {
		return nil, nil, err
	}
	b, err := blob.Parse(data)
	if err != nil {
		return nil, nil, notABlob(path, err)
	}
	return data, b, nil
}

// shownBlob is a blob as it is told of.
type shownBlob struct {
	Blob   string `json:"blob"`
	Media  string `json:"media_type"`
	Bytes  int    `json:"bytes"` // of the content
	Width  int    `json:"width,omitempty"`
	Height int    `json:"height,omitempty"`
	File   string `json:"file,omitempty"`
}

func showBlob(b *blob.Blob, file string) shownBlob {
	w, h, _ := b.Size()
	return shownBlob{b.ID().String(), b.Media, len(b.Content), w, h, file}
}
