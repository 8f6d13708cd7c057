package explain

import (
	"strconv"
	"strings"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/ocop/internal/draft"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/genesis"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// Action is an action in one sentence, made of what is signed alone.
func Action(l lang.Language, a *recordv1.Action) string {
	return Noted(l, a, nil)
}

// Noted is an action with names from a draft file, which nobody signs, in brackets behind the ids: "product 1000012.3 [Cà phê bột; HTX Công Bằng]".
func Noted(l lang.Language, a *recordv1.Action, names draft.Names) string {
	return noting(l, names).action(a)
}

func noting(l lang.Language, names draft.Names) voice {
	return voice{l: l, name: func(r draft.Ref) string { return names[r] }}
}

// Told is an action in the words of a node that tells it with its names: "product Cà phê bột (1000012.3)".
func Told(l lang.Language, a *recordv1.Action, names draft.Names) string {
	return voice{l: l, name: func(r draft.Ref) string { return names[r] }, told: true}.action(a)
}

// Refs lists what Noted would name, once each.
func Refs(author ledger.AccountID, records [][]*recordv1.Action) (refs []draft.Ref) {
	seen := make(map[draft.Ref]bool)
	v := voice{name: func(r draft.Ref) string {
		if !seen[r] && r.Kind != draft.AnnexProduct { // which no register knows
			seen[r] = true
			refs = append(refs, r)
		}
		return ""
	}}
	v.account(uint64(author))
	for _, actions := range records {
		for _, a := range actions {
			v.action(a)
		}
	}
	return refs
}

// voice says actions, asking for names as it comes to ids.
type voice struct {
	l    lang.Language
	name func(draft.Ref) string // empty: it has none
	told bool                   // names first, as part of what is told; otherwise in brackets, as notes to it
}

// brackets keep a name from ending the brackets that it stands in.
var brackets = strings.NewReplacer("[", "(", "]", ")")

func (v voice) beside(id string, names ...string) string {
	var known []string
	for _, name := range names {
		if name != "" {
			known = append(known, name)
		}
	}
	switch {
	case len(known) == 0:
		return id
	case v.told:
		return known[0] + " (" + id + ")"
	}
	return id + " [" + brackets.Replace(strings.Join(known, "; ")) + "]"
}

func (v voice) named(k draft.Kind, id string) string {
	return v.beside(id, v.name(draft.Ref{Kind: k, ID: id}))
}

func (v voice) account(n uint64) string { return v.named(draft.Account, strconv.FormatUint(n, 10)) }

func (v voice) territory(n uint64) string {
	return v.named(draft.Territory, strconv.FormatUint(n, 10))
}

func (v voice) group(code string) string {
	name := v.name(draft.Ref{Kind: draft.Group, ID: code})
	if v.told { // in brackets stands the name as the draft file has it
		name = GroupName(v.l, name)
	}
	return v.beside(code, name)
}

// GroupName is the ledger's name of a product group; for readers of English, behind a translation if there is one.
func GroupName(l lang.Language, name string) string {
	if english := genesis.EnglishGroup(name); l == lang.English && english != "" {
		return english + " – " + name
	}
	return name
}

func (v voice) product(id ledger.ProductID) string { return v.ofProduct(id.String(), id) }

// lot is called as its product. The lot's id has the product's in it, so that who tells the product need not name it again.
func (v voice) lot(id ledger.LotID) string {
	if v.told {
		return id.String()
	}
	return v.ofProduct(id.String(), id.Product)
}

func (v voice) ofProduct(id string, product ledger.ProductID) string {
	name := v.name(draft.Ref{Kind: draft.Product, ID: product.String()})
	if name == "" {
		if annexed := v.name(draft.Ref{Kind: draft.AnnexProduct, ID: product.String()}); annexed != "" {
			name = lang.Text{Vi: "tên theo phụ lục: %s", En: "name as in the annex: %s"}.F(v.l, annexed)
		}
	}
	return v.beside(id, name, v.name(draft.Ref{Kind: draft.Account, ID: product.Producer.String()}))
}

func (v voice) certificate(r *recordv1.CertificateRef) string {
	return v.named(draft.Certificate, compose.CertificateID(r).String())
}
