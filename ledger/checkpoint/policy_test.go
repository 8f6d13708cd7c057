package checkpoint_test

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/verify/vectors"
	"github.com/ocopledger/ocop/ledger/verify/verifytest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func nodeURL(a ledger.AccountID) string { return "https://node" + a.String() + ".example:7400" }

func policyFile() (*ledger.Policy, string) {
	p := verifytest.New().Policy()
	return p, string(checkpoint.FormatPolicy(p, nodeURL, "https://node1.example:7400/log"))
}

// vectorsDir is where the cases are kept for verifiers in other languages.
const vectorsDir = "../verify/vectors"

func policyCase(file string) vectors.Case {
	return vectors.Case{File: []byte(file), With: vectors.With{Since: verifytest.Start, Now: verifytest.Start + 60}}
}

func keep(t *testing.T, g *vectors.Group, name, file string, want bool) {
	t.Helper()
	if got := g.Add(name, vectors.Policy, policyCase(file)); got.OK != want {
		t.Errorf("%s: as a policy believed: %s", name, got.Word)
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want := must(os.ReadFile(name)); !bytes.Equal(got, want) {
		t.Errorf("%s:\n%s\nwant\n%s", name, got, want)
	}
}

func TestPolicyFileGolden(t *testing.T) {
	p, file := policyFile()
	golden(t, "testdata/policy.txt", []byte(file))
	if got := must(checkpoint.ParsePolicy([]byte(file))); !reflect.DeepEqual(got, p) {
		t.Errorf("%+v, want %+v", got, p)
	}
}

func TestPolicyFileAsPeopleEditIt(t *testing.T) {
	p, file := policyFile()
	lines := strings.SplitAfter(file, "\n") // document, log, three validators, outside witness, group, quorum
	g := vectors.New(t, vectorsDir, "policy-edited", "Policy files as people edit them.")
	for name, edited := range map[string]string{
		"comments and space": "# từ cuộc họp\n\n \t" + strings.ReplaceAll(lines[1], " ", " \t ") + strings.Join(lines[2:], "# more\n") + lines[0],
		"witnesses moved":    strings.Join([]string{lines[5], lines[4], lines[2], lines[0], lines[3], lines[6], lines[7], lines[1]}, ""),
		"no URLs":            strings.NewReplacer(" https://node1.example:7400/log", "", " https://node2.example:7400", "").Replace(file),
		"other names":        strings.ReplaceAll(strings.ReplaceAll(file, "outside-1", "nhân-chứng"), "validators", "Q"),
	} {
		keep(t, g, name, edited, true)
		if got, err := checkpoint.ParsePolicy([]byte(edited)); err != nil || !reflect.DeepEqual(got, p) {
			t.Errorf("%s: %v\n%s", name, err, edited)
		}
	}
	all := *p
	all.Quorum = 3
	file = strings.Replace(string(checkpoint.FormatPolicy(&all, nodeURL, "")), "validators 3", "validators all", 1)
	keep(t, g, "all", file, true)
	if got, err := checkpoint.ParsePolicy([]byte(file)); err != nil || got.Quorum != 3 {
		t.Errorf("all: %v", err)
	}
}

func TestPolicyFileWithoutURLs(t *testing.T) {
	p, _ := policyFile()
	for _, bad := range []string{"", "a b", "https://x\nlog", "https://x/#y", strings.Repeat("x", 600), "https://\u00e9"} {
		file := string(checkpoint.FormatPolicy(p, func(ledger.AccountID) string { return bad }, bad))
		if got, err := checkpoint.ParsePolicy([]byte(file)); err != nil || !reflect.DeepEqual(got, p) || !strings.Contains(file, " https://node3.example\n") {
			t.Errorf("%q: %v\n%s", bad, err, file)
		}
	}
}

func TestPolicyFileOfAnOddName(t *testing.T) {
	p, _ := policyFile()
	p.Witnesses[0].Name = "w#1"
	file := checkpoint.FormatPolicy(p, nodeURL, "")
	if got, err := checkpoint.ParsePolicy(file); err != nil || !reflect.DeepEqual(got, p) {
		t.Errorf("%v\n%s", err, file)
	}
}

// TestPolicyFileRefuses: what a verifier that knows only C2SP reads in the lines must be what the document says.
func TestPolicyFileRefuses(t *testing.T) {
	_, file := policyFile()
	lines := strings.SplitAfter(file, "\n")
	other := verifytest.NewOf("other", 3)
	other.Rotate(2)
	stranger := ident.VKey{Name: "x", Type: ident.NoteCosigner, Key: other.Policy().Validators[1].CosignerKey}.String()
	retired := strings.SplitAfter(string(checkpoint.FormatPolicy(other.Policy(), nodeURL, "")), "\n")
	replace := func(old, new string) string {
		if !strings.Contains(file, old) {
			t.Fatalf("no %q in the file", old)
		}
		return strings.Replace(file, old, new, 1)
	}
	g := vectors.New(t, vectorsDir, "policy-refused", "Policy files whose lines are not what the document says.")
	for name, bad := range map[string]string{
		"empty":                        "",
		"no document":                  strings.Join(lines[1:], ""),
		"document only":                lines[0],
		"document twice":               lines[0] + file,
		"document of another epoch":    retired[0] + strings.Join(lines[1:], ""),
		"document cut":                 replace("# ocop-policy A", "# ocop-policy "),
		"document in CRLF":             strings.Replace(file, "\n", "\r\n", 1),
		"no log":                       replace(lines[1], ""),
		"two logs":                     replace(lines[1], lines[1]+lines[1]),
		"key of another log":           replace(lines[1], retired[2]),
		"validator's key of the past":  replace(lines[3], retired[3]),
		"validator left out":           strings.Replace(replace(lines[3], ""), "agency-2 ", "", 1),
		"witness more":                 replace("group ", "witness x "+stranger+" https://x\ngroup "),
		"outside witness left out":     replace(lines[5], ""),
		"outside witness in the group": replace("agency-3\n", "outside-1\n"),
		"outside witness votes":        replace("agency-3\n", "agency-3 outside-1\n"),
		"member twice":                 replace("agency-3\n", "agency-2\n"),
		"member unknown":               replace("agency-3\n", "agency-4\n"),
		"quorum less":                  replace("validators 2", "validators 1"),
		"quorum more":                  replace("validators 2", "validators 3"),
		"any":                          replace("validators 2", "validators any"),
		"quorum 02":                    replace("validators 2", "validators 02"),
		"quorum none":                  replace("quorum validators", "quorum none"),
		"quorum of one":                replace("quorum validators", "quorum agency-1"),
		"no quorum":                    replace("quorum validators\n", ""),
		"two quorums":                  replace("quorum validators\n", "quorum validators\nquorum validators\n"),
		"group after quorum":           strings.Join(append(append([]string{}, lines[:6]...), lines[7], lines[6]), ""),
		"group before its witnesses":   strings.Join(append(append([]string{}, lines[0], lines[1], lines[6]), append(append([]string{}, lines[2:6]...), lines[7:]...)...), ""),
		"second group":                 replace("quorum", "group g 1 agency-1\nquorum"),
		"name twice":                   replace("witness agency-3", "witness agency-2"),
		"witness named none":           replace("witness outside-1", "witness none"),
		"group named none":             strings.ReplaceAll(file, "validators", "none"),
		"agencies' names exchanged":    strings.NewReplacer("witness agency-1", "witness agency-2", "witness agency-2", "witness agency-1").Replace(file),
		"keyword":                      file + "logs x\n",
		"control character":            replace("https", "ht\x00tps"),
		"no last end of line":          strings.TrimSuffix(file, "\n"),
		"URL too long":                 replace("https://node2.example:7400", "https://"+strings.Repeat("x", 600)),
		"too long":                     file + strings.Repeat("#\n", checkpoint.MaxPolicyFile),
	} {
		if _, err := checkpoint.ParsePolicy([]byte(bad)); !errors.Is(err, checkpoint.ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
		if len(bad) < checkpoint.MaxPolicyFile {
			keep(t, g, name, bad, false)
		}
	}
}

// TestEveryByteOfAPolicyFile: whatever is still accepted means the same to a verifier that knows only C2SP. What such a verifier does not know, as the
// node keys, is the document's alone, and nothing but the place where somebody has the file from vouches for it.
func TestEveryByteOfAPolicyFile(t *testing.T) {
	p, file := policyFile()
	_, want, _ := strings.Cut(file, "\n")
	document := strings.IndexByte(file, '\n')
	g := vectors.New(t, vectorsDir, "policy-bytes", "Policy files of which one byte is changed.")
	g.Flip("policy file", vectors.Policy, policyCase(file), 2, nil)
	eachByte([]byte(file), func(at int, mutated []byte) {
		got, err := checkpoint.ParsePolicy(mutated)
		if err != nil {
			return
		}
		if _, lines, _ := strings.Cut(string(checkpoint.FormatPolicy(got, nodeURL, "https://node1.example:7400/log")), "\n"); lines != want {
			t.Errorf("byte %d:\n%s", at, lines)
		}
		if at > document && !reflect.DeepEqual(got, p) {
			t.Errorf("byte %d: %+v", at, got)
		}
	})
}

func TestUnsoundPolicies(t *testing.T) {
	for name, change := range map[string]func(*ledger.Policy){
		"cosigner twice":             func(p *ledger.Policy) { p.Validators[1].CosignerKey = p.Validators[0].CosignerKey },
		"cosigner's name twice":      func(p *ledger.Policy) { p.Validators[1].CosignerName = p.Validators[0].CosignerName },
		"a witness is a validator":   func(p *ledger.Policy) { p.Witnesses[0].Key = p.Validators[2].CosignerKey },
		"named like the log":         func(p *ledger.Policy) { p.Witnesses[0].Name = p.Origin },
		"name with space":            func(p *ledger.Policy) { p.Validators[0].CosignerName = "a b" },
		"name with plus":             func(p *ledger.Policy) { p.Origin = "a+b" },
		"no name":                    func(p *ledger.Policy) { p.Witnesses[0].Name = "" },
		"cosigner of small order":    func(p *ledger.Policy) { p.Validators[0].CosignerKey = ident.Ed25519Key{1} },
		"node key of small order":    func(p *ledger.Policy) { p.Validators[0].NodeKey = ident.Ed25519Key{} },
		"log key no point":           func(p *ledger.Policy) { p.LogKey = ident.Ed25519Key{2} },
		"half is no quorum":          func(p *ledger.Policy) { p.Quorum = 1 },
		"more than all is no quorum": func(p *ledger.Policy) { p.Quorum = 4 },
	} {
		p := verifytest.New().Policy()
		change(p)
		if err := checkpoint.CheckPolicy(p); !errors.Is(err, checkpoint.ErrPolicy) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := checkpoint.ParsePolicy(checkpoint.FormatPolicy(p, nodeURL, "")); err == nil {
			t.Errorf("%s: its file is accepted", name)
		}
	}
	if err := checkpoint.CheckPolicy(verifytest.NewOf("seven", 7).Policy()); err != nil {
		t.Error(err)
	}
}

func TestHandoverFile(t *testing.T) {
	w := verifytest.New()
	w.Block("a")
	h := w.EndedBy(func() { w.Rotate(2) }, 1, 2)
	file := h.Append(nil)
	golden(t, "testdata/handover.tlog-proof", file)
	if got := must(checkpoint.ParseHandover(file)); !reflect.DeepEqual(got, h) || !checkpoint.IsHandover(file) {
		t.Errorf("%+v, want %+v", got, h)
	}
	p := must(checkpoint.ParseProof(file))
	for name, change := range map[string]func(*checkpoint.Proof){
		"not the last leaf": func(p *checkpoint.Proof) { p.Index-- },
		"version":           func(p *checkpoint.Proof) { p.Extra[0] = 2 },
		"document":          func(p *checkpoint.Proof) { p.Extra[3] = 2 },
		"epoch 0":           func(p *checkpoint.Proof) { p.Extra[7] = 0 },
		"seal cut":          func(p *checkpoint.Proof) { p.Extra = p.Extra[:len(p.Extra)-1] },
		"bytes after":       func(p *checkpoint.Proof) { p.Extra = append(p.Extra, 0) },
		"nothing":           func(p *checkpoint.Proof) { p.Extra = nil },
		"empty tree":        func(p *checkpoint.Proof) { p.Checkpoint.Tree.Size = 0 },
	} {
		q := must(checkpoint.ParseProof(p.Append(nil)))
		change(q)
		if _, err := checkpoint.ParseHandover(q.Append(nil)); !errors.Is(err, checkpoint.ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	u := verifytest.New()
	twice := u.EndedBy(func() {
		u.EndEpoch(func(p *ledger.Policy) { p.Validators[1].CosignerKey = p.Validators[0].CosignerKey })
	}, 1, 2)
	if _, err := checkpoint.ParseHandover(twice.Append(nil)); err != nil {
		t.Errorf("an unsound document, which may be passed over: %v", err)
	}
}

func FuzzParsePolicy(f *testing.F) {
	_, file := policyFile()
	f.Add([]byte(file))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := checkpoint.ParsePolicy(data)
		if err != nil {
			return
		}
		if got := must(checkpoint.ParsePolicy(checkpoint.FormatPolicy(p, nodeURL, ""))); got.Hash() != p.Hash() {
			t.Errorf("%q is read differently the second time", data)
		}
	})
}
