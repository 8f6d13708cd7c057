package verb

import (
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/ocopledger/ocop/cmd/internal/lang"
)

// mistake says in both languages what the library found wrong with the options of a command line; it says it itself in English alone, and a value's fault in the
// words of package strconv.
func mistake(cmd *cobra.Command, err error) error {
	said := misspelt(err)
	if said == nil {
		said = misused(err)
	}
	if said == nil { // of no kind that the library has today
		said = lang.Errorf(lang.Text{Vi: "dòng lệnh sai: %v", En: "the command line is wrong: %v"}, err)
	}
	return Usage(lang.Text{Vi: "%v; xem: %s --help", En: "%v; see: %s --help"}, said.Because(err), cmd.CommandPath())
}

// misspelt is of what is no option of the command.
func misspelt(err error) *lang.Error {
	if e, ok := errors.AsType[*pflag.InvalidSyntaxError](err); ok {
		return lang.Errorf(lang.Text{Vi: "%q không phải cách viết một tùy chọn", En: "%q is not how an option is written"}, e.GetSpecifiedFlag())
	}
	e, ok := errors.AsType[*pflag.NotExistError](err)
	if !ok {
		return nil
	}
	letters := e.GetSpecifiedShortnames()
	if letters == "" {
		return lang.Errorf(lang.Text{Vi: "không có tùy chọn --%s", En: "there is no option --%s"}, e.GetSpecifiedName())
	}
	r, size := utf8.DecodeRuneInString(letters) // the library takes a byte for a letter, and Vietnamese ones have up to three
	if size == len(letters) || strings.HasPrefix(letters[size:], "=") {
		return lang.Errorf(lang.Text{Vi: "không có tùy chọn -%c", En: "there is no option -%c"}, r)
	}
	return lang.Errorf(lang.Text{
		Vi: "không có tùy chọn -%c trong -%s; tùy chọn có tên dài viết hai gạch: --%[2]s",
		En: "there is no option -%c in -%s; an option with a long name has two dashes: --%[2]s"}, r, letters)
}

// misused is of an option without its value, or with one that it cannot have.
func misused(err error) *lang.Error {
	if e, ok := errors.AsType[*pflag.ValueRequiredError](err); ok {
		return lang.Errorf(lang.Text{Vi: "%s thiếu giá trị", En: "%s has no value"}, written(e.GetFlag()))
	}
	e, ok := errors.AsType[*pflag.InvalidValueError](err)
	if !ok {
		return nil
	}
	// A type of ours says in both languages what is wrong.
	if said, ours := errors.AsType[lang.Sayer](e.Unwrap()); ours {
		return lang.Errorf(lang.Text{Vi: "%s: %v", En: "%s: %v"}, written(e.GetFlag()), said)
	}
	if errors.Is(e, strconv.ErrRange) {
		return lang.Errorf(lang.Text{Vi: "%s: %q là số quá lớn hoặc quá nhỏ", En: "%s: %q is too great or too small a number"}, written(e.GetFlag()), e.GetValue())
	}
	want, known := wanted(e.GetFlag().Value.Type())
	if !known {
		return lang.Errorf(lang.Text{Vi: "%s: không dùng được giá trị %q: %v", En: "%s: the value %q cannot be used: %v"}, written(e.GetFlag()), e.GetValue(), e.Unwrap())
	}
	return lang.Errorf(lang.Text{Vi: "%s: %q không phải %v", En: "%s: %q is not %v"}, written(e.GetFlag()), e.GetValue(), want)
}

// written is how an option is written.
func written(f *pflag.Flag) string {
	if f.Shorthand != "" {
		return "-" + f.Shorthand + ", --" + f.Name
	}
	return "--" + f.Name
}

// wanted is what a value of one of the library's types must be.
func wanted(kind string) (lang.Text, bool) {
	switch kind {
	case "bool":
		return lang.Text{Vi: "true hoặc false", En: "true or false"}, true
	case "int", "int8", "int16", "int32", "int64":
		return lang.Text{Vi: "số nguyên", En: "a whole number"}, true
	case "uint", "uint8", "uint16", "uint32", "uint64":
		return lang.Text{Vi: "số nguyên không âm", En: "a whole number from 0 on"}, true
	case "float32", "float64":
		return lang.Text{Vi: "số, phần thập phân sau dấu chấm", En: "a number, with a point before its fraction"}, true
	case "duration":
		return lang.Text{Vi: "khoảng thời gian như 90s, 5m, 36h", En: "a span of time such as 90s, 5m, 36h"}, true
	case "stringSlice":
		return lang.Text{Vi: "danh sách cách nhau bằng dấu phẩy", En: "a list with commas between"}, true
	}
	return lang.Text{}, false
}
