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

	// The sentences for where the values are not known; empty when the sentences above have no placeholders.
	BareVietnamese, BareEnglish string

	Rule Rule
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
		Rule:       ruleNewer,
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

// Sentences fills the placeholders of both sentences. When one of them has no argument, both are the bare ones: nothing is ever left open.
func (i Info) Sentences(args []Arg) (vietnamese, english string) {
	for _, name := range Placeholders(i.Vietnamese) {
		if !slices.ContainsFunc(args, func(a Arg) bool { return a.Name == name }) {
			return i.BareVietnamese, i.BareEnglish
		}
	}
	return fill(i.Vietnamese, args, func(a Arg) string { return a.Vietnamese }),
		fill(i.English, args, func(a Arg) string { return a.English })
}

// Recalled is how a refusal is told that was read from the ledger. A refusal row holds reason and action; the values were told once, by the node
// that first answered, and they cannot be had again: the state has gone on, and so may the reason have.
func (i Info) Recalled() (vietnamese, english string) {
	if i.BareVietnamese == "" {
		return i.Vietnamese, i.English
	}
	return i.BareVietnamese + " Bản ghi đã bị từ chối trước đây: sổ cái giữ lý do, còn số liệu nằm trong câu trả lời đầu tiên.",
		i.BareEnglish + " The record was refused before: the ledger keeps the reason, and the values were in the first answer."
}

// fill looks at the sentence once: braces in a value are left as they are.
func fill(sentence string, args []Arg, in func(Arg) string) string {
	pairs := make([]string, 0, 2*len(args))
	for _, a := range args {
		pairs = append(pairs, "{"+a.Name+"}", in(a))
	}
	return strings.NewReplacer(pairs...).Replace(sentence)
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
