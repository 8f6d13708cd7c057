package query

import (
	"fmt"

	"github.com/ocopledger/ocop/ledger/reason"
)

// RequestError says that a request cannot be understood: which field, and what is wrong with it.
type RequestError struct {
	Field string // of the request, such as "filter.product"
	Fault reason.Fault
}

func (e *RequestError) Error() string { return fmt.Sprintf("%s: %s", e.Field, e.Fault.English) }

// form is a text form that a field must have.
type form struct{ kind, vietnamese, english string }

// The text forms of ids. Never written after initialisation.
var (
	formProduct     = form{"not_a_product_id", "mã sản phẩm, có dạng 1000012.3", "a product id, such as 1000012.3"}
	formDecision    = form{"not_a_decision_id", "mã Quyết định, có dạng 1:2020:1032/QĐ-UBND", "a Decision's id, such as 1:2020:1032/QĐ-UBND"}
	formCertificate = form{"not_a_certificate_id", "mã giấy chứng nhận, có dạng 1:2020:1032/QĐ-UBND:5", "a certificate's id, such as 1:2020:1032/QĐ-UBND:5"}
	formLot         = form{"not_a_lot_id", "mã lô, có dạng 1000012.3/L-2020-09", "a lot's id, such as 1000012.3/L-2020-09"}
	formAgency      = form{"not_an_agency", "số tài khoản của cơ quan, từ 1 đến 999.999", "an agency's account number, 1 to 999,999"}
	formToken       = form{"not_a_token", "mã trang tiếp theo của danh sách này", "a token of this list"}
	formStar        = form{"not_a_star", "hạng sao, là 3, 4 hoặc 5", "a number of stars: 3, 4 or 5"}
	formGroup       = form{"not_a_group", "mã nhóm, gồm 1 đến 16 chữ cái không dấu hoặc chữ số", "a group code of 1 to 16 letters and digits"}
	formTerritory   = form{"not_a_territory", "mã địa bàn có trên sổ cái", "the code of a territory on the ledger"}
	formStatus      = form{"unknown_value", "giá trị sổ cái biết", "a value that the ledger knows"}
)

// maxShown is how much of a wrong value is said back, in bytes.
const maxShown = 128

// not says that a value has not the form it must have.
func (f form) not(field, value string) error {
	vietnamese, english := "“"+value+"”", "“"+value+"”"
	if len(value) > maxShown {
		vietnamese, english = "giá trị đã gửi", "the value that was sent"
	}
	return &RequestError{field, reason.Fault{Kind: f.kind, Vietnamese: vietnamese + " không phải là " + f.vietnamese, English: english + " is not " + f.english}}
}

// beyond says that a field has more of something than it may.
func beyond(field, kind string, have, most int, vietnamese, english string) error {
	h, m := reason.Count("", uint64(have)), reason.Count("", uint64(most))
	return &RequestError{field, reason.Fault{
		Kind: kind, Vietnamese: fmt.Sprintf("có %s %s, tối đa %s", h.Vietnamese, vietnamese, m.Vietnamese), English: fmt.Sprintf("%s %s, at most %s", h.English, english, m.English),
	}}
}
