package command

import (
	"fmt"
	"strings"
	"testing"
)

// put drafts a record and puts it on the ledger.
func (m *machine) put(key, file string, draft ...string) (height uint64) {
	m.t.Helper()
	m.ok(append(append([]string{"draft"}, draft...), "-o", file+".yaml")...)
	_, height = m.accepted(file+".yaml", "--key", key, "--yes", "--password-env", "PW")
	return height
}

// supply makes a lot of another one, stamps it, holds it, lets it go, and recalls what it was made of.
func supply(m *machine) {
	m.t.Helper()
	m.write("bien-ban.pdf", "%PDF-1.4 biên bản")
	m.write("thu-hoi.pdf", "%PDF-1.4 thu hồi lô")
	day := today.String()
	m.put("htx.json", "hat", "lot", "--lot", "1000001.2/N-1", "--quantity", "100 kg", "--produced", day)
	made := []string{"lot", "--lot", "1000001.1/R-1", "--quantity", "60 kg", "--produced", day, "--input", "1000001.2/N-1=75 kg", "--yield"}
	m.ok(append(append([]string{"draft"}, made...), "700", "-o", "nhieu-qua.yaml")...)
	m.fails(exitRefused, "more_than_yield", "simulate", "nhieu-qua.yaml")
	m.put("htx.json", "rang", append(made, "800")...)

	m.fails(exitUsage, "lot 1000001.1/R-1 is counted in grams, not pieces", "draft", "stamps", "--lot", "1000001.1/R-1", "--count", "50", "--per-stamp", "1 cái")
	m.put("htx.json", "tem", "stamps", "--lot", "1000001.1/R-1", "--count", "50", "--per-stamp", "500 g")
	m.put("htx.json", "tem2", "stamps", "--lot", "1000001.1/CP-01", "--count", "10", "--per-stamp", "1 kg")
	if d := m.read("tem2.yaml"); !strings.Contains(d, "first: 51") {
		m.t.Errorf("the next number is not asked for:\n%s", d)
	}

	m.put("htx.json", "giu", "hold", "--lot", "1000001.1/R-1", "--reason", "awaiting_test")
	m.ok("draft", "retail", "--author", "1000001", "--lot", "1000001.1/R-1", "--quantity", "1 kg", "-o", "ban-giu.yaml")
	m.fails(exitRefused, "lot_held", "simulate", "ban-giu.yaml")
	if out := m.ok("trace", "lot", "1000001.1/R-1"); !strings.Contains(out, "This lot is on hold: not to be sold, do not buy.") {
		m.t.Errorf("a hold is not said:\n%s", out)
	}
	m.put("htx.json", "tha", "release", "--lot", "1000001.1/R-1", "--reason", "test_passed")
	m.put("officer.json", "kiem-tra", "inspect", "--author", "1", "--lot", "1000001.2/N-1", "--date", day, "--outcome", "failed", "--kind", "ATTP", "--pdf", "bien-ban.pdf")
	m.put("officer.json", "thu-hoi", "recall", "--author", "1", "--lot", "1000001.2/N-1", "--reason", "contaminated", "--pdf", "thu-hoi.pdf")
	m.put("officer.json", "dien-thoai", "contact", "--author", "1", "--phone", "0261 3545 888")
	height := m.put("htx.json", "anh", "picture", "--product", "1000001.1", "--blob", strings.Repeat("5f", 32))

	for lot, says := range map[string][]string{
		"1000001.1/R-1": {
			"This lot was recalled: do not use it.", "RECALLED", "lot 1000001.2/N-1", "Made of", "75 kg", "numbers 1 to 50, 500 g behind each",
			"02613545888, UBND tỉnh (mẫu) (1)",
		},
		"1000001.2/N-1": {"This lot was recalled: do not use it.", "Made into", "1000001.1/R-1), RECALLED", "ATTP, lot 1000001.2/N-1: FAILED", "Made into other lots   75 kg", "Remaining              25 kg"},
	} {
		out := m.ok("trace", "lot", lot)
		for _, text := range says {
			if !strings.Contains(out, text) {
				m.t.Errorf("trace lot %s does not say %q:\n%s", lot, text, out)
			}
		}
	}
	if out := m.ok("trace", "product", "1000001.1"); !strings.Contains(out, "Not to be used         Cà phê bột Đắk Đam (1000001.1/R-1), RECALLED") {
		m.t.Errorf("a product's trace does not warn of its recalled lot:\n%s", out)
	}
	m.ok("receipt", "lot", "1000001.1/R-1", "-o", "rang.ocop", "--min-height", fmt.Sprint(height))
	out := m.ok("verify", "rang.ocop", "--policy", "genesis")
	for _, text := range []string{"This lot was recalled: do not use it.", "RECALLED", "by UBND tỉnh (mẫu) (1): banned substance or contamination; lot 1000001.2/N-1", "Made of lot            1000001.2/N-1", "numbers 1 to 50, 500 g"} {
		if !strings.Contains(out, text) {
			m.t.Errorf("the receipt does not say %q:\n%s", text, out)
		}
	}
	var list struct {
		Lots []struct {
			Lot       string
			Restraint struct{ Status string }
		}
	}
	m.json(&list, "list", "lots", "--product", "1000001.1")
	for _, l := range list.Lots {
		if (l.Restraint.Status == "recalled") != (l.Lot == "1000001.1/R-1") {
			m.t.Errorf("list lots: %+v", list)
		}
	}
	if len(list.Lots) != 2 {
		m.t.Errorf("list lots: %+v\n%s", list, m.out)
	}
}

// resolves names the hosts that resolve codes; a later change of something else leaves them.
func resolves(m *machine) {
	m.t.Helper()
	m.put("officer.json", "may-chu", "propose-parameters", "--author", "1", "--resolver", "ocop.example.vn", "--resolver", "cu.example.vn=31/12/2030", "--vote")
	m.ok("draft", "propose-parameters", "--author", "1", "--clock-bound", "4s", "-o", "sau.yaml")
	if d := m.read("sau.yaml"); !strings.Contains(d, "ocop.example.vn") || !strings.Contains(d, "until: 31/12/2030") || !strings.Contains(d, "vote_percent: 75") {
		m.t.Errorf("the resolvers do not stay:\n%s", d)
	}
	m.ok("draft", "propose-parameters", "--author", "1", "--no-resolvers", "-o", "khong.yaml")
	if d := m.read("khong.yaml"); strings.Contains(d, "example.vn") || !strings.Contains(d, "hosts that resolve codes: none") {
		m.t.Errorf("the resolvers stay:\n%s", d)
	}
}

// TestResolverHosts: a host stands in records as it stands in links.
func TestResolverHosts(t *testing.T) {
	for s, want := range map[string]string{"OCOP.Example.VN": "ocop.example.vn", " a.example:8443 ": "a.example:8443", "[2001:db8::1]": "[2001:db8::1]", "a.example=31/12/2030": "a.example"} {
		if r, err := parseResolver(s); err != nil || r.Host != want {
			t.Errorf("%q: %+v, %v", s, r, err)
		}
	}
	for _, s := range []string{"", "=31/12/2030", "a.example=", "a.example=31/02/2030", "a:b:c", "a.example:0"} {
		if r, err := parseResolver(s); err == nil {
			t.Errorf("%q is taken for %+v", s, r)
		}
	}
}
