package reason

import (
	"fmt"
	"slices"
	"strings"
)

// Code is the number of a reason. 0 is none: it never stands in a refusal row.
type Code uint16

// Door is where a reason arises.
type Door uint8

// Doors, in the order in which a record passes them.
const (
	Read      Door = iota + 1 // queries
	Admission                 // a node looks at bytes and signatures, before the ledger does
	Rules                     // the ledger's rules; also met at admission, which asks them early
)

// Info is all there is to say about a reason.
type Info struct {
	Code       Code
	Name       string // snake_case, stable
	Door       Door
	Final      bool   // recorded in the refusals leaf
	Vietnamese string // sentence with {placeholders}
	English    string // sentence with the same placeholders
	Rule       string // the legal act, or the ledger's own rule
}

// Of finds a reason by its number. Of an unknown number, from a newer ledger, it says just that.
func Of(code Code) Info {
	for _, list := range tables {
		if i, ok := slices.BinarySearchFunc(list, code, func(r Info, c Code) int { return int(r.Code) - int(c) }); ok {
			return list[i]
		}
	}
	return Info{
		Code: code, Name: fmt.Sprintf("reason_%d", code), Door: Rules,
		Vietnamese: fmt.Sprintf("Từ chối vì lý do số %d, phần mềm này chưa biết. Hãy cập nhật phần mềm.", code),
		English:    fmt.Sprintf("Refused for reason %d, which this software does not know yet. Please update it.", code),
	}
}

// ByName finds a reason by its name.
func ByName(name string) (Info, bool) {
	for _, list := range tables {
		for _, info := range list {
			if info.Name == name {
				return info, true
			}
		}
	}
	return Info{}, false
}

// All lists the reasons in the order of their numbers.
func All() []Info { return slices.Concat(tables[:]...) }

func (c Code) String() string { return Of(c).Name }

// Sentences fills the placeholders of both sentences. A placeholder that no argument names becomes "…".
func (i Info) Sentences(args []Arg) (vietnamese, english string) {
	return fill(i.Vietnamese, args, func(a Arg) string { return a.Vietnamese }),
		fill(i.English, args, func(a Arg) string { return a.English })
}

func fill(sentence string, args []Arg, in func(Arg) string) string {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(sentence, "{")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		name, after, ok := strings.Cut(rest, "}")
		if !ok {
			b.WriteString("{" + rest)
			return b.String()
		}
		if i := slices.IndexFunc(args, func(a Arg) bool { return a.Name == name }); i >= 0 {
			b.WriteString(in(args[i]))
		} else {
			b.WriteString("…")
		}
		sentence = after
	}
}

// Placeholders lists the names in a sentence, in order of first use.
func Placeholders(sentence string) (names []string) {
	for {
		_, rest, ok := strings.Cut(sentence, "{")
		if !ok {
			return names
		}
		name, after, ok := strings.Cut(rest, "}")
		if !ok {
			return names
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
		sentence = after
	}
}
