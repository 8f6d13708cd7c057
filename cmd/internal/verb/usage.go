package verb

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
)

// usage says how a command is used.
func usage(l lang.Language, cmd *cobra.Command) string {
	var b strings.Builder
	section := func(heading lang.Text, body string) {
		if body != "" {
			fmt.Fprintf(&b, "\n%s:\n%s\n", heading.In(l), body)
		}
	}
	line := cmd.UseLine()
	if cmd.HasAvailableSubCommands() {
		line = cmd.CommandPath() + " …"
	}
	fmt.Fprintf(&b, "%s:\n  %s\n", lang.Text{Vi: "Cách dùng", En: "Usage"}.In(l), line)
	section(lang.Text{Vi: "Ví dụ", En: "Examples"}, cmd.Example)
	section(lang.Text{Vi: "Các lệnh", En: "Commands"}, commands(cmd))
	section(lang.Text{Vi: "Tùy chọn", En: "Options"}, aligned(l, cmd.LocalFlags().FlagUsages()))
	section(lang.Text{Vi: "Tùy chọn chung", En: "Common options"}, aligned(l, cmd.InheritedFlags().FlagUsages()))
	if cmd.HasAvailableSubCommands() {
		more := lang.Text{Vi: "\n\"%s LỆNH --help\" hướng dẫn từng lệnh.\n", En: "\n\"%s COMMAND --help\" says more about a command.\n"}
		b.WriteString(more.F(l, cmd.CommandPath()))
	}
	return b.String()
}

func commands(cmd *cobra.Command) string {
	var lines []string
	for _, c := range cmd.Commands() {
		if !c.Hidden {
			lines = append(lines, fmt.Sprintf("  %-*s %s", c.NamePadding(), c.Name(), c.Short))
		}
	}
	return strings.Join(lines, "\n")
}

// flagPart is a flag with its value, before the column that says what it is for.
var flagPart = regexp.MustCompile(`^ *\S+(?: \S+)*`)

// aligned brings that column into line: the library counts bytes, of which Vietnamese letters have up to three. It speaks English, too.
func aligned(l lang.Language, flags string) string {
	flags = strings.ReplaceAll(flags, "(default ", lang.Text{Vi: "(mặc định ", En: "(default "}.In(l))
	var b strings.Builder
	for line := range strings.Lines(strings.TrimRight(flags, "\n")) {
		part := flagPart.FindString(line)
		missing := len(part) - utf8.RuneCountInString(part)
		b.WriteString(part + strings.Repeat(" ", missing) + line[len(part):])
	}
	return b.String()
}
