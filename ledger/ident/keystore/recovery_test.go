package keystore

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/ocopledger/ocop/ledger/ident"
	"pgregory.net/rapid"
)

func sheet(t testing.TB, key *Key) string {
	t.Helper()
	text, err := FormatSheet(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// codeLines are the five lines that count, as printed.
func codeLines(text string) (lines []string) {
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "#") {
			lines = append(lines, strings.TrimSuffix(line, "\n"))
		}
	}
	return lines
}

// named are the lines that an error names, in order.
func named(err error) (lines []int) {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			lines = append(lines, named(e)...)
		}
		return lines
	}
	if e, ok := errors.AsType[*SheetError](err); ok {
		lines = append(lines, e.Line)
	}
	return lines
}

func TestSheetGolden(t *testing.T) {
	for _, p := range []ident.Purpose{ident.PurposeAuthor, ident.PurposeCosigner} {
		text := sheet(t, testKey(p, 1000012))
		golden(t, p.String()+"_sheet_v1.txt", []byte(text))
		if len(codeLines(text)) != sheetLines {
			t.Errorf("%d lines", len(codeLines(text)))
		}
	}
}

func TestSheetIsNeverRegrown(t *testing.T) {
	text, err := FormatSheet(testKey(ident.PurposeCosigner, maxSheetAccount))
	if err != nil || cap(text) != 1<<10 {
		t.Errorf("capacity %d, %v: a copy of the secret stays in memory", cap(text), err)
	}
}

func TestSheetRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := &Key{
			Purpose: ident.Purpose(rapid.IntRange(1, 5).Draw(t, "purpose")),
			Account: rapid.Uint64Range(0, maxSheetAccount).Draw(t, "account"),
			Secret:  [32]byte(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "secret")),
		}
		text, err := FormatSheet(key)
		if err != nil {
			t.Skip() // a secret out of range
		}
		if got, err := ParseSheet(text); err != nil || *got != *key {
			t.Fatalf("%v, %v", got, err)
		}
		if got, err := ParseSheet(asTyped(t, string(text))); err != nil || *got != *key {
			t.Fatalf("as people type: %v, %v", got, err)
		}
	})
}

// asTyped retypes a sheet the way people do.
func asTyped(t *rapid.T, text string) []byte {
	var out strings.Builder
	for _, line := range codeLines(text) {
		number, code, _ := strings.Cut(line, ": ")
		if rapid.Bool().Draw(t, "number") {
			out.WriteString(number + " :")
		}
		for _, c := range code {
			if c == ' ' && rapid.Bool().Draw(t, "space") {
				continue
			}
			alike := map[rune]string{'0': "0Oo", '1': "1IiLl", ' ': " -"}[c]
			if alike == "" {
				alike = strings.ToLower(string(c)) + string(c)
			}
			out.WriteByte(rapid.SampledFrom([]byte(alike)).Draw(t, "character"))
		}
		out.WriteString(rapid.SampledFrom([]string{"\n", "\r\n", "  \n", "\n\n", "\n# remark\n"}).Draw(t, "end"))
	}
	return []byte(out.String())
}

// TestEverySlipIsNamed: any one character wrong, lost, added or exchanged with its neighbour is found, and its line named.
func TestEverySlipIsNamed(t *testing.T) {
	key := testKey(ident.PurposeAuthor, 1000012)
	lines := codeLines(sheet(t, key))
	expect := func(n int, code, what string) {
		t.Helper()
		typed := slices.Clone(lines)
		typed[n] = code
		got, err := ParseSheet([]byte(strings.Join(typed, "\n")))
		if lines := named(err); got != nil || !errors.Is(err, ErrSheet) || !slices.Equal(lines, []int{n + 1}) {
			t.Errorf("line %d, %s: %q gives %v, %v", n+1, what, code, got, err)
		}
	}
	for n := range lines {
		code := strings.ReplaceAll(strings.TrimPrefix(lines[n], fmt.Sprintf("%d: ", n+1)), " ", "")
		for i := range code {
			for _, c := range symbols {
				if byte(c) != code[i] {
					expect(n, code[:i]+string(c)+code[i+1:], "wrong")
				}
			}
			expect(n, code[:i]+"U"+code[i+1:], "foreign")
			expect(n, code[:i]+code[i+1:], "lost")
			expect(n, code[:i]+"7"+code[i:], "added")
			if i > 0 && code[i] != code[i-1] {
				expect(n, code[:i-1]+string(code[i])+string(code[i-1])+code[i+1:], "exchanged")
			}
		}
		expect(n, code+"7", "added at the end")
		if n > 0 {
			expect(n, fmt.Sprintf("%d: %s", n, code), "wrong number")
		}
	}
}

