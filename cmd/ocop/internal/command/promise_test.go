package command

import (
	"crypto/sha256"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/ocopledger/ocop/cmd/ocop/internal/explain"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain/chaintest"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/verify"
	"github.com/ocopledger/ocop/ledger/verify/anchor"
)

// TestPromises: the levels of waiting and the files they leave; a promise that is kept, one that is not, and what a machine without a network makes of the
// evidence.
func TestPromises(t *testing.T) {
	if testing.Short() {
		t.Skip("opens keys, which the race detector makes slow")
	}
	m := newMachine(t)
	m.now = time.Time{}
	n := newNetwork(m)
	account := func(number, name string, wait ...string) (s submission) {
		t.Helper()
		m.ok("draft", "account", "--author", "1", "--kind", "cooperative", "--roles", "producer", "--name", name, "--territory", "24700", "--account", number, "-o", number+".yaml")
		m.sign(number+".yaml", "officer.json")
		if code := m.json(&s, append([]string{"submit", number + ".signed"}, wait...)...); code != exitOK {
			t.Fatalf("submit %v: exit code %d\n%s%s", wait, code, m.out, m.err)
		}
		return s
	}
	certified := account("1000001", "HTX thứ nhất (mẫu)", "--wait", "certified").Outcomes[0]
	if certified.Status != "accepted" || !strings.HasPrefix(certified.Receipt, "1000001-"+certified.Record[:16]) {
		t.Errorf("certified: %+v", certified)
	}
	if out := m.ok("verify", certified.Receipt, "--genesis", "genesis"); !strings.Contains(out, certified.Record) {
		t.Errorf("the receipt of a submission:\n%s", out)
	}
	m.fails(exitUsage, "none of admitted, committed and certified", "submit", "1000001.signed", "--wait", "soon")

	admitted := account("1000002", "HTX thứ hai (mẫu)", "--wait", "admitted").Outcomes[0]
	if admitted.Status != "promised" || admitted.Promise != "1000002-"+admitted.Record[:16]+".promise" {
		t.Fatalf("admitted: %+v", admitted)
	}
	m.ok("submit", "1000002.signed", "--wait", "certified")
	if out := m.ok("promise", admitted.Promise, "--genesis", "genesis"); !strings.HasPrefix(out, explain.SampleNotice+"\n\nKEPT\n") || !strings.Contains(out, admitted.Record) {
		t.Errorf("a promise that is kept:\n%s", out)
	}
	var r promiseReport
	if code := m.json(&r, "promise", admitted.Promise, "--genesis", "genesis"); code != exitOK || r.Promise != "kept" || !r.Proved || r.Outcome.Status != "accepted" || r.Outcome.Leaf == 0 {
		t.Errorf("exit code %d, %+v", code, r)
	}
	spoilt := []byte(m.read(admitted.Promise))
	spoilt[len(spoilt)-1] ^= 1
	m.write("spoilt.promise", string(spoilt))
	m.fails(exitProof, "[signature]", "promise", "spoilt.promise", "--genesis", "genesis")
	m.write("other", string(chaintest.NewAt(chaintest.Start.Add(time.Hour)).Genesis.Bytes()))
	m.fails(exitProof, "[chain]", "promise", admitted.Promise, "--genesis", "other")

	breaks(m, n)
}

