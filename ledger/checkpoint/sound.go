package checkpoint

import (
	"errors"
	"fmt"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
)

// ErrPolicy: the policy cannot be counted by. A key that stands in it twice would sign twice.
var ErrPolicy = errors.New("unsound policy")

// CheckPolicy checks what counting signatures rests on, beyond the bounds that the document's parser keeps: names are names of signed notes, and
// keys are keys; no name and no key of cosigners and witnesses stands there twice, since an Ed25519 cosignature does not cover the name. It costs
// some 20 µs a key, and is due once for each document, before the first Certify.
func CheckPolicy(p *ledger.Policy) error {
	s := soundness{names: map[string]bool{}, keys: map[ident.Ed25519Key]bool{}}
	s.name(p.Origin)
	s.key(p.LogKey, "log key")
	for _, v := range p.Validators {
		s.name(v.CosignerName)
		s.once(v.CosignerKey, v.CosignerName)
		s.key(v.NodeKey, "node key of "+v.Agency.String())
	}
	for _, w := range p.Witnesses {
		s.name(w.Name)
		s.once(w.Key, w.Name)
	}
	if n := len(p.Validators); n < 1 || n > ledger.MaxValidators || int(p.Quorum) <= n/2 || int(p.Quorum) > n {
		s.fail("quorum %d of %d validators", p.Quorum, n)
	}
	return s.err
}

type soundness struct {
	names map[string]bool
	keys  map[ident.Ed25519Key]bool
	err   error
}

func (s *soundness) fail(format string, args ...any) {
	if s.err == nil {
		s.err = fmt.Errorf("%w: %w", ErrPolicy, fmt.Errorf(format, args...))
	}
}

func (s *soundness) name(name string) {
	if err := ident.CheckNoteName(name); err != nil {
		s.fail("%w", err)
	}
	if s.names[name] {
		s.fail("the name %s stands twice", name)
	}
	s.names[name] = true
}

func (s *soundness) once(key ident.Ed25519Key, name string) {
	s.key(key, "key of "+name)
	if s.keys[key] {
		s.fail("the key of %s stands twice", name)
	}
	s.keys[key] = true
}

func (s *soundness) key(key ident.Ed25519Key, what string) {
	if err := key.Check(); err != nil {
		s.fail("%s: %w", what, err)
	}
}
