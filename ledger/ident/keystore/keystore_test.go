package keystore

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/bits"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ocopledger/ocop/ledger/ident"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// weak makes tests quick; nothing but tests writes such files.
var weak = Params{N: 2, R: 8, P: 1}

// chance is a source of randomness that gives the same every time.
func chance() io.Reader { return rand.NewChaCha8(sha256.Sum256([]byte("keystore"))) }

func testKey(purpose ident.Purpose, account uint64) *Key {
	return &Key{purpose, account, sha256.Sum256([]byte(purpose.String()))}
}

func encrypt(t testing.TB, key *Key, password string) []byte {
	t.Helper()
	data, err := Encrypt(chance(), []byte(password), key, weak)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("differs from %s:\n%s", path, got)
	}
}

// TestWeb3Vector opens the scrypt test vector of the Web3 Secret Storage Definition.
func TestWeb3Vector(t *testing.T) {
	if testing.Short() {
		t.Skip("its scrypt parameters take half a minute under the race detector")
	}
	data, err := ReadFile("testdata/web3_scrypt.json")
	if err != nil {
		t.Fatal(err)
	}
	key, err := Decrypt(data, []byte("testpassword"))
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprintf("%x", key.Secret) != "7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d" || key.Purpose != ident.PurposeAuthor || key.Account != 0 {
		t.Errorf("%x, %v", key.Secret, key)
	}
	info, err := Inspect(data)
	if err != nil || info.Params != (Params{262144, 1, 8}) || info.Public != nil {
		t.Errorf("%+v, %v", info, err)
	}
}

// TestOtherWalletsFiles: capital letters, 0x, unknown fields and another order of fields are no hindrance.
func TestOtherWalletsFiles(t *testing.T) {
	key := testKey(ident.PurposeAuthor, 0)
	var doc map[string]any
	if err := json.Unmarshal(encrypt(t, key, "p"), &doc); err != nil {
		t.Fatal(err)
	}
	delete(doc, "ocop")
	doc["Crypto"] = doc["crypto"]
	delete(doc, "crypto")
	doc["address"] = "0x" + strings.ToUpper(doc["address"].(string))
	doc["x-ethers"] = map[string]any{"client": "x"}
	data, _ := json.Marshal(doc)
	got, err := Decrypt(data, []byte("p"))
	if err != nil || *got != *key {
		t.Errorf("%v, %v", got, err)
	}
	doc["address"] = strings.Repeat("0", 40)
	data, _ = json.Marshal(doc)
	if _, err := Decrypt(data, []byte("p")); !errors.Is(err, ErrDamaged) {
		t.Errorf("another's address: %v", err)
	}
}

func TestRoundTrip(t *testing.T) {
	for p := ident.PurposeAuthor; p.Valid(); p++ {
		key := testKey(p, 999_999_999_999)
		data := encrypt(t, key, "mật khẩu")
		golden(t, p.String()+"_v1.json", data)
		got, err := Decrypt(data, []byte("mật khẩu"))
		if err != nil || *got != *key {
			t.Errorf("%v: %v, %v", p, got, err)
		}
		if _, err := Decrypt(data, []byte("mat khau")); !errors.Is(err, ErrPassword) {
			t.Errorf("%v: wrong password: %v", p, err)
		}
		public, _ := key.Public()
		info, err := Inspect(data)
		if err != nil || info.Purpose != p || info.Account != key.Account || !bytes.Equal(info.Public, public) || (info.Address != "") != (p == ident.PurposeAuthor) {
			t.Errorf("%v: %+v, %v", p, info, err)
		}
		if bytes.Contains(data, fmt.Appendf(nil, "%x", key.Secret)) {
			t.Errorf("%v: the secret is in the file", p)
		}
	}
}

func TestStandardAndLight(t *testing.T) {
	key := testKey(ident.PurposeAuthor, 1)
	params := []Params{Light(), Standard()}
	if testing.Short() {
		params = params[:1] // Standard takes half a minute under the race detector
	}
	for _, p := range params {
		data, err := Encrypt(chance(), []byte("p"), key, p)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := Decrypt(data, []byte("p")); err != nil || *got != *key {
			t.Errorf("%+v: %v", p, err)
		}
	}
}

