package rules_test

import (
	"bytes"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/rules"
	"github.com/ocopledger/ocop/ledger/wire"
)

// otherDoors are the checks of bad-inputs.txt that no scenario can be written for: our own encoder cannot write such bytes. Each returns the reason it met.
var otherDoors = map[string]func(*testing.T) string{
	"negative score": func(t *testing.T) string {
		minus := protowire.AppendVarint(protowire.AppendTag(nil, 1, protowire.VarintType), math.MaxUint64)
		return atWire(t, wire.ValueOutOfRange, within(within(minus, 4), 6))
	},
	"NaN as a score": func(t *testing.T) string {
		nan := protowire.AppendFixed64(protowire.AppendTag(nil, 1, protowire.Fixed64Type), math.Float64bits(math.NaN()))
		return atWire(t, wire.WrongWireType, within(within(nan, 4), 6))
	},
	"negative quantity": func(t *testing.T) string {
		minus := protowire.AppendVarint(protowire.AppendTag(nil, 2, protowire.VarintType), math.MaxUint64)
		return atWire(t, wire.ValueOutOfRange, within(minus, 9))
	},
}

// within puts bytes into a message field.
func within(b []byte, field protowire.Number) []byte {
	return protowire.AppendBytes(protowire.AppendTag(nil, field, protowire.BytesType), b)
}

func atWire(t *testing.T, want wire.Reason, action []byte) string {
	err := wire.Records().Check(wire.MessageAction, action, 1)
	if e, ok := errors.AsType[*wire.Error](err); !ok || e.Reason != want {
		t.Errorf("%x: %v, want %s", action, err, want)
	}
	return rules.Malformed(err).Reason.String()
}

// testExists looks for a test in a folder of the module.
func testExists(t *testing.T, folder, name string) bool {
	files := must(filepath.Glob(filepath.Join("../..", folder, "*_test.go")))
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		if slices.ContainsFunc(parsed.Decls, func(d ast.Decl) bool {
			f, ok := d.(*ast.FuncDecl)
			return ok && f.Recv == nil && f.Name.Name == name && strings.HasPrefix(name, "Test")
		}) {
			return true
		}
	}
	return false
}

// Every one of the 25 numbers is refused by a door that we can show, or is said to come later and why.
func badInputs(t *testing.T, all map[scenario]*outcome) {
	seen := map[int]bool{}
	checks := map[string]bool{}
	for i, line := range strings.Split(string(bytes.TrimSpace(must(os.ReadFile("testdata/bad-inputs.txt")))), "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		column := strings.Split(line, "|")
		if len(column) != 5 {
			t.Fatalf("bad-inputs.txt:%d: %d columns", i+1, len(column))
		}
		for j := range column {
			column[j] = strings.TrimSpace(column[j])
		}
		number := must(strconv.Atoi(column[0]))
		seen[number] = true
		door, where, want := column[2], column[3], column[4]
		info, known := reason.ByName(want)
		if want != "-" && !known {
			t.Errorf("bad-inputs.txt:%d: no reason %q", i+1, want)
		}
		switch door {
		case "scenario":
			file, title, _ := strings.Cut(where, ": ")
			o := all[scenario{file, title}]
			if o == nil {
				t.Errorf("bad-inputs.txt:%d: no scenario %q in %s.txt", i+1, title, file)
			} else if !o.reasons[info.Code] {
				t.Errorf("bad-inputs.txt:%d: scenario %q does not meet %s", i+1, title, want)
			}
		case "wire":
			check, ok := otherDoors[where]
			if !ok {
				t.Errorf("bad-inputs.txt:%d: no check %q", i+1, where)
				continue
			}
			checks[where] = true
			if got := check(t); got != want {
				t.Errorf("bad-inputs.txt:%d: %s: refused for %s, want %s", i+1, where, got, want)
			}
		case "test":
			folder, name, _ := strings.Cut(where, ": ")
			if !testExists(t, folder, name) {
				t.Errorf("bad-inputs.txt:%d: no test %q in %s", i+1, name, folder)
			}
		case "later":
			if where == "" || want != "-" {
				t.Errorf("bad-inputs.txt:%d: no explanation, or a reason for what nobody checks", i+1)
			}
		default:
			t.Errorf("bad-inputs.txt:%d: no door %q", i+1, door)
		}
	}
	for n := 1; n <= 25; n++ {
		if !seen[n] {
			t.Errorf("number %d is missing", n)
		}
	}
	for name := range otherDoors {
		if !checks[name] {
			t.Errorf("check %q is in no row", name)
		}
	}
	if len(seen) != 25 {
		t.Error("there are more than 25 numbers")
	}
}
