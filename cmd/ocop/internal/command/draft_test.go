package command

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"go.yaml.in/yaml/v3"

	"github.com/ocopledger/ocop/cmd/internal/rotation"
	"github.com/ocopledger/ocop/cmd/ocop/internal/draft"
	"github.com/ocopledger/ocop/cmd/ocop/internal/signed"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/ident"
)

var someChain = strings.Repeat("ab", 32)

// offline drafts on a ledger of which only the id is known.
func (m *machine) draft(args ...string) *draft.Draft {
	m.t.Helper()
	m.ok(append(append([]string{"draft"}, args...), "--chain-id", someChain)...)
	d, err := draft.Parse([]byte(m.out))
	if err != nil {
		m.t.Fatalf("%v\n%s", err, m.out)
	}
	return d
}

// TestDrafts: every kind of action from its flags, and the author nobody had to name.
func TestDrafts(t *testing.T) {
	m := newMachine(t)
	m.write("1100.pdf", "%PDF")
	m.newKey("k.json", "right password")
	m.env["PW"] = "right password"
	m.ok("keys", "proof", "k.json", "--account", "2000001", "--roles", "trade,govern", "--chain-id", someChain, "--password-env", "PW")
	proof := m.out
	m.write("proof.txt", proof)
	m.write("keys.txt", newKeys(t, someChain, 1))
	m.write("tls.txt", newKeys(t, someChain, 1, ident.PurposeTLS))
	m.write("agency-5.validator", joining(t, someChain, 5))
	m.write("log.txt", newKeys(t, someChain, 2, ident.PurposeLog))
	sale := strings.Repeat("34", 32) + "-0"
	var all strings.Builder
	for _, c := range []struct {
		author ledger.AccountID
		args   []string
	}{
		{2, []string{"account", "--account", "2000001", "--kind", "cooperative", "--roles", "producer,trader", "--name", "HTX  Công Bằng", "--territory", "663", "--business-number", "6400123456", "--key-proof", "proof.txt"}},
		{2, []string{"key", "--key-proof", proof}},
		{2, []string{"retire-key", "--account", "2000001", "--public-key", "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798", "--reason", "lost"}},
		{2, []string{"product", "--product", "2000001.10", "--name", "Cà phê bột", "--scheme", "RS-2025", "--group", "drinks", "--unit", "gram", "--origin", "663", "--gtin", "8931234567897"}},
		{2000001, []string{"lot", "--lot", "2000001.10/CP-01", "--quantity", "12.500 kg", "--produced", "01/09/2026", "--best-before", "1/9/2027"}},
		{2000001, []string{"lot", "--lot", "2000001.10/CP-02", "--quantity", "160 kg", "--produced", "02/09/2026", "--input", "2000002.1/N=7=100 kg", "--input", "2000001.10/CP-01 = 100 kg", "--yield", "800"}},
		{2000001, []string{"hold", "--lot", "2000001.10/CP-01", "--reason", "awaiting_test"}},
		{2, []string{"hold", "--author", "2", "--lot", "2000001.10/CP-01", "--reason", "complaints", "--pdf", "1100.pdf"}},
		{2000001, []string{"release", "--lot", "2000001.10/CP-01", "--reason", "test_passed"}},
		{2, []string{"recall", "--author", "2", "--lot", "2000001.10/CP-01", "--reason", "contaminated", "--pdf", "1100.pdf"}},
		{2000001, []string{"stamps", "--lot", "2000001.10/CP-02", "--first", "501", "--count", "320", "--per-stamp", "500 g"}},
		{2, []string{"inspect", "--author", "2", "--product", "2000001.10", "--date", "05/09/2026", "--outcome", "passed", "--kind", "VietGAP", "--pdf", "1100.pdf"}},
		{2, []string{"inspect", "--author", "2", "--lot", "2000001.10/CP-01", "--date", "05/09/2026", "--outcome", "corrective_action", "--kind", "ATTP", "--pdf", "1100.pdf"}},
		{2000001, []string{"picture", "--product", "2000001.10", "--blob", strings.Repeat("5f", 32)}},
		{2, []string{"picture", "--author", "2", "--product", "2000001.10", "--none"}},
		{2, []string{"contact", "--author", "2", "--phone", "(0261) 3545.888"}},
		{2, []string{"contact", "--author", "2", "--none"}},
		{2000001, []string{"sale", "--author", "2000001", "--buyer", "3000001", "--lot", "2000001.10/CP-01", "--quantity", "1.005 kg", "--at", "05/09/2026 14:30", "--certificate", "1:2026:1032/QĐ-UBND:1", "--lapses", "19/09/2026 14:30"}},
		{3000001, []string{"accept", "--author", "3000001", "--sale", sale}},
		{3000001, []string{"retail", "--author", "3000001", "--lot", "2000001.10/CP-01", "--quantity", "2,5 kg", "--at", "06/09/2026 09:00"}},
		{1, []string{"rotate-validator", "--keys", "keys.txt"}},
		{1, []string{"rotate-validator", "--keys", "tls.txt"}},
		{2, []string{"update-node", "--author", "2", "--incarnation", "2", "--peer", "nut2.example:7401", "--public", "[2001:db8::2]:443"}},
		{1, []string{"propose-add-validator", "--author", "1", "--validator", "agency-5.validator", "--quorum", "3", "--vote"}},
		{1, []string{"propose-remove-validator", "--author", "1", "--agency", "5", "--quorum", "2", "--publisher", "2", "--log-key", "log.txt", "--lapses", "30/09/2026 17:00"}},
		{1, []string{"propose-parameters", "--author", "1", "--backdating-window", "1080h", "--future-window", "5m", "--longest-expiry", "720h", "--longest-lapse", "720h", "--clock-bound", "5s", "--vote-percent", "75"}},
		{1, []string{"propose-parameters", "--author", "1", "--backdating-window", "1080h", "--future-window", "5m", "--longest-expiry", "720h", "--longest-lapse", "720h", "--clock-bound", "5s", "--resolver", "OCOP.example.vn", "--resolver", "ma.cu.example.vn:8443=31/12/2030"}},
		{2, []string{"vote", "--author", "2", "--proposal", sale, "--ballot", "no"}},
		{1, []string{"revoke", "--certificate", "1:2026:1032/QĐ-UBND:9", "--certificate", "1:2026:1032/QĐ-UBND:10", "--decision", "1:2026:1100/QĐ-UBND", "--date", "10/09/2026", "--pdf", "1100.pdf", "--reason", "no_traceability"}},
		{1, []string{"correct", "--certificate", "1:2026:1032/QĐ-UBND:9", "--wrong", sale, "--change", "valid_until: 24/09/2025 => 24/09/2026", "--change", "score_a: 33,05=>33.5", "--change", "group: food => drinks", "--reason", "typing_error"}},
		{2, []string{"correct", "--account", "2000001", "--wrong", sale, "--change", "business_number: (empty) => 6400123456", "--change", "account_kind: farm => cooperative", "--reason", "register_changed"}},
	} {
		d := m.draft(c.args...)
		if d.Author != c.author {
			t.Errorf("%v: author %v, want %v", c.args[0], d.Author, c.author)
		}
		if _, err := d.Compose(); err != nil {
			t.Errorf("%v: %v", c.args[0], err)
		}
		all.WriteString(strings.ReplaceAll(m.out, strings.TrimSpace(proof)[len(proof)-130:], "…"))
		all.WriteByte('\n')
	}
	golden(t, "drafts.yaml", all.String())
}

