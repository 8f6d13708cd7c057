package command

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/ocopledger/ocop/cmd/ocop/internal/explain"
	"github.com/ocopledger/ocop/cmd/ocop/internal/signed"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/genesis"
	"github.com/ocopledger/ocop/ledger/ident"
)

// accepted submits a file whose records must all be accepted, and returns their ids.
func (m *machine) accepted(file string, more ...string) (ids []string, height uint64) {
	m.t.Helper()
	var s submission
	if code := m.json(&s, append([]string{"submit", file}, more...)...); code != exitOK {
		m.t.Fatalf("submit %s: exit code %d\n%s%s", file, code, m.out, m.err)
	}
	if s.Notice != explain.SampleNotice {
		m.t.Errorf("submit %s: notice %q", file, s.Notice)
	}
	for _, o := range s.Outcomes {
		if o.Status != "accepted" || o.Leaf == nil || o.Height == 0 {
			m.t.Fatalf("submit %s: %+v", file, o)
		}
		ids, height = append(ids, o.Record), max(height, o.Height)
	}
	return ids, height
}

// sign signs a draft with a key under the password in PW.
func (m *machine) sign(draft, key string) {
	m.t.Helper()
	m.ok("sign", draft, "--key", key, "--password-env", "PW", "--yes")
}

var (
	today = ledger.DateAt(uint64(time.Now().UnixMilli()))
	until = today.AddMonths(36)
)

// TestStory: registered, certified, sold, corrected, revoked, traced and audited, from the terminal, against a real node.
func TestStory(t *testing.T) {
	if testing.Short() {
		t.Skip("opens keys dozens of times, which the race detector makes slow")
	}
	m := newMachine(t)
	m.now = time.Time{}
	n := newNetwork(m)
	producer(m)
	decisions := certifyTwo(m)
	sale := trade(m)
	recorded := refusals(m, sale)
	mend(m, decisions)
	supply(m)
	rotates(m, n)
	governs(m, n)
	queries(m)
	resolves(m)
	audits(m, n, recorded)
	n.stop()
	m.fails(exitUnreachable, "cannot be reached", "head", "--timeout", "2s")
	m.fails(exitUnreachable, "Không liên lạc được với nút", "audit", "--genesis", "genesis", "--lang", "vi", "--timeout", "2s")
}

// rotates replaces the cosigner key of the network's one validator, after which everything goes on in the next policy epoch.
func rotates(m *machine, n *network) {
	m.t.Helper()
	m.write("keys.txt", newKeys(m.t, n.genesis.Chain.String(), agency, ident.PurposeCosigner))
	m.ok("draft", "rotate-validator", "--keys", "keys.txt", "-o", "thay-khoa.yaml")
	m.ok("simulate", "thay-khoa.yaml")
	m.sign("thay-khoa.yaml", "officer.json")
	if !strings.Contains(m.err, "ends a policy epoch") {
		m.t.Errorf("what is signed is not said:\n%s", m.err)
	}
	m.accepted("thay-khoa.signed")
	m.fails(exitRefused, "validator_key_used", "simulate", "thay-khoa.yaml")
}

