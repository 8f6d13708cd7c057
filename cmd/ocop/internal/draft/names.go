package draft

import (
	"cmp"
	"maps"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/ledger/wire/text"
)

// Names are what the ids of a draft are called, as whoever wrote the file found them: what a person compares who signs without a network. They are no
// part of what is signed, so a false one changes nothing but what is read; it stands beside its id and never in its place.
type Names map[Ref]string

// Ref is something that has an id and a name.
type Ref struct {
	Kind Kind
	ID   string // as drafts write it
}

// Kind is what a name is of.
type Kind uint8

// Kinds of names, in the order of the file.
const (
	Account Kind = iota
	Product
	AnnexProduct // a product's name as an annex has it, for want of the ledger's
	Group        // by its code: a draft that means two rule sets with different names for it has none
	Territory    // by its code
	Certificate  // called as its product
	Sale         // who sells what
	kinds
)

// kindKeys are the keys of the file, and kindWords what people call the kinds.
var (
	kindKeys  = [kinds]string{"accounts", "products", "products-in-annex", "groups", "territories", "certificates", "sales"}
	kindWords = [kinds]lang.Text{
		{Vi: "tài khoản", En: "account"}, {Vi: "sản phẩm", En: "product"}, {Vi: "sản phẩm", En: "product"}, {Vi: "nhóm", En: "group"}, {Vi: "địa bàn", En: "territory"},
		{Vi: "giấy chứng nhận", En: "certificate"}, {Vi: "giao dịch", En: "sale"},
	}
)

// Word is what people call the kind.
func (k Kind) Word() lang.Text { return kindWords[k] }

// MaxName is the longest name of a file in bytes: a register name has at most 240, and a sale is called by two.
const MaxName = 512

// NameOK tells whether a name can be shown beside an id: the text of register names, in which nothing hides, turns round or looks like something else.
func NameOK(s string) bool {
	problem, _ := text.Check(text.Name, []byte(s))
	return problem == text.OK && s != "" && len(s) <= MaxName
}

// With is n and more, whose names are the newer ones.
func (n Names) With(more Names) Names {
	all := make(Names, len(n)+len(more))
	maps.Copy(all, n)
	maps.Copy(all, more)
	return all
}

// isCode tells whether s may name a ledger.
func isCode(s string) bool {
	problem, _ := text.Check(text.Code, []byte(s))
	return problem == text.OK
}

// Refs lists what has a name, in the order of the file: by kind, short ids first, so that numbers ascend.
func (n Names) Refs() []Ref {
	return slices.SortedFunc(maps.Keys(n), func(a, b Ref) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(len(a.ID), len(b.ID)), cmp.Compare(a.ID, b.ID))
	})
}

// format is the section of the file, nil without names.
func (n Names) format(comment string) (key, value *yaml.Node) {
	if len(n) == 0 {
		return nil, nil
	}
	key, value = scalar("names"), mapping()
	key.HeadComment = comment
	var section *yaml.Node
	last := kinds
	for _, ref := range n.Refs() {
		if ref.Kind != last {
			section, last = mapping(), ref.Kind
			value.Content = append(value.Content, scalar(kindKeys[ref.Kind]), section)
		}
		section.Content = append(section.Content, quoted(ref.ID), quoted(n[ref]))
	}
	return key, value
}

// names reads the section. Names are held to the text of register names; ids, to be safe on a screen, too.
func (p *parser) names(n *yaml.Node) Names {
	names := make(Names)
	for _, section := range p.entries(n) {
		kind := slices.Index(kindKeys[:], section.key.Value)
		if kind < 0 {
			p.fail(section.key, lang.Text{Vi: "không có mục %q", En: "there is no key %q"}, section.key.Value)
			continue
		}
		for _, e := range p.entries(section.value) {
			name, ok := p.scalar(e.value)
			id := Clean(e.key.Value)
			name = Clean(name)
			switch {
			case !ok:
			case !NameOK(id) || !NameOK(name):
				p.fail(e.value, lang.Text{Vi: "tên %q của %q không phải là tên đăng ký được", En: "the name %q of %q is not one that a register could hold"}, name, id)
			default:
				names[Ref{Kind(kind), id}] = name
			}
		}
	}
	return names
}
