package query

import "github.com/ocopledger/ocop/ledger"

// An answer may tell of a thousand events. What each of them needs of its own is made a few dozen at a time, and what they share once: garbage costs a node with a
// large heap as much as all else that an answer takes.

// slabSize is how many values a slab makes at a time. The last slab of an answer is mostly not used up.
const slabSize = 32

// slab makes values of one kind. What it hands out is empty, and kept as long as any value of the same slab.
type slab[T any] struct{ rest []T }

func (s *slab[T]) next() *T {
	if len(s.rest) == 0 {
		s.rest = make([]T, slabSize)
	}
	v := &s.rest[0]
	s.rest = s.rest[1:]
	return v
}

// names are the texts of ids that events name again and again. A timeline is mostly of one lot under one certificate, so that the last of each is remembered.
type names struct {
	lot             ledger.LotID
	lotText         string
	certificate     ledger.CertificateID
	certificateText string
}

func (r *reader) lotName(id ledger.LotID) string {
	if n := &r.names; n.lotText == "" || n.lot != id {
		n.lot, n.lotText = id, id.String()
	}
	return r.names.lotText
}

func (r *reader) certificateName(id ledger.CertificateID) string {
	if n := &r.names; n.certificateText == "" || n.certificate != id {
		n.certificate, n.certificateText = id, id.String()
	}
	return r.names.certificateText
}
