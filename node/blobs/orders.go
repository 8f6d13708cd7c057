package blobs

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/blob"
)

// MaxOrders bounds the file of all orders, in bytes.
const MaxOrders = MaxErasures * (2 + blob.MaxErasure)

// Orders are the orders of a node's data directory in one file, for a backup: whoever is set back must not show again what was erased before. Nil: there are
// none. Blobs themselves are in no backup; the other nodes have them.
func Orders(dir string) (file []byte, err error) {
	err = each(filepath.Join(dir, ErasuresFolder), erasureEnding, func(f found) error {
		data, err := os.ReadFile(f.path)
		if err != nil {
			return err
		}
		if order, err := blob.ParseErasure(data); err != nil || order.Blob != f.id {
			return fmt.Errorf("%s is no order to erase that blob: %w", f.path, err)
		}
		file = ledger.AppendBytes16(file, data)
		return nil
	})
	return file, err
}

// PutOrders puts the orders of such a file into a data directory. Those that are there stay.
func PutOrders(dir string, file []byte) error {
	files := folders{erasures: filepath.Join(dir, ErasuresFolder)}
	r := ledger.NewReader("orders to erase", file)
	for n := 0; r.Left() > 0; n++ {
		data := r.Bytes16()
		if r.Failed() {
			break
		}
		order, err := blob.ParseErasure(data)
		if err != nil {
			return err
		}
		if n >= MaxErasures {
			return fmt.Errorf("%w: orders of more than %d blobs", ledger.ErrMalformed, MaxErasures)
		}
		path := files.order(order.Blob)
		if _, err := os.Stat(path); err == nil {
			continue
		}
		if err := write(path, data); err != nil {
			return err
		}
	}
	return r.Close()
}
