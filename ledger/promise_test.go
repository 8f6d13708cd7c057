package ledger_test

import (
	"errors"
	"reflect"
	"testing"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
)

func TestPromise(t *testing.T) {
	s := ledger.SignedPromise{
		Promise:   ledger.Promise{Chain: fill(1), Receiver: 2, Record: ledger.RecordID(fill(3)), Author: 4, Size: 5, Deadline: 6},
		Signature: ident.NodeSignature(fillSig(7)),
	}
	data := s.Append(nil)
	checkLayout(t, "signed promise", data, 161,
		part{0, []byte{1}}, part{1, slice(fill(1))}, part{33, u(8, 2)}, part{41, slice(fill(3))}, part{73, u(8, 4)}, part{81, u(8, 5)}, part{89, u(8, 6)}, part{97, fillSig(7)})
	if got := must(ledger.ParseSignedPromise(data)); !reflect.DeepEqual(got, s) {
		t.Errorf("%+v, want %+v", got, s)
	}
	for n := range data {
		if _, err := ledger.ParseSignedPromise(data[:n]); !errors.Is(err, ledger.ErrMalformed) {
			t.Fatalf("%d bytes: %v", n, err)
		}
	}
	data[0] = 2
	if _, err := ledger.ParseSignedPromise(data); !errors.Is(err, ledger.ErrMalformed) {
		t.Errorf("version 2: %v", err)
	}
	const message = "DSSEv1 42 application/vnd.ocop.acceptance-promise.v1 97 "
	if got := string(s.Promise.Message()); got[:len(message)] != message || len(got) != len(message)+97 {
		t.Errorf("signed is %q", got)
	}
}
