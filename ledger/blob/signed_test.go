package blob_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"testing"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/blob"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/subject"
)

func author(seed string) *ident.PrivateKey {
	secret := sha256.Sum256([]byte(seed))
	return must(ident.NewPrivateKey(secret[:]))
}

func order() *blob.Erasure {
	return &blob.Erasure{Chain: ledger.Hash{1}, Blob: ledger.Hash{2}, Subject: subject.Account(2_000_001), Agency: 2, Epoch: 3, Time: 4, Ground: blob.GroundConsent}
}

func report() *blob.Report {
	return &blob.Report{Chain: ledger.Hash{1}, Blob: ledger.Hash{2}, Erasure: ledger.Hash{3}, Agency: 4, Time: 5, Held: true}
}

func offer() *blob.Offer {
	return &blob.Offer{Chain: ledger.Hash{1}, Blob: ledger.Hash{2}, Account: 7, Time: 5}
}

func nodeKey() *ident.Ed25519PrivateKey {
	return must(ident.NewEd25519PrivateKey(bytes.Repeat([]byte{3}, 32)))
}

// TestErasureSigned: no byte of an order can be changed.
func TestErasureSigned(t *testing.T) {
	s := must(order().Sign(author("a")))
	data := s.Append(nil)
	if len(data) > blob.MaxErasure {
		t.Errorf("%d bytes, at most %d", len(data), blob.MaxErasure)
	}
	for i := range data {
		if again, err := blob.ParseErasure(set(data, i, data[i]^1)); err == nil && again.Verify() == nil {
			t.Errorf("byte %d changed: accepted", i)
		}
		if _, err := blob.ParseErasure(data[:i]); err == nil {
			t.Errorf("cut to %d bytes: accepted", i)
		}
	}
	again, err := blob.ParseErasure(data)
	if err != nil || again.Verify() != nil || *again != *s || again.Hash() != s.Hash() || !bytes.Equal(again.Append(nil), data) {
		t.Errorf("%+v, %v", again, err)
	}
}

// TestErasureBy: a key's retirement ends what it can order, and not what it has ordered.
func TestErasureBy(t *testing.T) {
	key, other := author("a"), author("b")
	account := subject.AccountValue{Account: 2, Epoch: 5, Keys: []subject.Key{
		{PublicKey: key.Public(), Roles: subject.KeyRegister, Bound: 2, Retired: 4}, {PublicKey: other.Public(), Roles: subject.KeyTrade, Bound: 1},
	}}
	for _, c := range []struct {
		name  string
		key   *ident.PrivateKey
		epoch uint32
		kind  string
	}{
		{"before it was bound", key, 1, "key_epoch"}, {"bound", key, 2, ""}, {"in office", key, 3, ""}, {"retired", key, 4, "key_epoch"},
		{"to come", other, 6, "key_epoch"}, {"without the role", other, 5, "key_role"}, {"a stranger's", author("c"), 3, "key"},
	} {
		e := order()
		e.Epoch = c.epoch
		err := must(e.Sign(c.key)).By(&account)
		if got, _ := errors.AsType[*blob.Error](err); (c.kind == "") != (err == nil) || got != nil && got.Kind != c.kind {
			t.Errorf("%s: %v, want %q", c.name, err, c.kind)
		}
	}
	account.Account = 3
	if must(order().Sign(key)).By(&account) == nil {
		t.Error("another agency's account will do")
	}
}

func TestReport(t *testing.T) {
	s := must(report().Sign(nodeKey()))
	data := s.Append(nil)
	if len(data) != blob.ReportSize {
		t.Errorf("%d bytes, want %d", len(data), blob.ReportSize)
	}
	for i := range data {
		if again, err := blob.ParseReport(set(data, i, data[i]^1)); err == nil && again.Verify() == nil {
			t.Errorf("byte %d changed: accepted", i)
		}
	}
	if again, err := blob.ParseReport(data); err != nil || again.Verify() != nil || *again != *s {
		t.Errorf("%+v, %v", again, err)
	}
}

func TestOffer(t *testing.T) {
	key := author("a")
	account := subject.AccountValue{Account: 7, Keys: []subject.Key{{PublicKey: key.Public()}}}
	s := must(offer().Sign(key))
	data := s.Append(nil)
	if len(data) != blob.OfferSize || s.By(&account) != nil {
		t.Errorf("%d bytes, %v", len(data), s.By(&account))
	}
	for i := range data {
		if again, err := blob.ParseOffer(set(data, i, data[i]^1)); err == nil && again.By(&account) == nil {
			t.Errorf("byte %d changed: accepted", i)
		}
	}
	account.Keys[0].Retired = 2
	if again, err := blob.ParseOffer(data); err != nil || *again != *s || again.By(&account) == nil {
		t.Errorf("%+v, %v; a retired key will do: %v", again, err, again.By(&account) == nil)
	}
}
