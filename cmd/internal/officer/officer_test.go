package officer

import (
	"bytes"
	"strings"
	"testing"

	"github.com/ocopledger/ocop/ledger/ident"
)

func testKey(t *testing.T) *ident.PrivateKey {
	t.Helper()
	key, err := ident.NewPrivateKey(bytes.Repeat([]byte{3}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestProof(t *testing.T) {
	p, err := New("ocop-daknong", 17, AllRoles, testKey(t))
	if err != nil {
		t.Fatal(err)
	}
	line := p.String()
	for _, text := range []string{line, " " + line + "\r\n", "# khóa của bà Hoa: cán bộ\n\n" + line[:50] + "\n  " + line[50:120] + "\r\n" + line[120:] + "\n# hết"} {
		back, err := Parse(text)
		if err != nil || *back != *p {
			t.Errorf("%q: %v, %v", text, back, err)
		}
	}
	// No character can be lost, and none changed but the roles, which the agency says itself.
	roles := strings.Index(line, ":15:") + 1
	for i := range line {
		changed := line[:i] + "1" + line[i+1:]
		if line[i] == '1' {
			changed = line[:i] + "2" + line[i+1:]
		}
		if i < roles || i > roles+1 {
			if back, err := Parse(changed); err == nil {
				t.Fatalf("character %d changed: %v is taken", i, back)
			}
			if back, err := Parse(line[:i] + line[i+1:]); err == nil {
				t.Fatalf("character %d lost: %v is taken", i, back)
			}
		}
	}
}

func TestRefused(t *testing.T) {
	key := testKey(t)
	p, err := New("ocop-daknong", 17, AllRoles, key)
	if err != nil {
		t.Fatal(err)
	}
	line := p.String()
	for name, text := range map[string]string{
		"nothing": "", "a comment": "# " + line, "the word alone": prefix, "twice": line + "\n" + line, "another version": strings.Replace(line, "-1:", "-2:", 1),
		"no role": strings.Replace(line, ":15:", ":0:", 1), "an unknown role": strings.Replace(line, ":15:", ":31:", 1), "too many roles": strings.Replace(line, ":15:", ":65551:", 1),
		"too long": line + strings.Repeat(" ", MaxText), "another chain": strings.Replace(line, "daknong", "daklak", 1), "another agency": strings.Replace(line, ":17:", ":18:", 1),
	} {
		if back, err := Parse(text); err == nil {
			t.Errorf("%s: %v is taken", name, back)
		}
	}
	for name, make := range map[string]func() (*Proof, error){
		"no name":       func() (*Proof, error) { return New("", 1, 1, key) },
		"a colon":       func() (*Proof, error) { return New("a:b", 1, 1, key) },
		"a space":       func() (*Proof, error) { return New("a b", 1, 1, key) },
		"a comment":     func() (*Proof, error) { return New("#a", 1, 1, key) },
		"no role":       func() (*Proof, error) { return New("a", 1, 0, key) },
		"too long name": func() (*Proof, error) { return New(strings.Repeat("a", 256), 1, 1, key) },
	} {
		if p, err := make(); err == nil {
			t.Errorf("%s: %v is made", name, p)
		}
	}
}

func FuzzParse(f *testing.F) {
	key, err := ident.NewPrivateKey(bytes.Repeat([]byte{3}, 32))
	if err != nil {
		f.Fatal(err)
	}
	p, err := New("ocop-daknong", 17, 5, key)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(p.String())
	f.Add("# only a comment\nocop-officer-1:a:1:1::")
	f.Fuzz(func(t *testing.T, text string) {
		if p, err := Parse(text); err == nil {
			if again, err := Parse(p.String()); err != nil || *again != *p {
				t.Errorf("%q is read as %v and then as %v, %v", text, p, again, err)
			}
		}
	})
}
