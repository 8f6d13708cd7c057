package ledger_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
)

// record is an envelope with one action, changed as a test likes; the signature is left out of the matter.
func record(change func(*ledger.Header), actions ...[]byte) []byte {
	key := ident.PublicKey{2}
	h := ledger.NewHeader(ledger.Header{Schema: 1, Issued: 1, Expires: 2, Author: 3, Key: key.ID()}, actions)
	if change != nil {
		change(&h)
	}
	return ledger.AppendEnvelope(nil, &h, key, ident.Signature{}, actions)
}

func times[T any](n int, v T) []T { return slices.Repeat([]T{v}, n) }

func policy(change func(*ledger.Policy)) []byte {
	p := &ledger.Policy{
		Origin: "log.example", Publisher: 1, Quorum: 2, TrustPeriod: 60,
		Validators: []ledger.PolicyValidator{{Agency: 1, CosignerName: "a"}, {Agency: 2, CosignerName: "b"}, {Agency: 3, CosignerName: "c"}},
		Witnesses:  []ledger.PolicyWitness{{Name: "w"}},
	}
	change(p)
	return p.Append(nil)
}

func validators(n int) (list []ledger.PolicyValidator) {
	for i := range n {
		list = append(list, ledger.PolicyValidator{Agency: ledger.AccountID(i + 1)})
	}
	return list
}

// draftOf is a draft of records, whatever their number.
func draftOf(hints int, records ...[]byte) []byte {
	d := ledger.Draft{Header: ledger.DraftHeader{Count: uint32(len(records)), Records: ledger.RecordsHash(records)}, Records: records, Hints: make([]byte, hints)}
	return d.Append(nil)
}

func rows(n int) []byte {
	return (&ledger.Refusals{Height: 1, Rows: times(n, ledger.Refusal{Reason: 1})}).Append(nil)
}

func genesisFile(body, countersignatures int) []byte {
	return (&ledger.GenesisFile{Body: make([]byte, body), Countersignatures: make([]ledger.Countersignature, countersignatures)}).Append(nil)
}

// TestBounds tries the largest of everything, and one more.
func TestBounds(t *testing.T) {
	action := []byte{1}
	seal := leavesOf(ledger.KindSeal)[1]
	patched := func(data []byte, offset int, b ...byte) []byte {
		data = bytes.Clone(data)
		copy(data[offset:], b)
		return data
	}
	full := ledger.MaxEnvelope - len(record(nil, action)) + 1
	for _, c := range []struct {
		noun, name string
		ok         bool
		data       []byte
	}{
		{"envelope", "the smallest", true, record(nil, action)},
		{"envelope", "the largest", true, record(nil, make([]byte, full))},
		{"envelope", "one byte larger", false, record(nil, make([]byte, full+1))},
		{"envelope", "256 actions", true, record(nil, times(256, action)...)},
		{"envelope", "257 actions", false, record(nil, times(257, action)...)},
		{"envelope", "no action", false, record(nil)},
		{"envelope", "an empty action", false, record(nil, action, nil)},
		{"envelope", "schema 0", false, record(func(h *ledger.Header) { h.Schema = 0 }, action)},
		{"envelope", "the last issue time", true, record(func(h *ledger.Header) { h.Issued = 1<<48 - 1 }, action)},
		{"envelope", "a later issue time", false, record(func(h *ledger.Header) { h.Issued = 1 << 48 }, action)},
		{"envelope", "another number of actions", false, record(func(h *ledger.Header) { h.ActionCount = 2 }, action)},
		{"envelope", "another actions root", false, record(func(h *ledger.Header) { h.ActionsRoot[0] ^= 1 }, action)},
		{"envelope", "another key id", false, record(func(h *ledger.Header) { h.Key[0] ^= 1 }, action)},
		{"envelope", "kind of a seal", false, patched(record(nil, action), 0, ledger.KindSeal)},
		{"envelope", "version 2", false, patched(record(nil, action), 1, 2)},
		{"envelope", "header of version 2", false, patched(record(nil, action), 101, 2)},

		{"seal", "an unknown flag", false, patched(seal, 82, 2)},
		{"seal", "an unknown flag of the draft", false, patched(seal, 231+97, 2)},
		{"seal", "a draft of 1,024 records", true, patched(seal, 231+98, 0, 0, 4, 0)},
		{"seal", "a draft of 1,025 records", false, patched(seal, 231+98, 0, 0, 4, 1)},

		{"refusals", "one row", true, rows(1)},
		{"refusals", "1,024 rows", true, rows(1024)},
		{"refusals", "no row", false, rows(0)},
		{"refusals", "1,025 rows", false, rows(1025)},
		{"refusals", "a row without a reason", false, (&ledger.Refusals{Rows: []ledger.Refusal{{}}}).Append(nil)},

		{"draft", "no record", true, draftOf(0)},
		{"draft", "1,024 records", true, draftOf(0, times(1024, action)...)},
		{"draft", "1,025 records", false, draftOf(0, times(1025, action)...)},
		{"draft", "a record of 65,535 bytes", true, draftOf(0, make([]byte, 65535))},
		{"draft", "a record of 65,536 bytes", false, draftOf(0, make([]byte, 65536))},
		{"draft", "1 MiB of records", true, draftOf(0, times(16, make([]byte, 65532))...)},
		{"draft", "a byte more than 1 MiB of records", false, draftOf(0, append(times(15, make([]byte, 65532)), make([]byte, 65533))...)},
		{"draft", "65,536 bytes of hints", true, draftOf(65536)},
		{"draft", "65,537 bytes of hints", false, draftOf(65537)},
		{"draft", "another record than was signed", false, patched(draftOf(0, action), ledger.DraftHeaderSize+64+4, 2)},

		{"policy", "three validators", true, policy(func(*ledger.Policy) {})},
		{"policy", "one validator", true, policy(func(p *ledger.Policy) { p.Validators, p.Quorum = p.Validators[:1], 1 })},
		{"policy", "no validator", false, policy(func(p *ledger.Policy) { p.Validators, p.Quorum = nil, 0 })},
		{"policy", "seven validators", true, policy(func(p *ledger.Policy) { p.Validators, p.Quorum = validators(7), 5 })},
		{"policy", "eight validators", false, policy(func(p *ledger.Policy) { p.Validators, p.Quorum = validators(8), 6 })},
		{"policy", "a quorum of half", false, policy(func(p *ledger.Policy) { p.Validators, p.Quorum = validators(4), 2 })},
		{"policy", "a quorum of all", true, policy(func(p *ledger.Policy) { p.Quorum = 3 })},
		{"policy", "a quorum of more than all", false, policy(func(p *ledger.Policy) { p.Quorum = 4 })},
		{"policy", "validators that descend", false, policy(func(p *ledger.Policy) { slices.Reverse(p.Validators) })},
		{"policy", "a validator twice", false, policy(func(p *ledger.Policy) { p.Validators[1].Agency = 1 })},
		{"policy", "eight witnesses", true, policy(func(p *ledger.Policy) { p.Witnesses = make([]ledger.PolicyWitness, 8) })},
		{"policy", "nine witnesses", false, policy(func(p *ledger.Policy) { p.Witnesses = make([]ledger.PolicyWitness, 9) })},
		{"policy", "an origin that is no text", false, policy(func(p *ledger.Policy) { p.Origin = "log\xff" })},

		{"genesis file", "a byte of body", true, genesisFile(1, 0)},
		{"genesis file", "no body", false, genesisFile(0, 0)},
		{"genesis file", "8 MiB of body", true, genesisFile(8<<20, 0)},
		{"genesis file", "a byte more", false, genesisFile(8<<20+1, 0)},
		{"genesis file", "64 countersignatures", true, genesisFile(1, 64)},
		{"genesis file", "65 countersignatures", false, genesisFile(1, 65)},
	} {
		again, err := nouns[c.noun].again(c.data)
		switch {
		case c.ok && (err != nil || !bytes.Equal(again, c.data)):
			t.Errorf("%s, %s: %v", c.noun, c.name, err)
		case !c.ok && !errors.Is(err, ledger.ErrMalformed):
			t.Errorf("%s, %s: %v, want it refused", c.noun, c.name, err)
		}
	}
}

