package keyproof

import (
	"bytes"
	"strings"
	"testing"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/ident"
)

func TestProof(t *testing.T) {
	key, err := ident.NewPrivateKey(bytes.Repeat([]byte{3}, 32))
	if err != nil {
		t.Fatal(err)
	}
	p, err := New(compose.Possession{Chain: ledger.Hash{1, 2}, Account: 2_000_001, Epoch: 1, Roles: 12}, key)
	if err != nil {
		t.Fatal(err)
	}
	line := p.String()
	for _, text := range []string{line, " " + line + "\r\n", line[:100] + "\n" + line[100:200] + "\n> "[:1] + line[200:]} {
		back, err := Parse(text)
		if err != nil || *back != *p {
			t.Errorf("%q: %v, %v", text, back, err)
		}
	}
	// No character of the line can be changed or lost.
	for i := range line {
		changed := line[:i] + "1" + line[i+1:]
		if line[i] == '1' {
			changed = line[:i] + "2" + line[i+1:]
		}
		if back, err := Parse(changed); err == nil {
			t.Fatalf("character %d changed: %v is taken", i, back)
		}
		if back, err := Parse(line[:i] + line[i+1:]); err == nil {
			t.Fatalf("character %d lost: %v is taken", i, back)
		}
	}
	for _, text := range []string{"", "ocop-key-proof-1", strings.Repeat(line, 2), strings.Replace(line, "-1:", "-2:", 1)} {
		if _, err := Parse(text); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}