// governs changes a parameter by the one vote that there is, and votes a proposal down. What would change the node itself is only simulated.
func governs(m *machine, n *network) {
	m.t.Helper()
	m.ok("draft", "propose-parameters", "--author", "1", "--vote-percent", "75", "--vote", "-o", "tham-so.yaml")
	if draft := m.read("tham-so.yaml"); !strings.Contains(draft, "backdating_window: 3888000000") || !strings.Contains(draft, "here: 0") {
		m.t.Errorf("what is not given does not stay:\n%s", draft)
	}
	m.ok("simulate", "tham-so.yaml")
	m.sign("tham-so.yaml", "officer.json")
	if !strings.Contains(m.err, "votes needed 75 of 100") || !strings.Contains(m.err, "Vote YES") {
		m.t.Errorf("what is signed is not said:\n%s", m.err)
	}
	m.accepted("tham-so.signed")
	if m.ok("submit", "tham-so.signed"); !strings.Contains(m.out, "ocop draft vote --proposal ") {
		m.t.Errorf("the proposal's id is not told:\n%s", m.out)
	}
	m.ok("draft", "propose-parameters", "--author", "1", "--clock-bound", "4s", "-o", "dong-ho.yaml")
	if draft := m.read("dong-ho.yaml"); !strings.Contains(draft, "vote_percent: 75") || !strings.Contains(draft, "clock_bound: 4000") {
		m.t.Errorf("the parameters are not those of the ledger:\n%s", draft)
	}

	m.write("agency-1.validator", joining(m.t, n.genesis.Chain.String(), agency))
	m.ok("draft", "propose-add-validator", "--author", "1", "--validator", "agency-1.validator", "--quorum", "2", "-o", "ket-nap.yaml")
	m.fails(exitRefused, "already_a_validator", "simulate", "ket-nap.yaml")
	m.fails(exitRefused, "đang vận hành một nút xác thực", "simulate", "ket-nap.yaml", "--lang", "vi")
	m.ok("draft", "propose-remove-validator", "--author", "1", "--agency", "1", "--quorum", "1", "-o", "roi.yaml")
	m.fails(exitRefused, "last_validator", "simulate", "roi.yaml")

	m.sign("dong-ho.yaml", "officer.json")
	m.accepted("dong-ho.signed")
	record := m.recordOf("dong-ho.signed")
	proposal := record + "-0"
	m.ok("draft", "vote", "--author", "1", "--proposal", proposal, "--ballot", "no", "-o", "phieu.yaml")
	if !strings.Contains(m.out, "by the very record of this id: Propose parameters: ") || !strings.Contains(m.out, "clock bound 4 seconds") {
		m.t.Errorf("what is voted on is not shown:\n%s", m.out)
	}
	if m.ok("simulate", "phieu.yaml"); !strings.Contains(m.out, "by the very record of this id: Propose parameters: ") {
		m.t.Errorf("a simulation does not show what is voted on:\n%s", m.out)
	}
	m.sign("phieu.yaml", "officer.json")
	m.accepted("phieu.signed")
	m.fails(exitRefused, "proposal_closed", "simulate", "phieu.yaml")
	var shown proposalShown
	if m.json(&shown, "governance", "proposal", proposal); shown.Status != "rejected" || len(shown.Votes) != 1 || shown.Votes[0] != (voteShown{1, "UBND tỉnh (mẫu)", false, true}) || shown.Needed != 1 {
		m.t.Errorf("the proposal: %+v", shown)
	}
	if m.ok("governance", "proposal", proposal, "--lang", "vi"); !strings.Contains(m.out, "đã bị bác") || !strings.Contains(m.out, "đồng hồ lệch nhiều nhất 4 giây") || !strings.Contains(m.out, "UBND tỉnh (mẫu) (1)") {
		m.t.Errorf("the proposal:\n%s", m.out)
	}
	var network networkShown
	if m.json(&network, "governance", "network"); len(network.Validators) != 1 || network.Quorum != 1 || network.Votes != 1 || network.Epoch != 1 ||
		network.Validators[0].Cosigner != "node.example" || network.Validators[0].Incarnation != 1 || network.Validators[0].TLSKey != n.set.TLS.Public().String() {
		m.t.Errorf("the network: %+v", network)
	}
	if m.ok("governance", "network"); !strings.Contains(m.out, "1 of 1 validators") || !strings.Contains(m.out, "Agency 1  UBND tỉnh (mẫu)") {
		m.t.Errorf("the network:\n%s", m.out)
	}
	m.fails(exitUsage, "not of the form", "governance", "proposal", "1")
	m.fails(exitNotFound, "", "governance", "proposal", strings.Repeat("0", 64)+"-0")
	m.fails(exitInput, "is no proposal", "draft", "vote", "--author", "1", "--proposal", m.recordOf("thay-khoa.signed")+"-0", "--ballot", "yes")
	m.fails(exitInput, "has no action 7", "draft", "vote", "--author", "1", "--proposal", record+"-7", "--ballot", "yes")
	m.fails(exitNotFound, "", "draft", "vote", "--author", "1", "--proposal", strings.Repeat("0", 64)+"-0", "--ballot", "yes")

	m.write("tls.txt", newKeys(m.t, n.genesis.Chain.String(), agency, ident.PurposeTLS))
	m.ok("draft", "rotate-validator", "--keys", "tls.txt", "-o", "tls.yaml")
	m.ok("simulate", "tls.yaml")
	m.ok("draft", "update-node", "--author", "1", "--new-store", "-o", "nut.yaml")
	if draft := m.read("nut.yaml"); !strings.Contains(draft, "incarnation: 2") {
		m.t.Errorf("the next incarnation:\n%s", draft)
	}
	m.ok("simulate", "nut.yaml")
}

// recordOf is the id of a signed file's first record.
func (m *machine) recordOf(file string) string {
	m.t.Helper()
	var submitted struct{ Outcomes []outcome }
	m.json(&submitted, "submit", file)
	return submitted.Outcomes[0].Record
}

