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
	for _, r := range []*Rotation{made(t, ident.PurposeNode), made(t, ident.PurposeCosigner), made(t, ident.PurposeCosigner, ident.PurposeNode),
		made(t, ident.PurposeTLS), made(t, ident.PurposeCosigner, ident.PurposeNode, ident.PurposeTLS)} {
		text := strings.Join(r.Lines(), "\n")
		for _, text := range []string{text, "DỮ LIỆU MẪU\n\n# khóa mới\r\n" + text + "\r\n", text[:70] + "\n  " + text[70:]} {
			back, err := Parse(text)
			if err != nil || !reflect.DeepEqual(back, r) {
				t.Errorf("%q: %v, %v", text, back, err)
			}
		}
		if _, err := compose.Marshal(compose.SchemaOf(r.Action()), []*recordv1.Action{r.Action()}); err != nil {
			t.Error(err)
		}
	}
	both := made(t, ident.PurposeCosigner, ident.PurposeNode).Action().GetRotateValidator()
	if node, cosigner := testKey(t, 2).Public(), testKey(t, 3).Public(); both.Tls != nil || !bytes.Equal(both.Node.PublicKey, node[:]) || !bytes.Equal(both.Cosigner.PublicKey, cosigner[:]) {
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
		"another role": strings.Replace(line, ":cosigner:", ":node:", 1), "a role that is not rotated": strings.Replace(line, ":cosigner:", ":log:", 1), "of two validators": line + "\n" + other.Lines()[0],
		"too long": line + strings.Repeat(" ", MaxText),
	} {
		if back, err := Parse(text); err == nil {
			t.Errorf("%s: %v is taken", name, back)
		}
	}
	log, node := made(t, ident.PurposeLog).Lines()[0], made(t, ident.PurposeNode).Lines()[0]
	if _, err := Parse(log); err == nil {
		t.Error("a log key is taken for a rotation")
	}
	if r, err := ParseLog("# log\n" + log); err != nil || r.Keys[0].Public != testKey(t, byte(ident.PurposeLog)).Public() {
		t.Errorf("a log key: %v, %v", r, err)
	}
	for _, text := range []string{node, log + node, log[:100], ""} {
		if _, err := ParseLog(text); err == nil {
			t.Errorf("%q is taken for a log key", text)
		}
	}
}

func joining(t testing.TB) *Joining {
	return &Joining{Rotation: *made(t, purposes...), Peer: "node.example:7401", Public: "[2001:db8::1]:443"}
}

func TestJoiningComesBack(t *testing.T) {
	j := joining(t)
	lines := j.Lines()
	for _, text := range []string{strings.Join(lines, "\n"), "# chú thích\n" + lines[3] + "\r\n" + lines[0] + "\n" + lines[1] + lines[2], strings.Join(lines, "\n")[:900] + "\n " + strings.Join(lines, "\n")[900:]} {
		back, err := ParseJoining(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		v := back.Validator()
		node, cosigner, tls := testKey(t, 2).Public(), testKey(t, 3).Public(), testKey(t, 5).Public()
		if !bytes.Equal(v.Node.PublicKey, node[:]) || !bytes.Equal(v.Cosigner.PublicKey, cosigner[:]) || !bytes.Equal(v.Tls.PublicKey, tls[:]) ||
			v.CosignerName != j.Place.CosignerName || v.PeerAddress != j.Peer || v.PublicAddress != j.Public || back.Place != j.Place {
			t.Errorf("%v", v)
		}
	}
	if _, err := Parse(strings.Join(lines, "\n")); err == nil {
		t.Error("the file of a node that joins is taken for a rotation")
	}
}

// No character can be lost, and none changed.
func TestJoiningDamaged(t *testing.T) {
	lines := joining(t).Lines()
	keys, line := strings.Join(lines[:3], "\n"), lines[3]
	for i := range line {
		changed := line[:i] + "1" + line[i+1:]
		if line[i] == '1' {
			changed = line[:i] + "2" + line[i+1:]
		}
		for _, text := range []string{changed, line[:i] + line[i+1:]} {
			if back, err := ParseJoining(keys + "\n" + text); err == nil {
				t.Fatalf("character %d of %q: %v is taken", i, text, back)
			}
		}
	}
	other := joining(t)
	other.Place.Agency++
	for name, text := range map[string]string{
		"nothing": "", "no addresses": keys, "addresses alone": line, "addresses twice": keys + "\n" + line + "\n" + line, "two keys": strings.Join(lines[:2], "\n") + "\n" + line,
		"the addresses of another": keys + "\n" + other.addressLine(), "too long": keys + "\n" + line + strings.Repeat(" ", MaxText),
	} {
		if back, err := ParseJoining(text); err == nil {
			t.Errorf("%s: %v is taken", name, back)
		}
	}
}

func FuzzParseJoining(f *testing.F) {
	f.Add(strings.Join(joining(f).Lines(), "\n"))
	f.Fuzz(func(t *testing.T, text string) {
		if j, err := ParseJoining(text); err == nil {
			if again, err := ParseJoining(strings.Join(j.Lines(), "\n")); err != nil || !reflect.DeepEqual(again, j) {
				t.Errorf("%q is read as %v and then as %v, %v", text, j, again, err)
			}
		}
	})
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
