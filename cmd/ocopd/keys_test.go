package main

import (
	"encoding/hex"
	"os"
	"strings"
	"testing"

	"github.com/ocopledger/ocop/cmd/internal/rotation"
	"github.com/ocopledger/ocop/cmd/ocopd/internal/ceremony"
	"github.com/ocopledger/ocop/ledger/genesis"
	"github.com/ocopledger/ocop/ledger/wire"
	"github.com/ocopledger/ocop/ledger/wire/canon"
	"github.com/ocopledger/ocop/node/keys"
)

// TestKeysRotate: next keys beside the present ones, and the lines an officer is handed.
func TestKeysRotate(t *testing.T) {
	n := newNetwork(t)
	dir := n.path("node1", "keys")
	present, err := keys.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	both := []string{"keys", "rotate", "--dir", n.node(1), "--cosigner", "--node"}
	made := read[rotationMade](t, n.must(append(both, "--json")...))
	loaded, err := keys.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if loaded.Node.Public() != present.Node.Public() || loaded.Cosigner.Public() != present.Cosigner.Public() || loaded.TLS.Public() != present.TLS.Public() {
		t.Error("a present key was touched")
	}
	if made.Notice != ceremony.SampleNotice || made.Chain != n.chain || made.Agency != 2 || len(made.Keys) != 2 {
		t.Fatalf("%+v", made)
	}
	for i, want := range []struct{ role, public string }{{"cosigner", loaded.NextCosigner.Public().String()}, {"node", loaded.NextNode.Public().String()}} {
		if k := made.Keys[i]; k.Role != want.role || !k.New || k.Public != want.public {
			t.Errorf("%+v, want the %s key %s", k, want.role, want.public)
		} else if _, err := os.Stat(k.File); err != nil {
			t.Error(err)
		}
	}
	// Again: nothing is made anew, and what is printed is what an officer's tool reads, on the screen and in a file.
	shown := n.must(both...)
	written := n.must(append(both, "-o", n.path("next.txt"))...)
	file, err := os.ReadFile(n.path("next.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{shown.out, string(file)} {
		r, err := rotation.Parse(text)
		if err != nil || strings.Join(r.Lines(), " ") != made.Keys[0].Line+" "+made.Keys[1].Line {
			t.Errorf("%v in\n%s", err, text)
		}
		if !strings.Contains(text, ceremony.SampleNotice) {
			t.Errorf("no notice in\n%s", text)
		}
	}
	for _, want := range []string{"Kept", "which was there", "next.txt", "rotate-validator"} {
		if !strings.Contains(written.out, want) {
			t.Errorf("no %q in\n%s", want, written.out)
		}
	}
	secrets := [][32]byte{loaded.NextNode.Secret(), loaded.NextCosigner.Secret()}
	for _, secret := range secrets {
		if strings.Contains(shown.out+written.out+string(file), hex.EncodeToString(secret[:])) {
			t.Error("a secret is shown")
		}
	}
}

func testKeysRefuse(t *testing.T, n *network) {
	good := []string{"keys", "rotate", "--dir", n.node(0), "--cosigner"}
	// The same ledger begun before there were rotations.
	file, err := os.ReadFile(n.path("genesis"))
	if err != nil {
		t.Fatal(err)
	}
	g, err := genesis.Parse(file)
	if err != nil {
		t.Fatal(err)
	}
	g.Body.Protocol = 1
	body, err := canon.Marshal(wire.Records(), g.Body, 1)
	if err != nil {
		t.Fatal(err)
	}
	g.File.Body, g.File.Countersignatures = body, nil
	old, strange := n.copyOf(0, "old"), n.copyOf(0, "strange")
	n.write("old/genesis", string(g.File.Append(nil)))
	other, err := os.ReadFile(n.path("node1", "keys", "tls.key"))
	if err != nil {
		t.Fatal(err)
	}
	n.write("strange/keys/tls.key", string(other))
	n.refuse(t, []refusal{
		{"no directory", without(good, "--dir"), exitUsage, "--dir missing"},
		{"no key", good[:4], exitUsage, "--cosigner, --node or both"},
		{"a directory of nothing", with(good, "--dir", n.path("none")), exitFailure, "config.yaml"},
		{"an output that is there", append(good, "-o", n.path("genesis")), exitExists, "exists"},
		{"a ledger of protocol version 1", with(good, "--dir", old), exitInput, "has no rotation"},
		{"another node's keys", with(good, "--dir", strange), exitInput, "TLS key"},
		{"an unknown command of keys", []string{"keys", "make"}, exitUsage, "there is no command"},
	})
}

// copyOf copies a node's directory.
func (n *network) copyOf(i int, name string) string {
	n.t.Helper()
	if err := os.CopyFS(n.path(name), os.DirFS(n.node(i))); err != nil {
		n.t.Fatal(err)
	}
	for _, key := range []string{"node", "cosigner", "tls", "log"} {
		if err := os.Chmod(n.path(name, "keys", key+".key"), 0o600); err != nil {
			n.t.Fatal(err)
		}
	}
	return n.path(name)
}
