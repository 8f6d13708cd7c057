package main

import (
	"os"
	"strings"
	"testing"

	"github.com/ocopledger/ocop/ledger/ident"
)

// refusal is a command line that is refused.
type refusal struct {
	name string
	args []string
	code int
	want string // in the English message
}

// refuse runs command lines that have to be refused in both languages, as text and as JSON, and have to change nothing.
func (n *network) refuse(t *testing.T, list []refusal) {
	t.Helper()
	before := n.snapshot()
	for _, c := range list {
		t.Run(c.name, func(t *testing.T) {
			english := n.do(c.args...)
			if english.code != c.code || !strings.Contains(english.err, c.want) || !strings.Contains("\n"+english.err, "\nocopd: ") || english.out != "" {
				t.Errorf("exit code %d, want %d; %q is to be in\n%s%s", english.code, c.code, c.want, english.err, english.out)
			}
			vietnamese := n.do(append([]string{"--lang", "vi"}, c.args...)...)
			if vietnamese.code != c.code || vietnamese.err == english.err {
				t.Errorf("in Vietnamese: exit code %d\n%s", vietnamese.code, vietnamese.err)
			}
			asJSON := n.do(append([]string{"--json"}, c.args...)...)
			said := read[struct {
				Notice string
				Error  failure
			}](t, asJSON)
			said.Notice = strings.TrimPrefix(said.Notice+"\n", "\n") // on a line of its own above the error, if there is one
			if asJSON.code != c.code || said.Error.Code != c.code || said.Notice+"ocopd: "+said.Error.Message+"\n" != english.err || asJSON.err != "" {
				t.Errorf("as JSON: %+v", asJSON)
			}
			if after := n.snapshot(); after != before {
				t.Fatal("files were changed")
			}
		})
	}
}

// with replaces the value of a flag, or adds the flag.
func with(args []string, flag, value string) []string {
	args = append([]string{}, args...)
	for i := range args {
		if args[i] == flag {
			args[i+1] = value
			return args
		}
	}
	return append(args, flag, value)
}

// without leaves out a flag and its value.
func without(args []string, flag string) []string {
	for i := range args {
		if args[i] == flag {
			return append(append([]string{}, args[:i]...), args[i+2:]...)
		}
	}
	return args
}

// TestRefusals: whatever is wrong is said in both languages, and changes nothing.
func TestRefusals(t *testing.T) {
	n := newNetwork(t)
	for name, test := range map[string]func(*testing.T, *network){
		"init": testInitRefuses, "officer": testOfficerRefuses, "assemble": testAssembleRefuses, "countersign": testCountersignRefuses, "show": testShowRefuses,
		"run and check": testRunAndCheckRefuse, "keys": testKeysRefuse,
	} {
		t.Run(name, func(t *testing.T) { test(t, n) })
	}
}

