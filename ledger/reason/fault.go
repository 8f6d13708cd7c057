package reason

import "slices"

// Fault is what is wrong with a field, for the reasons that leave it open, such as invalid_request: a word for machines, and half a sentence for
// people in each language. What a parser or a library says in English is never shown in its place.
type Fault struct {
	Kind                string // snake_case, stable
	Vietnamese, English string // without full stop
}

// Args fill the placeholder {detail} of the reason's sentences, and carry the kind along.
func (f Fault) Args() []Arg {
	return []Arg{Text(kindName, f.Kind), Words("detail", f.Vietnamese, f.English)}
}

// KindOf finds the kind of the fault among the arguments of a refusal; empty: the reason says all.
func KindOf(args []Arg) string {
	if i := slices.IndexFunc(args, func(a Arg) bool { return a.Name == kindName }); i >= 0 {
		return args[i].English
	}
	return ""
}

// kindName is an argument that no sentence has a place for.
const kindName = "kind"
