package ledger_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/ocopledger/ocop/ledger"
)

// TestEnvelopeFaults meets every fault, with its field.
func TestEnvelopeFaults(t *testing.T) {
	action := []byte{1}
	good := record(nil, action)
	patched := func(offset int, b byte) []byte {
		data := bytes.Clone(good)
		data[offset] = b
		return data
	}
	seen := map[ledger.EnvelopeFault]bool{}
	for _, c := range []struct {
		data  []byte
		fault ledger.EnvelopeFault
		field string
	}{
		{make([]byte, ledger.MaxEnvelope+1), ledger.EnvelopeTooLong, ""},
		{nil, ledger.EnvelopeTruncated, ""},
		{good[:50], ledger.EnvelopeTruncated, ""},
		{good[:len(good)-1], ledger.EnvelopeTruncated, "actions"},
		{append(bytes.Clone(good), 0), ledger.BytesLeftOver, "actions"},
		{patched(0, ledger.KindSeal), ledger.NoEnvelope, ""},
		{[]byte("DỮ LIỆU"), ledger.NoEnvelope, ""},
		{patched(1, 2), ledger.UnknownVersion, "version"},
		{patched(100, 7), ledger.HeaderMalformed, "header"},
		{record(func(h *ledger.Header) { h.Issued = 1 << 48 }, action), ledger.HeaderMalformed, "header"},
		{record(func(h *ledger.Header) { h.Schema = 0 }, action), ledger.SchemaZero, "header.schema"},
		{record(nil), ledger.ActionCount, "header.action_count"},
		{record(nil, times(ledger.MaxActions+1, action)...), ledger.ActionCount, "header.action_count"},
		{record(nil, action, nil), ledger.ActionEmpty, "actions[1]"},
		{record(func(h *ledger.Header) { h.ActionCount = 2 }, action), ledger.ActionsDiffer, "header.action_count"},
		{record(func(h *ledger.Header) { h.ActionsRoot[0] ^= 1 }, action), ledger.ActionsDiffer, "header.actions_root"},
		{record(func(h *ledger.Header) { h.Key[0] ^= 1 }, action), ledger.KeyDiffers, "header.key"},
	} {
		_, err := ledger.ParseEnvelope(c.data)
		e, ok := errors.AsType[*ledger.EnvelopeError](err)
		if !ok || e.Fault != c.fault || e.Field != c.field || !errors.Is(err, ledger.ErrMalformed) {
			t.Errorf("%v, want %s at %q", err, c.fault, c.field)
			continue
		}
		seen[e.Fault] = true
	}
	for _, f := range ledger.EnvelopeFaults() {
		if !seen[f] {
			t.Errorf("%s is never met", f)
		}
	}
}

// TestActionCountIsTold says how many there are.
func TestActionCountIsTold(t *testing.T) {
	for _, n := range []int{0, ledger.MaxActions + 1} {
		_, err := ledger.ParseEnvelope(record(nil, times(n, []byte{1})...))
		if e, ok := errors.AsType[*ledger.EnvelopeError](err); !ok || int(e.Have) != n {
			t.Errorf("%d actions: %v", n, err)
		}
	}
}
