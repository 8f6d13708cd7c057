// Package naming finds out what the ids of a draft are called, and by which rule set a Decision is judged, from a state of the ledger: that of a node
// now, or the one that genesis begins with.
//
// The names go into the draft file, for whoever signs without a network; see [draft.Names] for what they are worth there.
package naming

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/ocopledger/ocop/cmd/ocop/internal/draft"
	"github.com/ocopledger/ocop/cmd/ocop/internal/explain"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/genesis"
	"github.com/ocopledger/ocop/ledger/subject"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// lookups is how many names are asked for at a time: enough that a distant node is not waited for name by name.
const lookups = 16

// ErrNone says that a state has no such subject.
var ErrNone = errors.New("naming: no such subject")

// Register is a state of the ledger to look names up in. It gives the value of a subject, or an error that is ErrNone.
type Register func(ctx context.Context, id subject.ID) (value []byte, err error)

// Genesis is the state a ledger begins with: agencies, territories and rule sets, and no products yet.
func Genesis(g *genesis.Genesis) Register {
	values := make(map[subject.ID][]byte)
	for _, s := range g.Subjects() {
		values[s.ID] = s.Value
	}
	return func(_ context.Context, id subject.ID) ([]byte, error) {
		if v, ok := values[id]; ok {
			return v, nil
		}
		return nil, ErrNone
	}
}

func in[T any](ctx context.Context, r Register, id subject.ID, parse func([]byte) (T, error)) (v T, err error) {
	data, err := r(ctx, id)
	if err != nil {
		return v, err
	}
	return parse(data)
}

// Draft looks up what the ids of a draft are called. What is not in the register, or has no public name, is left out.
func (r Register) Draft(ctx context.Context, author ledger.AccountID, records [][]*recordv1.Action) (draft.Names, error) {
	groups, err := r.groups(ctx, records)
	if err != nil {
		return nil, err
	}
	names := make(draft.Names)
	var mu sync.Mutex
	all, ctx := errgroup.WithContext(ctx)
	all.SetLimit(lookups)
	for _, ref := range explain.Refs(author, records) {
		all.Go(func() error {
			name, err := r.name(ctx, ref, groups)
			if errors.Is(err, ErrNone) {
				return nil
			}
			if err != nil {
				return fmt.Errorf("looking up the name of %s: %w", ref.ID, err)
			}
			if draft.NameOK(name) {
				mu.Lock()
				defer mu.Unlock()
				names[ref] = name
			}
			return nil
		})
	}
	return names, all.Wait()
}

func (r Register) name(ctx context.Context, ref draft.Ref, groups map[string]string) (string, error) {
	switch ref.Kind {
	case draft.Account:
		if id, err := ledger.ParseAccountID(ref.ID); err == nil {
			return r.account(ctx, id)
		}
	case draft.Product:
		if id, err := ledger.ParseProductID(ref.ID); err == nil {
			return r.product(ctx, id)
		}
	case draft.Group:
		return groups[ref.ID], nil
	case draft.Territory:
		if code, err := strconv.ParseUint(ref.ID, 10, 32); err == nil {
			v, err := in(ctx, r, subject.Territory(uint32(code)), subject.ParseTerritory)
			return v.Name, err
		}
	case draft.Certificate:
		if id, err := ledger.ParseCertificateID(ref.ID); err == nil {
			v, err := in(ctx, r, subject.Certificate(id), subject.ParseCertificate)
			if err != nil {
				return "", err
			}
			return r.product(ctx, v.Product)
		}
	case draft.Sale:
		if id, err := ledger.ParseSaleID(ref.ID); err == nil {
			return r.sale(ctx, id)
		}
	}
	return "", ErrNone // an id of no form: other commands say so
}

func (r Register) account(ctx context.Context, id ledger.AccountID) (string, error) {
	v, err := in(ctx, r, subject.Account(id), subject.ParseAccount)
	return v.Name.Register, err
}

func (r Register) product(ctx context.Context, id ledger.ProductID) (string, error) {
	v, err := in(ctx, r, subject.Product(id), subject.ParseProduct)
	return v.Name.Register, err
}

// sale is called by its seller and its lot: "HTX Công Bằng (2000001), 2000001.1/CP-01 Cà phê bột". How much is for the node to say at the time of
// signing, not for a file.
func (r Register) sale(ctx context.Context, id ledger.SaleID) (string, error) {
	v, err := in(ctx, r, subject.Sale(id), subject.ParseSale)
	if err != nil {
		return "", err
	}
	seller, err := r.account(ctx, v.Seller)
	if err != nil {
		return "", err
	}
	product, err := r.product(ctx, v.Lot.Product)
	return draft.Clean(fmt.Sprintf("%s (%v), %v %s", seller, v.Seller, v.Lot, product)), err
}

// groups is what the groups of the rule sets that a draft means are called; of a draft that does not say, of all rule sets. A code that two of
// them call differently has no name.
func (r Register) groups(ctx context.Context, records [][]*recordv1.Action) (map[string]string, error) {
	calendar, err := in(ctx, r, subject.Schemes(), subject.ParseSchemes)
	if err != nil {
		return nil, err
	}
	names := make(map[string]string)
	for _, id := range schemesOf(records, &calendar) {
		scheme, err := in(ctx, r, subject.Scheme(id), subject.ParseScheme)
		if errors.Is(err, ErrNone) {
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, g := range scheme.Groups {
			if name, ok := names[g.Code]; ok && name != g.Name {
				names[g.Code] = ""
			} else {
				names[g.Code] = g.Name
			}
		}
	}
	return names, nil
}

// SchemeAt is the rule set in force on a date, or an error that is ErrNone.
func (r Register) SchemeAt(ctx context.Context, on ledger.Date) (v subject.SchemeValue, err error) {
	calendar, err := in(ctx, r, subject.Schemes(), subject.ParseSchemes)
	if err != nil {
		return v, err
	}
	id, ok := calendar.At(on)
	if !ok {
		return v, ErrNone
	}
	return in(ctx, r, subject.Scheme(id), subject.ParseScheme)
}

func schemesOf(records [][]*recordv1.Action, calendar *subject.SchemesValue) (ids []string) {
	seen := make(map[string]bool)
	add := func(id string) {
		if !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	for _, actions := range records {
		for _, a := range actions {
			if p := a.GetRegisterProduct(); p != nil {
				add(p.GetGroup().GetScheme())
			}
			if d := a.GetOpenDecision(); d != nil {
				if id, ok := calendar.At(ledger.Date(d.GetDate())); ok {
					add(id)
				}
			}
		}
	}
	if len(ids) == 0 {
		for _, s := range calendar.Schemes {
			add(s.ID)
		}
	}
	return ids
}
