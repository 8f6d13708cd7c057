package chain

import (
	"path/filepath"

	"github.com/ocopledger/ocop/ledger/store"
)

// BreakDisk puts a file in place of chain.db that cannot be written, until restore is called.
func BreakDisk(l *Ledger) (restore func()) {
	good := l.chain
	path := filepath.Join(l.o.Dir, "broken.db")
	broken, err := store.OpenChain(path, store.Options{NoSync: true})
	if err != nil {
		panic(err)
	}
	if err := broken.Close(); err != nil {
		panic(err)
	}
	l.chain = broken
	return func() { l.chain = good }
}