// TestDraftsOfSupplyThatCannotBe: what is missing or contradicts itself is said before anything is written.
func TestDraftsOfSupplyThatCannotBe(t *testing.T) {
	m := newMachine(t)
	m.write("1100.pdf", "%PDF")
	lot := []string{"lot", "--lot", "2000001.1/A", "--quantity", "5 kg", "--produced", "01/09/2026"}
	for _, c := range []struct {
		says string
		args []string
	}{
		{"--input and --yield go together", append(lot, "--input", "2000001.1/B=5 kg")},
		{"--input and --yield go together", append(lot, "--yield", "5")},
		{"is not of the form lot=quantity", append(lot, "--yield", "5", "--input", "2000001.1/B")},
		{"--input", append(lot, "--yield", "5", "--input", "2000001.1/B=many")},
		{"an agency gives --pdf", []string{"hold", "--author", "2", "--lot", "2000001.1/A", "--reason", "complaints"}},
		{"--reason", []string{"recall", "--lot", "2000001.1/A", "--reason", "because"}},
		{"--first missing (or a node to ask)", []string{"stamps", "--lot", "2000001.1/A", "--count", "5", "--per-stamp", "1 kg"}},
		{"want --product or --lot", []string{"inspect", "--author", "2", "--date", "05/09/2026", "--outcome", "passed", "--kind", "ATTP", "--pdf", "1100.pdf"}},
		{"want --product or --lot", []string{"inspect", "--author", "2", "--product", "2000001.1", "--lot", "2000001.1/A", "--date", "05/09/2026", "--outcome", "passed", "--kind", "ATTP", "--pdf", "1100.pdf"}},
		{"want --blob or --none", []string{"picture", "--product", "2000001.1"}},
		{"is not 64 hexadecimal digits", []string{"picture", "--product", "2000001.1", "--blob", "5f"}},
		{"is no telephone number", []string{"contact", "--author", "2", "--phone", "call me"}},
		{"want --phone or --none", []string{"contact", "--author", "2", "--none", "--phone", "113"}},
		{"is no host name", []string{"propose-parameters", "--author", "1", "--resolver", "a b:x"}},
		{"do not go together", []string{"propose-parameters", "--author", "1", "--resolver", "a.example", "--no-resolvers"}},
	} {
		m.fails(exitUsage, c.says, append(append([]string{"draft"}, c.args...), "--chain-id", someChain)...)
	}
}

