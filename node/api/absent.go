package api

import (
	"fmt"
	"strings"

	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/subject"
)

// maxShown is how much of what a client sent is said back to it, in bytes.
const maxShown = 128

// notFound says what is not there at a height. Whoever holds a view gives the view's: the ledger must not be asked from within one.
func notFound(vietnamese, english, id string, height uint64) error {
	what := reason.Words("what", strings.TrimSpace(vietnamese+" "+id), strings.TrimSpace(english+" "+id))
	return fail(whole(reason.NotFound, "", what, reason.Count("height", height)))
}

func noSubject(id subject.ID, height uint64) error {
	vietnamese, english, name := words(id)
	if name = strings.ToValidUTF8(name, "?"); len(name) > maxShown {
		vietnamese, english, name = vietnamese+" có mã như vậy", english+" with such an id", ""
	}
	return notFound(vietnamese, english, name, height)
}

// words name a subject: its kind in both languages, and its id in the text form that both share.
func words(id subject.ID) (vietnamese, english, name string) {
	vietnamese, english = kindWords(id.Kind)
	var text interface{ String() string }
	var err error
	switch id.Kind {
	case subject.KindAuthority, subject.KindAccount, subject.KindActivity, subject.KindNode:
		text, err = id.AccountID()
	case subject.KindProduct:
		text, err = id.ProductID()
	case subject.KindDecision:
		text, err = id.DecisionID()
	case subject.KindCertificate:
		text, err = id.CertificateID()
	case subject.KindLot:
		text, err = id.LotID()
	case subject.KindSale:
		text, err = id.SaleID()
	case subject.KindTerritory:
		code, err := id.TerritoryCode()
		return vietnamese, english, shown(fmt.Sprint(code), err)
	case subject.KindHolding:
		account, lot, err := id.HoldingID()
		return vietnamese, english, shown(account.String()+", "+lot.String(), err)
	case subject.KindProductName:
		producer, name, err := id.ProductName()
		return vietnamese, english, shown("“"+name+"” ("+producer.String()+")", err)
	case subject.KindScheme, subject.KindGTIN:
		return vietnamese, english, shown("“"+id.Name+"”", nil)
	default:
		return vietnamese, english, ""
	}
	if err != nil {
		return vietnamese, english, shown("", err)
	}
	return vietnamese, english, text.String()
}

// shown is an id, or for bytes that are none what both languages understand.
func shown(id string, err error) string {
	if err != nil {
		return "(?)"
	}
	return id
}

func kindWords(k subject.Kind) (vietnamese, english string) {
	switch k {
	case subject.KindParameters:
		return "tham số của sổ cái", "parameters"
	case subject.KindPolicy:
		return "chính sách ký xác nhận", "policy"
	case subject.KindTerritory:
		return "địa bàn", "territory"
	case subject.KindScheme:
		return "bộ tiêu chí", "rule set"
	case subject.KindAuthority:
		return "thẩm quyền của tài khoản", "authority of account"
	case subject.KindAccount:
		return "tài khoản", "account"
	case subject.KindActivity:
		return "hoạt động của tài khoản", "activity of account"
	case subject.KindProduct:
		return "sản phẩm", "product"
	case subject.KindDecision:
		return "Quyết định", "decision"
	case subject.KindCertificate:
		return "giấy chứng nhận", "certificate"
	case subject.KindLot:
		return "lô", "lot"
	case subject.KindHolding:
		return "lượng hàng đang giữ", "holding"
	case subject.KindSale:
		return "giao dịch", "sale"
	case subject.KindNode:
		return "nút của cơ quan", "node of agency"
	case subject.KindProtocol:
		return "phiên bản giao thức", "protocol version"
	case subject.KindSchemes:
		return "danh mục bộ tiêu chí", "list of rule sets"
	case subject.KindProductName:
		return "tên sản phẩm", "product name"
	case subject.KindGTIN:
		return "mã GTIN", "GTIN"
	}
	return fmt.Sprintf("đối tượng loại %d", k), fmt.Sprintf("subject of kind %d", k)
}
