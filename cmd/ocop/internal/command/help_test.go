package command

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
)

// TestHelp: what every command says about itself, in both languages.
func TestHelp(t *testing.T) {
	for _, l := range []lang.Language{lang.Vietnamese, lang.English} {
		m := newMachine(t)
		m.env["OCOP_LANG"] = l.String()
		var all strings.Builder
		var walk func(c *cobra.Command)
		walk = func(c *cobra.Command) {
			args := append(strings.Fields(c.CommandPath())[1:], "--help")
			text := m.ok(args...)
			if _, common, ok := strings.Cut(text, (lang.Text{Vi: "\nTùy chọn chung:\n", En: "\nCommon options:\n"}).In(l)); ok {
				text = strings.TrimSuffix(text, common) // the same everywhere
			}
			fmt.Fprintf(&all, "\n$ %s --help\n%s", c.CommandPath(), text)
			for _, child := range c.Commands() {
				if !child.Hidden {
					walk(child)
				}
			}
		}
		walk((&app{env: Env{Getenv: func(string) string { return "" }}, lang: l}).root())
		golden(t, "help."+l.String()+".txt", all.String())
	}
}

// TestTexts: every text stands in both languages, with the same verbs in the same order.
func TestTexts(t *testing.T) {
	verb := regexp.MustCompile(`%[-+# 0]*[0-9]*(\.[0-9]*)?[a-zA-Z%]`)
	texts := 0
	root := filepath.Join(source, "..", "..")
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			literal, ok := n.(*ast.CompositeLit)
			if !ok {
				return true
			}
			vi, en, ok := textOf(literal)
			if !ok {
				return true
			}
			texts++
			where := set.Position(literal.Pos())
			if (vi == "") != (en == "") {
				t.Errorf("%v: %q and %q: one language says nothing", where, vi, en)
			}
			if !slices.Equal(verb.FindAllString(vi, -1), verb.FindAllString(en, -1)) {
				t.Errorf("%v: %q and %q take different arguments", where, vi, en)
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if texts < 300 {
		t.Errorf("only %d texts found: the test looks in the wrong place", texts)
	}
}

// textOf recognises a lang.Text of constant strings.
func textOf(literal *ast.CompositeLit) (vi, en string, ok bool) {
	said := make(map[string]string)
	for i, e := range literal.Elts {
		name, value := []string{"Vi", "En", ""}[min(i, 2)], e
		if kv, keyed := e.(*ast.KeyValueExpr); keyed {
			ident, isIdent := kv.Key.(*ast.Ident)
			if !isIdent {
				return "", "", false
			}
			name, value = ident.Name, kv.Value
		} else if s, isText := literal.Type.(*ast.SelectorExpr); !isText || s.Sel.Name != "Text" {
			if t, isText := literal.Type.(*ast.Ident); !isText || t.Name != "Text" {
				return "", "", false
			}
		}
		constant, isConstant := value.(*ast.BasicLit)
		if name != "Vi" && name != "En" || !isConstant {
			return "", "", false
		}
		s, err := strconv.Unquote(constant.Value)
		if err != nil {
			return "", "", false
		}
		said[name] = s
	}
	vi, hasVi := said["Vi"]
	en, hasEn := said["En"]
	return vi, en, hasVi || hasEn
}

func TestUsageErrors(t *testing.T) {
	m := newMachine(t)
	for _, c := range []struct {
		says string
		args []string
	}{
		{"there is no command \"ocop tracee\"", []string{"tracee"}},
		{"there is no command \"ocop trace shop\"; there are: certificate, lot, product", []string{"trace", "shop", "1"}},
		{"an argument is missing: ocop sign FILE", []string{"sign"}},
		{"superfluous argument \"b\"", []string{"simulate", "a", "b"}},
		{"there is no option --stars; see: ocop list products --help", []string{"list", "products", "--stars", "4"}},
		{"--date: \"31/02/2026\" is not a date", []string{"list", "products", "--date", "31/02/2026"}},
		{"--key missing; see: ocop sign --help", []string{"sign", "x.yaml"}},
		{"--lot, --quantity, --produced missing", []string{"draft", "lot"}},
		{"can be read in two ways", []string{"draft", "lot", "--quantity", "12,500 kg"}},
		{"is not one of: gram, millilitre, piece, visit", []string{"draft", "product", "--unit", "carton"}},
		{"want --genesis FILE or --chain-id ID", []string{"audit"}},
		{"--days: from 1 to 30", []string{"draft", "accept", "--sale", strings.Repeat("0", 64) + "-0", "--author", "7", "--days", "31"}},
		{"is not a chain id", []string{"draft", "accept", "--sale", strings.Repeat("0", 64) + "-0", "--author", "7", "--chain-id", "12"}},
	} {
		m.fails(exitUsage, c.says, c.args...)
	}
	m.env["OCOP_LANG"] = "vi"
	m.fails(exitUsage, "--date: \"mai\" không phải là ngày dd/mm/yyyy", "list", "products", "--date", "mai")
	m.fails(exitUsage, "--date: \"mai\" is not a date", "list", "products", "--date", "mai", "--lang", "en")
	var e struct {
		Error struct {
			Message string `json:"message"`
			Code    int    `json:"exit_code"`
		} `json:"error"`
	}
	if code := m.json(&e, "trace", "product"); code != exitUsage || e.Error.Code != exitUsage || e.Error.Message == "" {
		t.Errorf("%d, %+v", code, e)
	}
}

// TestUnknownLanguage: a language that there is not is a mistake on the command line, said in the language of the environment.
func TestUnknownLanguage(t *testing.T) {
	m := newMachine(t)
	m.fails(exitUsage, `language "zz": there are vi and en only`, "exit-codes", "--lang", "zz")
	m.env["OCOP_LANG"] = "vi"
	m.fails(exitUsage, `ngôn ngữ "zz": chỉ có vi và en`, "--lang=zz", "audit", "--help")
	for l, says := range map[string]string{"vi": "lời hứa sai định dạng", "en": "evidence or promise is malformed"} {
		if out := m.ok("exit-codes", "--lang", l); !strings.Contains(out, says) {
			t.Errorf("%s: %s", l, out)
		}
	}
}