// TestAppendingRaisesTheVersionAsFarAsNeeded: a lot and its stamps go into one record, in the version that has both.
func TestAppendingRaisesTheVersionAsFarAsNeeded(t *testing.T) {
	m := newMachine(t)
	m.ok("draft", "lot", "--lot", "2000001.1/A", "--quantity", "5 kg", "--produced", "01/09/2026", "--chain-id", someChain, "-o", "d.yaml")
	m.ok("draft", "stamps", "--lot", "2000001.1/A", "--first", "1", "--count", "5", "--per-stamp", "1 kg", "--chain-id", someChain, "-o", "d.yaml", "--append")
	m.ok("draft", "lot", "--lot", "2000001.1/B", "--quantity", "5 kg", "--produced", "01/09/2026", "--chain-id", someChain, "-o", "d.yaml", "--append")
	d, err := draft.Parse([]byte(m.read("d.yaml")))
	if err != nil || d.Schema != compose.SchemaSupply || len(d.Records[0]) != 3 {
		t.Fatalf("%v, %v", d, err)
	}
	if _, err := d.Compose(); err != nil {
		t.Error(err)
	}
}

func TestDraftAppendsAndNeverReplaces(t *testing.T) {
	m := newMachine(t)
	lot := func(code string, more ...string) []string {
		return append([]string{"draft", "lot", "--lot", "2000001.1/" + code, "--quantity", "5 kg", "--produced", "01/09/2026", "--chain-id", someChain, "-o", "d.yaml"}, more...)
	}
	m.ok(lot("A")...)
	before := m.read("d.yaml")
	m.fails(exitFailure, "d.yaml exists", lot("B")...)
	if m.read("d.yaml") != before {
		t.Error("a draft was replaced")
	}
	m.ok(lot("B", "--append")...)
	d, err := draft.Parse([]byte(m.read("d.yaml")))
	if err != nil || len(d.Records) != 1 || len(d.Records[0]) != 2 || d.Records[0][1].GetRegisterLot().GetLot().GetLot() != "B" {
		t.Errorf("%v, %v", d, err)
	}
	m.fails(exitInput, "is of another ledger or author", lot("C", "--append", "--author", "7")...)
	m.ok("draft", "accept", "--author", "7", "--sale", strings.Repeat("0", 64)+"-0", "--chain-id", someChain, "-o", "new.yaml", "--append")
}