func TestKeysOfTheirPurpose(t *testing.T) {
	author, err := ident.NewPrivateKey(bytes.Repeat([]byte{3}, 32))
	if err != nil {
		t.Fatal(err)
	}
	node, err := ident.NewEd25519PrivateKey(bytes.Repeat([]byte{4}, 32))
	if err != nil {
		t.Fatal(err)
	}
	stored := FromAuthor(5, author)
	if back, err := stored.Author(); err != nil || back.Public() != author.Public() || stored.Account != 5 {
		t.Errorf("author: %v", err)
	}
	for p := ident.PurposeNode; p.Valid(); p++ {
		stored := FromEd25519(p, 5, node)
		if back, err := stored.Ed25519(p); err != nil || back.Public() != node.Public() {
			t.Errorf("%v: %v", p, err)
		}
		if _, err := stored.Author(); !errors.Is(err, ErrKey) {
			t.Errorf("a %v key as an author's: %v", p, err)
		}
		if _, err := FromAuthor(5, author).Ed25519(p); !errors.Is(err, ErrKey) {
			t.Errorf("an author's key as %v: %v", p, err)
		}
	}
	if _, err := FromEd25519(ident.PurposeNode, 5, node).Ed25519(ident.PurposeCosigner); !errors.Is(err, ErrKey) {
		t.Errorf("a node key as a cosigner's: %v", err)
	}
	stored.Zero()
	if stored.Secret != ([32]byte{}) {
		t.Error("the secret is still there")
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%x", "%d"} {
		k := testKey(ident.PurposeNode, 1)
		if out := fmt.Sprintf(verb+verb, k, *k); strings.Contains(out, fmt.Sprintf("%x", k.Secret[:3])) || strings.Contains(out, fmt.Sprint(k.Secret[0], " ", k.Secret[1])) {
			t.Errorf("%s prints the secret: %s", verb, out)
		}
	}
}

