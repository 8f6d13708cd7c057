package draft

import (
	"errors"
	"fmt"
	"strings"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/wire"
)

// Problem is something wrong with a line of a file.
type Problem struct {
	Line int // from 1
	Err  error
}

// Problems is all that is wrong with a file.
type Problems []Problem

func (p Problems) Error() string { return p.In(lang.English) }

// In lists the problems, one a line.
func (p Problems) In(l lang.Language) string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = lang.Text{Vi: "dòng %d: %v", En: "line %d: %v"}.F(l, problem.Line, problem.Err)
	}
	return strings.Join(lines, "\n")
}

// RecordError says which record of a draft cannot be composed.
type RecordError struct {
	Record int // from 0
	Err    error
}

func (e *RecordError) Error() string { return fmt.Sprintf("record %d: %v", e.Record, e.Err) }

// Unwrap gives the reason.
func (e *RecordError) Unwrap() error { return e.Err }

// In says it in a language, with the field in question.
func (e *RecordError) In(l lang.Language) string {
	return lang.Text{Vi: "bản ghi %d, %s", En: "record %d, %s"}.F(l, e.Record, composeError(l, e.Err))
}

func composeError(l lang.Language, err error) string {
	switch {
	case errors.Is(err, compose.ErrActionCount):
		return lang.Text{Vi: "một bản ghi có 1 đến 256 hành động", En: "a record holds 1 to 256 actions"}.In(l)
	case errors.Is(err, compose.ErrTooLarge):
		return lang.Text{Vi: "bản ghi lớn hơn 65.535 byte", En: "the record is larger than 65,535 bytes"}.In(l)
	}
	action, ok := errors.AsType[*compose.ActionError](err)
	if !ok {
		return err.Error()
	}
	refused, ok := errors.AsType[*wire.Error](action.Err)
	if !ok {
		return err.Error()
	}
	return lang.Text{Vi: "hành động %d, mục %s: %s", En: "action %d, field %s: %s"}.F(l, action.Action, refused.Path, wireReason(refused.Reason))
}

var wireReasons = map[wire.Reason]lang.Text{
	wire.MissingField:     {Vi: "còn thiếu", En: "is missing"},
	wire.ExplicitDefault:  {Vi: "không được bằng 0 hoặc rỗng", En: "must not be zero or empty"},
	wire.ValueOutOfRange:  {Vi: "quá lớn", En: "is too large"},
	wire.UnknownEnumValue: {Vi: "không có giá trị này", En: "is no known value"},
	wire.TooShort:         {Vi: "quá ngắn", En: "is too short"},
	wire.TooLong:          {Vi: "quá dài", En: "is too long"},
	wire.TooMany:          {Vi: "quá nhiều mục", En: "has too many items"},
	wire.TextNotUTF8:      {Vi: "không phải văn bản UTF-8", En: "is not UTF-8 text"},
	wire.TextNotAllowed:   {Vi: "có ký tự không được phép", En: "has a character that is not allowed"},
	wire.TextNotNFC:       {Vi: "không ở dạng chuẩn NFC", En: "is not in normal form NFC"},
	wire.TextSpacing:      {Vi: "thừa dấu cách", En: "has superfluous spaces"},
	wire.TextMarks:        {Vi: "dấu không đứng trên chữ", En: "has a mark without a letter"},
}

func wireReason(r wire.Reason) lang.Text {
	if t, ok := wireReasons[r]; ok {
		return t
	}
	return lang.Text{Vi: string(r), En: string(r)}
}
