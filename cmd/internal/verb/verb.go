// Package verb makes the commands of a program, with usage and complaints in Vietnamese and English.
package verb

import (
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/ocopledger/ocop/cmd/internal/lang"
)

// Spec describes a command.
type Spec struct {
	Use         string
	Short, Long lang.Text // Long may be empty
	Example     string
	Least, Most int // arguments; Most < 0: any number
	Run         func(cmd *cobra.Command, args []string) error
}

// UsageError says what is wrong with a command line.
type UsageError struct{ said *lang.Error }

// Usage makes a UsageError.
func Usage(t lang.Text, args ...any) error { return &UsageError{lang.Errorf(t, args...)} }

func (e *UsageError) Error() string { return e.said.Error() }

// In is the sentence in a language.
func (e *UsageError) In(l lang.Language) string { return e.said.In(l) }

// Unwrap gives the cause, if there is one.
func (e *UsageError) Unwrap() error { return e.said }

// Command makes a command that speaks a language.
func Command(l lang.Language, s Spec) *cobra.Command {
	long := s.Long.In(l)
	if long == "" {
		long = s.Short.In(l) + "."
	}
	cmd := &cobra.Command{
		Use: s.Use, Short: s.Short.In(l), Long: long, Example: s.Example, SilenceErrors: true, SilenceUsage: true, DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := notEmpty(cmd); err != nil {
				return err
			}
			return s.Run(cmd, args)
		},
		Args: func(cmd *cobra.Command, args []string) error { return s.checkArgs(cmd, args) },
	}
	cmd.SetUsageFunc(func(cmd *cobra.Command) error {
		_, err := io.WriteString(cmd.OutOrStderr(), usage(l, cmd))
		return err
	})
	return cmd
}

// notEmpty refuses a flag that is given and empty: a script whose variable was never set is told so, and does not run as if the flag had not been there.
func notEmpty(cmd *cobra.Command) (err error) {
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if err == nil && f.Value.Type() == "string" && f.Value.String() == "" {
			err = Usage(lang.Text{Vi: "--%s rỗng", En: "--%s is empty"}, f.Name)
		}
	})
	return err
}

func (s *Spec) checkArgs(cmd *cobra.Command, args []string) error {
	switch {
	case len(args) < s.Least:
		return Usage(lang.Text{Vi: "thiếu tham số: %s", En: "an argument is missing: %s"}, cmd.UseLine())
	case s.Most >= 0 && len(args) > s.Most:
		return Usage(lang.Text{Vi: "thừa tham số %q: %s", En: "superfluous argument %q: %s"}, args[s.Most], cmd.UseLine())
	}
	return nil
}

// Group makes a command that only has others under it.
func Group(l lang.Language, s Spec, children ...*cobra.Command) *cobra.Command {
	s.Most = -1
	s.Run = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return cmd.Help()
		}
		return Usage(lang.Text{Vi: "không có lệnh %q; các lệnh: %s", En: "there is no command %q; there are: %s"}, cmd.CommandPath()+" "+args[0], names(cmd))
	}
	cmd := Command(l, s)
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

// Root makes a program's first command, with --lang and --help for all under it.
func Root(l lang.Language, s Spec, children ...*cobra.Command) *cobra.Command {
	root := Group(l, s, children...)
	f := root.PersistentFlags()
	f.Var((*languageFlag)(&l), "lang", lang.Text{Vi: "ngôn ngữ: vi hoặc en", En: "language: vi or en"}.In(l))
	f.BoolP("help", "h", false, lang.Text{Vi: "hướng dẫn", En: "help"}.In(l))
	root.SetFlagErrorFunc(mistake)
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetHelpCommand(&cobra.Command{Use: "no-help", Hidden: true}) // --help says the same
	return root
}

// languageFlag refuses what is no language; which one was chosen is known before.
type languageFlag lang.Language

func (f *languageFlag) String() string { return lang.Language(*f).String() }
func (f *languageFlag) Type() string   { return "string" }

func (f *languageFlag) Set(s string) error {
	l, err := lang.Parse(s)
	if err == nil {
		*f = languageFlag(l)
	}
	return err
}

// Language finds --lang before anything is parsed, as help is written in it, and goes by the environment without it.
func Language(args []string, getenv func(string) string) lang.Language {
	for i, arg := range args {
		value, ok := strings.CutPrefix(arg, "--lang=")
		if arg == "--lang" && i+1 < len(args) {
			value, ok = args[i+1], true
		}
		if l, err := lang.Parse(value); ok && err == nil {
			return l
		}
	}
	return lang.Detect(getenv)
}

// Require refuses a command line without flags that the command makes no sense without.
func Require(cmd *cobra.Command, flags ...string) error {
	var missing []string
	for _, name := range flags {
		if !cmd.Flags().Changed(name) {
			missing = append(missing, "--"+name)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return Usage(lang.Text{Vi: "thiếu %s; xem: %s --help", En: "%s missing; see: %s --help"}, strings.Join(missing, ", "), cmd.CommandPath())
}
