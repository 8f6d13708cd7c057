package vectors

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
)

// document is a group's file.
type document struct {
	Group string     `json:"group"`
	About string     `json:"about"`
	Files []named    `json:"files"`
	With  []withJSON `json:"with"`
	Cases []caseJSON `json:"cases"`
	Flips []flipJSON `json:"flips"`
}

type named struct {
	Name  string `json:"name"`
	Bytes []byte `json:"bytes"`
}

type withJSON struct {
	Name      string  `json:"name"`
	Policy    *ref    `json:"policy,omitempty"`
	Since     uint64  `json:"since"`
	Now       uint64  `json:"now"`
	Period    uint64  `json:"period,omitempty"`
	Handovers []*ref  `json:"handovers,omitempty"`
	Memory    *ref    `json:"memory,omitempty"`
	Older     bool    `json:"older,omitempty"`
	MaxAge    uint64  `json:"maxAge,omitempty"`
	Ask       string  `json:"ask,omitempty"`
	Date      uint32  `json:"date,omitempty"`
	AsOf      *uint64 `json:"asOf,omitempty"`
}

type caseJSON struct {
	Name   string `json:"name"`
	What   What   `json:"what"`
	File   *ref   `json:"file,omitempty"`
	Seal   *ref   `json:"seal,omitempty"`
	Path   *ref   `json:"path,omitempty"`
	Older  *ref   `json:"older,omitempty"`
	With   string `json:"with"`
	Expect Expect `json:"expect"`
}

// flipJSON is a file of which one byte after the other is changed. The case itself is accepted.
type flipJSON struct {
	caseJSON
	Flips []flip `json:"flips"`
}

// flip is one byte changed, by exclusive or, and what follows: ok, or the words allowed.
type flip struct {
	at, by int
	words  string
}

func (f flip) MarshalJSON() ([]byte, error) { return json.Marshal([]any{f.at, f.by, f.words}) }

func (f *flip) UnmarshalJSON(data []byte) error {
	return json.Unmarshal(data, &[]any{&f.at, &f.by, &f.words})
}

// ref is a file by its name, or what edits make of one.
type ref struct {
	name  string
	edits []edit
	sum   string // first bytes of the SHA-256 of what the edits make
}

const sumBytes = 4

func sum(data []byte) string {
	h := sha256.Sum256(data)
	return hex.EncodeToString(h[:sumBytes])
}

func (r *ref) MarshalJSON() ([]byte, error) {
	if len(r.edits) == 0 {
		return json.Marshal(r.name)
	}
	edits := make([][]any, len(r.edits))
	for i, e := range r.edits {
		edits[i] = []any{e.at, e.cut, base64.StdEncoding.EncodeToString(e.put)}
	}
	return json.Marshal(map[string]any{"base": r.name, "edits": edits, "sum": r.sum})
}

func (r *ref) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '"' {
		return json.Unmarshal(data, &r.name)
	}
	var raw struct {
		Base  string              `json:"base"`
		Edits [][]json.RawMessage `json:"edits"`
		Sum   string              `json:"sum"`
	}
	if err := json.Unmarshal(data, &raw); err != nil {
		return err
	}
	r.name, r.sum = raw.Base, raw.Sum
	for _, parts := range raw.Edits {
		if len(parts) != 3 {
			return fmt.Errorf("an edit of %d parts", len(parts))
		}
		var e edit
		for i, into := range []any{&e.at, &e.cut, &e.put} {
			if err := json.Unmarshal(parts[i], into); err != nil {
				return err
			}
		}
		r.edits = append(r.edits, e)
	}
	return nil
}

func (d *document) bytes(r *ref) ([]byte, error) {
	if r == nil {
		return nil, nil
	}
	i := slices.IndexFunc(d.Files, func(n named) bool { return n.Name == r.name })
	if i < 0 {
		return nil, fmt.Errorf("no file %q", r.name)
	}
	out, err := apply(d.Files[i].Bytes, r.edits)
	if err == nil && len(r.edits) > 0 && sum(out) != r.sum {
		err = fmt.Errorf("edits of %s give another file", r.name)
	}
	return out, err
}

// resolve makes a case of its line.
func (d *document) resolve(j *caseJSON) (*Case, error) {
	i := slices.IndexFunc(d.With, func(w withJSON) bool { return w.Name == j.With })
	if i < 0 {
		return nil, fmt.Errorf("%s: no settings %q", j.Name, j.With)
	}
	w := &d.With[i]
	c := &Case{With: With{Since: w.Since, Now: w.Now, Period: w.Period, Older: w.Older, MaxAge: w.MaxAge, Ask: w.Ask, Date: w.Date, AsOf: w.AsOf}}
	for _, part := range []struct {
		from *ref
		into *[]byte
	}{{j.File, &c.File}, {j.Seal, &c.Seal}, {j.Path, &c.Path}, {j.Older, &c.Older}, {w.Policy, &c.With.Policy}, {w.Memory, &c.With.Memory}} {
		data, err := d.bytes(part.from)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", j.Name, err)
		}
		*part.into = data
	}
	for _, r := range w.Handovers {
		data, err := d.bytes(r)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", j.Name, err)
		}
		c.With.Handovers = append(c.With.Handovers, data)
	}
	return c, nil
}

// encode writes a group with one thing on a line, so that a change shows as what it is.
func (d *document) encode() ([]byte, error) {
	var b bytes.Buffer
	var failed error
	put := func(v any) {
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(v); err != nil {
			failed = err
		}
		b.Truncate(b.Len() - 1) // Encode ends with a line end
	}
	b.WriteString("{\n\"group\": ")
	put(d.Group)
	b.WriteString(",\n\"about\": ")
	put(d.About)
	lines(&b, put, "files", d.Files)
	lines(&b, put, "with", d.With)
	lines(&b, put, "cases", d.Cases)
	lines(&b, put, "flips", d.Flips)
	b.WriteString("\n}\n")
	return b.Bytes(), failed
}

func lines[T any](b *bytes.Buffer, put func(any), name string, all []T) {
	fmt.Fprintf(b, ",\n%q: [", name)
	for i := range all {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('\n')
		put(&all[i])
	}
	b.WriteString("\n]")
}
