// Package runbooks is what to do when something does not work. The commands of the pages are run here, against a network of real processes.
package runbooks

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// block is a fenced block of shell commands. One that begins with ```sh run is run by the tests; what follows says how:
//
//	on=2         on the machine of that agency's node; otherwise of agency 1's
//	exit=0,20    exit codes that are right; otherwise 0
//	says=WORD    the output has the word; may be repeated
//	later=WHAT   it is not run yet: the program cannot do it
//
// Blocks of other machines and of the operating system are ```sh alone.
type block struct {
	page   string
	line   int
	on     int
	exits  []int
	says   []string
	later  string
	run    bool
	script string
}

func (b *block) name() string { return fmt.Sprintf("%s:%d", b.page, b.line) }

// parse takes the blocks out of a page.
func parse(page, text string) (blocks []*block, err error) {
	var b *block
	for i, line := range strings.Split(text, "\n") {
		switch {
		case b == nil && strings.HasPrefix(line, "```"):
			if b, err = open(page, i+1, strings.Fields(line[3:])); err != nil {
				return nil, err
			}
		case b != nil && line == "```":
			if b.line > 0 {
				blocks = append(blocks, b)
			}
			b = nil
		case b != nil:
			b.script += line + "\n"
		}
	}
	if b != nil {
		return nil, fmt.Errorf("%s has no end", b.name())
	}
	return blocks, nil
}

// open begins a block; of line 0 is one that is no shell.
func open(page string, line int, words []string) (*block, error) {
	if len(words) == 0 || words[0] != "sh" {
		return new(block), nil
	}
	b := &block{page: page, line: line, on: 1, exits: []int{0}}
	for _, word := range words[1:] {
		key, value, _ := strings.Cut(word, "=")
		switch key {
		case "run":
			b.run = true
		case "says":
			b.says = append(b.says, value)
		case "later":
			b.later = value
		case "on":
			n, err := strconv.Atoi(value)
			if err != nil || n < 1 || n > 3 {
				return nil, fmt.Errorf("%s: on=%s", b.name(), value)
			}
			b.on = n
		case "exit":
			b.exits = nil
			for code := range strings.SplitSeq(value, ",") {
				n, err := strconv.Atoi(code)
				if err != nil {
					return nil, fmt.Errorf("%s: exit=%s", b.name(), value)
				}
				b.exits = append(b.exits, n)
			}
		default:
			return nil, fmt.Errorf("%s: %q", b.name(), word)
		}
	}
	if len(words) > 1 && !b.run {
		return nil, fmt.Errorf("%s: what is said of a block that is not run", b.name())
	}
	return b, nil
}

// pages are all pages of situations, by name.
func pages(t *testing.T) map[string][]*block {
	t.Helper()
	names, err := filepath.Glob("[0-9]*.md")
	if err != nil || len(names) != 10 {
		t.Fatalf("pages %v, %v", names, err)
	}
	all := make(map[string][]*block)
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if all[name], err = parse(name, string(text)); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// TestPages: every page has its four parts and something that is run, and names codes that the doctor has.
func TestPages(t *testing.T) {
	kinds, err := os.ReadFile("../../../cmd/ocopd/internal/doctor/testdata/kinds.txt")
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	for _, found := range regexp.MustCompile(`(?m)^([a-z]+\.[a-z-]+) (critical|warning|note)$`).FindAllStringSubmatch(string(kinds), -1) {
		codes = append(codes, found[1])
	}
	if len(codes) < 50 {
		t.Fatalf("codes %q", codes)
	}
	index, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	code := regexp.MustCompile("`([a-z]+\\.[a-z-]+)`")
	for name, blocks := range pages(t) {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		at := 0
		for _, part := range []string{"\n## Triệu chứng – Symptom\n", "\n## Xem – Look\n", "\n## Làm – Do\n", "\n## Kiểm tra – Check\n"} {
			next := strings.Index(string(text), part)
			if next < at {
				t.Errorf("%s: %q is not there, or not in its place", name, strings.TrimSpace(part))
			}
			at = next
		}
		if !slices.ContainsFunc(blocks, func(b *block) bool { return b.run && b.later == "" }) {
			t.Errorf("%s has nothing that is run", name)
		}
		for _, found := range code.FindAllStringSubmatch(string(text), -1) {
			if file := strings.HasSuffix(found[1], ".db") || strings.HasSuffix(found[1], ".slot") || strings.HasSuffix(found[1], ".yaml"); !file && strings.Contains("\n"+lineOf(string(text), found[0]), "doctor") && !slices.Contains(codes, found[1]) {
				t.Errorf("%s names %s, which the doctor does not say", name, found[1])
			}
		}
		for _, b := range blocks {
			for _, word := range b.says {
				if regexp.MustCompile(`^[a-z]+\.[a-z-]+$`).MatchString(word) && !slices.Contains(codes, word) {
					t.Errorf("%s: the doctor does not say %s", b.name(), word)
				}
			}
		}
		if !strings.Contains(string(index), "]("+name+")") {
			t.Errorf("README.md does not lead to %s", name)
		}
	}
}

func lineOf(text, word string) string {
	at := strings.Index(text, word)
	start := strings.LastIndexByte(text[:at], '\n') + 1
	line, _, _ := strings.Cut(text[start:], "\n")
	return line
}

func TestParse(t *testing.T) {
	blocks, err := parse("p.md", "text\n```sh run on=2 exit=0,20 says=a says=b\nx\ny\n```\n```console\n$ z\n```\n```sh run later=restore\nr\n```\n```sh\nos\n```\n")
	if err != nil || len(blocks) != 3 {
		t.Fatalf("%+v, %v", blocks, err)
	}
	if b := blocks[0]; !b.run || b.on != 2 || !slices.Equal(b.exits, []int{0, 20}) || !slices.Equal(b.says, []string{"a", "b"}) || b.script != "x\ny\n" || b.name() != "p.md:2" {
		t.Errorf("%+v", b)
	}
	if b := blocks[1]; b.later != "restore" || b.on != 1 || !slices.Equal(b.exits, []int{0}) {
		t.Errorf("%+v", b)
	}
	if blocks[2].run {
		t.Error("a block of the operating system is run")
	}
	for _, bad := range []string{"```sh run on=4\n```\n", "```sh run exit=x\n```\n", "```sh walk\n```\n", "```sh exit=1\n```\n", "```sh run\n"} {
		if _, err := parse("p.md", bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}