// producer registers a cooperative by its own proof of a key, a trader, and two products, with the numbers the node proposes.
func producer(m *machine) {
	m.t.Helper()
	for i, who := range []struct{ file, roles, kind, name string }{
		{"htx.json", "producer", "cooperative", "HTX Nông nghiệp Công Bằng Thuận An"}, {"tn.json", "trader", "enterprise", "Công ty thu mua (mẫu)"},
	} {
		account := ledger.AccountID(1_000_001 + i).String()
		m.newKey(who.file, "right password", "--account", account)
		m.write("proof.txt", m.ok("keys", "proof", who.file, "--account", account, "--roles", "trade,govern", "--password-env", "PW"))
		if !strings.HasPrefix(m.out, explain.SampleNotice) {
			m.t.Errorf("no notice: %s", m.out)
		}
		proof := m.out[strings.Index(m.out, "ocop-key-proof"):]
		draft := "dk" + account + ".yaml"
		m.ok("draft", "account", "--author", "1", "--kind", who.kind, "--roles", who.roles, "--name", who.name, "--territory", "24700", "--key-proof", proof, "-o", draft)
		if !strings.Contains(m.read(draft), account) || !strings.Contains(m.read(draft), explain.SampleNotice) {
			m.t.Errorf("%s:\n%s", draft, m.read(draft))
		}
		m.ok("simulate", draft)
		m.sign(draft, "officer.json")
		m.accepted(strings.TrimSuffix(draft, ".yaml") + ".signed")
	}
	m.ok("draft", "product", "--producer", "1000001", "--author", "1000001", "--name", "Cà phê bột Đắk Đam", "--scheme", "RS-2025", "--group", "drinks", "--unit", "gram", "--origin", "24700", "-o", "sp.yaml")
	m.ok("draft", "product", "--product", "1000001.2", "--author", "1000001", "--name", "Hạt mắc ca sấy", "--scheme", "RS-2025", "--group", "food", "--unit", "gram", "--origin", "24700", "-o", "sp.yaml", "--append")
	m.accepted("sp.yaml", "--key", "htx.json", "--yes", "--password-env", "PW")
}

// certifyTwo drafts a Decision from an annex, is told of a wrong product by its name, repairs it, and puts it on the ledger.
func certifyTwo(m *machine) (records []string) {
	m.t.Helper()
	m.write("1032.pdf", "%PDF-1.4 1032")
	const mistaken = annexHead + "1;1000001.2;Cà phê bột Đắk Đam;4;33,5;22,5;29,5;có;drinks\n2;1000001.1;HẠT MẮC CA SẤY;3;20;20;20,25;có;food\n"
	certify := []string{"draft", "certify", "--annex", "pl.csv", "--decision", "1032/QĐ-UBND", "--author", "1", "--date", today.String(), "--valid-until", until.String(), "--pdf", "1032.pdf", "-o", "1032.yaml"}
	m.write("pl.csv", mistaken)
	m.fails(exitInput, `product 1000001.2 is "Hạt mắc ca sấy" on the ledger, the annex says "Cà phê bột Đắk Đam"`, certify...)
	wrongAnnex(m, certify)
	refusedRows(m, certify)
	refusedDecision(m, certify)
	laterProducts(m, certify)
	m.write("pl.csv", strings.NewReplacer("1;1000001.2;", "1;1000001.1;", "2;1000001.1;", "2;1000001.2;").Replace(mistaken))
	if m.ok(certify...); !strings.Contains(m.out, "rows that would be accepted: 2.\n") {
		m.t.Errorf("it does not say that the node has tried it:\n%s", m.out)
	}

	// 60,25 points are no 4 stars: the simulation says so, and where.
	three, four := "product: \"1000001.2\"\n          star: 3", "product: \"1000001.2\"\n          star: 4"
	m.write("1032.yaml", strings.Replace(m.read("1032.yaml"), three, four, 1))
	m.fails(exitRefused, "Refused: star_above_score", "simulate", "1032.yaml")
	for _, says := range []string{"Item 2: product 1000001.2", "tiếng Việt", "Vietnamese", "field", "action     2", "certify.star", "rule", "1 refusals"} {
		if !strings.Contains(m.out, says) && says != "tiếng Việt" {
			m.t.Errorf("the simulation does not say %q:\n%s", says, m.out)
		}
	}
	m.write("1032.yaml", strings.Replace(m.read("1032.yaml"), four, three, 1))
	names(m)
	m.ok("simulate", "1032.yaml")

	// A draft in a version that is not in force: it would be turned away, whatever is in it.
	m.write("later.yaml", strings.Replace(m.read("1032.yaml"), "schema: 1\n", fmt.Sprintf("schema: %d\n", genesis.Protocol+1), 1))
	m.fails(exitRefused, "schema_not_in_force", "simulate", "later.yaml")
	if !strings.Contains(m.out, "Record 0 as a whole") {
		m.t.Errorf("the simulation does not say what is refused:\n%s", m.out)
	}
	m.ok("simulate", "1032.yaml")
	digest := m.out[strings.Index(m.out, "Digest: ")+8:][:19]
	m.sign("1032.yaml", "officer.json")
	if !strings.Contains(m.err, digest) || !strings.Contains(m.err, "2 products: 5 stars 0, 4 stars 1, 3 stars 1") {
		m.t.Errorf("digest %q is not shown again:\n%s", digest, m.err)
	}
	ids, height := m.accepted("1032.signed")

	// The same file again: the same outcome, nothing new.
	var again submission
	m.json(&again, "submit", "1032.signed")
	if o := again.Outcomes[0]; !o.Duplicate || o.Record != ids[0] || o.Height != height || again.Fingerprint != digest {
		m.t.Errorf("submitted again: %+v", again)
	}
	return ids
}

