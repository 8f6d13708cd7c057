package doctor

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/ledger"
)

// Gravity is how bad it is.
type Gravity uint8

// Gravities, the worst first.
const (
	Critical Gravity = iota // the node or the network does not do its work, or the ledger's files are at risk
	Warning                 // it works, and not for long, or less safely than it could
	Note                    // to be known
)

func (g Gravity) String() string { return [...]string{"critical", "warning", "note"}[g] }

// Text is the gravity for people.
func (g Gravity) Text() lang.Text {
	return [...]lang.Text{{Vi: "NGHIÊM TRỌNG", En: "CRITICAL"}, {Vi: "CẢNH BÁO", En: "WARNING"}, {Vi: "LƯU Ý", En: "NOTE"}}[g]
}

// Kind is something that a doctor can find. The sentences have places like {agency} for what was seen.
type Kind struct {
	Code    string // stable
	Gravity Gravity
	What    lang.Text // is the matter
	Why     lang.Text // it matters
	Next    lang.Text // safe step
	Command string    // of the next step; empty: it is nothing to type
}

// Finding is a kind with what was seen.
type Finding struct {
	Code    string
	Gravity Gravity
	Agency  ledger.AccountID // that it is about; 0: this node, or the network
	What    lang.Text
	Why     lang.Text
	Next    lang.Text
	Command string

	order int
}

// values fill the places of a kind's sentences.
type values map[string]lang.Text

func text(s string) lang.Text { return lang.Text{Vi: s, En: s} }

func number[N ~int | ~uint64 | ~uint32 | ~uint8 | ~int64](n N) lang.Text {
	return text(strconv.FormatInt(int64(n), 10))
}

func (v values) fill(t lang.Text) lang.Text {
	vi, en := make([]string, 0, 2*len(v)), make([]string, 0, 2*len(v))
	for name, value := range v {
		vi, en = append(vi, "{"+name+"}", value.Vi), append(en, "{"+name+"}", value.En)
	}
	return lang.Text{Vi: strings.TrimSpace(strings.NewReplacer(vi...).Replace(t.Vi)), En: strings.TrimSpace(strings.NewReplacer(en...).Replace(t.En))}
}

// list collects findings.
type list struct {
	common values
	found  []Finding
}

// add notes a finding. Agency is who it is about, or 0.
func (l *list) add(code string, agency ledger.AccountID, v values) {
	i := slices.IndexFunc(Kinds, func(k Kind) bool { return k.Code == code })
	k := &Kinds[i] // a code that is not in the table is a mistake in this package, which every test shows
	all := values{"agency": text(agency.String())}
	for name, value := range l.common {
		all[name] = value
	}
	for name, value := range v {
		all[name] = value
	}
	l.found = append(l.found, Finding{
		Code: code, Gravity: k.Gravity, Agency: agency, What: all.fill(k.What), Why: all.fill(k.Why), Next: all.fill(k.Next), Command: all.fill(text(k.Command)).En, order: i,
	})
}

// sorted gives the worst first; of one gravity, causes first.
func (l *list) sorted() []Finding {
	slices.SortStableFunc(l.found, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Gravity, b.Gravity), cmp.Compare(a.order, b.order), cmp.Compare(a.Agency, b.Agency))
	})
	return l.found
}
