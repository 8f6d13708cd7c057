package rest

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ocopledger/ocop/ledger/reason"
)

// slash stands for a slash inside an id while the gateway divides the path at slashes. No path has it: control characters are refused.
const slash = "\x1f"

var (
	tooLong = reason.Fault{Kind: "too_long", Vietnamese: "địa chỉ dài quá 2.048 byte", English: "the address has more than 2,048 bytes"}
	noText  = reason.Fault{
		Kind: "not_text", Vietnamese: "không phải chữ viết theo UTF-8, hoặc có ký tự điều khiển", English: "it is not text in UTF-8, or has control characters",
	}
	notEncoded = reason.Fault{Kind: "not_encoded", Vietnamese: "mã hóa phần trăm bị sai", English: "its percent-encoding is wrong"}
)

// decoded is the path with each part between slashes decoded by itself, so that %2F stays inside the part it is in.
func decoded(u *url.URL) (string, *reason.Fault) {
	parts := strings.Split(u.EscapedPath(), "/")
	for i := range parts {
		part, err := url.PathUnescape(parts[i])
		if err != nil {
			return "", &notEncoded
		}
		if !isText(part) {
			return "", &noText
		}
		parts[i] = strings.ReplaceAll(part, "/", slash)
	}
	if len(parts) > 3 && parts[2] == "lots" { // a client that encodes the id of a lot as a whole: no product's id has a slash
		parts[3] = strings.Replace(parts[3], slash, "/", 1)
	}
	return strings.Join(parts, "/"), nil
}

// restored is an id out of a decoded path.
func restored(id string) string { return strings.ReplaceAll(id, slash, "/") }

func isText(s string) bool { return utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl) }