func testInitRefuses(t *testing.T, n *network) {
	proof := n.path("officer0.proof")
	text, err := os.ReadFile(proof)
	if err != nil {
		t.Fatal(err)
	}
	good := []string{"init", "--dir", n.path("new"), "--agency", "1", "--name", "UBND tỉnh", "--territory", "67", "--grants", "province:67:all:01/01/2020",
		"--chain-name", testChain, "--peer", "127.0.0.1:1", "--public", "127.0.0.1:2", "--officer", proof}
	list := []refusal{
		{"a directory that has a node", with(good, "--dir", n.node(0)), exitExists, "exists"},
		{"an agency beyond the range", with(good, "--agency", "1000000"), exitUsage, "not an agency's account"},
		{"no number", with(good, "--agency", "one"), exitUsage, "--agency"},
		{"a peer without port", with(good, "--peer", "node.example"), exitUsage, "not host:port"},
		{"a peer with port 0", with(good, "--peer", "node.example:0"), exitUsage, "--peer"},
		{"a peer that is everywhere", with(good, "--peer", "0.0.0.0:7401"), exitUsage, "--peer"},
		{"a public address without host", with(good, "--public", ":7400"), exitUsage, "--public"},
		{"an operator's door for all", with(good, "--operator", "0.0.0.0:7402"), exitUsage, "loopback"},
		{"an unknown level", with(good, "--grants", "town:67:all:01/01/2020"), exitUsage, "no level"},
		{"an unknown power", with(good, "--grants", "province:67:rule:01/01/2020"), exitUsage, "there is no \"rule\""},
		{"no date", with(good, "--grants", "province:67:all:31/02/2020"), exitUsage, "not a date"},
		{"a grant without date", with(good, "--grants", "province:67:all"), exitUsage, "not of the form"},
		{"no territory code", with(good, "--territory", "Đắk Nông"), exitUsage, "code of a territory"},
		{"a name that no ledger takes", with(good, "--name", "a\u200bb"), exitInput, "name.register"},
		{"an empty name", with(good, "--name", " "), exitInput, "name"},
		{"a chain name that no ledger takes", with(with(good, "--chain-name", "a b"), "--officer", proof), exitInput, "for agency"},
		{"a cosigner name that no ledger takes", with(good, "--cosigner-name", "a b"), exitInput, "cosigner_name"},
		{"an officer of another agency", with(good, "--agency", "2"), exitInput, "is for agency 1"},
		{"an officer of another ledger", with(good, "--chain-name", "other"), exitInput, "on ledger ocop-test"},
		{"an officer's file that is none", with(good, "--officer", n.path("territories.csv")), exitInput, "not an officer's proof"},
		{"an officer's file that was changed", with(good, "--officer", n.write("changed.proof", strings.Replace(string(text), ":1:15:0", ":1:15:1", 1)+"00")), exitInput, "wrong or incomplete"},
		{"no officer's file", with(good, "--officer", n.path("none")), exitFailure, "none"},
		{"the same officer twice", append(good, "--officer", proof), exitUsage, "there already"},
		{"an argument", append(good, "more"), exitUsage, "superfluous"},
	}
	for _, flag := range []string{"--dir", "--agency", "--name", "--territory", "--grants", "--chain-name", "--peer", "--public", "--officer"} {
		list = append(list, refusal{"without " + flag[2:], without(good, flag), exitUsage, flag + " missing"})
	}
	n.refuse(t, list)
	n.must(good...)
}

func testOfficerRefuses(t *testing.T, n *network) {
	key, passwordFile := n.keys(0), n.path("password")
	good := []string{"genesis", "officer", key, "--chain-name", testChain, "--agency", "1", "--roles", "register,certify", "--password-file", passwordFile}
	damaged, err := os.ReadFile(key)
	if err != nil {
		t.Fatal(err)
	}
	damaged[len(damaged)/2] ^= 1
	n.refuse(t, []refusal{
		{"another agency's key", with(good, "--agency", "2"), exitKey, "made for account 1, not 2"},
		{"an unknown role", with(good, "--roles", "import"), exitUsage, "there is no \"import\""},
		{"a chain name with a colon", with(good, "--chain-name", "a:b"), exitUsage, "no proof can be made"},
		{"a file that is there", with(good, "-o", n.path("officer1.proof")), exitExists, "exists"},
		{"a wrong password", with(good, "--password-file", n.write("wrong", "falsch\n")), exitKey, "wrong password"},
		{"an unset variable", with(without(good, "--password-file"), "--password-env", "UNSET"), exitKey, "UNSET is empty"},
		{"nobody to ask", without(good, "--password-file"), exitFailure, "no terminal"},
		{"a damaged keystore", append([]string{"genesis", "officer", n.write("damaged.json", string(damaged))}, good[3:]...), exitKey, "damaged"},
		{"a file too large to be a keystore", append([]string{"genesis", "officer", n.write("large.json", strings.Repeat("{", 1<<20))}, good[3:]...), exitKey, "damaged"},
		{"no keystore", append([]string{"genesis", "officer", n.path("none.json")}, good[3:]...), exitFailure, "none.json"},
		{"no argument", append([]string{"genesis", "officer"}, good[3:]...), exitUsage, "an argument is missing"},
	})
	n.env["PASSWORD"] = testPassword
	for _, args := range [][]string{good, with(without(good, "--password-file"), "--password-env", "PASSWORD")} {
		if r := n.must(args...); !strings.HasPrefix(r.out, "ocop-officer-1:ocop-test:1:3:") {
			t.Error(r.out)
		}
	}
}

