package publish

import (
	"bytes"
	"compress/gzip"
	"strings"
	"sync"

	"github.com/ocopledger/ocop/ledger/recent"
	"github.com/ocopledger/ocop/ledger/tiles"
)

// keptBytes bounds the complete tiles and bundles that are kept in memory: the newest 100,000 leaves or so, which those who follow the log ask for one after
// the other.
const keptBytes = 32 << 20

// kept is the files of a log that never change, as they were served last, plain or compressed. What is newer than a complete tile is made anew each time: the next
// head has another one.
type kept struct {
	files *recent.Map[keptAt, []byte]
	pool  *sync.Pool // of writers of gzip, each of which is a megabyte of tables
}

type keptAt struct {
	path     string
	squeezed bool
}

func newKept() *kept {
	return &kept{
		files: recent.New[keptAt](keptBytes, func(b []byte) int { return len(b) }),
		pool: &sync.Pool{New: func() any {
			z, err := gzip.NewWriterLevel(nil, gzip.BestSpeed) // signatures and hashes do not get smaller by trying harder
			if err != nil {
				panic(err) // the level is a constant
			}
			return z
		}},
	}
}

// tile is a tile or bundle as it is served. What is returned is not to be modified.
func (k *kept) tile(s Source, path string, squeezed bool) (data []byte, err error) {
	at := keptAt{path, squeezed}
	if data, ok := k.files.Get(at); ok {
		return data, nil
	}
	if squeezed {
		if data, err = k.tile(s, path, false); err == nil {
			data = k.squeeze(data)
		}
	} else {
		err = s.Log(func(l tiles.Log) (err error) {
			data, err = tiles.Read(l, path)
			return err
		})
	}
	if err == nil && !strings.Contains(path, partial) {
		k.files.Put(at, data)
	}
	return data, err
}

// partial is in the paths of tiles that are not complete.
const partial = ".p/"

func (k *kept) squeeze(data []byte) []byte {
	z := k.pool.Get().(*gzip.Writer)
	defer k.pool.Put(z)
	var out bytes.Buffer
	z.Reset(&out)
	_, _ = z.Write(data) // a buffer takes everything
	_ = z.Close()
	return out.Bytes()
}
