package vectors

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// maxFolder bounds the files of all groups together, in bytes: they are in every copy of the repository.
const maxFolder = 2_000_000

// TestFiles gives every case of every file to the verifier, from the files alone.
func TestFiles(t *testing.T) {
	paths := must(filepath.Glob("*.json"))
	total, count := 0, 0
	for _, path := range paths {
		data := must(os.ReadFile(path))
		total += len(data)
		var d document
		if err := json.Unmarshal(data, &d); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if again := must(d.encode()); string(again) != string(data) {
			t.Errorf("%s has another spelling", path)
		}
		for i := range d.Cases {
			count++
			check(t, &d, &d.Cases[i])
		}
		for i := range d.Flips {
			count += len(d.Flips[i].Flips)
			flips(t, &d, &d.Flips[i])
		}
	}
	if total > maxFolder {
		t.Errorf("%d bytes, at most %d", total, maxFolder)
	}
	t.Logf("%d cases in %d groups, %d bytes", count, len(paths), total)
}

func check(t *testing.T, d *document, j *caseJSON) *Case {
	t.Helper()
	c, err := d.resolve(j)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Run(j.What, c)
	if err != nil {
		t.Fatalf("%s: %s: %v", d.Group, j.Name, err)
	}
	want := j.Expect
	want.Or = nil
	if string(must(json.Marshal(got))) != string(must(json.Marshal(want))) {
		t.Errorf("%s: %s:\n%s\nwant\n%s", d.Group, j.Name, must(json.Marshal(got)), must(json.Marshal(want)))
	}
	return c
}

func flips(t *testing.T, d *document, j *flipJSON) {
	t.Helper()
	c := check(t, d, &j.caseJSON)
	good := c.File
	for _, f := range j.Flips {
		c.File = slices.Clone(good)
		c.File[f.at] ^= byte(f.by)
		got := must(Run(j.What, c))
		want, _, _ := strings.Cut(f.words, "|")
		if got.OK != (want == "ok") || !got.OK && got.Word != want {
			t.Errorf("%s: %s: byte %d: %+v, want %s", d.Group, j.Name, f.at, got, f.words)
		}
	}
}

func TestEdits(t *testing.T) {
	base := []byte("the quick brown fox jumps over the lazy dog, and the quick brown fox again")
	for _, file := range []string{
		string(base), "", "x", "the quick brown cat jumps over the lazy dog, and the quick brown fox again", "and the quick brown fox again",
		string(base) + string(base), "the lazy dog, the quick brown fox jumps over", string(base[1:]), string(base[:30]) + "\x00" + string(base[30:]),
	} {
		got, err := apply(base, diff(base, []byte(file), windows(base)))
		if err != nil || string(got) != file {
			t.Errorf("%q: %q, %v", file, got, err)
		}
	}
	for _, bad := range [][]edit{{{at: 80}}, {{at: 5, cut: 4}, {at: 8}}, {{at: 70, cut: 10}}, {{cut: -1}}} {
		if _, err := apply(base, bad); err == nil {
			t.Errorf("%v applied", bad)
		}
	}
	r := &ref{name: "a", edits: []edit{{1, 2, []byte{3}}, {4, 0, []byte{}}}, sum: "00000000"}
	var back *ref
	if err := json.Unmarshal(must(json.Marshal(r)), &back); err != nil || !reflect.DeepEqual(r, back) {
		t.Errorf("%+v, %v", back, err)
	}
}
