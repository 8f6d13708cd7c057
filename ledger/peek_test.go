package ledger_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
	"pgregory.net/rapid"
)

// A record that is peeked at is the one that the parser finds; what is no record, or is cut before its actions, is malformed.
func TestPeekRecord(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		actions := rapid.SliceOfN(rapid.SliceOfN(rapid.Byte(), 1, 300), 1, 20).Draw(t, "actions")
		key := ident.PublicKey{2, 7}
		h := ledger.NewHeader(ledger.Header{
			Schema: 1, Issued: rapid.Uint64Max(1<<48-1).Draw(t, "issued"), Author: ledger.AccountID(rapid.Uint64().Draw(t, "author")), Key: key.ID(),
		}, actions)
		leaf := ledger.AppendEnvelope(nil, &h, key, ident.Signature{}, actions)
		want, err := ledger.ParseEnvelope(leaf)
		if err != nil {
			t.Fatal(err)
		}
		got, err := ledger.PeekRecord(leaf)
		if err != nil || got.Header != want.Header || got.ID() != want.ID {
			t.Fatalf("%v, %+v, %v, want %+v, %v", err, got.Header, got.ID(), want.Header, want.ID)
		}
		for i := range uint16(len(actions) + 2) {
			action, ok := got.Action(i)
			if ok != (int(i) < len(actions)) || ok && !bytes.Equal(action, actions[i]) {
				t.Fatalf("action %d of %d: %v, %x", i, len(actions), ok, action)
			}
		}
		cut := rapid.IntRange(0, len(leaf)-1).Draw(t, "cut")
		got, err = ledger.PeekRecord(leaf[:cut])
		if err == nil {
			if _, ok := got.Action(uint16(len(actions) - 1)); ok {
				t.Fatalf("cut at %d of %d: its last action is there", cut, len(leaf))
			}
		} else if !errors.Is(err, ledger.ErrMalformed) || cut >= ledger.MinEnvelope {
			t.Fatalf("cut at %d: %v", cut, err)
		}
	})
	seal := make([]byte, 500)
	seal[0] = ledger.KindSeal
	if _, err := ledger.PeekRecord(seal); !errors.Is(err, ledger.ErrMalformed) {
		t.Errorf("a seal: %v", err)
	}
}

// The actions that are seen in passing are those that the parser finds; of other leaves there are none, and an envelope that is cut short is malformed or ends between two
// actions.
func TestEachAction(t *testing.T) {
	see := func(leaf []byte) (actions [][]byte, err error) {
		err = ledger.EachAction(leaf, func(a []byte) error {
			actions = append(actions, a)
			return nil
		})
		return actions, err
	}
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOfN(rapid.SliceOfN(rapid.Byte(), 1, 300), 1, 20).Draw(t, "actions")
		h := ledger.Header{Schema: 1, ActionCount: uint16(len(want))}
		leaf := ledger.AppendEnvelope(nil, &h, ident.PublicKey{2}, ident.Signature{}, want)
		if got, err := see(leaf); err != nil || !slices.EqualFunc(got, want, bytes.Equal) {
			t.Fatalf("%d actions, %v, want %d", len(got), err, len(want))
		}
		cut := leaf[:rapid.IntRange(1, len(leaf)-1).Draw(t, "cut")]
		if got, err := see(cut); err == nil && (len(got) >= len(want) || !slices.EqualFunc(got, want[:len(got)], bytes.Equal)) || err != nil && !errors.Is(err, ledger.ErrMalformed) {
			t.Fatalf("cut at %d: %d actions, %v", len(cut), len(got), err)
		}
	})
	for _, leaf := range [][]byte{nil, {ledger.KindSeal, 1, 2, 3}, {ledger.KindRefusals, 1}} {
		if got, err := see(leaf); err != nil || got != nil {
			t.Errorf("leaf %x: %x, %v", leaf, got, err)
		}
	}
	stop := errors.New("enough")
	leaf := ledger.AppendEnvelope(nil, &ledger.Header{}, ident.PublicKey{2}, ident.Signature{}, [][]byte{{1}, {2}})
	seen := 0
	if err := ledger.EachAction(leaf, func([]byte) error { seen++; return stop }); err != stop || seen != 1 {
		t.Errorf("%v after %d", err, seen)
	}
}