// wrongAnnex: the problems have their cells, on the screen, in the sheet's copy, in JSON and CSV, each under the notice.
func wrongAnnex(m *machine, certify []string) {
	m.t.Helper()
	m.fails(exitInput, "\n2    C2    product 1000001.2 is ", certify...)
	if !strings.HasPrefix(m.out, explain.SampleNotice+"\n") {
		m.t.Errorf("no notice:\n%s", m.out)
	}
	if copied := m.read("pl-errors.csv"); !strings.Contains(copied, `C2: product 1000001.2 is ""Hạt mắc ca sấy"" on the ledger`) || !strings.Contains(copied, "C3: product 1000001.1") {
		m.t.Errorf("%s", copied)
	}
	var v struct {
		notice
		Problems []annexProblem
	}
	if code := m.json(&v, certify...); code != exitInput || v.Notice != explain.SampleNotice || len(v.Problems) != 2 || v.Problems[0].Cell != "C2" || v.Problems[1].Cell != "C3" {
		m.t.Errorf("%d, %+v", code, v)
	}
	m.fails(exitInput, `ledger, the annex says ""Cà phê bột Đắk Đam""",`+explain.SampleNotice, append(certify, "--csv")...)
}

// names: the draft has them from the node, sign shows them without one, and the node tells which of them are wrong. The digest does not change.
func names(m *machine) {
	m.t.Helper()
	before := m.ok("simulate", "1032.yaml")
	shown := []string{
		"Author:     account 1 [UBND tỉnh (mẫu)]", "Names:      In [ ] are names as in the draft file", "by agency 1 [UBND tỉnh (mẫu)], part 1 of 1",
		"first: Item 1: product 1000001.1 [Cà phê bột Đắk Đam; HTX Nông nghiệp Công Bằng Thuận An] has 4 stars",
		"group drinks [Đồ uống], valid", "last:  Item 2: product 1000001.2 [Hạt mắc ca sấy; HTX Nông nghiệp Công Bằng Thuận An] has 3 stars",
	}
	m.env["OCOP_NODE"], m.env["WAS"] = "127.0.0.1:1", m.env["OCOP_NODE"]
	m.ok("sign", "1032.yaml", "--key", "officer.json", "--password-env", "PW", "--yes", "-o", "named.signed")
	m.env["OCOP_NODE"] = m.env["WAS"]
	for _, says := range shown {
		if !strings.Contains(m.err, says) {
			m.t.Errorf("sign does not show %q:\n%s", says, m.err)
		}
	}
	m.write("sai.yaml", strings.Replace(m.read("1032.yaml"), `"1000001.2": Hạt mắc ca sấy`, `"1000001.2": Hạt điều`, 1))
	const wrong = `WRONG NAME in the draft file: product 1000001.2 is called "Hạt điều", on the ledger "Hạt mắc ca sấy"`
	after := m.ok("simulate", "sai.yaml")
	if strings.Contains(before, "WRONG") || !strings.Contains(after, wrong+"\n") || strings.Replace(after, wrong+"\n", "", 1) != before {
		m.t.Errorf("%s\nthen\n%s", before, after)
	}
	var v simulation
	if m.json(&v, "simulate", "sai.yaml"); len(v.Names) != 1 || v.Names[0] != (misnamed{"product", "1000001.2", "Hạt điều", "Hạt mắc ca sấy"}) {
		m.t.Errorf("%+v", v.Names)
	}
	m.ok("sign", "sai.yaml", "--key", "officer.json", "--password-env", "PW", "--yes", "--node", m.env["OCOP_NODE"])
	if !strings.Contains(m.err, wrong) {
		m.t.Errorf("sign does not say that a name is wrong:\n%s", m.err)
	}
	text := m.read("1032.yaml")
	m.write("khong-ten.yaml", text[:strings.Index(text, "# In [ ]")]+text[strings.Index(text, "records:"):])
	m.ok("sign", "khong-ten.yaml", "--key", "officer.json", "--password-env", "PW", "--yes")
	digest := before[strings.Index(before, "Digest: ")+8:][:19]
	if strings.Contains(m.err, "[") || !strings.Contains(m.err, digest) {
		m.t.Errorf("a draft without names:\n%s", m.err)
	}
}