// TestPrivateValues: the ledger gets commitments; salts and values go to a private file, from which each commitment can be recomputed.
func TestPrivateValues(t *testing.T) {
	m := newMachine(t)
	sale := []string{"draft", "sale", "--author", "2000001", "--buyer", "3000001", "--lot", "2000001.1/A", "--quantity", "5 kg", "--price", "450.000 đ", "--terms", "trả sau 30 ngày", "--chain-id", someChain}
	m.fails(exitUsage, "private values need a file", sale...)
	m.ok(append(sale, "-o", "d.yaml")...)
	m.ok("draft", "account", "--account", "2000005", "--author", "2000001", "--kind", "household_business", "--roles", "producer", "--private-name", "Nguyễn Văn A", "--territory", "663", "--chain-id", someChain, "-o", "d.yaml", "--append")
	m.ok("draft", "outside", "--author", "2000001", "--buyer", "Nhà hàng B", "--lot", "2000001.1/A", "--quantity", "1 kg", "--chain-id", someChain, "-o", "d.yaml", "--append")

	public := m.read("d.yaml")
	for _, secret := range []string{"450.000", "30 ngày", "Nguyễn", "Nhà hàng"} {
		if strings.Contains(public, secret) {
			t.Errorf("the draft has %q in it", secret)
		}
	}
	var secrets []secret
	if err := yaml.Unmarshal([]byte(m.read("d.private.yaml")), &secrets); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat("d.private.yaml"); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("others may read the private file: %v, %v", info.Mode(), err)
	}
	want := []string{"price 450.000 đ", "terms trả sau 30 ngày", "name Nguyễn Văn A", "buyer Nhà hàng B"}
	if len(secrets) != len(want) {
		t.Fatalf("%d values, want %d", len(secrets), len(want))
	}
	salts := make(map[string]bool)
	for i, s := range secrets {
		var salt compose.Salt
		if n, err := hex.Decode(salt[:], []byte(s.Salt)); err != nil || n != 32 || salts[s.Salt] {
			t.Errorf("salt %q: %v", s.Salt, err)
		}
		salts[s.Salt] = true
		if s.Field+" "+s.Value != want[i] || compose.Commit(salt, s.Field, s.Value).String() != s.Commitment || !strings.Contains(public, s.Commitment) {
			t.Errorf("%+v", s)
		}
	}
}

func TestDraftRefusesNamesOfPersonsAndOddProofs(t *testing.T) {
	m := newMachine(t)
	account := []string{"draft", "account", "--account", "2000001", "--roles", "producer", "--territory", "663", "--chain-id", someChain}
	m.fails(exitInput, "use --private-name", append(account, "--kind", "household_business", "--name", "Nguyễn Văn A")...)
	m.fails(exitUsage, "want one of --name and --private-name", append(account, "--kind", "farm")...)
	m.fails(exitInput, "not a proof of possession", append(account, "--kind", "farm", "--name", "A", "--key-proof", "abc")...)
	m.newKey("k.json", "right password")
	m.env["PW"] = "right password"
	proof := func(chain string, account string) string {
		return m.ok("keys", "proof", "k.json", "--account", account, "--roles", "trade", "--chain-id", chain, "--password-env", "PW")
	}
	m.fails(exitInput, "the proof is for ledger", append(account, "--kind", "farm", "--name", "A", "--key-proof", proof(strings.Repeat("cd", 32), "2000001"))...)
	m.fails(exitInput, "the proof is for account 2000002", append(account, "--kind", "farm", "--name", "A", "--key-proof", proof(someChain, "2000002"))...)
	product := []string{"draft", "product", "--product", "2000001.1", "--name", "A", "--scheme", "RS-2025", "--group", "food", "--unit", "gram", "--origin", "1", "--chain-id", someChain}
	m.fails(exitInput, "must end in 7", append(product, "--gtin", "8931234567892")...)
	m.fails(exitInput, "is not a GTIN", append(product, "--gtin", "12345")...)
	m.fails(exitInput, "field register_product.name.register: has a character that is not allowed", append(product[:4:4], append([]string{"--name", "Cà phê ★"}, product[6:]...)...)...)
}

