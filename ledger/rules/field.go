package rules

import (
	"encoding/hex"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/subject"
	"github.com/ocopledger/ocop/ledger/wire/text"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// slot is a field of a value that a correction may mend.
type slot interface {
	get() fieldValue
	set(fieldValue) bool // false: of the wrong kind, or out of the field's bounds
}

// fieldValue is a field's value as a correction states it. Exactly one member is in use, none for an empty text.
type fieldValue struct {
	kind   uint8
	number uint64
	text   string
	hash   ledger.Hash
}

const (
	emptyField uint8 = iota
	numberField
	textField
	hashField
)

func fieldValueOf(v *recordv1.FieldValue) fieldValue {
	switch c := v.Choice.(type) {
	case *recordv1.FieldValue_Number:
		return fieldValue{kind: numberField, number: c.Number}
	case *recordv1.FieldValue_Text:
		return fieldValue{kind: textField, text: c.Text}
	case *recordv1.FieldValue_Hash:
		return fieldValue{kind: hashField, hash: ledger.Hash(c.Hash)}
	}
	return fieldValue{}
}

// arg shows the value to people.
func (v fieldValue) arg(name string) reason.Arg {
	switch v.kind {
	case numberField:
		return reason.Text(name, ledger.AccountID(v.number).String())
	case textField:
		return reason.Words(name, "“"+v.text+"”", "“"+v.text+"”")
	case hashField:
		return reason.Text(name, hex.EncodeToString(v.hash[:8])+"…")
	}
	return reason.Words(name, "trống", "empty")
}

type numberSlot[T ~uint8 | ~uint32] struct{ p *T }

func (s numberSlot[T]) get() fieldValue { return fieldValue{kind: numberField, number: uint64(*s.p)} }

func (s numberSlot[T]) set(v fieldValue) bool {
	if v.kind != numberField || uint64(T(v.number)) != v.number {
		return false
	}
	*s.p = T(v.number)
	return true
}

// textSlot is a text that may be empty unless required.
type textSlot struct {
	p        *string
	class    text.Class
	most     int // bytes
	required bool
}

func (s textSlot) get() fieldValue {
	if *s.p == "" {
		return fieldValue{}
	}
	return fieldValue{kind: textField, text: *s.p}
}

func (s textSlot) set(v fieldValue) bool {
	switch v.kind {
	case emptyField:
		*s.p = ""
		return !s.required
	case textField:
		problem, _ := text.Check(s.class, []byte(v.text))
		*s.p = v.text
		return problem == text.OK && len(v.text) <= s.most
	}
	return false
}

// kindSlot is a kind of account that protocol version 1 knows.
type kindSlot struct{ p *uint8 }

func (s kindSlot) get() fieldValue { return numberSlot[uint8](s).get() }

func (s kindSlot) set(v fieldValue) bool {
	known := v.number >= uint64(agencyKind) && v.number <= uint64(recordv1.AccountKind_ACCOUNT_KIND_PRODUCTION_FACILITY)
	return numberSlot[uint8](s).set(v) && known
}

type nameSlot struct{ p *subject.Name }

func (s nameSlot) get() fieldValue {
	if s.p.Register != "" {
		return fieldValue{kind: textField, text: s.p.Register}
	}
	return fieldValue{kind: hashField, hash: s.p.Blob}
}

func (s nameSlot) set(v fieldValue) bool {
	switch v.kind {
	case textField:
		*s.p = subject.Name{Register: v.text}
	case hashField:
		*s.p = subject.Name{Blob: v.hash}
	default:
		return false
	}
	return true
}

func certificateSlot(v *subject.CertificateValue, f recordv1.Field) slot {
	switch f {
	case recordv1.Field_FIELD_STAR:
		return numberSlot[uint8]{&v.Star}
	case recordv1.Field_FIELD_SCORE_A:
		return numberSlot[uint32]{&v.ScoreA}
	case recordv1.Field_FIELD_SCORE_B:
		return numberSlot[uint32]{&v.ScoreB}
	case recordv1.Field_FIELD_SCORE_C:
		return numberSlot[uint32]{&v.ScoreC}
	case recordv1.Field_FIELD_SCORE_TOTAL:
		return numberSlot[uint32]{&v.Total}
	case recordv1.Field_FIELD_VALID_FROM:
		return numberSlot[ledger.Date]{&v.ValidFrom}
	case recordv1.Field_FIELD_VALID_UNTIL:
		return numberSlot[ledger.Date]{&v.ValidUntil}
	case recordv1.Field_FIELD_GROUP:
		return textSlot{&v.Group, text.Code, subject.MaxGroup, true}
	}
	return nil
}

func productSlot(v *subject.ProductValue, f recordv1.Field) slot {
	switch f {
	case recordv1.Field_FIELD_NAME:
		return nameSlot{&v.Name}
	case recordv1.Field_FIELD_TERRITORY:
		return numberSlot[uint32]{&v.Origin}
	case recordv1.Field_FIELD_GTIN:
		return textSlot{&v.GTIN, text.Code, subject.GTINDigits, false}
	}
	return nil
}

func accountSlot(v *subject.AccountValue, f recordv1.Field) slot {
	switch f {
	case recordv1.Field_FIELD_NAME:
		return nameSlot{&v.Name}
	case recordv1.Field_FIELD_TERRITORY:
		return numberSlot[uint32]{&v.Territory}
	case recordv1.Field_FIELD_BUSINESS_NUMBER:
		return textSlot{&v.BusinessNumber, text.Code, subject.MaxBusinessNumber, false}
	case recordv1.Field_FIELD_ACCOUNT_KIND:
		return kindSlot{&v.Kind}
	}
	return nil
}

func fieldArg(f recordv1.Field) reason.Arg {
	v, e := "trường khác", "another field"
	switch f {
	case recordv1.Field_FIELD_STAR:
		v, e = "hạng sao", "star"
	case recordv1.Field_FIELD_SCORE_A:
		v, e = "điểm phần A", "score of part A"
	case recordv1.Field_FIELD_SCORE_B:
		v, e = "điểm phần B", "score of part B"
	case recordv1.Field_FIELD_SCORE_C:
		v, e = "điểm phần C", "score of part C"
	case recordv1.Field_FIELD_SCORE_TOTAL:
		v, e = "tổng điểm", "total"
	case recordv1.Field_FIELD_VALID_FROM:
		v, e = "ngày bắt đầu hiệu lực", "first valid day"
	case recordv1.Field_FIELD_VALID_UNTIL:
		v, e = "ngày hết hiệu lực", "last valid day"
	case recordv1.Field_FIELD_GROUP:
		v, e = "nhóm sản phẩm", "product group"
	case recordv1.Field_FIELD_NAME:
		v, e = "tên", "name"
	case recordv1.Field_FIELD_TERRITORY:
		v, e = "địa bàn", "territory"
	case recordv1.Field_FIELD_GTIN:
		v, e = "mã GTIN", "GTIN"
	case recordv1.Field_FIELD_BUSINESS_NUMBER:
		v, e = "mã số doanh nghiệp", "business number"
	case recordv1.Field_FIELD_ACCOUNT_KIND:
		v, e = "loại chủ thể", "kind of account"
	}
	return reason.Words("name", v, e)
}
