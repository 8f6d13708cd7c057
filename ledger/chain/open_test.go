package chain_test

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/chain/chaintest"
	"github.com/ocopledger/ocop/ledger/store"
)

func TestOpen(t *testing.T) {
	w := chaintest.New()
	o := options(t, w)
	o.Dir = filepath.Join(o.Dir, "new", "ledger")
	file := o.Genesis

	o.Genesis = nil
	if _, err := chain.Open(t.Context(), o); !errors.Is(err, chain.ErrNoGenesis) {
		t.Errorf("nothing there: %v", err)
	}
	o.Genesis = []byte("OCOPGEN?")
	if _, err := chain.Open(t.Context(), o); !errors.Is(err, ledger.ErrMalformed) {
		t.Errorf("a genesis that is none: %v", err)
	}
	o.Genesis = file
	l := open(t, o)
	if h := l.Head(); h.Height != 0 || h.Size != 1 || h.State != w.Genesis.Seal().State || l.Chain() != w.Chain() {
		t.Errorf("head %+v", h)
	}
	if _, err := chain.Open(t.Context(), o); !errors.Is(err, store.ErrInUse) {
		t.Errorf("opened twice: %v", err)
	}
	l.Close()

	o.Genesis = nil
	l = open(t, o)
	if l.Chain() != w.Chain() {
		t.Errorf("chain %v", l.Chain())
	}
	l.Close()

	countersigned, err := w.Genesis.Countersign(chaintest.Province, w.Key(chaintest.Province.String()))
	if err != nil {
		t.Fatal(err)
	}
	o.Genesis = countersigned.Bytes()
	open(t, o).Close() // the same ledger: countersignatures are no part of it
}

func TestOtherGenesisIsRefused(t *testing.T) {
	w := chaintest.New()
	o := options(t, w)
	open(t, o).Close()
	o.Genesis = chaintest.NewAt(chaintest.Start.Add(time.Second)).Genesis.Bytes()
	if _, err := chain.Open(t.Context(), o); !errors.Is(err, chain.ErrOtherChain) {
		t.Errorf("another genesis: %v", err)
	}
}