// annexFile writes an annex of n products, the last of them wrong when told so.
func annexFile(t *testing.T, name string, n int, wrong bool) {
	t.Helper()
	f := excelize.NewFile()
	defer func() { _ = f.Close() }()
	rows := [][]any{{"STT", "Mã sản phẩm", "Tên sản phẩm", "Hạng sao", "Phần A", "Phần B", "Phần C", "Tổng điểm", "Đạt tiêu chí tối thiểu", "Mã nhóm"}}
	for i := range n {
		star, a := 3, "20,5"
		if i%3 == 0 {
			star, a = 4, "33,5"
		}
		rows = append(rows, []any{i + 1, "2000001." + strings.Repeat("1", i/9+1) + string(rune('1'+i%9)), "", star, a, 22.5, "15,00", nil, "có", "food"})
	}
	if wrong {
		rows[n][3] = 6
	}
	for i, row := range rows {
		for j, v := range row {
			cell, err := excelize.CoordinatesToCellName(j+1, i+1)
			if err != nil {
				t.Fatal(err)
			}
			if err := f.SetCellValue("Sheet1", cell, v); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := f.SaveAs(name); err != nil {
		t.Fatal(err)
	}
}

var certifyArgs = []string{"draft", "certify", "--annex", "pl.xlsx", "--decision", "1032/QĐ-UBND", "--author", "1", "--date", "03/09/2026", "--pdf", "1032.pdf", "--valid-until", "03/09/2029", "--chain-id", someChain, "-o", "1032.yaml"}

// TestCertifyAndSign: annex to signed records, offline.
func TestCertifyAndSign(t *testing.T) {
	m := newMachine(t)
	annexFile(t, "pl.xlsx", 22, false)
	m.write("1032.pdf", "%PDF-1.4 quyết định")
	m.newKey("k.json", "right password", "--account", "1")
	m.env["PW"] = "right password"
	var made struct {
		Fingerprint string `json:"fingerprint"`
		Actions     int    `json:"actions"`
		Decisions   []struct {
			Items int            `json:"items"`
			Stars map[string]int `json:"stars"`
		} `json:"decisions"`
	}
	if m.json(&made, certifyArgs...); made.Actions != 23 || made.Decisions[0].Items != 22 || made.Decisions[0].Stars["4"] != 8 || made.Decisions[0].Stars["3"] != 14 {
		t.Errorf("%+v", made)
	}
	d, err := draft.Parse([]byte(m.read("1032.yaml")))
	if err != nil {
		t.Fatal(err)
	}
	open := d.Records[0][0].GetOpenDecision()
	if want := sha256.Sum256([]byte("%PDF-1.4 quyết định")); hex.EncodeToString(open.GetDocument().GetSha256()) != hex.EncodeToString(want[:]) || open.GetDocument().GetName() != "1032.pdf" {
		t.Errorf("document %v", open.GetDocument())
	}

	m.typed = "no\n"
	m.fails(exitDeclined, "not signed", "sign", "1032.yaml", "--key", "k.json", "--password-env", "PW")
	if _, err := os.Stat("1032.signed"); err == nil {
		t.Error("signed all the same")
	}
	for _, l := range []string{"vi", "en"} {
		m.typed = "Ký\n"
		m.ok("sign", "1032.yaml", "--key", "k.json", "--password-env", "PW", "-o", l+".signed", "--lang", l)
		golden(t, "sign."+l+".txt", m.err)
	}
	m.ok("sign", "1032.yaml", "--key", "k.json", "--password-env", "PW", "--yes", "--items")
	if strings.Count(m.err, "\n- Item ") != 22 {
		t.Error("not every item is shown")
	}
	f, err := signed.Parse([]byte(m.read("1032.signed")))
	if err != nil {
		t.Fatal(err)
	}
	e := f.Records[0].Envelope
	if f.Fingerprint().String() != made.Fingerprint || !strings.Contains(m.read("1032.signed"), made.Fingerprint) || !strings.Contains(m.err, made.Fingerprint) {
		t.Errorf("the digest is %v in one place and %v in another", f.Fingerprint(), made.Fingerprint)
	}
	if e.Header.Issued != uint64(m.now.UnixMilli()) || e.Header.Expires-e.Header.Issued != 14*24*60*60*1000 {
		t.Errorf("good from %d to %d", e.Header.Issued, e.Header.Expires)
	}
	m.fails(exitFailure, "1032.signed exists", "sign", "1032.yaml", "--key", "k.json", "--password-env", "PW", "--yes")
	m.newKey("other.json", "right password", "--account", "7")
	m.fails(exitKey, "this key is of account 7", "sign", "1032.yaml", "--key", "other.json", "--password-env", "PW", "--yes", "-o", "x.signed")
}

func TestCertifyComesInParts(t *testing.T) {
	m := newMachine(t)
	m.write("1032.pdf", "%PDF")
	var rows strings.Builder
	rows.WriteString("No,Product,Stars,A,B,C,Minimums,Group\n")
	for i := range 600 {
		rows.WriteString(strings.ReplaceAll("N,2000001.N,4,33.5,22.5,20,yes,food\n", "N", strings.TrimLeft(string([]byte{byte('0' + (i+1)/100), byte('0' + (i+1)/10%10), byte('0' + (i+1)%10)}), "0")))
	}
	m.write("pl.csv", rows.String())
	args := append([]string(nil), certifyArgs...)
	args[3] = "pl.csv"
	m.ok(args...)
	d, err := draft.Parse([]byte(m.read("1032.yaml")))
	if err != nil {
		t.Fatal(err)
	}
	items := 0
	for i, actions := range d.Records {
		if o := actions[0].GetOpenDecision(); o.GetPart() != uint32(i+1) || o.GetParts() != uint32(len(d.Records)) {
			t.Errorf("part %d of %d says %d of %d", i+1, len(d.Records), o.GetPart(), o.GetParts())
		}
		items += len(actions) - 1
	}
	if items != 600 || len(d.Records) < 3 {
		t.Errorf("%d items in %d parts", items, len(d.Records))
	}
}

func TestCertifyReportsEverythingWrong(t *testing.T) {
	m := newMachine(t)
	annexFile(t, "pl.xlsx", 5, true)
	m.write("1032.pdf", "%PDF")
	m.fails(exitInput, `D6    "6": stars are 3, 4 or 5`, certifyArgs...)
	if _, err := os.Stat("1032.yaml"); err == nil {
		t.Error("a draft was written all the same")
	}
	f, err := excelize.OpenFile("pl-errors.xlsx")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	if got, err := f.GetCellValue("Sheet1", "K6"); err != nil || got != `D6: "6": stars are 3, 4 or 5` {
		t.Errorf("%q, %v", got, err)
	}
	var v struct {
		Problems []annexProblem `json:"problems"`
	}
	if code := m.json(&v, certifyArgs...); code != exitInput || len(v.Problems) != 1 || v.Problems[0].Cell != "D6" || v.Problems[0].Row != 6 {
		t.Errorf("%d, %+v", code, v)
	}
	m.ok("draft", "certify", "--template", "mau.xlsx")
	m.fails(exitFailure, "exists", "draft", "certify", "--template", "mau.xlsx")
	m.fails(exitUsage, "--annex, --decision, --date, --pdf missing", "draft", "certify")
	m.write("empty.pdf", "")
	annexFile(t, "pl.xlsx", 5, false)
	args := append([]string(nil), certifyArgs...)
	args[11] = "empty.pdf"
	m.fails(exitInput, "the file is empty", args...)
	args[11] = "."
	m.fails(exitUsage, "is a folder", args...)
}

func TestSignRefusesWhatCannotStand(t *testing.T) {
	m := newMachine(t)
	m.newKey("k.json", "right password")
	m.env["PW"] = "right password"
	m.write("bad.yaml", "ocop-draft: 1\nchain: "+someChain+"\nauthor: 1\nschema: 1\nexpires-days: 14\nrecords:\n  - actions:\n      - register_lot: {lot: 1.1/A, unit: gram, quantity: 5}\n")
	m.fails(exitInput, "record 0, action 0, field register_lot.produced: is missing", "sign", "bad.yaml", "--key", "k.json", "--yes", "--password-env", "PW")
	m.write("bad.yaml", "ocop-draft: 1\nchain: "+someChain+"\nauthor: 1\nschema: 1\nexpires-days: 99\nrecords: x\n")
	m.fails(exitInput, "line 5: expires-days", "sign", "bad.yaml", "--key", "k.json", "--yes", "--password-env", "PW")
	m.fails(exitFailure, "there is no file", "sign", "none.yaml", "--key", "k.json")
}

// newKeys are the lines that an operator hands over, of fixed keys: for all purposes unless some are named.
func newKeys(t *testing.T, chain string, agency ledger.AccountID, purposes ...ident.Purpose) string {
	t.Helper()
	if len(purposes) == 0 {
		purposes = []ident.Purpose{ident.PurposeCosigner, ident.PurposeNode}
	}
	return "# for the officer\n" + strings.Join(rotationOf(t, chain, agency, "node.example", purposes...).Lines(), "\n") + "\n"
}

// joining is the file of a node that wants to join.
func joining(t *testing.T, chain string, agency ledger.AccountID) string {
	t.Helper()
	j := &rotation.Joining{
		Rotation: *rotationOf(t, chain, agency, "ocop5.example/mau/5", ident.PurposeNode, ident.PurposeCosigner, ident.PurposeTLS), Peer: "nut5.example:7401", Public: "ocop5.example:7400",
	}
	return strings.Join(j.Lines(), "\n") + "\n"
}

func rotationOf(t *testing.T, chain string, agency ledger.AccountID, name string, purposes ...ident.Purpose) *rotation.Rotation {
	t.Helper()
	id, err := hex.DecodeString(chain)
	check(t, err)
	r := &rotation.Rotation{Place: rotation.Place{Chain: ledger.ChainID(id), Agency: agency, CosignerName: name}}
	for _, purpose := range purposes {
		seed := sha256.Sum256([]byte("new " + purpose.String()))
		key, err := ident.NewEd25519PrivateKey(seed[:])
		check(t, err)
		check(t, r.Add(purpose, key))
	}
	return r
}

func TestDraftRefusesOtherKeys(t *testing.T) {
	m := newMachine(t)
	rotate := []string{"draft", "rotate-validator", "--chain-id", someChain, "--keys", "keys.txt"}
	m.fails(exitFailure, "keys.txt", rotate...)
	m.write("keys.txt", "nothing of the kind")
	m.fails(exitInput, "not a file with new keys", rotate...)
	m.write("keys.txt", newKeys(t, someChain, 1)[:500])
	m.fails(exitInput, "wrong or incomplete", rotate...)
	m.write("keys.txt", newKeys(t, strings.Repeat("cd", 32), 1))
	m.fails(exitInput, "the new keys are for ledger", rotate...)
	m.write("keys.txt", newKeys(t, someChain, 1))
	m.fails(exitInput, "of agency 1, not 2", append(rotate, "--author", "2")...)
	m.fails(exitUsage, "--keys missing", rotate[:4]...)
	if d := m.draft("rotate-validator", "--keys", "keys.txt"); d.Schema != compose.SchemaRotation {
		t.Errorf("written in version %d", d.Schema)
	}
}

func TestDraftsOfMembership(t *testing.T) {
	m := newMachine(t)
	m.write("agency-5.validator", joining(t, someChain, 5))
	at := func(args ...string) []string {
		return append(append([]string{"draft"}, args...), "--chain-id", someChain)
	}
	add := at("propose-add-validator", "--author", "1", "--validator", "agency-5.validator", "--quorum", "3")
	d := m.draft(add[1:8]...)
	if d.Schema != compose.SchemaMembership || len(d.Records[0]) != 1 || d.Records[0][0].GetProposeChange().GetLapses() != uint64(m.now.Add(openFor).UnixMilli()) {
		t.Errorf("%v", d)
	}
	m.fails(exitUsage, "--vote does not go with --append", append(add, "--vote", "--append", "-o", "d.yaml")...)
	m.fails(exitUsage, "--validator missing", at("propose-add-validator", "--author", "1", "--quorum", "3")...)
	m.fails(exitFailure, "none.validator", at("propose-add-validator", "--author", "1", "--quorum", "3", "--validator", "none.validator")...)
	m.write("keys.txt", newKeys(t, someChain, 5))
	m.fails(exitInput, "wrong or incomplete", at("propose-add-validator", "--author", "1", "--quorum", "3", "--validator", "keys.txt")...)
	m.write("other.validator", joining(t, strings.Repeat("cd", 32), 5))
	m.fails(exitInput, "wants to join ledger cdcd", at("propose-add-validator", "--author", "1", "--quorum", "3", "--validator", "other.validator")...)
	m.write("log.txt", newKeys(t, someChain, 2, ident.PurposeLog))
	remove := at("propose-remove-validator", "--author", "1", "--agency", "1", "--quorum", "2")
	m.fails(exitInput, "this log key is of agency 2", append(remove, "--publisher", "3", "--log-key", "log.txt")...)
	m.fails(exitInput, "not the file of a log key", append(remove, "--publisher", "5", "--log-key", "keys.txt")...)
	m.fails(exitInput, "by a vote", at("rotate-validator", "--keys", "log.txt")...)
	m.fails(exitInput, "quorum", at("propose-remove-validator", "--author", "1", "--agency", "5", "--quorum", "8")...)

	m.fails(exitUsage, "want --new-store", at("update-node", "--author", "2")...)
	m.fails(exitUsage, "--incarnation missing", at("update-node", "--author", "2", "--new-store")...)
	m.fails(exitUsage, "do not go together", at("update-node", "--author", "2", "--new-store", "--incarnation", "2")...)
	m.fails(exitInput, "peer_address", at("update-node", "--author", "2", "--peer", "nút:7401")...)

	m.fails(exitUsage, "no parameter is given", at("propose-parameters", "--author", "1")...)
	m.fails(exitUsage, "missing (or a node to ask)", at("propose-parameters", "--author", "1", "--vote-percent", "75")...)
	m.fails(exitUsage, "from 51 to 100", at("propose-parameters", "--author", "1", "--backdating-window", "1h", "--future-window", "1m", "--longest-expiry", "24h", "--longest-lapse", "1h", "--clock-bound", "1s", "--vote-percent", "50")...)
	m.fails(exitUsage, "at least 1ms", at("propose-parameters", "--author", "1", "--backdating-window", "0s", "--future-window", "1m", "--longest-expiry", "24h", "--longest-lapse", "1h", "--clock-bound", "1s")...)

	m.fails(exitUsage, "--ballot", at("vote", "--author", "2", "--proposal", strings.Repeat("0", 64)+"-0", "--ballot", "maybe")...)
	m.fails(exitUsage, "--proposal", at("vote", "--author", "2", "--proposal", "0", "--ballot", "yes")...)
}
