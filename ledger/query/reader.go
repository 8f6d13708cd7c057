package query

import (
	"strings"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/subject"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

// maxDepth is how many territories lie in one another at most: commune, district, province, country.
const maxDepth = 8

// reader builds one answer. It remembers what the answer names again and again: who an account is, what a place is called.
type reader struct {
	Source
	accounts     map[ledger.AccountID]*subject.AccountValue
	actors       map[ledger.AccountID]*apiv1.Actor // as they are shown, in several places of the answer
	products     map[ledger.ProductID]*subject.ProductValue
	certificates map[ledger.CertificateID]*subject.CertificateValue
	places       map[uint32]*apiv1.Place
	schemes      map[string]*subject.SchemeValue
	touching     map[subject.ID][]uint64 // leaves that touched subjects of few entries
	touches      map[span][]ledger.Touch // of histories, as they were read
	windows      []window                // backdating windows, once read, in their order
	names        names
	named        named
	room         func(bytes int) []byte // see Snapshot
	slabs        struct {
		events slab[apiv1.Event]
		sales  slab[apiv1.Sale]
	}
}

// reader builds an answer of the snapshot.
func (s *Snapshot) reader() *reader {
	r := newReader(s.Source)
	r.room = s.room
	return r
}

func newReader(s Source) *reader {
	return &reader{
		Source:       s,
		accounts:     make(map[ledger.AccountID]*subject.AccountValue),
		actors:       make(map[ledger.AccountID]*apiv1.Actor),
		products:     make(map[ledger.ProductID]*subject.ProductValue),
		certificates: make(map[ledger.CertificateID]*subject.CertificateValue),
		places:       make(map[uint32]*apiv1.Place),
		schemes:      make(map[string]*subject.SchemeValue),
		touching:     make(map[subject.ID][]uint64),
		touches:      make(map[span][]ledger.Touch),
	}
}

// span is some entries of a history.
type span struct {
	id   subject.ID
	from uint64
	max  int
}

// Touches implements Source. A lot's history is walked for who holds the lot, for what was made of it and how it was inspected, and then to be told; it is read once.
func (r *reader) Touches(id subject.ID, from uint64, max int) ([]ledger.Touch, error) {
	at := span{id, from, max}
	if touches, ok := r.touches[at]; ok {
		return touches, nil
	}
	touches, err := r.Source.Touches(id, from, max)
	if err == nil {
		r.touches[at] = touches
	}
	return touches, err
}

// remembered looks a parsed value up, or reads it.
func remembered[K comparable, V any](r *reader, known map[K]*V, key K, id subject.ID, parse func([]byte) (V, error)) (*V, error) {
	if v, ok := known[key]; ok {
		return v, nil
	}
	v, err := read(r.Source, id, parse)
	if err != nil {
		return nil, err
	}
	known[key] = &v
	return &v, nil
}

func (r *reader) account(a ledger.AccountID) (*subject.AccountValue, error) {
	return remembered(r, r.accounts, a, subject.Account(a), subject.ParseAccount)
}

func (r *reader) productValue(p ledger.ProductID) (*subject.ProductValue, error) {
	return remembered(r, r.products, p, subject.Product(p), subject.ParseProduct)
}

func (r *reader) certificateValue(c ledger.CertificateID) (*subject.CertificateValue, error) {
	return remembered(r, r.certificates, c, subject.Certificate(c), subject.ParseCertificate)
}

// actor shows an account. One that cannot be read is shown by its number alone: who it is was never what an answer rests on.
func (r *reader) actor(a ledger.AccountID) *apiv1.Actor {
	if shown, ok := r.actors[a]; ok {
		return shown
	}
	shown := &apiv1.Actor{Account: uint64(a)}
	r.actors[a] = shown
	v, err := r.account(a)
	if err != nil {
		return shown
	}
	shown.Name, shown.Kind, shown.Seat = v.Name.Register, uint32(v.Kind), r.place(v.Territory)
	return shown
}

// place names a territory together with those it lies in, but the country.
func (r *reader) place(code uint32) *apiv1.Place {
	if code == 0 {
		return nil
	}
	if p, ok := r.places[code]; ok {
		return p
	}
	p := &apiv1.Place{Code: code}
	var names []string
	for at := code; at != 0 && len(names) < maxDepth; {
		t, err := read(r.Source, subject.Territory(at), subject.ParseTerritory)
		if err != nil || t.Level == subject.LevelMinistry && at != code {
			break
		}
		if at == code {
			p.Level = uint32(t.Level)
		}
		names = append(names, t.Name)
		at = t.Parent
	}
	if len(names) > 0 {
		p.Name, p.FullName = names[0], strings.Join(names, ", ")
	}
	r.places[code] = p
	return p
}

func (r *reader) scheme(id string) *subject.SchemeValue {
	v, err := remembered(r, r.schemes, id, subject.Scheme(id), subject.ParseScheme)
	if err != nil {
		return &subject.SchemeValue{ID: id}
	}
	return v
}

func (r *reader) group(scheme, code string) *apiv1.Group {
	shown := &apiv1.Group{Scheme: scheme, Code: code}
	for _, g := range r.scheme(scheme).Groups {
		if g.Code == code {
			shown.Name = g.Name
		}
	}
	return shown
}

// Place names a territory; one that is not on the ledger by its code alone.
func (s *Snapshot) Place(code uint32) *apiv1.Place { return newReader(s.Source).place(code) }

// CertificateGroup names a product group in the rule set of a certificate; one that is not there by its code alone.
func (s *Snapshot) CertificateGroup(c ledger.CertificateID, code string) *apiv1.Group {
	r := newReader(s.Source)
	v, err := r.certificateValue(c)
	if err != nil {
		return &apiv1.Group{Code: code}
	}
	return r.group(v.Scheme, code)
}

// Actor names an account; one that is not on the ledger by its number alone.
func (s *Snapshot) Actor(a ledger.AccountID) *apiv1.Actor { return newReader(s.Source).actor(a) }