// breaks has the node's key promise what is never ordered.
func breaks(m *machine, n *network) {
	t := m.t
	t.Helper()
	seed := sha256.Sum256([]byte("node"))
	key, err := ident.NewEd25519PrivateKey(seed[:])
	check(t, err)
	promise := func(file string, deadline time.Time) {
		t.Helper()
		s := ledger.SignedPromise{Promise: ledger.Promise{
			Chain: n.genesis.Chain, Receiver: agency, Record: ledger.RecordID{1, 2}, Author: agency, Size: 1, Deadline: uint64(deadline.UnixMilli()),
		}}
		s.Signature, err = key.Sign(s.Promise.Message())
		check(t, err)
		m.write(file, string(s.Append(nil)))
	}
	promise("later.promise", time.Now().Add(time.Hour))
	m.fails(exitUnreachable, "PENDING", "promise", "later.promise", "--genesis", "genesis")
	promise("broken.promise", time.Now().Add(-30*time.Minute))
	m.fails(exitDivergence, "BROKEN", "promise", "broken.promise", "--genesis", "genesis")
	if !strings.Contains(m.out, "broken.evidence") || !strings.HasPrefix(m.out, explain.SampleNotice) {
		t.Errorf("a promise that is broken:\n%s", m.out)
	}
	m.fails(exitFailure, "broken.evidence exists", "promise", "broken.promise", "--genesis", "genesis")
	m.fails(exitUsage, "--genesis FILE", "promise", "broken.promise")
	m.write("noise.promise", "noise")
	m.fails(exitInput, "is no acceptance promise", "promise", "noise.promise", "--genesis", "genesis")
	n.stop()

	m.env["OCOP_NODE"] = "" // from here on there is nothing but two files
	out := m.ok("verify", "--evidence", "broken.evidence", "--genesis", "genesis")
	for _, says := range []string{explain.SampleNotice, "THE EVIDENCE HOLDS: breach, agency 1", "Cơ quan 1 đã hứa rằng bản ghi 0102", "Agency 1 promised that the record 0102"} {
		if !strings.Contains(out, says) {
			t.Errorf("no %q in\n%s", says, out)
		}
	}
	if out := m.ok("verify", "--evidence", "broken.evidence", "--policy", "genesis", "--lang", "vi"); !strings.Contains(out, "BẰNG CHỨNG ĐÚNG: breach, cơ quan 1") {
		t.Errorf("in Vietnamese:\n%s", out)
	}
	var r evidenceReport
	if err := json.Unmarshal([]byte(m.ok("verify", "--evidence", "broken.evidence", "--genesis", "genesis", "--json")), &r); err != nil || r.Kind != "breach" || r.Agency != 1 || r.Notice == "" {
		t.Errorf("%+v, %v", r, err)
	}
	file, err := os.ReadFile("broken.evidence")
	check(t, err)
	for name, c := range map[string]struct {
		at   int
		code int
		says string
	}{
		"the magic":                {0, exitInput, "[format]"},
		"the promise's signature":  {8 + 1 + 1 + 2 + ledger.PromiseSize + 5, exitProof, "[signature]"},
		"the promise's chain":      {8 + 1 + 1 + 2 + 1 + 5, exitProof, "[chain]"},
		"an entry of the activity": {len(file) - 40, exitProof, "[history]"},
	} {
		spoilt := append([]byte(nil), file...)
		spoilt[c.at] ^= 0x10
		m.write("spoilt", string(spoilt))
		if m.fails(c.code, c.says, "verify", "--evidence", "spoilt", "--genesis", "genesis"); !strings.Contains(m.out+m.err, explain.SampleNotice) {
			t.Errorf("%s: no notice\n%s%s", name, m.out, m.err)
		}
	}
	discredits(m, file)
	m.fails(exitUsage, "want one file", "verify")
	m.fails(exitUsage, "want one file", "verify", "broken.evidence", "--evidence", "broken.evidence", "--genesis", "genesis")
	m.fails(exitUsage, "--genesis FILE", "verify", "--evidence", "broken.evidence")
	m.fails(exitFailure, "there is no file", "verify", "--evidence", "none", "--genesis", "genesis")
}

// discredits: what a node calls evidence is judged before it is written down.
func discredits(m *machine, file []byte) {
	t := m.t
	t.Helper()
	now := uint64(time.Now().Unix())
	trust, err := anchor.Parse([]byte(m.read("genesis")), now, now)
	check(t, err)
	s, err := ledger.ParseSignedPromise([]byte(m.read("broken.promise")))
	check(t, err)
	if _, err := broken(trust, &s, file); err != nil {
		t.Error(err)
	}
	spoilt := append([]byte(nil), file...)
	spoilt[len(spoilt)-40] ^= 0x10
	other := s
	other.Promise.Size++
	for word, c := range map[verify.Word]struct {
		promise *ledger.SignedPromise
		file    []byte
	}{verify.WordHistory: {&s, spoilt}, verify.WordSubject: {&other, file}, verify.WordFormat: {&s, []byte("noise")}} {
		if _, err := broken(trust, c.promise, c.file); !verify.Failed(err, word) {
			t.Errorf("%s: %v", word, err)
		}
	}
}

// TestKeptIsNotBelieved: a node that calls every promise kept has to show the record, and what is said of it comes from there.
func TestKeptIsNotBelieved(t *testing.T) {
	m := newMachine(t)
	p := newProver(m)
	promise := func(file string, record ledger.RecordID) {
		t.Helper()
		s := ledger.SignedPromise{Promise: ledger.Promise{
			Chain: p.ledger.Policy().Chain, Receiver: chaintest.Province, Record: record, Author: chaintest.Province, Size: p.now.signed.Tree.Size, Deadline: uint64(m.now.UnixMilli()),
		}}
		var err error
		s.Signature, err = chaintest.NodeKey(chaintest.Province, ident.PurposeNode).Sign(s.Promise.Message())
		check(t, err)
		m.write(file, string(s.Append(nil)))
	}
	promise("kept.promise", p.record)
	var r promiseReport
	if code := m.json(&r, "promise", "kept.promise", "--genesis", "genesis"); code != exitOK || !r.Proved || *r.Outcome != (kept{Status: "accepted", Leaf: 1}) {
		t.Errorf("exit code %d\n%s%s", code, m.out, m.err)
	}
	promise("lie.promise", ledger.RecordID{1, 2, 3})
	m.fails(exitOther, "[subject]", "promise", "lie.promise", "--genesis", "genesis")
	if strings.Contains(m.out, "KEPT") {
		t.Error(m.out)
	}
}
