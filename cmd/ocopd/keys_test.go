package main

import (
	"bytes"
	"encoding/hex"
	"os"
	"strings"
	"testing"

	"github.com/ocopledger/ocop/cmd/internal/rotation"
	"github.com/ocopledger/ocop/cmd/ocopd/internal/ceremony"
	"github.com/ocopledger/ocop/cmd/ocopd/internal/newnode"
	"github.com/ocopledger/ocop/ledger/genesis"
	"github.com/ocopledger/ocop/ledger/wire"
	"github.com/ocopledger/ocop/ledger/wire/canon"
	"github.com/ocopledger/ocop/node/config"
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
	both := []string{"keys", "rotate", "--dir", n.node(1), "--cosigner", "--node", "--tls"}
	made := read[rotationMade](t, n.must(append(both, "--json")...))
	loaded, err := keys.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if loaded.Node.Public() != present.Node.Public() || loaded.Cosigner.Public() != present.Cosigner.Public() || loaded.TLS.Public() != present.TLS.Public() {
		t.Error("a present key was touched")
	}
	if made.Notice != ceremony.SampleNotice || made.Chain != n.chain || made.Agency != 2 || len(made.Keys) != 3 {
		t.Fatalf("%+v", made)
	}
	for i, want := range []struct{ role, public string }{{"cosigner", loaded.NextCosigner.Public().String()}, {"node", loaded.NextNode.Public().String()}, {"tls", loaded.NextTLS.Public().String()}} {
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
		if err != nil || strings.Join(r.Lines(), " ") != made.Keys[0].Line+" "+made.Keys[1].Line+" "+made.Keys[2].Line {
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
	secrets := [][32]byte{loaded.NextNode.Secret(), loaded.NextCosigner.Secret(), loaded.NextTLS.Secret()}
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
	g.Body.Protocol, g.Body.Parameters.Resolvers = 1, nil
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
		{"no key", good[:4], exitUsage, "--cosigner, --node, --tls"},
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

// TestKeysLog: a log key for a node that is to run the publisher, and the line that an officer is handed.
func TestKeysLog(t *testing.T) {
	n := newNetwork(t)
	made := read[rotationMade](t, n.must("keys", "log", "--dir", n.node(1), "--json"))
	set, err := keys.Load(n.path("node1", "keys"))
	if err != nil || set.Log == nil {
		t.Fatalf("%v, %v", set, err)
	}
	if k := made.Keys[0]; len(made.Keys) != 1 || k.Role != "log" || !k.New || k.Public != set.Log.Public().String() || k.File != n.path("node1", "keys", "log.key") {
		t.Errorf("%+v", made)
	}
	shown := n.must("keys", "log", "--dir", n.node(1))
	if r, err := rotation.ParseLog(shown.out); err != nil || r.Place.Agency != 2 || r.Lines()[0] != made.Keys[0].Line || !strings.Contains(shown.out, "--log-key") {
		t.Errorf("%v in\n%s", err, shown.out)
	}
	if publisher := read[rotationMade](t, n.must("keys", "log", "--dir", n.node(0), "--json")); publisher.Keys[0].New {
		t.Error("the publisher's log key was made anew")
	}
	n.refuse(t, []refusal{{"no directory", []string{"keys", "log"}, exitUsage, "--dir missing"}})
}

// TestInitForALedger: the directory of a node that joins, and the file an officer is handed.
func TestInitForALedger(t *testing.T) {
	n := newNetwork(t)
	args := []string{"init", "--dir", n.path("fourth"), "--agency", "3", "--genesis", n.path("genesis"), "--peer", "node4.example:7401", "--public", "ocop4.example:7400"}
	made := read[newnode.Joined](t, n.must(append(args, "--json")...))
	text, err := os.ReadFile(made.Validator)
	if err != nil {
		t.Fatal(err)
	}
	j, err := rotation.ParseJoining(string(text))
	if err != nil {
		t.Fatal(err)
	}
	set, err := keys.Load(made.Keys)
	if err != nil {
		t.Fatal(err)
	}
	node := set.Node.Public()
	if v := j.Validator(); j.Place.Chain.String() != n.chain || j.Place.Agency != 3 || v.PeerAddress != "node4.example:7401" || v.PublicAddress != "ocop4.example:7400" ||
		!bytes.Equal(v.Node.PublicKey, node[:]) || v.CosignerName != made.CosignerName || made.Notice != ceremony.SampleNotice {
		t.Errorf("%v %+v", v, made)
	}
	c, err := config.Load(made.Config)
	if err != nil || c.Agency != 3 {
		t.Errorf("%+v, %v", c, err)
	}
	want, err := os.ReadFile(n.path("genesis"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(c.Path(c.Genesis)); err != nil || !bytes.Equal(got, want) {
		t.Errorf("the genesis file is another: %v", err)
	}
	if shown := n.must(with(args, "--dir", n.path("fifth"))...); !strings.Contains(shown.out, "propose-add-validator") || !strings.Contains(shown.out, ceremony.SampleNotice) {
		t.Errorf("shown\n%s", shown.out)
	}
	n.refuse(t, []refusal{
		{"again", args, exitExists, "exists"},
		{"an agency the ledger has not", with(with(args, "--dir", n.path("x")), "--agency", "999"), exitUsage, "no such agency"},
		{"an address that is none", with(with(args, "--dir", n.path("x")), "--peer", "node4"), exitUsage, "host:port"},
		{"a grant", append(with(args, "--dir", n.path("x")), "--grants", "province:67:all:01/01/2020"), exitUsage, "does not go with --genesis"},
		{"no genesis", with(with(args, "--dir", n.path("x")), "--genesis", n.path("none")), exitFailure, "none"},
		{"a name that nobody can sign under", append(with(args, "--dir", n.path("x")), "--cosigner-name", "a b"), exitInput, "cannot be used"},
		{"a name that no record can hold", append(with(args, "--dir", n.path("x")), "--cosigner-name", "nút"), exitInput, "cannot be used"},
	})
}
