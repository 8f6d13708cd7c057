package command

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/ocop/internal/lang"
)

// verb describes a command.
type verb struct {
	use         string
	short, long lang.Text // long may be empty
	example     string
	least, most int // arguments; most < 0: any number
	run         func(cmd *cobra.Command, args []string) error
}

func (a *app) command(v verb) *cobra.Command {
	long := a.t(v.long)
	if long == "" {
		long = a.t(v.short) + "."
	}
	cmd := &cobra.Command{
		Use: v.use, Short: a.t(v.short), Long: long, Example: v.example, SilenceErrors: true, SilenceUsage: true, DisableFlagsInUseLine: true,
		RunE: v.run,
		Args: func(cmd *cobra.Command, args []string) error { return v.checkArgs(cmd, args) },
	}
	cmd.SetUsageFunc(a.writeUsage)
	return cmd
}

func (v *verb) checkArgs(cmd *cobra.Command, args []string) error {
	switch {
	case len(args) < v.least:
		return fail(exitUsage, lang.Text{Vi: "thiếu tham số: %s", En: "an argument is missing: %s"}, cmd.UseLine())
	case v.most >= 0 && len(args) > v.most:
		return fail(exitUsage, lang.Text{Vi: "thừa tham số %q: %s", En: "superfluous argument %q: %s"}, args[v.most], cmd.UseLine())
	}
	return nil
}

// group is a command that only has others under it.
func (a *app) group(v verb, children ...*cobra.Command) *cobra.Command {
	v.most = -1
	v.run = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return cmd.Help()
		}
		return fail(exitUsage, lang.Text{Vi: "không có lệnh %q; các lệnh: %s", En: "there is no command %q; there are: %s"}, cmd.CommandPath()+" "+args[0], names(cmd))
	}
	cmd := a.command(v)
	cmd.AddCommand(children...)
	return cmd
}

func names(cmd *cobra.Command) string {
	var list []string
	for _, c := range cmd.Commands() {
		if !c.Hidden {
			list = append(list, c.Name())
		}
	}
	return strings.Join(list, ", ")
}

// require marks flags without which a command makes no sense.
func (a *app) require(cmd *cobra.Command, flags ...string) error {
	var missing []string
	for _, name := range flags {
		if !cmd.Flags().Changed(name) {
			missing = append(missing, "--"+name)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return fail(exitUsage, lang.Text{Vi: "thiếu %s; xem: %s --help", En: "%s missing; see: %s --help"}, strings.Join(missing, ", "), cmd.CommandPath())
}

var (
	usageTitle    = lang.Text{Vi: "Cách dùng", En: "Usage"}
	usageOptions  = lang.Text{Vi: " [tùy chọn]", En: " [options]"}
	usageExample  = lang.Text{Vi: "Ví dụ", En: "Examples"}
	usageCommands = lang.Text{Vi: "Các lệnh", En: "Commands"}
	usageFlags    = lang.Text{Vi: "Tùy chọn", En: "Options"}
	usageCommon   = lang.Text{Vi: "Tùy chọn chung", En: "Common options"}
	usageMore     = lang.Text{Vi: "\"%s LỆNH --help\" nói rõ hơn về từng lệnh.", En: "\"%s COMMAND --help\" says more about a command."}
)

// writeUsage writes how a command is called.
func (a *app) writeUsage(cmd *cobra.Command) error {
	w := cmd.OutOrStdout()
	call := cmd.UseLine() + a.t(usageOptions)
	if cmd.HasAvailableSubCommands() {
		call = cmd.CommandPath() + " …"
	}
	fmt.Fprintf(w, "%s:\n  %s\n", a.t(usageTitle), call)
	if cmd.Example != "" {
		fmt.Fprintf(w, "\n%s:\n%s\n", a.t(usageExample), cmd.Example)
	}
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(w, "\n%s:\n", a.t(usageCommands))
		for _, c := range cmd.Commands() {
			if !c.Hidden {
				fmt.Fprintf(w, "  %s%s\n", pad(c.Name(), 14), c.Short)
			}
		}
	}
	for _, group := range []struct {
		title lang.Text
		text  string
	}{{usageFlags, cmd.LocalFlags().FlagUsages()}, {usageCommon, cmd.InheritedFlags().FlagUsages()}} {
		if group.text != "" {
			fmt.Fprintf(w, "\n%s:\n%s", a.t(group.title), a.flagText(group.text))
		}
	}
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(w, "\n%s\n", usageMore.F(a.lang, cmd.CommandPath()))
	}
	return nil
}

// flagText mends what the flag library writes: its one English word, and columns that it counts in bytes.
func (a *app) flagText(text string) string {
	const gap = "   " // between a flag and its sentence, at least
	var left, right []string
	width := 0
	for line := range strings.Lines(strings.ReplaceAll(text, "(default ", a.t(lang.Text{Vi: "(mặc định ", En: "(default "}))) {
		line = strings.TrimRight(line, "\n")
		at := strings.Index(line, "--")
		if end := strings.Index(line[at:], gap); end >= 0 {
			at += end
		}
		left, right = append(left, line[:at]), append(right, strings.TrimSpace(line[at:]))
		width = max(width, utf8.RuneCountInString(line[:at]))
	}
	var b strings.Builder
	for i := range left {
		b.WriteString(pad(left[i], width+len(gap)) + right[i] + "\n")
	}
	return b.String()
}
