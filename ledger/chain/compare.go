package chain

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/store"
	"github.com/ocopledger/ocop/ledger/subject"
)

// compareTouches names the first field of the first entry that differs.
func compareTouches(kind subject.Kind, got, want []store.Touch) (field, have, should string) {
	for i := range min(len(got), len(want)) {
		g, w := &got[i], &want[i]
		for _, f := range []struct {
			name string
			g, w any
		}{{"leaf", g.Leaf, w.Leaf}, {"height", g.Height, w.Height}, {"time", g.Time, w.Time}, {"action", g.Slot, w.Slot}} {
			if f.g != f.w {
				return fmt.Sprintf("entries[%d].%s", i, f.name), fmt.Sprint(f.g), fmt.Sprint(f.w)
			}
		}
		if !bytes.Equal(g.Value, w.Value) {
			field, have, should = compareValues(kind, g.Value, w.Value)
			return fmt.Sprintf("entries[%d].%s", i, field), have, should
		}
	}
	return "", "", ""
}

// compareValues names the first field in which a stored value differs from the one that follows, and both in words. Bytes that are no value are shown
// as they are.
func compareValues(kind subject.Kind, got, want []byte) (field, have, should string) {
	w, err := subject.Fields(kind, want)
	if err != nil { // the rules wrote it
		panic(err)
	}
	g, err := subject.Fields(kind, got)
	if err != nil {
		return "value", fmt.Sprintf("%x, which is none (%v)", got, err), words(w)
	}
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			if g[i].Name != w[i].Name {
				break
			}
			return "value." + w[i].Name, g[i].Text, w[i].Text
		}
	}
	return "value", words(g), words(w)
}

func words(fields []subject.Field) string {
	said := make([]string, len(fields))
	for i, f := range fields {
		said[i] = f.Name + " " + f.Text
	}
	return strings.Join(said, ", ")
}

func reasonWords(n uint16) string { return fmt.Sprintf("%d (%v)", n, reason.Code(n)) }
