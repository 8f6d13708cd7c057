package newnode

import (
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/iotest"

	"github.com/ocopledger/ocop/cmd/internal/officer"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/node/config"
	"github.com/ocopledger/ocop/node/keys"
)

func options(t *testing.T) Options {
	t.Helper()
	private, err := ident.GeneratePrivateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p, err := officer.New("test", 7, officer.AllRoles, private)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	proof := filepath.Join(dir, "proof")
	if err := os.WriteFile(proof, []byte(p.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return Options{
		Dir: filepath.Join(dir, "a", "b"), Agency: 7, Name: "UBND", Territory: "67", Grants: []string{"province:67:all:01/01/2020"}, ChainName: "test",
		Peer: "node.example:7401", Public: "ocop.example:7400", Officers: []string{proof},
	}
}

func TestMake(t *testing.T) {
	o := options(t)
	made, err := Make(rand.Reader, o)
	if err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(made.Config)
	if err != nil {
		t.Fatal(err)
	}
	if c.Agency != 7 || c.Peer.Listen != ":7401" || c.Public.Listen != ":7400" || c.Path(c.Keys) != made.Keys || c.Path(c.Genesis) != made.Genesis {
		t.Errorf("%+v", c)
	}
	set, err := keys.Load(made.Keys)
	if err != nil || set.Log != nil {
		t.Errorf("keys: %v, %v", set, err)
	}
	if made.Agency.Validator.CosignerName != "ocop.example/test/7" || made.Agency.Validator.Node.Public != set.Node.Public().String() {
		t.Errorf("%+v", made.Agency)
	}
	entries, err := os.ReadDir(o.Dir)
	if err != nil || len(entries) != 3 {
		t.Errorf("%v, %v", entries, err)
	}
	for _, taken := range []string{made.Config, made.Keys, made.Descriptor} {
		if err := os.Rename(taken, taken+".away"); err != nil {
			t.Fatal(err)
		}
	}
	for _, taken := range []string{made.Config, made.Keys, made.Descriptor, made.Genesis, filepath.Join(o.Dir, c.Data)} {
		if err := os.WriteFile(taken, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Make(rand.Reader, o); !errors.Is(err, fs.ErrExist) {
			t.Errorf("%s is taken: %v", taken, err)
		}
		if err := os.Remove(taken); err != nil {
			t.Fatal(err)
		}
	}
	o.Publisher = true
	if made, err = Make(rand.Reader, o); err != nil || made.Agency.Log == nil {
		t.Errorf("a publisher: %+v, %v", made, err)
	}
}

// TestPublicAddressCanBeLinked: what goes on the ledger is what QR codes begin with.
func TestPublicAddressCanBeLinked(t *testing.T) {
	for _, public := range []string{"ocop_1.example:7400", "-ocop.example:7400", "ocop.example/x:7400", "0.0.0.0:7400"} {
		o := options(t)
		o.Public = public
		if _, err := Make(rand.Reader, o); !isUsage(err) {
			t.Errorf("%q: %v", public, err)
		}
		if _, err := os.Stat(o.Dir); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%q: something was made: %v", public, err)
		}
	}
}

func isUsage(err error) bool {
	_, ok := errors.AsType[*verb.UsageError](err)
	return ok
}

// TestNothingIsLeft: when randomness ends in the middle, neither keys nor the directory stay.
func TestNothingIsLeft(t *testing.T) {
	o := options(t)
	_, err := Make(io.MultiReader(io.LimitReader(rand.Reader, 40), iotest.ErrReader(io.ErrNoProgress)), o)
	if !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("error %v", err)
	}
	if _, err := os.Stat(o.Dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the directory stays: %v", err)
	}
}

func TestListen(t *testing.T) {
	for address, want := range map[string]string{
		"node.example:7401": ":7401", "10.1.2.3:7401": ":7401", "[2001:db8::1]:7401": ":7401",
		"127.0.0.1:7401": "127.0.0.1:7401", "localhost:7401": "localhost:7401", "[::1]:7401": "[::1]:7401", "nothing": "nothing",
	} {
		if got := listen(address); got != want {
			t.Errorf("%s: listens at %s, want %s", address, got, want)
		}
	}
}
