package query

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"google.golang.org/protobuf/proto"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/subject"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// How much is read under one view: what the ledger replaces meanwhile is kept for as long.
const (
	rowsPerView   = 512
	leavesPerView = 1024
)

// Build reads the subjects of the ledger into a new index. It takes many short views, between which the ledger may grow: what changed meanwhile
// is read again by following the log from where Build began.
func Build(ctx context.Context, view Viewer) (*Index, error) {
	x := newIndex()
	if err := view(func(s Source) error {
		p := s.Head()
		x.height, x.size = p.Height, p.Size
		return nil
	}); err != nil {
		return nil, err
	}
	a := adder{x, true}
	for _, each := range []struct {
		kind subject.Kind
		add  func(Source, subject.ID) error
	}{
		{subject.KindTerritory, a.territory},
		{subject.KindAccount, a.accountSubject},
		{subject.KindProduct, a.productSubject},
		{subject.KindCertificate, a.certificateSubject},
	} {
		if err := eachSubject(ctx, view, each.kind, each.add); err != nil {
			return nil, err
		}
	}
	x.words.sortAll()
	slices.SortFunc(x.productOrder, func(a, b *productRow) int { return compareProducts(a.id, b.id) })
	slices.SortFunc(x.accountOrder, func(a, b *accountRow) int { return cmp.Compare(a.id, b.id) })
	slices.SortFunc(x.issuedOrder, func(a, b *certificateRow) int { return compareCertificates(a.id, b.id) })
	return x, x.Follow(ctx, view)
}

func eachSubject(ctx context.Context, view Viewer, kind subject.Kind, add func(Source, subject.ID) error) error {
	last := ""
	for more := true; more; {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := view(func(s Source) error {
			ids, err := s.Subjects(kind, last, rowsPerView)
			if err != nil {
				return err
			}
			for _, id := range ids {
				if err := add(s, id); err != nil {
					return err
				}
				last = id.Name
			}
			more = len(ids) == rowsPerView
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}

func (a adder) territory(s Source, id subject.ID) error {
	v, err := must(read(s, id, subject.ParseTerritory))
	if err == nil {
		a.parents[v.Code] = v.Parent
	}
	return err
}

func (a adder) accountSubject(s Source, id subject.ID) error {
	account, err := id.AccountID()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return a.account(s, account)
}

func (a adder) productSubject(s Source, id subject.ID) error {
	product, err := id.ProductID()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return a.product(s, product)
}

func (a adder) certificateSubject(s Source, id subject.ID) error {
	certificate, err := id.CertificateID()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return a.certificate(s, certificate)
}

// Follow brings the index to the newest height, in short views.
func (x *Index) Follow(ctx context.Context, view Viewer) error {
	for behind := true; behind; {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := view(func(s Source) (err error) {
			behind, err = x.step(s, leavesPerView)
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

// at brings the index to the height of a source, if that is near; far says that Follow is needed first.
func (x *Index) at(s Source) (far bool, err error) {
	x.mu.RLock()
	there := x.size >= s.Head().Size
	x.mu.RUnlock()
	if there {
		return false, nil
	}
	return x.step(s, leavesPerView)
}

// step follows at most max leaves.
func (x *Index) step(s Source, max uint64) (more bool, err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	p := s.Head()
	if x.size >= p.Size {
		return false, nil
	}
	to := min(p.Size, x.size+max)
	t := newTouched()
	for at := x.size; at < to; {
		n, err := s.Intact(at, int(to-at), func(leaf []byte) error {
			if err := t.leaf(leaf); err != nil {
				return fmt.Errorf("leaf %d: %w", at, err)
			}
			at++
			return nil
		})
		if err == nil && n == 0 {
			err = fmt.Errorf("%w: leaf %d of %d is missing", ErrCorrupt, at, p.Size)
		}
		if err != nil {
			return false, err
		}
	}
	if err := x.reread(s, t); err != nil {
		return false, err
	}
	x.size = to
	if to == p.Size {
		x.height = p.Height
	}
	return to < p.Size, nil
}

// touched collects what has to be read again.
type touched struct {
	accounts     []ledger.AccountID
	products     []ledger.ProductID
	certificates []ledger.CertificateID
}

func newTouched() *touched { return new(touched) }

// leaf notes what the actions of a record change of what the index holds. Most leaves are sales, of which the index holds nothing, and they are passed over by the
// number of their kind.
func (t *touched) leaf(leaf []byte) error {
	if err := ledger.EachAction(leaf, t.action); err != nil {
		return fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return nil
}

func (t *touched) action(data []byte) error {
	switch kindNumber(data) {
	case kindRegisterAccount, kindRegisterProduct, kindCertify, kindCorrect, kindRevoke:
	default:
		return nil
	}
	a := new(recordv1.Action)
	if err := proto.Unmarshal(data, a); err != nil {
		return err
	}
	switch k := a.GetKind().(type) {
	case *recordv1.Action_RegisterAccount:
		t.accounts = append(t.accounts, ledger.AccountID(k.RegisterAccount.GetAccount()))
	case *recordv1.Action_RegisterProduct:
		t.products = append(t.products, compose.ProductID(k.RegisterProduct.GetProduct()))
	case *recordv1.Action_Certify:
		t.products = append(t.products, compose.ProductID(k.Certify.GetProduct()))
		t.certificates = append(t.certificates, compose.CertificateID(k.Certify.GetCertificate()))
		if k.Certify.GetPredecessor() != nil {
			t.certificates = append(t.certificates, compose.CertificateID(k.Certify.GetPredecessor()))
		}
	case *recordv1.Action_Revoke:
		t.certificates = append(t.certificates, compose.CertificateID(k.Revoke.GetCertificate()))
	case *recordv1.Action_Correct:
		switch target := k.Correct.GetTarget().(type) {
		case *recordv1.Correct_Account:
			t.accounts = append(t.accounts, ledger.AccountID(target.Account))
		case *recordv1.Correct_Product:
			t.products = append(t.products, compose.ProductID(target.Product))
		case *recordv1.Correct_Certificate:
			t.certificates = append(t.certificates, compose.CertificateID(target.Certificate))
		}
	}
	return nil
}

// reread reads what was touched again, each once, and with an account the products that are found by its name.
func (x *Index) reread(s Source, t *touched) error {
	a := adder{x, false}
	accounts := distinct(t.accounts, cmp.Compare[ledger.AccountID])
	for _, id := range accounts {
		if err := a.account(s, id); err != nil {
			return err
		}
		for _, row := range x.productsOf(id) {
			t.products = append(t.products, row.id)
		}
	}
	for _, id := range distinct(t.products, compareProducts) {
		if err := a.product(s, id); err != nil {
			return err
		}
	}
	for _, id := range distinct(t.certificates, compareCertificates) {
		if err := a.certificate(s, id); err != nil {
			return err
		}
	}
	return nil
}

func distinct[ID comparable](ids []ID, compare func(a, b ID) int) []ID {
	slices.SortFunc(ids, compare)
	return slices.Compact(ids)
}
