package command

import (
	"os"
	"strings"
)

const annexHead = "STT;Mã sản phẩm;Tên sản phẩm;Hạng sao;Phần A;Phần B;Phần C;Đạt tiêu chí tối thiểu;Mã nhóm\n"

// refusedRows: whatever the ledger would refuse of an annex is said with its cell, all of it at once, and written back.
func refusedRows(m *machine, certify []string) {
	m.t.Helper()
	for _, c := range []struct {
		name  string
		rows  string
		flags []string
		cells string // with a word of each problem
	}{
		{"the rule set", "1;1000001.1;Cà phê bột Đắk Đam;4;41;22,5;20;có;drinks\n2;1000001.2;Hạt mắc ca sấy;3;20;20;20,25;có;souvenirs\n", nil, "E2 40.00 I3 souvenirs"},
		{"minimum, and star above score", "1;1000001.1;Cà phê bột Đắk Đam;4;33,5;22,5;29,5;không;drinks\n2;1000001.2;Hạt mắc ca sấy;4;20;20;20,25;có;food\n", nil, "H2 minimum D3 60.25"},
		{"what the sheet says, names and products that are not there", "1;1000001.1;Hạt mắc ca sấy;6;33,5;22,5;29,5;có;drinks\n2;1000001.9;Trà;3;20;20;20,25;có;food\n3;1000001.2;Hạt mắc ca sấy;4;20;20;20,25;có;food\n",
			nil, "D2 stars C2 ledger B3 --new-products D4 60.25"},
		{"a product to be registered, held against the rule set", "1;1000001.9;Trà;3;20;26;20,25;có;food\n2;1000001.1;Cà phê bột Đắk Đam;5;33,5;22,5;29,5;có;drinks\n", []string{"--new-products"}, "F2 25.00 D3 90.00"},
		{"the rule set of genesis", "1;1000001.9;Trà;3;20;26;20,25;có;food\n", []string{"--genesis", "genesis"}, "F2 25.00"},
	} {
		m.write("pl.csv", annexHead+c.rows)
		_ = os.Remove("pl-errors.csv")
		var v struct {
			Problems []annexProblem
		}
		if code := m.json(&v, append(certify[:len(certify):len(certify)], c.flags...)...); code != exitInput {
			m.t.Errorf("%s: exit code %d", c.name, code)
		}
		want := strings.Fields(c.cells)
		if len(v.Problems) != len(want)/2 {
			m.t.Errorf("%s: %+v", c.name, v.Problems)
			continue
		}
		copied := m.read("pl-errors.csv")
		for i, p := range v.Problems {
			if p.Cell != want[2*i] || !strings.Contains(p.Problem, want[2*i+1]) || !strings.Contains(strings.ReplaceAll(copied, `""`, `"`), p.Cell+": "+p.Problem) {
				m.t.Errorf("%s: %+v, want %s with %q; written back:\n%s", c.name, p, want[2*i], want[2*i+1], copied)
			}
		}
		if _, err := os.Stat("1032.yaml"); err == nil {
			m.t.Errorf("%s: drafted all the same", c.name)
		}
	}
}

// laterProducts: a product that will be registered later has its name from the annex, and the draft says so; a node that knows better tells.
func laterProducts(m *machine, certify []string) {
	m.t.Helper()
	m.write("pl.csv", annexHead+"1;1000001.1;CA PHE BOT DAK DAM;4;33,5;22,5;29,5;có;drinks\n2;1000001.9;Trà túi lọc;3;20;20;20,25;có;food\n")
	said := m.ok(append(certify[:len(certify)-1:len(certify)-1], "later.yaml", "--new-products")...)
	if want := "rows that would be accepted: 1. With products to be registered later, held against the rule set alone: 1."; !strings.Contains(said, want) {
		m.t.Errorf("it does not say %q:\n%s", want, said)
	}
	text := m.read("later.yaml")
	for _, want := range []string{"product 1000001.9 [name as in the annex: Trà túi lọc; HTX", "product 1000001.1 [Cà phê bột Đắk Đam; HTX", "products-in-annex:\n    \"1000001.9\": Trà túi lọc\n", "# action 2: Item 2"} {
		if !strings.Contains(text, want) {
			m.t.Errorf("the draft does not say %q:\n%s", want, text)
		}
	}
	m.fails(exitRefused, "unknown_product", "simulate", "later.yaml")
	m.write("wrong.yaml", strings.ReplaceAll(text, "1000001.9", "1000001.2"))
	m.ok("simulate", "wrong.yaml")
	if want := `product 1000001.2 is called "Trà túi lọc", on the ledger "Hạt mắc ca sấy"`; !strings.Contains(m.out, want) {
		m.t.Errorf("it does not say %q:\n%s", want, m.out)
	}
	m.write("wrong.yaml", strings.ReplaceAll(m.read("wrong.yaml"), "Trà túi lọc", "HẠT MẮC CA SẤY"))
	if said := m.ok("simulate", "wrong.yaml"); strings.Contains(said, "WRONG NAME") {
		m.t.Errorf("the annex writes the name in its own way:\n%s", said)
	}
	for _, name := range []string{"later.yaml", "wrong.yaml"} {
		check(m.t, os.Remove(name))
	}
}

// refusedDecision: what the ledger has against the Decision itself stands before its rows, or alone.
func refusedDecision(m *machine, certify []string) {
	m.t.Helper()
	m.write("pl.csv", annexHead+"1;1000001.1;Cà phê bột Đắk Đam;4;33,5;22,5;29,5;có;drinks\n")
	stranger := strings.Split(strings.ReplaceAll(strings.Join(certify, "\x00"), "--author\x001\x00", "--author\x0077\x00"), "\x00")
	m.fails(exitRefused, "unknown_author", stranger...)
	m.write("pl.csv", annexHead+"1;1000001.1;Cà phê bột Đắk Đam;4;33,5;22,5;29,5;có;drinks\n2;1000001.2;Trà;4;33,5;22,5;29,5;có;food\n")
	m.fails(exitInput, "\n–          ", stranger...)
}
