package verb

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
)

func program(l lang.Language, ran *string) *cobra.Command {
	var needed string
	one := Command(l, Spec{Use: "one FILE", Short: lang.Text{Vi: "Làm một việc", En: "Do one thing"}, Example: "  p one x", Least: 1, Most: 1, Run: func(cmd *cobra.Command, args []string) error {
		if err := Require(cmd, "needed"); err != nil {
			return err
		}
		*ran = args[0] + needed
		return nil
	}})
	one.Flags().StringVar(&needed, "needed", "", "`điều` cần có")
	one.Flags().Bool("plain", false, "giản dị")
	return Root(l, Spec{Use: "p", Short: lang.Text{Vi: "Chương trình", En: "A program"}}, one)
}

func TestCommandLines(t *testing.T) {
	for _, c := range []struct {
		line, ran, vi, en string
	}{
		{"one x --needed=y", "xy", "", ""},
		{"one x", "", "thiếu --needed; xem: p one --help", "--needed missing; see: p one --help"},
		{"one", "", "thiếu tham số: p one FILE", "an argument is missing: p one FILE"},
		{"one x y", "", `thừa tham số "y": p one FILE`, `superfluous argument "y": p one FILE`},
		{"two", "", `không có lệnh "p two"; các lệnh: one`, `there is no command "p two"; there are: one`},
		{"one --other", "", "không có tùy chọn --other; xem: p one --help", "there is no option --other; see: p one --help"},
		{"one x --needed=y --lang zz", "", `--lang: ngôn ngữ "zz": chỉ có vi và en; xem: p one --help`, `--lang: language "zz": there are vi and en only; see: p one --help`},
		{"one x --needed=y --lang VI", "xy", "", ""},
		{"one x --needed", "", "--needed thiếu giá trị; xem: p one --help", "--needed has no value; see: p one --help"},
	} {
		ran := ""
		cmd := program(lang.English, &ran)
		cmd.SetArgs(strings.Fields(c.line))
		err := cmd.Execute()
		if ran != c.ran {
			t.Errorf("%s: ran with %q", c.line, ran)
		}
		if c.en == "" {
			if err != nil {
				t.Errorf("%s: %v", c.line, err)
			}
			continue
		}
		if _, ok := errors.AsType[*UsageError](err); !ok || lang.Say(lang.Vietnamese, err) != c.vi || lang.Say(lang.English, err) != c.en {
			t.Errorf("%s: %v / %s", c.line, err, lang.Say(lang.Vietnamese, err))
		}
	}
}

func TestHelp(t *testing.T) {
	for l, want := range map[lang.Language][]string{
		lang.Vietnamese: {"Chương trình.", "Cách dùng:", "Các lệnh:", "one         Làm một việc", "Tùy chọn:", "\"p LỆNH --help\" hướng dẫn"},
		lang.English:    {"A program.", "Usage:", "Commands:", "one         Do one thing", "Options:", "\"p COMMAND --help\" says more"},
	} {
		var out bytes.Buffer
		cmd := program(l, new(string))
		cmd.SetArgs(nil)
		cmd.SetOut(&out)
		cmd.SetErr(io.Discard)
		if err := cmd.Execute(); err != nil {
			t.Fatal(err)
		}
		for _, text := range want {
			if !strings.Contains(out.String(), text) {
				t.Errorf("%v: no %q in\n%s", l, text, &out)
			}
		}
	}
}

// TestAlignment: what flags are for stands in one column, whatever letters stand before it.
func TestAlignment(t *testing.T) {
	var out bytes.Buffer
	cmd := program(lang.Vietnamese, new(string))
	cmd.SetArgs([]string{"one", "--help"})
	cmd.SetOut(&out)
	if err := cmd.Execute(); err != nil {
		t.Fatal(err)
	}
	column := func(text string) int {
		for line := range strings.Lines(out.String()) {
			if before, _, ok := strings.Cut(line, text); ok {
				return len([]rune(before))
			}
		}
		t.Fatalf("no %q in\n%s", text, &out)
		return 0
	}
	if a, b := column("điều cần có"), column("giản dị"); a != b {
		t.Errorf("columns %d and %d in\n%s", a, b, &out)
	}
}

func TestLanguage(t *testing.T) {
	english := func(name string) string { return map[string]string{"LANG": "en_US.UTF-8"}[name] }
	for _, c := range []struct {
		args string
		want lang.Language
	}{{"", lang.English}, {"one --lang=vi", lang.Vietnamese}, {"one --lang vi x", lang.Vietnamese}, {"--lang=xx", lang.English}, {"--lang", lang.English}} {
		if got := Language(strings.Fields(c.args), english); got != c.want {
			t.Errorf("%q: %v", c.args, got)
		}
	}
}