// TestEncodersHaveBounds: longer texts never come out of checked actions, so that they are bugs.
func TestEncodersHaveBounds(t *testing.T) {
	panics := func(f func()) (v any) {
		defer func() { v = recover() }()
		f()
		return nil
	}
	if panics(func() { ledger.AppendText8(nil, strings.Repeat("x", 256)) }) == nil || panics(func() { ledger.AppendText8(nil, strings.Repeat("x", 255)) }) != nil {
		t.Error("AppendText8 takes texts of up to 255 bytes")
	}
	if panics(func() { ledger.AppendBytes16(nil, make([]byte, 65536)) }) == nil || panics(func() { ledger.AppendBytes16(nil, make([]byte, 65535)) }) != nil {
		t.Error("AppendBytes16 takes up to 65,535 bytes")
	}
}

// TestReader reads in pieces: the first thing missing is what Close names, and nothing is taken after it.
func TestReader(t *testing.T) {
	r := ledger.NewReader("thing", []byte{1, 0, 2, 3, 'a', 'b', 'c', 9})
	if r.U8() != 1 || r.Bool() || r.U8() != 2 || r.Text8() != "abc" || r.Left() != 1 || r.Failed() {
		t.Fatal("what is there is not read")
	}
	if r.U16() != 0 || !r.Failed() || r.U8() != 0 || r.Hash() != (ledger.Hash{}) {
		t.Error("what is not there is read")
	}
	if err := r.Close(); !errors.Is(err, ledger.ErrMalformed) || !strings.Contains(err.Error(), "want 2 bytes, have 1") {
		t.Errorf("%v", err)
	}
	for name, read := range map[string]func(*ledger.Reader){
		"flag byte 2":      func(r *ledger.Reader) { r.Bool() },
		"version 2":        func(r *ledger.Reader) { r.Version(1) },
		"bytes left over":  func(r *ledger.Reader) {},
		"want -1 bytes":    func(r *ledger.Reader) { r.Bytes(-1) },
		"not UTF-8":        func(r *ledger.Reader) { r.Text8() },
		"the first reason": func(r *ledger.Reader) { r.Fail("the first reason"); r.Bytes(99) },
	} {
		r := ledger.NewReader("thing", []byte{2, 0xc3, 0x28})
		read(r)
		if err := r.Close(); !errors.Is(err, ledger.ErrMalformed) || !strings.Contains(err.Error(), name) {
			t.Errorf("%v, want %s", err, name)
		}
	}
}

func TestDefaultQuorum(t *testing.T) {
	for n, want := range []int{1: 1, 2: 2, 3: 2, 4: 3, 5: 4, 6: 5, 7: 5} {
		if n > 0 && ledger.DefaultQuorum(n) != want {
			t.Errorf("%d of %d, want %d", ledger.DefaultQuorum(n), n, want)
		}
	}
}