func TestSheetAsAWhole(t *testing.T) {
	a, b := codeLines(sheet(t, testKey(ident.PurposeNode, 1))), codeLines(sheet(t, testKey(ident.PurposeTLS, 1)))
	bare := func(lines []string) []string {
		out := slices.Clone(lines)
		for i := range out {
			_, out[i], _ = strings.Cut(out[i], ": ")
		}
		return out
	}
	swapped := bare(a)
	swapped[1], swapped[3] = swapped[3], swapped[1]
	mixed := slices.Clone(a)
	mixed[2] = b[2]
	two := slices.Clone(a)
	two[0], two[4] = "1: 0000", "5: *"
	for name, c := range map[string]struct {
		lines []string
		want  []int
	}{
		"lines exchanged": {swapped, []int{2, 4}}, "two sheets": {mixed, []int{0}}, "two slips": {two, []int{1, 5}},
		"a line lost": {a[:4], []int{0}}, "a line too many": {append(slices.Clone(a), a[4]), []int{0}}, "nothing": {nil, []int{0}},
	} {
		if _, err := ParseSheet([]byte(strings.Join(c.lines, "\n"))); !errors.Is(err, ErrSheet) || !slices.Equal(named(err), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := ParseSheet(bytes.Repeat([]byte("#"), MaxSheet+1)); !errors.Is(err, ErrSheet) {
		t.Errorf("oversized: %v", err)
	}
	if _, err := FormatSheet(testKey(ident.PurposeNode, maxSheetAccount+1)); !errors.Is(err, ErrKey) {
		t.Errorf("account too large: %v", err)
	}
	if _, err := FormatSheet(&Key{Purpose: ident.PurposeAuthor}); !errors.Is(err, ErrKey) {
		t.Errorf("no key: %v", err)
	}
}

// TestSheetOfALaterVersion: checks and tag fit, the version does not; likewise a purpose nobody knows.
func TestSheetOfALaterVersion(t *testing.T) {
	for name, c := range map[string]struct {
		head byte
		want int
	}{"version 2": {2<<4 | 1, 1}, "purpose 9": {1<<4 | 9, 0}, "purpose 0": {1 << 4, 0}} {
		key := testKey(ident.Purpose(c.head&15), 1)
		lines := sheetContent(key)
		lines[0][0] = c.head
		var text []byte
		for i, content := range lines {
			text = append(formatLine(text, i+1, content), '\n')
		}
		if _, err := ParseSheet(text); !errors.Is(err, ErrSheet) || !slices.Equal(named(err), []int{c.want}) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestLineCheck is the catalogued check value of the CRC: 0x29B1 for "123456789".
func TestLineCheck(t *testing.T) {
	if got := lineCheck('1', [lineContent]byte([]byte("23456789"))); got != 0x29b1 {
		t.Errorf("%#x", got)
	}
}

func FuzzParseSheet(f *testing.F) {
	f.Add([]byte(sheet(f, testKey(ident.PurposeAuthor, 7))))
	f.Add([]byte("1: 0\n2:\n\n#\n:::"))
	f.Fuzz(func(t *testing.T, text []byte) {
		key, err := ParseSheet(text)
		if err != nil {
			if !errors.Is(err, ErrSheet) {
				t.Errorf("untyped: %v", err)
			}
			return
		}
		again, err := FormatSheet(key)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := ParseSheet(again); err != nil || *back != *key {
			t.Errorf("%v, %v", back, err)
		}
	})
}
