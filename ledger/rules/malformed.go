package rules

import (
	"errors"

	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/wire"
)

// Malformed says in a refusal what package wire says in an error: which field of an action is not in its one encoding, and why.
func Malformed(err error) *Refusal { return malformed(err) }

func malformed(err error) *Refusal {
	e, ok := errors.AsType[*wire.Error](err)
	if !ok {
		return refuse(reason.ActionMalformed, "action", reason.Fault{Kind: "unreadable", Vietnamese: "không đọc được", English: "it cannot be read"}.Args()...)
	}
	field := e.Path
	if field == "" {
		field = "action"
	}
	vietnamese, english := wireWords(e.Reason)
	return refuse(reason.ActionMalformed, field, reason.Fault{Kind: string(e.Reason), Vietnamese: vietnamese, English: english}.Args()...)
}

// wireWords says a wire reason to people.
func wireWords(r wire.Reason) (vietnamese, english string) {
	switch r {
	case wire.UnknownField:
		return "có trường mà sổ cái không biết", "there is a field that the ledger does not know"
	case wire.FieldOrder:
		return "các trường không theo thứ tự", "fields are out of order"
	case wire.FieldRepeated:
		return "trường bị lặp lại", "the field is repeated"
	case wire.WrongWireType:
		return "sai kiểu mã hóa", "the wire type is wrong"
	case wire.MissingField:
		return "thiếu trường bắt buộc", "a required field is missing"
	case wire.OneofConflict:
		return "có hai giá trị, chỉ được một", "there are two values where one is allowed"
	case wire.Truncated:
		return "dữ liệu bị cắt cụt", "the data is cut short"
	case wire.VarintNotMinimal:
		return "số mã hóa thừa byte", "a number is encoded in too many bytes"
	case wire.ValueOutOfRange:
		return "giá trị quá lớn", "the value is too large"
	case wire.UnknownEnumValue:
		return "giá trị không có trong danh mục", "the value is not in the list"
	case wire.ExplicitDefault:
		return "giá trị rỗng hoặc bằng 0 phải bỏ trống", "an empty or zero value must be left out"
	case wire.TooShort:
		return "quá ngắn", "too short"
	case wire.TooLong:
		return "quá dài", "too long"
	case wire.TooMany:
		return "quá nhiều mục", "too many elements"
	case wire.TooDeep:
		return "lồng quá sâu", "nested too deep"
	case wire.TextNotUTF8:
		return "không phải văn bản UTF-8", "not UTF-8 text"
	case wire.TextNotAllowed:
		return "có ký tự không được dùng", "there is a character that is not allowed"
	case wire.TextNotNFC:
		return "chữ tiếng Việt chưa ở dạng chuẩn Unicode NFC (dấu tách rời)", "the text is not in Unicode form NFC (accents apart)"
	case wire.TextSpacing:
		return "thừa dấu cách", "there is a space too many"
	case wire.TextMarks:
		return "dấu thanh đặt sai", "a combining mark is out of place"
	}
	return "sai cách mã hóa", "the encoding is wrong"
}
