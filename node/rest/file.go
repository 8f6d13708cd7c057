package rest

import (
	"bytes"
	"fmt"
	"mime"
	"strings"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"

	"github.com/ocopledger/ocop/ledger/receipt"
)

// file is an answer that is one.
type file interface{ GetFile() []byte }

// filer gives an answer that is a file as that file.
type filer struct{ runtime.JSONPb }

// ContentType implements runtime.Marshaler.
func (*filer) ContentType(any) string { return octets }

// Marshal implements runtime.Marshaler.
func (*filer) Marshal(v any) ([]byte, error) {
	answer, ok := v.(file)
	if !ok {
		return nil, fmt.Errorf("%T is no file", v)
	}
	return answer.GetFile(), nil
}

// attachment is the header of a file: its name is the id it is about, without the letters that file systems keep for themselves.
func attachment(c *call, data []byte) string {
	name := strings.NewReplacer("/", "_", ":", "_", `\`, "_").Replace(c.about)
	switch {
	case name == "":
		name = "genesis"
	case bytes.HasPrefix(data, []byte(receipt.Magic)):
		name += ".ocop"
	default:
		name += ".tlog-proof"
	}
	return mime.FormatMediaType("attachment", map[string]string{"filename": name})
}
