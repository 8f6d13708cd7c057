package main

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
)

var update = flag.Bool("update", false, "write golden files anew")

// golden compares with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; run the test with -update and look at the difference. Got:\n%s", name, got)
	}
}

// TestHelp holds the help of every command in both languages.
func TestHelp(t *testing.T) {
	for _, language := range []lang.Language{lang.Vietnamese, lang.English} {
		m := newMachine(t)
		m.env["OCOP_LANG"] = language.String()
		var b strings.Builder
		var visit func(c *cobra.Command)
		visit = func(c *cobra.Command) {
			if c.Hidden {
				return
			}
			words := strings.Fields(c.CommandPath())[1:]
			b.WriteString("──── " + c.CommandPath() + " --help\n\n" + m.must(append(words, "--help")...).out + "\n")
			for _, child := range c.Commands() {
				visit(child)
			}
		}
		visit((&app{lang: language}).root())
		golden(t, "help."+language.String()+".txt", b.String())
	}
}

// TestShow holds what agencies look at before they countersign. Keys and times, which differ in every run, are left out.
func TestShow(t *testing.T) {
	n := newNetwork(t)
	changing := regexp.MustCompile(`[0-9a-f]{64}|[0-9a-f]{4}(-[0-9a-f]{4}){3}|\d\d/\d\d/\d{4} \d\d:\d\d:\d\d|127\.0\.0\.1:\d+`)
	for _, language := range []string{"vi", "en"} {
		shown := n.must("genesis", "show", "--lang", language, n.path("genesis")).out + "\n────\n\n" +
			n.must("genesis", "show", "--lang", language, n.path("node0", "agency-1.descriptor")).out
		golden(t, "show."+language+".txt", changing.ReplaceAllString(shown, "…"))
	}
}

func TestVersion(t *testing.T) {
	m := newMachine(t)
	v := read[struct {
		Version, Go, Platform string
		Protocol              int
	}](t, m.must("version", "--json"))
	if v.Version == "" || v.Protocol != 4 || !strings.HasPrefix(v.Go, "go1.") || !strings.Contains(v.Platform, "/") {
		t.Errorf("%+v", v)
	}
	if text := m.must("version").out; !strings.HasPrefix(text, "ocopd "+v.Version+", protocol") {
		t.Error(text)
	}
}

// TestProgress: a person sees how far a check is, on one line that goes away again.
func TestProgress(t *testing.T) {
	s := newStopped(t)
	s.terminal = true
	r := s.must(s.args()...)
	if !strings.Contains(r.err, "leaves derived") || !strings.HasSuffix(r.err, "\r\x1b[K") || strings.Contains(r.err, "\n") {
		t.Errorf("%q", r.err)
	}
}
