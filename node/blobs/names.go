package blobs

import (
	"context"
	"fmt"
	"maps"
	"sync"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/subject"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// How much is read under one view: what the ledger replaces meanwhile is kept for as long.
const (
	subjectsPerView = 512
	leavesPerView   = 1024
)

// names are the blobs that the ledger names now. It is made from the subjects that may name one, and follows the log.
type names struct {
	following sync.Mutex // held by whoever follows

	mu      sync.Mutex
	ready   bool
	changed bool   // since it was asked
	size    uint64 // leaves followed
	by      map[ledger.Hash]int
	of      map[subject.ID][]ledger.Hash // of subjects that name one
}

func newNames() *names {
	return &names{by: make(map[ledger.Hash]int), of: make(map[subject.ID][]ledger.Hash)}
}

// names tells whether the ledger names a blob, or gives ErrNotReady.
func (n *names) names(id ledger.Hash) (bool, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if !n.ready {
		return false, ErrNotReady
	}
	return n.by[id] > 0, nil
}

// catchUp is names for whoever comes right behind a record: when the ledger does not name a blob as far as it was followed, it is followed.
func (n *names) catchUp(id ledger.Hash, l Ledger) (bool, error) {
	if named, err := n.names(id); err != nil || named {
		return named, err
	}
	if err := n.follow(context.Background(), l); err != nil {
		return false, err
	}
	return n.names(id)
}

// takeChanged tells whether what the ledger names has changed since the last call.
func (n *names) takeChanged() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	changed := n.changed
	n.changed = false
	return changed
}

func (n *names) count() (named int, ready bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.by), n.ready
}

// all are the blobs, with how many subjects name each.
func (n *names) all() map[ledger.Hash]int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return maps.Clone(n.by)
}

// follow comes to the ledger's newest height.
func (n *names) follow(ctx context.Context, l Ledger) error {
	n.following.Lock()
	defer n.following.Unlock()
	if _, ready := n.count(); !ready {
		if err := n.build(ctx, l); err != nil {
			return err
		}
	}
	for more := true; more; {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := l.View(func(v View) (err error) {
			more, err = n.step(v)
			return err
		}); err != nil {
			return err
		}
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.ready = true
	return nil
}

// build reads the subjects, in short views between which the ledger may grow: what changes meanwhile is read again by following the log from where it began.
func (n *names) build(ctx context.Context, l Ledger) error {
	if err := l.View(func(v View) error {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.size = v.Head().Size
		return nil
	}); err != nil {
		return err
	}
	for _, kind := range []subject.Kind{subject.KindAccount, subject.KindProduct} {
		last := ""
		for more := true; more; {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := l.View(func(v View) error {
				ids, err := v.Subjects(kind, last, subjectsPerView)
				if err != nil {
					return err
				}
				for _, id := range ids {
					if err := n.read(v, id); err != nil {
						return err
					}
					last = id.Name
				}
				more = len(ids) == subjectsPerView
				return nil
			}); err != nil {
				return err
			}
		}
	}
	return nil
}

// step follows some leaves.
func (n *names) step(v View) (more bool, err error) {
	n.mu.Lock()
	from := n.size
	n.mu.Unlock()
	to := min(v.Head().Size, from+leavesPerView)
	touched := make(map[subject.ID]bool)
	for at := from; at < to; {
		seen, err := v.Intact(at, int(to-at), func(leaf []byte) error {
			if err := touches(leaf, touched); err != nil {
				return fmt.Errorf("leaf %d: %w", at, err)
			}
			at++
			return nil
		})
		if err == nil && seen == 0 {
			err = fmt.Errorf("leaf %d of %d is missing", at, v.Head().Size)
		}
		if err != nil {
			return false, err
		}
	}
	for id := range touched {
		if err := n.read(v, id); err != nil {
			return false, err
		}
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.size = max(n.size, to)
	return to < v.Head().Size, nil
}

// read notes what a subject names now.
func (n *names) read(v View, id subject.ID) error {
	value, ok := v.Value(id)
	if !ok {
		return nil
	}
	blobs, err := subject.Blobs(id.Kind, value)
	if err != nil {
		return err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	before := n.of[id]
	for _, b := range blobs {
		n.by[b]++
	}
	for _, b := range before {
		if n.by[b]--; n.by[b] == 0 {
			delete(n.by, b)
		}
	}
	if delete(n.of, id); len(blobs) > 0 {
		n.of[id] = blobs
	}
	n.changed = n.changed || len(before)+len(blobs) > 0
	return nil
}

// Field numbers of the actions that change what accounts and products name.
var naming = func() map[protowire.Number]bool {
	m := make(map[protowire.Number]bool)
	fields := (*recordv1.Action)(nil).ProtoReflect().Descriptor().Fields()
	for _, name := range []string{"register_account", "register_product", "correct", "set_picture"} {
		m[fields.ByName(protoreflect.Name(name)).Number()] = true
	}
	return m
}()

// touches notes the accounts and products that a record's actions may have changed the names of. Most records are trade, and passed over by the number that their
// actions begin with.
func touches(leaf []byte, touched map[subject.ID]bool) error {
	return ledger.EachAction(leaf, func(data []byte) error {
		if number, _, n := protowire.ConsumeTag(data); n < 0 || !naming[number] {
			return nil
		}
		a := new(recordv1.Action)
		if err := proto.Unmarshal(data, a); err != nil {
			return err
		}
		switch k := a.GetKind().(type) {
		case *recordv1.Action_RegisterAccount:
			touched[subject.Account(ledger.AccountID(k.RegisterAccount.GetAccount()))] = true
		case *recordv1.Action_RegisterProduct:
			touched[subject.Product(compose.ProductID(k.RegisterProduct.GetProduct()))] = true
		case *recordv1.Action_SetPicture:
			touched[subject.Product(compose.ProductID(k.SetPicture.GetProduct()))] = true
		case *recordv1.Action_Correct:
			switch target := k.Correct.GetTarget().(type) {
			case *recordv1.Correct_Account:
				touched[subject.Account(ledger.AccountID(target.Account))] = true
			case *recordv1.Correct_Product:
				touched[subject.Product(compose.ProductID(target.Product))] = true
			}
		}
		return nil
	})
}
