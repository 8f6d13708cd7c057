package rotation

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/ident"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

func testKey(t testing.TB, b byte) *ident.Ed25519PrivateKey {
	t.Helper()
	key, err := ident.NewEd25519PrivateKey(bytes.Repeat([]byte{b}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func made(t testing.TB, purposes ...ident.Purpose) *Rotation {
	t.Helper()
	r := &Rotation{Place: Place{Chain: ledger.ChainID{1, 2, 3}, Agency: 17, CosignerName: "node.example/ocop-daknong/17"}}
	for _, p := range purposes {
		if err := r.Add(p, testKey(t, byte(p))); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

func TestComesBack(t *testing.T) {
	for _, r := range []*Rotation{made(t, ident.PurposeNode), made(t, ident.PurposeCosigner), made(t, ident.PurposeCosigner, ident.PurposeNode)} {
		text := strings.Join(r.Lines(), "\n")
		for _, text := range []string{text, "DỮ LIỆU MẪU\n\n# khóa mới\r\n" + text + "\r\n", text[:70] + "\n  " + text[70:]} {
			back, err := Parse(text)
			if err != nil || !reflect.DeepEqual(back, r) {
				t.Errorf("%q: %v, %v", text, back, err)
			}
		}
		if _, err := compose.Marshal(compose.SchemaRotation, []*recordv1.Action{r.Action()}); err != nil {
			t.Error(err)
		}
	}
	both := made(t, ident.PurposeCosigner, ident.PurposeNode).Action().GetRotateValidator()
	if node, cosigner := testKey(t, 2).Public(), testKey(t, 3).Public(); !bytes.Equal(both.Node.PublicKey, node[:]) || !bytes.Equal(both.Cosigner.PublicKey, cosigner[:]) {
		t.Errorf("action %v", both)
	}
}

// No character can be lost, and none changed.
func TestDamaged(t *testing.T) {
	line := made(t, ident.PurposeCosigner).Lines()[0]
	for i := range line {
		changed := line[:i] + "1" + line[i+1:]
		if line[i] == '1' {
			changed = line[:i] + "2" + line[i+1:]
		}
		for _, text := range []string{changed, line[:i] + line[i+1:]} {
			if back, err := Parse(text); err == nil {
				t.Fatalf("character %d of %q: %v is taken", i, text, back)
			}
		}
	}
	node := made(t, ident.PurposeNode).Lines()[0]
	other := made(t)
	other.Place.Agency++
	if err := other.Add(ident.PurposeNode, testKey(t, 9)); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"nothing": "", "a comment": "# " + line, "the word alone": prefix, "twice": line + "\n" + line, "three": line + node + line, "another version": strings.Replace(line, "-1:", "-2:", 1),
		"another role": strings.Replace(line, ":cosigner:", ":node:", 1), "a role that is not rotated": strings.Replace(line, ":cosigner:", ":tls:", 1), "of two validators": line + "\n" + other.Lines()[0],
		"too long": line + strings.Repeat(" ", MaxText),
	} {
		if back, err := Parse(text); err == nil {
			t.Errorf("%s: %v is taken", name, back)
		}
	}
	if err := made(t).Add(ident.PurposeTLS, testKey(t, 1)); err == nil {
		t.Error("a TLS key is taken")
	}
}

func FuzzParse(f *testing.F) {
	f.Add(strings.Join(made(f, ident.PurposeCosigner, ident.PurposeNode).Lines(), "\n"))
	f.Add("# only a comment\nocop-validator-key-1:ab:1:node:::")
	f.Fuzz(func(t *testing.T, text string) {
		if r, err := Parse(text); err == nil {
			if again, err := Parse(strings.Join(r.Lines(), "\n")); err != nil || !reflect.DeepEqual(again, r) {
				t.Errorf("%q is read as %v and then as %v, %v", text, r, again, err)
			}
		}
	})
}