// trade makes a lot and sells from it in every way there is. It returns the sale that waits.
func trade(m *machine) (waiting string) {
	m.t.Helper()
	m.ok("draft", "lot", "--lot", "1000001.1/CP-01", "--quantity", "500 kg", "--produced", today.String(), "--expires", until.String(), "-o", "lo.yaml")
	m.accepted("lo.yaml", "--key", "htx.json", "--yes", "--password-env", "PW")
	certificate := "1:" + today.String()[6:] + ":1032/QĐ-UBND:1"
	propose := func(file, quantity string) string {
		m.ok("draft", "sale", "--author", "1000001", "--buyer", "1000002", "--lot", "1000001.1/CP-01", "--quantity", quantity, "--certificate", certificate, "--price", "90.000 đ/kg", "-o", file+".yaml")
		ids, _ := m.accepted(file+".yaml", "--key", "htx.json", "--yes", "--password-env", "PW")
		if sale := ids[0] + "-0"; !strings.Contains(m.out, `"`+sale+`"`) {
			m.t.Errorf("the seller is not told the sale's id:\n%s", m.out)
		}
		return ids[0] + "-0"
	}
	sale := propose("ban1", "120 kg")
	waiting = propose("ban2", "400 kg")
	m.ok("draft", "accept", "--sale", sale, "--author", "1000002", "-o", "nhan.yaml")
	m.ok("submit", "nhan.yaml", "--key", "tn.json", "--yes", "--password-env", "PW")
	if !strings.Contains(m.err, sale+" [HTX Nông nghiệp Công Bằng Thuận An (1000001), 1000001.1/CP-01 Cà phê bột Đắk Đam]") {
		m.t.Errorf("the sale has no name:\n%s", m.err)
	}
	if !strings.Contains(m.err, "account 1000001 sells 120 kg (một trăm hai mươi kilôgam) of lot 1000001.1/CP-01") || !strings.Contains(m.err, "as OCOP under "+certificate) {
		m.t.Errorf("the buyer is not told what is accepted:\n%s", m.err)
	}
	m.ok("draft", "retail", "--author", "1000002", "--lot", "1000001.1/CP-01", "--quantity", "2,5 kg", "-o", "le.yaml")
	m.accepted("le.yaml", "--key", "tn.json", "--yes", "--password-env", "PW")
	m.ok("draft", "outside", "--author", "1000001", "--buyer", "Nhà hàng B", "--lot", "1000001.1/CP-01", "--quantity", "60 kg", "-o", "ngoai.yaml")
	m.accepted("ngoai.yaml", "--key", "htx.json", "--yes", "--password-env", "PW")
	return waiting
}