func TestEncryptRefuses(t *testing.T) {
	good := testKey(ident.PurposeAuthor, 1)
	cases := map[string]struct {
		random   io.Reader
		password string
		key      *Key
		params   Params
		want     error
	}{
		"empty password": {chance(), "", good, weak, ErrNoPassword},
		"zero secret":    {chance(), "p", &Key{Purpose: ident.PurposeAuthor}, weak, ErrKey},
		"no purpose":     {chance(), "p", &Key{Secret: good.Secret}, weak, ErrKey},
		"parameters":     {chance(), "p", good, Params{3, 8, 1}, ErrUnsupported},
		"no randomness":  {bytes.NewReader(make([]byte, 63)), "p", good, weak, io.ErrUnexpectedEOF},
	}
	for name, c := range cases {
		if data, err := Encrypt(c.random, []byte(c.password), c.key, c.params); !errors.Is(err, c.want) || data != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestParamsAreBounded(t *testing.T) {
	const huge = 1 << (bits.UintSize - 2) // a power of two whose products run over
	for p, ok := range map[Params]bool{
		Standard(): true, Light(): true, {1 << 18, 1, 8}: true, {1 << 17, 8, 1}: true, {2, 1, 1}: true, {1 << 18, 8, 2}: true,
		{1 << 19, 8, 1}: false, {1 << 18, 8, 3}: false, {1 << 18, 16, 1}: false, {2, 33, 1}: false, {2, 1, 65}: false, {huge, 8, 1}: false,
		{0, 8, 1}: false, {1, 8, 1}: false, {12, 8, 1}: false, {-2, 8, 1}: false, {2, 0, 1}: false, {2, 1, 0}: false, {2, -1, -1}: false, {2, huge, 1}: false,
	} {
		if err := p.check(); (err == nil) != ok || (err != nil && !errors.Is(err, ErrUnsupported)) {
			t.Errorf("%+v: %v", p, err)
		}
	}
}

// TestUnsupportedAndDamaged changes one place of a good file at a time; none of these reaches scrypt.
func TestUnsupportedAndDamaged(t *testing.T) {
	good := string(encrypt(t, testKey(ident.PurposeNode, 7), "p"))
	for name, c := range map[string]struct {
		old, new string
		want     error
	}{
		"version 1":         {`"version": 3`, `"version": "1"`, ErrUnsupported},
		"version 4":         {`"version": 3`, `"version": 4`, ErrUnsupported},
		"no version":        {`"version": 3,`, ``, ErrUnsupported},
		"cipher":            {`aes-128-ctr`, `aes-128-cbc`, ErrUnsupported},
		"pbkdf2":            {`"scrypt"`, `"pbkdf2"`, ErrUnsupported},
		"dklen":             {`"dklen": 32`, `"dklen": 48`, ErrUnsupported},
		"too much memory":   {`"n": 2`, `"n": 1073741824`, ErrUnsupported},
		"n is a fraction":   {`"n": 2`, `"n": 2.5`, ErrDamaged},
		"n is beyond int":   {`"n": 2`, `"n": 99999999999999999999`, ErrDamaged},
		"not JSON":          {`{`, `[`, ErrDamaged},
		"type":              {`"ed25519"`, `"secp256k1"`, ErrDamaged},
		"unknown purpose":   {`"purpose": "node"`, `"purpose": "nude"`, ErrDamaged},
		"other purpose":     {`"purpose": "node"`, `"purpose": "tls"`, ErrDamaged},
		"other account":     {`"account": "7"`, `"account": "8"`, ErrDamaged},
		"account no number": {`"account": "7"`, `"account": "x"`, ErrDamaged},
		"long salt":         {`"salt": "`, `"salt": "` + strings.Repeat("00", maxSalt), ErrUnsupported},
		"salt not hex":      {`"salt": "`, `"salt": "zz`, ErrDamaged},
		"no MAC":            {`"mac"`, `"mec"`, ErrDamaged},
		"oversized":         {`{`, `{` + strings.Repeat(" ", MaxFile), ErrDamaged},
	} {
		bad := strings.Replace(good, c.old, c.new, 1)
		if bad == good {
			t.Fatalf("%s: nothing was changed", name)
		}
		if _, err := Decrypt([]byte(bad), []byte("p")); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// TestEveryByteCounts flips bits and cuts: a file of ours is then damaged or unsupported or the same, never a wrong password and never another key.
func TestEveryByteCounts(t *testing.T) {
	key := testKey(ident.PurposeAuthor, 7)
	good := encrypt(t, key, "p")
	for i := range good {
		for _, bit := range []byte{1, 2, 4} {
			bad := slices.Clone(good)
			bad[i] ^= bit
			got, err := Decrypt(bad, []byte("p"))
			switch {
			case errors.Is(err, ErrDamaged) || errors.Is(err, ErrUnsupported):
			case err == nil && got.Secret == key.Secret:
				// White space, or the label's own name: then it reads as a file of another wallet.
				if got.Account != 0 && *got != *key {
					t.Errorf("byte %d: %v", i, got)
				}
			default:
				t.Errorf("byte %d, bit %d: %v, %v", i, bit, got, err)
			}
		}
		if _, err := Decrypt(good[:i], []byte("p")); err == nil && i < len(good)-1 {
			t.Errorf("opens when cut to %d bytes", i)
		}
	}
}

// TestForgedLabel: whoever alters a label can make a new checksum, but not the MAC.
func TestForgedLabel(t *testing.T) {
	for name, forge := range map[string]func(*labelDoc){
		"purpose": func(l *labelDoc) { l.Purpose = "cosigner" },
		"account": func(l *labelDoc) { l.Account++ },
		"public":  func(l *labelDoc) { l.PublicKey = strings.Repeat("00", 32) },
		"mac":     func(l *labelDoc) { l.MAC = strings.Repeat("00", 32) },
	} {
		var doc document
		if err := json.Unmarshal(encrypt(t, testKey(ident.PurposeNode, 7), "p"), &doc); err != nil {
			t.Fatal(err)
		}
		forge(doc.OCOP)
		doc.OCOP.Checksum = doc.checksum()
		data, _ := json.Marshal(doc)
		if _, err := Inspect(data); err != nil {
			t.Errorf("%s: the forgery of this test does not parse: %v", name, err)
		}
		if _, err := Decrypt(data, []byte("p")); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := Decrypt(data, []byte("q")); !errors.Is(err, ErrPassword) {
			t.Errorf("%s, wrong password: %v", name, err)
		}
	}
}

func FuzzInspect(f *testing.F) {
	for p := ident.PurposeAuthor; p.Valid(); p++ {
		f.Add(encrypt(f, testKey(p, 7), "p"))
	}
	vector, err := os.ReadFile("testdata/web3_scrypt.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(vector)
	f.Fuzz(func(t *testing.T, data []byte) {
		info, err := Inspect(data)
		if err != nil {
			if !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrUnsupported) {
				t.Errorf("untyped: %v", err)
			}
			return
		}
		if info.Params.N*info.Params.R*info.Params.P > 1<<10 {
			return // allowed, but slow
		}
		if key, err := Decrypt(data, []byte("p")); err == nil {
			if _, err := key.Public(); err != nil {
				t.Errorf("opened, and no key: %v", err)
			}
		} else if !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrPassword) {
			t.Errorf("untyped: %v", err)
		}
	})
}