func testAssembleRefuses(t *testing.T, n *network) {
	descriptor := func(i int) string {
		return n.path("node"+string(rune('0'+i)), "agency-"+string(rune('1'+i))+".descriptor")
	}
	good := []string{"genesis", "assemble", descriptor(0), descriptor(1), descriptor(2), "--territories", n.path("territories.csv"), "--origin", "log.example/test", "--publisher", "1", "-o", n.path("again")}
	data, err := os.ReadFile(descriptor(1))
	if err != nil {
		t.Fatal(err)
	}
	changed := []byte(string(data))
	changed[len(changed)-100] ^= 1
	cosigner, err := ident.NewVKey("witness.example/w", ident.NoteCosigner, mustKey(t))
	if err != nil {
		t.Fatal(err)
	}
	second, err := ident.NewVKey("witness.example/second", ident.NoteCosigner, mustKey(t))
	if err != nil {
		t.Fatal(err)
	}
	n.refuse(t, []refusal{
		{"a file that is there", with(good, "-o", n.path("genesis")), exitExists, "exists"},
		{"a publisher without log key", with(good, "--publisher", "2"), exitInput, "brings no log key"},
		{"a publisher that is none", with(good, "--publisher", "9"), exitInput, "brings no log key"},
		{"a quorum of a minority", with(good, "--quorum", "1"), exitInput, "more than half"},
		{"half of the votes", with(good, "--vote-percent", "50"), exitInput, "more than half"},
		{"more votes than all", with(good, "--vote-percent", "101"), exitInput, "not canonical"},
		{"a resolver in capitals", with(good, "--resolver", "OCOP.example"), exitInput, "lower case"},
		{"a quorum of more than all", with(good, "--quorum", "4"), exitInput, "more than half"},
		{"a descriptor twice", append(good, descriptor(1)), exitInput, "ascending"},
		{"a changed descriptor", append(good, n.write("changed.descriptor", string(changed))), exitInput, "not a sound descriptor"},
		{"a descriptor cut short", append(good, n.write("short.descriptor", string(data[:len(data)/2]))), exitInput, "not a sound descriptor"},
		{"a genesis as descriptor", append(good, n.path("genesis")), exitInput, "not a sound descriptor"},
		{"a file too large to be one", append(good, n.write("large.descriptor", strings.Repeat("x", 70_000))), exitInput, "larger than"},
		{"no descriptor", append([]string{"genesis", "assemble"}, good[5:]...), exitUsage, "an argument is missing"},
		{"an origin that no ledger takes", with(good, "--origin", "a b"), exitInput, "origin"},
		{"no time", with(good, "--time", "yesterday"), exitUsage, "--time"},
		{"a span that is none", with(good, "--clock-bound", "soon"), exitUsage, "not a span"},
		{"a span below nothing", with(good, "--clock-bound", "-5s"), exitUsage, "not a span"},
		{"too long an expiry", with(good, "--longest-expiry", "31d"), exitInput, "30 days"},
		{"no witness", with(good, "--witness", "w+1+x"), exitUsage, "not a C2SP cosigner key"},
		{"a log key as witness", with(good, "--witness", strings.Replace(vkey(t, ident.NoteLog), "x", "x", 1)), exitUsage, "not a C2SP cosigner key"},
		{"one witness key under two names", append(with(good, "--witness", cosigner.String()), "--witness", second.String()), exitInput, "the key also stands at policy.witnesses[0].key"},
		{"territories that are no tree", with(good, "--territories", n.write("two.csv", testTerritories+"2,ministry,,Hai,,\n")), exitInput, "territories"},
		{"an agency outside the territories", with(good, "--territories", n.write("one.csv", strings.Split(testTerritories, "67,")[0])), exitInput, "territory 67 is unknown"},
		{"territories with mistakes", with(good, "--territories", n.write("bad.csv", "code,level,name\nx,y,\n")), exitInput, "bad.csv:2: code"},
		{"no territory file", with(good, "--territories", n.path("none.csv")), exitFailure, "none.csv"},
	})
	n.must(append(good, "--witness", cosigner.String(), "--time", "2026-01-02T08:00:00+07:00", "--backdating-window", "36h", "--quorum", "3", "--vote-percent", "67")...)
	shown := n.must("genesis", "show", n.path("again")).out
	for _, want := range []string{"Begins      02/01/2026 08:00:00 +07:00", "36 hours", "3 of 3", "takes 3 of 3 agencies that run validators (67 of 100)", "2q − n = 3", "witness.example/w", "NOT SIGNED"} {
		if !strings.Contains(shown, want) {
			t.Errorf("no %q in\n%s", want, shown)
		}
	}
}

func mustKey(t *testing.T) ident.Ed25519Key {
	t.Helper()
	private, err := ident.NewEd25519PrivateKey([]byte(strings.Repeat("w", 32)))
	if err != nil {
		t.Fatal(err)
	}
	return private.Public()
}