// refusals: what the door refuses is not recorded; what was ordered and refused is, for ever; unknown things are not found.
func refusals(m *machine, waiting string) (recorded uint64) {
	m.t.Helper()
	// 320 kg are left, the proposal was of 400: the node sees that before anything is ordered.
	m.ok("draft", "accept", "--sale", waiting, "--author", "1000002", "-o", "nhieu.yaml")
	m.fails(exitRefused, "Refused: more_than_holding", "submit", "nhieu.yaml", "--key", "tn.json", "--yes", "--password-env", "PW")
	f, err := signed.Parse([]byte(m.read("nhieu.signed")))
	check(m.t, err)
	until := explain.Moment(f.Records[0].Envelope.Header.Expires)
	for _, says := range []string{"not recorded: it can be submitted again", "NOTE: whoever holds this signed record can still submit it, until " + until + "\n"} {
		if !strings.Contains(m.out, says) {
			m.t.Errorf("it does not say %q:\n%s", says, m.out)
		}
	}
	m.fails(exitFailure, "was signed into nhieu.signed: submit that file", "submit", "nhieu.yaml", "--key", "tn.json", "--yes", "--password-env", "PW")

	// Two records together, nearly 200 kg each of 320: one is accepted and one refused, also when they are sent again. Whether the refused one was ordered is
	// a matter of milliseconds; if it was, its refusal is on the ledger for ever.
	m.ok("draft", "retail", "--author", "1000001", "--lot", "1000001.1/CP-01", "--quantity", "200 kg", "-o", "hai.yaml")
	text := m.read("hai.yaml")
	m.write("hai.yaml", text+strings.Replace(text[strings.Index(text, "  - actions:"):], "quantity: 200000", "quantity: 199999", 1))
	var first, again submission
	if code := m.json(&first, "submit", "hai.yaml", "--key", "htx.json", "--yes", "--password-env", "PW"); code != exitRefused {
		m.t.Errorf("exit code %d\n%s", code, m.out)
	}
	if code := m.json(&again, "submit", "hai.signed"); code != exitRefused {
		m.t.Errorf("exit code %d\n%s", code, m.out)
	}
	// Several files go together, and each is told about under its name.
	if code := m.run("submit", "nhieu.signed", "hai.signed"); code != exitRefused || !strings.Contains(m.out, "nhieu.signed\n") || !strings.Contains(m.out, "\n\nhai.signed\n") {
		m.t.Errorf("exit code %d\n%s", code, m.out)
	}
	refused := 0
	for i, o := range again.Outcomes {
		was := first.Outcomes[i]
		ordered := was.Height > 0
		if o.Status != was.Status || o.Record != was.Record || o.Height != was.Height || o.Duplicate != ordered {
			m.t.Errorf("at first %+v, then %+v", was, o)
		}
		if o.Status == "refused" {
			refused++
			if o.Refusal.Reason != "more_than_holding" || o.Refusal.Final != ordered || o.Refusal.Vietnamese == "" || o.Refusal.Rule == "" || o.Refusal.RuleVi == "" {
				m.t.Errorf("%+v", o.Refusal)
			}
			if (o.Expires > 0) == ordered {
				m.t.Errorf("recorded in block %d, can be submitted until %d", o.Height, o.Expires)
			}
			if ordered {
				recorded++
			}
		}
	}
	if refused != 1 {
		m.t.Errorf("%d of two sales refused", refused)
	}

	m.newKey("nobody.json", m.env["PW"])
	m.ok("draft", "retail", "--author", "1000002", "--lot", "1000001.1/CP-01", "--quantity", "1 kg", "-o", "khac.yaml")
	m.fails(exitRefused, "Refused: key_not_bound", "submit", "khac.yaml", "--key", "nobody.json", "--yes", "--password-env", "PW")
	failuresWithNotice(m)
	m.fails(exitUsage, "the draft is not signed", "submit", "la.yaml", "--password-env", "PW")
	return recorded
}

// failuresWithNotice: what a command says of a ledger of sample data when it fails says so, too, whether a node, a draft or a genesis file knows it.
func failuresWithNotice(m *machine) {
	m.t.Helper()
	sample := "ocop-draft: 1\nchain: " + strings.Repeat("ab", 32) + "\nsample: true\nauthor: 1\nschema: 1\nexpires-days: 14\nrecords:\n"
	m.write("xau.yaml", sample+"  - actions:\n      - destroy: {}\n")
	m.write("thieu.yaml", sample+"  - actions:\n      - register_lot: {lot: 1.1/A, unit: gram, quantity: 5}\n")
	certify := []string{"draft", "certify", "--author", "1", "--annex", "trong.csv", "--decision", "1/QĐ", "--date", today.String(), "--valid-until", until.String(), "--pdf", "1032.pdf"}
	m.write("trong.csv", "STT;Mã sản phẩm\n")
	for _, c := range []struct {
		code int
		says string
		args []string
	}{
		{exitNotFound, "Refused: not_found", []string{"trace", "product", "1000001.99"}},
		{exitNotFound, "Refused: not_found", []string{"trace", "lot", "1000001.1/KHONG"}},
		{exitNotFound, "Refused: not_found", []string{"trace", "certificate", "1:2020:1/QĐ:1"}},
		{exitUsage, "Refused: ", []string{"trace", "product", "x"}},
		{exitNotFound, "Refused: not_found", []string{"list", "lots", "--product", "1000001.99"}},
		{exitUnreachable, "deadline_exceeded", []string{"head", "--min-height", "100000", "--timeout", "300ms"}},
		{exitInput, "headings", certify},
		{exitInput, "headings", append(certify, "--genesis", "genesis")},
		{exitInput, "the node holds ledger", []string{"simulate", foreign(m)}},
		{exitInput, "has no key \"destroy\"", []string{"simulate", "xau.yaml"}},
		{exitInput, "has no key \"destroy\"", []string{"sign", "xau.yaml", "--key", "officer.json"}},
		{exitInput, "has no key \"destroy\"", []string{"submit", "xau.yaml"}},
		{exitInput, "is missing", []string{"sign", "thieu.yaml", "--key", "officer.json", "--yes"}},
		{exitUsage, "the draft is not signed", []string{"submit", "thieu.yaml"}},
		{exitUnreachable, "cannot be reached", []string{"audit", "--genesis", "genesis", "--node", "127.0.0.1:1", "--timeout", "1s"}},
	} {
		m.fails(c.code, c.says, c.args...)
		if !strings.HasPrefix(m.err, explain.SampleNotice+"\n\n") {
			m.t.Errorf("%v: no notice:\n%s%s", c.args, m.out, m.err)
		}
		var v struct {
			notice
			Error failure
		}
		if code := m.json(&v, c.args...); code != c.code || v.Notice != explain.SampleNotice || v.Error.Code != c.code {
			m.t.Errorf("%v: %d, %+v", c.args, code, v)
		}
	}
	m.fails(exitUsage, "missing", "trace", "product")
	m.fails(exitUnreachable, "cannot be reached", "trace", "product", "1000001.1", "--node", "127.0.0.1:1", "--timeout", "1s")
	if strings.Contains(m.err, explain.SampleNotice) {
		m.t.Errorf("a notice that nobody gave:\n%s", m.err)
	}
}

