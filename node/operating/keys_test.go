// Package operating is pages for operators. What they say of the software is tested here.
package operating

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const root = "../.."

// logged finds the keys that the sources of a node write to its log, with one place of each.
func logged(t *testing.T) map[string]string {
	t.Helper()
	keys := make(map[string]string)
	for _, dir := range []string{"node", "ledger", "cmd/ocopd"} {
		err := filepath.WalkDir(filepath.Join(root, dir), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.Contains(path, "node/internal/") {
				return err
			}
			set := token.NewFileSet()
			file, err := parser.ParseFile(set, path, nil, 0)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(n ast.Node) bool {
				if call, ok := n.(*ast.CallExpr); ok {
					for _, arg := range keysOf(call) {
						place := set.Position(arg.Pos()).String()
						name, ok := arg.(*ast.BasicLit)
						if !ok || name.Kind != token.STRING {
							t.Errorf("%s: a key of the log that is no literal", place)
							continue
						}
						key, err := strconv.Unquote(name.Value)
						if err != nil {
							t.Fatal(err)
						}
						keys[key] = place
					}
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return keys
}

// keysOf are the arguments of a call that are keys, if it writes to a log: every second one behind the message.
func keysOf(call *ast.CallExpr) (keys []ast.Expr) {
	method, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || call.Ellipsis != token.NoPos {
		return nil
	}
	first, ok := map[string]int{"Debug": 1, "Info": 1, "Warn": 1, "Error": 1, "Log": 3, "With": 0}[method.Sel.Name]
	if !ok {
		return nil
	}
	switch receiver := method.X.(type) {
	case *ast.SelectorExpr: // n.log, k.o.Log
		ok = strings.EqualFold(receiver.Sel.Name, "log")
	case *ast.Ident:
		ok = strings.EqualFold(receiver.Name, "log") || receiver.Name == "l"
	case *ast.CallExpr: // slog.New(…).With
		made, is := receiver.Fun.(*ast.SelectorExpr)
		ok = is && made.Sel.Name == "New" && method.Sel.Name == "With"
	default:
		ok = false
	}
	for i := first; ok && i < len(call.Args); i += 2 {
		keys = append(keys, call.Args[i])
	}
	return keys
}

// TestLogKeys: a page that lists the keys lists all of them, and no others; a key is written in one way.
func TestLogKeys(t *testing.T) {
	page, err := os.ReadFile("logs.md")
	if err != nil {
		t.Fatal(err)
	}
	var listed []string
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\|").FindAllStringSubmatch(string(page), -1) {
		if slices.Contains(listed, row[1]) {
			t.Errorf("%s is listed twice", row[1])
		}
		listed = append(listed, row[1])
	}
	used := logged(t)
	if len(used) < 20 {
		t.Fatalf("only %d keys were found: %v", len(used), used)
	}
	for key, place := range used {
		if !regexp.MustCompile(`^[a-z][a-z_]*$`).MatchString(key) {
			t.Errorf("%s: key %q", place, key)
		}
		if !slices.Contains(listed, key) {
			t.Errorf("%s: key %q is not in logs.md", place, key)
		}
	}
	for _, key := range listed {
		if used[key] == "" {
			t.Errorf("logs.md lists %q, which nothing writes", key)
		}
	}
}