func vkey(t *testing.T, noteType byte) string {
	t.Helper()
	v, err := ident.NewVKey("witness.example/w", noteType, mustKey(t))
	if err != nil {
		t.Fatal(err)
	}
	return v.String()
}

func testCountersignRefuses(t *testing.T, n *network) {
	stranger, passwordFile := n.key("stranger", 0)
	good := []string{"genesis", "countersign", n.path("genesis"), "--key", n.keys(0), "--chain-id", n.chain, "--password-file", passwordFile}
	data, err := os.ReadFile(n.path("genesis"))
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/2] ^= 1
	n.refuse(t, []refusal{
		{"another chain id", with(good, "--chain-id", strings.Repeat("ab", 32)), exitInput, "do not sign"},
		{"half a chain id", with(good, "--chain-id", n.chain[:32]), exitUsage, "64 hexadecimal digits"},
		{"no chain id", without(good, "--chain-id"), exitUsage, "--chain-id missing"},
		{"a stranger's key", with(good, "--key", stranger), exitKey, "of no officer"},
		{"a changed genesis", append([]string{"genesis", "countersign", n.write("changed", string(data))}, good[3:]...), exitInput, "not a sound genesis file"},
		{"a descriptor", append([]string{"genesis", "countersign", n.path("node0", "agency-1.descriptor")}, good[3:]...), exitInput, "not a sound genesis file"},
		{"an output that is there", with(good, "-o", n.path("territories.csv")), exitExists, "exists"},
	})
	before := n.snapshot()
	if n.must(good...); n.snapshot() != before { // signatures are deterministic
		t.Error("signing again changes the file")
	}
}

func testShowRefuses(t *testing.T, n *network) {
	n.refuse(t, []refusal{
		{"something else", []string{"genesis", "show", n.path("territories.csv")}, exitInput, "not a sound genesis file"},
		{"nothing", []string{"genesis", "show", n.path("none")}, exitFailure, "none"},
		{"a descriptor of another version", []string{"genesis", "show", n.write("v2", "OCOPAGY\x02")}, exitInput, "not a sound descriptor"},
		{"too large", []string{"genesis", "show", n.write("large", strings.Repeat("x", maxGenesis+1))}, exitInput, "larger than"},
	})
}

func testRunAndCheckRefuse(t *testing.T, n *network) {
	config, err := os.ReadFile(n.path("node0", "config.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(n.path("bad"), 0o700); err != nil {
		t.Fatal(err)
	}
	n.write("bad/config.yaml", string(config)+"\npeers: 3\n")
	if err := os.Mkdir(n.path("empty"), 0o700); err != nil {
		t.Fatal(err)
	}
	n.refuse(t, []refusal{
		{"run without directory", []string{"run"}, exitUsage, "--dir missing"},
		{"run of nothing", []string{"run", "--dir", n.path("none")}, exitFailure, "config.yaml"},
		{"run with an unknown setting", []string{"run", "--dir", n.path("bad")}, exitInput, "peers: unknown key"},
		{"check of nothing in particular", []string{"check"}, exitUsage, "--dir or --data"},
		{"check of both", []string{"check", "--dir", n.node(0), "--data", n.path("data")}, exitUsage, "--dir or --data"},
		{"check with its own genesis", []string{"check", "--data", n.path("data")}, exitUsage, "--genesis or --chain-id"},
		{"check with two", []string{"check", "--data", n.path("data"), "--genesis", n.path("genesis"), "--chain-id", n.chain}, exitUsage, "--genesis or --chain-id"},
		{"check of a node with another genesis", []string{"check", "--dir", n.node(0), "--genesis", n.path("genesis")}, exitUsage, "go with --data"},
		{"check of a node that never ran", []string{"check", "--dir", n.node(0)}, exitDivergence, "no node has run there"},
		{"check without genesis file", []string{"check", "--data", n.path("empty"), "--genesis", n.path("none")}, exitFailure, "none"},
		{"check against what is no genesis", []string{"check", "--data", n.path("empty"), "--genesis", n.path("password")}, exitInput, "not a sound genesis file"},
		{"check against what is no chain id", []string{"check", "--data", n.path("empty"), "--chain-id", "xyz"}, exitUsage, "64 hexadecimal digits"},
		{"an unknown command", []string{"start"}, exitUsage, "there is no command"},
		{"an unknown command of genesis", []string{"genesis", "make"}, exitUsage, "there is no command"},
		{"an unknown flag", []string{"version", "--short"}, exitUsage, "there is no option --short"},
	})
}