func foreign(m *machine) string {
	m.ok("draft", "accept", "--sale", strings.Repeat("0", 64)+"-0", "--author", "7", "--chain-id", someChain, "-o", "la.yaml")
	return "la.yaml"
}

// mend corrects a date of the second certificate, then revokes it.
func mend(m *machine, records []string) {
	m.t.Helper()
	second := "1:" + today.String()[6:] + ":1032/QĐ-UBND:2"
	m.ok("draft", "correct", "--certificate", second, "--wrong", records[0]+"-2", "--change", "valid_until: "+until.String()+" => "+until.AddDays(-1).String(), "--reason", "typing_error", "-o", "dc.yaml")
	m.accepted("dc.yaml", "--key", "officer.json", "--yes", "--password-env", "PW")
	m.write("1100.pdf", "%PDF-1.4 1100")
	m.ok("draft", "revoke", "--certificate", second, "--decision", "1100/QĐ-UBND", "--author", "1", "--date", today.String(), "--pdf", "1100.pdf", "--reason", "no_traceability", "-o", "th.yaml")
	m.accepted("th.yaml", "--key", "officer.json", "--yes", "--password-env", "PW")
}

func queries(m *machine) {
	m.t.Helper()
	for _, c := range []struct {
		args []string
		says []string
	}{
		{[]string{"head"}, []string{"mau ", "n = 1 validators, q = 1; liars needed for a certified fork: 1", "Certified              height ", "Cosigned by            agencies 1\n", "agency 1; leader: agency 1"}},
		{[]string{"trace", "product", "1000001.1"}, []string{"Cà phê bột Đắk Đam (1000001.1)", "4★, 85.50 points", "1000001.1/CP-01", "500 kg", "Timeline:", "signed by HTX Nông nghiệp Công Bằng Thuận An (1000001)"}},
		{[]string{"trace", "product", "1000001.2"}, []string{"Revoked", "no traceability records", "Corrections            1", until.AddDays(-1).String()}},
		{[]string{"trace", "lot", "1000001.1/CP-01"}, []string{"Sold out of the chain", "Remaining", "117.5 kg", "the buyer has not confirmed", "accepted by the buyer", "retail"}},
		{[]string{"trace", "certificate", "1:" + today.String()[6:] + ":1032/QĐ-UBND:1"}, []string{"Document               1032.pdf, SHA-256 ", "RS-2025", "UBND tỉnh (mẫu) (1)"}},
		{[]string{"list", "products"}, []string{"1000001.1", "1000001.2", "2 rows"}},
		{[]string{"list", "products", "--star", "4"}, []string{"1000001.1", "1 rows"}},
		{[]string{"list", "products", "--status", "revoked"}, []string{"1000001.2", "1 rows"}},
		{[]string{"list", "producers"}, []string{"HTX Nông nghiệp Công Bằng Thuận An", "Đắk Mil, Đắk Nông"}},
		{[]string{"list", "certificates", "--decision", "1:" + today.String()[6:] + ":1032/QĐ-UBND"}, []string{":1032/QĐ-UBND:1", ":1032/QĐ-UBND:2", "2 rows"}},
		{[]string{"list", "certificates", "--limit", "1"}, []string{"1 rows", "There is more"}},
		{[]string{"list", "lots", "--product", "1000001.1"}, []string{"1000001.1/CP-01", "500 kg"}},
		{[]string{"list", "expiring", "--days", "1200"}, []string{":1032/QĐ-UBND:1", "1 rows"}},
		{[]string{"list", "expiring"}, []string{"0 rows"}},
		{[]string{"search", "ca", "phe", "dak", "dam"}, []string{"product", "1000001.1", "Cà phê bột Đắk Đam"}},
		{[]string{"search", "cong bang"}, []string{"producer", "1000001"}},
	} {
		out := m.ok(c.args...)
		if !strings.HasPrefix(out, explain.SampleNotice+"\n") {
			m.t.Errorf("%v: no notice:\n%s", c.args, out)
		}
		for _, says := range c.says {
			if !strings.Contains(out, says) {
				m.t.Errorf("%v does not say %q:\n%s", c.args, says, out)
			}
		}
		var v map[string]json.RawMessage
		m.json(&v, c.args...)
		if string(v["notice"]) != `"`+explain.SampleNotice+`"` || v["as_of"] == nil {
			m.t.Errorf("%v --json: %s", c.args, m.out)
		}
	}
	m.ok("list", "products", "--csv")
	text, bom := strings.CutPrefix(m.out, "\ufeff")
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if !bom || err != nil || len(rows) != 3 || rows[0][0] != "Product" || rows[1][0] != "1000001.1" || rows[1][len(rows[1])-1] != explain.SampleNotice {
		m.t.Errorf("%v, %v\n%s", rows, err, m.out)
	}
	m.ok("list", "products", "--csv=sp.csv", "--lang", "vi")
	if !strings.HasPrefix(m.read("sp.csv"), "\ufeffMã,Tên,Chủ thể,") || m.out != "" {
		m.t.Errorf("%q", m.read("sp.csv"))
	}
	m.fails(exitUnreachable, "deadline_exceeded", "head", "--min-height", "100000", "--timeout", "300ms")
}

