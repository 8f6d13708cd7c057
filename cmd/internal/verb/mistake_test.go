package verb

import (
	"errors"
	"net"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
)

// TestMistakes: whatever the library finds wrong with options is a usage error in both languages that keeps the library's own as its cause.
func TestMistakes(t *testing.T) {
	for _, c := range []struct {
		args   []string
		vi, en string
	}{
		{[]string{"--other"}, "không có tùy chọn --other", "there is no option --other"},
		{[]string{"--other=1"}, "không có tùy chọn --other", "there is no option --other"},
		{[]string{"-x"}, "không có tùy chọn -x", "there is no option -x"},
		{[]string{"-x=1"}, "không có tùy chọn -x", "there is no option -x"},
		{[]string{"-ồ"}, "không có tùy chọn -ồ", "there is no option -ồ"},
		{[]string{"-vx"}, "không có tùy chọn -x", "there is no option -x"},
		{[]string{"-lang", "vi"}, "không có tùy chọn -l trong -lang; tùy chọn có tên dài viết hai gạch: --lang", "there is no option -l in -lang; an option with a long name has two dashes: --lang"},
		{[]string{"---plain"}, `"---plain" không phải cách viết một tùy chọn`, `"---plain" is not how an option is written`},
		{[]string{"--=plain"}, `"--=plain" không phải cách viết một tùy chọn`, `"--=plain" is not how an option is written`},
		{[]string{"--count"}, "--count thiếu giá trị", "--count has no value"},
		{[]string{"--output"}, "-o, --output thiếu giá trị", "-o, --output has no value"},
		{[]string{"-vo"}, "-o, --output thiếu giá trị", "-o, --output has no value"},
		{[]string{"--count", "x"}, `--count: "x" không phải số nguyên`, `--count: "x" is not a whole number`},
		{[]string{"--count=9223372036854775808"}, `--count: "9223372036854775808" là số quá lớn hoặc quá nhỏ`, `--count: "9223372036854775808" is too great or too small a number`},
		{[]string{"--small", "4294967296"}, `--small: "4294967296" là số quá lớn hoặc quá nhỏ`, `--small: "4294967296" is too great or too small a number`},
		{[]string{"--height", "-1"}, `--height: "-1" không phải số nguyên không âm`, `--height: "-1" is not a whole number from 0 on`},
		{[]string{"--share", "1,5"}, `--share: "1,5" không phải số, phần thập phân sau dấu chấm`, `--share: "1,5" is not a number, with a point before its fraction`},
		{[]string{"--wait", "5"}, `--wait: "5" không phải khoảng thời gian như 90s, 5m, 36h`, `--wait: "5" is not a span of time such as 90s, 5m, 36h`},
		{[]string{"--verbose=maybe"}, `-v, --verbose: "maybe" không phải true hoặc false`, `-v, --verbose: "maybe" is not true or false`},
		{[]string{"--names", `a"b`}, `--names: "a\"b" không phải danh sách cách nhau bằng dấu phẩy`, `--names: "a\"b" is not a list with commas between`},
		{[]string{"--lang", "zz"}, `--lang: ngôn ngữ "zz": chỉ có vi và en`, `--lang: language "zz": there are vi and en only`},
		// A type that nobody uses yet: what it says itself is better than nothing.
		{[]string{"--at", "x"}, `--at: không dùng được giá trị "x": failed to parse IP: "x"`, `--at: the value "x" cannot be used: failed to parse IP: "x"`},
	} {
		one := Command(lang.English, Spec{Use: "one", Short: lang.Text{Vi: "Làm một việc", En: "Do one thing"}, Run: func(*cobra.Command, []string) error {
			t.Errorf("%q ran", c.args)
			return nil
		}})
		f := one.Flags()
		f.BoolP("verbose", "v", false, "")
		f.StringP("output", "o", "", "")
		f.Int("count", 0, "")
		f.Uint32("small", 0, "")
		f.Uint64("height", 0, "")
		f.Float64("share", 0, "")
		f.Duration("wait", time.Second, "")
		f.StringSlice("names", nil, "")
		f.IP("at", net.IP{}, "")
		root := Root(lang.English, Spec{Use: "p", Short: lang.Text{Vi: "Chương trình", En: "A program"}}, one)
		var found error
		root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
			found = err
			return mistake(cmd, err)
		})
		root.SetArgs(append([]string{"one"}, c.args...))
		err := root.Execute()
		if _, ok := errors.AsType[*UsageError](err); !ok || !errors.Is(err, found) {
			t.Errorf("%q: %T, %v", c.args, err, err)
			continue
		}
		vi, en := lang.Say(lang.Vietnamese, err), lang.Say(lang.English, err)
		if vi != c.vi+"; xem: p one --help" || en != c.en+"; see: p one --help" {
			t.Errorf("%q:\n%s\n%s", c.args, vi, en)
		}
	}
}
