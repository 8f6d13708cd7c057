package diagnosis

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/flaw"
)

// header looks for what was altered when signature, key and header do not belong together. Each guess is proved by the signature.
func (e envelope) header(chain ledger.ChainID) Diagnosis {
	for _, try := range []func() (Diagnosis, bool){
		func() (Diagnosis, bool) { return e.restore("header.version", headerAt, []byte{1}) },
		func() (Diagnosis, bool) { return e.restore("header.chain", headerAt+1, chain[:]) },
		e.restoreKeyID, e.restoreCount, e.restoreRoot, e.tryKeys,
		func() (Diagnosis, bool) { return e.tryBits(headerAt, headerAt+59) }, // behind it stand the claims, which were restored above
		func() (Diagnosis, bool) { return e.tryBits(sigAt, lengthAt) },
	} {
		if f, found := try(); found {
			return f
		}
	}
	return e.eliminate()
}

// restore puts a field right, and keeps what it finds when the signature fits.
func (e envelope) restore(field Path, at int, right []byte) (f Diagnosis, found bool) {
	was := bytes.Clone(e[at : at+len(right)])
	if bytes.Equal(was, right) {
		return f, false
	}
	copy(e[at:], right)
	if found = e.verifies(); found {
		f = Diagnosis{Record: e.id(), Told: true, Field: field, Got: text(was), Want: text(right)}
	}
	copy(e[at:], was)
	return f, found
}

// text is a short field as a number, a longer one in hexadecimal.
func text(b []byte) string {
	if len(b) > 2 {
		return hex.EncodeToString(b)
	}
	n := 0
	for _, x := range b {
		n = n<<8 | int(x)
	}
	return fmt.Sprint(n)
}

func (e envelope) restoreKeyID() (Diagnosis, bool) {
	id := e.key().ID()
	return e.restore("header.key", headerAt+59, id[:])
}

func (e envelope) restoreCount() (Diagnosis, bool) {
	return e.restore("header.action_count", headerAt+67, e[countAt:actionsAt])
}

func (e envelope) restoreRoot() (Diagnosis, bool) {
	count := int(binary.BigEndian.Uint16(e[countAt:]))
	actions, left := split(e[actionsAt:], count)
	if left > 0 || len(actions) != count || count == 0 {
		return Diagnosis{}, false
	}
	root := ledger.ActionsRoot(actions)
	return e.restore("header.actions_root", headerAt+69, root[:])
}

// tryKeys tries other bytes of the public key: the header's key id tells which to put to the signature.
func (e envelope) tryKeys() (f Diagnosis, found bool) {
	want := e.claims().key
	e.substitutes(keyAt, sigAt, allValues, func(at int, was byte) bool {
		if e.key().ID() == want && e.verifies() {
			f, found = e.found("envelope.public_key", at, was), true
		}
		return found
	})
	return f, found
}

// tryBits turns single bits over and asks the signature: of other bytes there are too many.
func (e envelope) tryBits(from, to int) (f Diagnosis, found bool) {
	e.substitutes(from, to, singleBits, func(at int, was byte) bool {
		if found = e.verifies(); found {
			f = e.found(FieldAt(e, at), at, was)
		}
		return found
	})
	return f, found
}

// found is the diagnosis of a byte that has been put right.
func (e envelope) found(field Path, at int, altered byte) Diagnosis {
	return Diagnosis{Record: e.id(), Told: true, Field: field, Got: byteText(at, altered), Want: byteText(at, e[at])}
}

func byteText(at int, b byte) string { return fmt.Sprintf("0x%02x in byte %d of the leaf", b, at) }

// eliminate names the part that does not fit the others, when nothing explains it in one place.
func (e envelope) eliminate() Diagnosis {
	f := Diagnosis{Field: "envelope.signature"}
	if _, err := ledger.ParseHeader(e.head()); err == nil {
		f.Record, f.Told = e.id(), true
	}
	if c := e.claims(); c.key != e.key().ID() {
		f.Field, f.What = "envelope.public_key", flaw.New("other_key", "phần đầu có mã của khóa khác: %v", "the header has another key's id: %v", c.key)
	}
	return f
}

// Substitutes of a byte.
var (
	singleBits = []byte{1, 2, 4, 8, 16, 32, 64, 128}
	allValues  = func() (all []byte) { // single bits first: they are what disks and memories do
		all = append(all, singleBits...)
		for x := range 256 {
			if x&(x-1) != 0 {
				all = append(all, byte(x))
			}
		}
		return all
	}()
)

// substitutes puts other values into one byte after the other, until try says that it has found what it looked for, and puts every byte back.
func (e envelope) substitutes(from, to int, differences []byte, try func(at int, was byte) (found bool)) {
	for _, x := range differences {
		for at := from; at < to; at++ {
			was := e[at]
			e[at] ^= x
			found := try(at, was)
			e[at] = was
			if found {
				return
			}
		}
	}
}