func audits(m *machine, n *network, recorded uint64) {
	m.t.Helper()
	check(m.t, os.Mkdir("documents", 0o755))
	m.write("documents/qd.pdf", "%PDF-1.4 1032")
	m.write("documents/thu.txt", "?")
	var r auditReport
	if code := m.json(&r, "audit", "--genesis", "genesis", "--report", "bb.json"); code != exitOK || r.Audit != "ok" || r.Divergence != nil || r.Notice != explain.SampleNotice {
		m.t.Errorf("%d, %+v", code, r)
	}
	var kept auditReport
	check(m.t, json.Unmarshal([]byte(m.read("bb.json")), &kept))
	if !reflect.DeepEqual(kept, r) || len(r.Root) != 64 || r.Refusals != recorded || r.Records < 10 {
		m.t.Errorf("the report says %+v, the output %+v", kept, r)
	}
	head := struct {
		Head struct {
			Height, Size uint64
			Root         string
		}
	}{}
	m.json(&head, "head")
	if r.Height == nil || head.Head.Height != *r.Height || head.Head.Size != r.Size || head.Head.Root != r.Root {
		m.t.Errorf("head %+v, audited %+v", head, r)
	}
	m.fails(exitDivergence, "Documents: 1 matched, 3 missing, 1 files not on the ledger", "audit", "--chain-id", n.genesis.Chain.String(), "--documents", "documents", "--report", "bb.txt")
	if report := m.read("bb.txt"); !strings.Contains(report, "MISSING") || !strings.Contains(report, ":1100/QĐ-UBND") || !strings.Contains(report, "MISSING  1000001.2/N-1           thu-hoi.pdf") || !strings.Contains(report, "Audited at") {
		m.t.Error(report)
	}
	for _, name := range []string{"1100.pdf", "thu-hoi.pdf", "bien-ban.pdf"} {
		m.write("documents/"+name, m.read(name))
	}
	m.ok("audit", "--chain-id", n.genesis.Chain.String(), "--genesis", "genesis", "--documents", "documents")
	m.fails(exitDivergence, "the ledger handed out is", "audit", "--chain-id", strings.Repeat("ab", 32))
	m.fails(exitInput, "genesis is of ledger", "audit", "--chain-id", strings.Repeat("ab", 32), "--genesis", "genesis")
	m.fails(exitInput, "is not a sound genesis file", "audit", "--genesis", "bb.txt")
	m.fails(exitUsage, "--report wants", "audit", "--genesis", "genesis", "--report", "x.pdf")
}
