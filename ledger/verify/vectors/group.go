package vectors

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// exact is the largest number that readers of JSON with floating point take as it is.
const exact = 1<<53 - 1

// Group gathers the cases of one test.
type Group struct {
	t     testing.TB
	path  string
	doc   document
	cases []gathered
}

type gathered struct {
	name  string
	what  What
	c     Case
	want  Expect
	flips []flip
}

// New begins a group. dir is this folder, seen from the test's; about says in a sentence what the cases have in common. When the test ends, the
// group's file is compared or, with OCOP_GOLDEN=write, written; not so when only some of the test's parts were run.
func New(t testing.TB, dir, name, about string) *Group {
	t.Helper()
	g := &Group{t: t, path: filepath.Join(dir, name+".json"), doc: document{Group: name, About: about}}
	t.Cleanup(func() {
		if run := flag.Lookup("test.run"); !t.Failed() && (run == nil || !strings.Contains(run.Value.String(), "/")) {
			g.finish()
		}
	})
	return g
}

// Add runs a case and keeps it. The name is unique in its group.
func (g *Group) Add(name string, what What, c Case) Expect {
	g.t.Helper()
	out, err := Run(what, &c)
	if err != nil {
		g.t.Errorf("%s: %v", name, err)
	}
	out.Or = also(what, &c, out)
	for _, n := range []uint64{c.With.Since, c.With.Now, c.With.Period} {
		if n > exact {
			g.t.Errorf("%s: %d is too large for JSON", name, n)
		}
	}
	g.cases = append(g.cases, gathered{name: name, what: what, c: c, want: out})
	return out
}

// Flip adds a case that is accepted, and then changes every step-th byte of its file but those that skip passes over; nil: none.
func (g *Group) Flip(name string, what What, c Case, step int, skip func(at int) bool) {
	g.t.Helper()
	if out := g.Add(name, what, c); !out.OK {
		g.t.Errorf("%s: refused as %s", name, out.Word)
	}
	last := &g.cases[len(g.cases)-1]
	for at := 0; at < len(c.File); at += step {
		if skip != nil && skip(at) {
			continue
		}
		f := flip{at: at, by: 1 + at%255, words: "ok"}
		bent := c
		bent.File = slices.Clone(c.File)
		bent.File[at] ^= byte(f.by)
		out, err := Run(what, &bent)
		if err != nil {
			g.t.Errorf("%s: byte %d: %v", name, at, err)
		}
		if !out.OK {
			f.words = strings.Join(append([]string{out.Word}, also(what, &bent, out)...), "|")
		}
		last.flips = append(last.flips, f)
	}
}

func (g *Group) finish() {
	g.t.Helper()
	slices.SortStableFunc(g.cases, func(a, b gathered) int { return strings.Compare(a.name, b.name) })
	in := interner{doc: &g.doc}
	for _, c := range g.cases { // what is accepted first: what is not is mostly made of it
		if c.want.OK {
			in.file(c.c.File)
		}
	}
	for i, c := range g.cases {
		if i > 0 && g.cases[i-1].name == c.name {
			g.t.Errorf("two cases %q", c.name)
		}
		j := caseJSON{
			Name: c.name, What: c.what, File: in.file(c.c.File), Seal: in.file(c.c.Seal), Path: in.file(c.c.Path), Older: in.file(c.c.Older), With: in.with(&c.c.With),
			Expect: c.want,
		}
		if c.flips != nil {
			g.doc.Flips = append(g.doc.Flips, flipJSON{j, c.flips})
		} else {
			g.doc.Cases = append(g.doc.Cases, j)
		}
	}
	data, err := g.doc.encode()
	if err != nil {
		g.t.Fatal(err)
	}
	if os.Getenv("OCOP_GOLDEN") == "write" {
		if err := os.WriteFile(g.path, data, 0o644); err != nil {
			g.t.Fatal(err)
		}
	}
	if want, err := os.ReadFile(g.path); err != nil || !bytes.Equal(want, data) {
		g.t.Errorf("%s is not what the test makes (OCOP_GOLDEN=write makes it anew): %v", g.path, err)
	}
}

// interner names files and settings, each once.
type interner struct {
	doc    *document
	places []map[string][]int // windows of the files
	known  map[string]string  // settings, encoded, to names
}

// worth is the part of a file's size, in percent, up to which edits are preferred to a file of its own.
const worth = 60

func (in *interner) file(data []byte) *ref {
	if data == nil {
		return nil
	}
	best, least := (*ref)(nil), base64.StdEncoding.EncodedLen(len(data))*worth/100
	for i, f := range in.doc.Files {
		if bytes.Equal(f.Bytes, data) {
			return &ref{name: f.Name}
		}
		r := &ref{name: f.Name, edits: diff(f.Bytes, data, in.places[i]), sum: sum(data)}
		if size := len(must(json.Marshal(r))); size < least {
			best, least = r, size
		}
	}
	if best != nil {
		return best
	}
	name := fmt.Sprintf("file-%d", len(in.doc.Files)+1)
	in.doc.Files = append(in.doc.Files, named{name, slices.Clone(data)})
	in.places = append(in.places, windows(data))
	return &ref{name: name}
}

func (in *interner) with(w *With) string {
	j := withJSON{
		Policy: in.file(w.Policy), Since: w.Since, Now: w.Now, Period: w.Period, Memory: in.file(w.Memory), Older: w.Older, MaxAge: w.MaxAge, Ask: w.Ask,
		Date: w.Date, AsOf: w.AsOf,
	}
	for _, h := range w.Handovers {
		j.Handovers = append(j.Handovers, in.file(h))
	}
	key := string(must(json.Marshal(j)))
	if name, ok := in.known[key]; ok {
		return name
	}
	if in.known == nil {
		in.known = make(map[string]string)
	}
	j.Name = fmt.Sprintf("with-%d", len(in.doc.With)+1)
	in.known[key] = j.Name
	in.doc.With = append(in.doc.With, j)
	return j.Name
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
