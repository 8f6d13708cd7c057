package command

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ocopledger/ocop/cmd/ocop/internal/label"
	"github.com/ocopledger/ocop/cmd/ocop/internal/label/draw"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/blob"
	"github.com/ocopledger/ocop/ledger/chain/chaintest"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/genesis"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/subject"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

const (
	resolver   = "ocop.example.vn"
	coffeeLink = "https://ocop.example.vn/01/08930000000002/10/L-2026-01"
	honeyLink  = "https://ocop.example.vn/id/1000002.1/10/M%2F01"
)

// drawn leaves out what mostly draws and reads pictures: one goroutine does, and the race detector makes it three times as long.
func drawn(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("nothing of a picture is made beside anything else")
	}
}

// TestLabels: what is printed in each format reads as the lot's link, and says what the JSON says.
func TestLabels(t *testing.T) {
	drawn(t)
	m := newMachine(t)
	newProver(m)
	believe := []string{"--genesis", "genesis", "--resolver", resolver}
	paper := make(map[string]label.Sheet)
	for _, s := range label.Sheets() {
		paper[s.Name] = s.Sheet
	}
	for _, c := range []struct {
		lot, link string
		args      []string
		sheet     label.Sheet
		skip      int
		labels    int
		file      string
	}{
		{chaintest.CoffeeLot.String(), coffeeLink, []string{"--sheet", "3x8"}, paper["3x8"], 0, 24, "coffee.pdf"},
		{chaintest.CoffeeLot.String(), coffeeLink, []string{"--sheet", "5x13", "--crop-marks"}, paper["5x13"], 0, 65, "small.png"},
		{chaintest.HoneyLot.String(), honeyLink, []string{"--count", "5", "--skip", "2"}, paper["3x8"], 2, 5, "honey.svg"},
		{chaintest.HoneyLot.String(), honeyLink, []string{"--sheet", "one", "--count", "2"}, paper["one"], 0, 2, "roll.pdf"},
		{chaintest.CoffeeLot.String(), coffeeLink, []string{"--size", "30x50"}, label.One(30*draw.Millimetre, 50*draw.Millimetre), 0, 1, "high.png"},
		{chaintest.CoffeeLot.String(), coffeeLink, []string{"--size", "60,5x30", "--columns", "3", "--rows", "9", "--gaps", "2x1"}, label.Sheet{
			PageWidth: label.A4Width, PageHeight: label.A4Height, Width: 60_500, Height: 30_000, GapX: 2000, GapY: 1000, Columns: 3, Rows: 9}.Centred(), 0, 27, "free.svg"},
	} {
		var p printed
		if code := m.json(&p, slices.Concat([]string{"label", "lot", c.lot, "-o", c.file}, believe, c.args)...); code != exitOK {
			t.Fatalf("%s: exit code %d\n%s%s", c.file, code, m.out, m.err)
		}
		if p.Labels != c.labels || p.Link != c.link || p.Verify != "ok" || p.Notice != sampleNotice || len(p.Warnings) != 0 {
			t.Errorf("%s: %+v", c.file, p)
		}
		var cells []string
		for _, picture := range pictures(t, c.file) {
			cells = append(cells, cut(t, picture, c.sheet)...)
		}
		codes := scanned(t, cells[c.skip:c.skip+c.labels]...)
		if want := slices.Repeat([]string{c.link}, c.labels); !slices.Equal(codes, want) {
			t.Errorf("%s: %d codes %v, want %d", c.file, len(codes), slices.Compact(codes), c.labels)
		}
	}
	text := output(t, program(t, "pdftotext", "poppler-utils"), "-f", "1", "-l", "1", "roll.pdf", "-")
	for _, line := range []string{"Mật ong rừng\nThuận An\n", "OCOP", "Lô: M/01", "1000002.1/M/01", "DỮ LIỆU MẪU –", "không có giá trị"} {
		if !strings.Contains(text, line) {
			t.Errorf("the label does not say %q:\n%s", line, text)
		}
	}
}

// TestCertificatePrinted: the page says what the ledger says, its code leads to the product, and the same receipt makes the same bytes.
func TestCertificatePrinted(t *testing.T) {
	drawn(t)
	m := newMachine(t)
	newProver(m)
	id := chaintest.NewCoffee.String()
	for _, file := range []string{"giay.pdf", "giay.png", "giay.svg"} {
		m.ok("label", "certificate", id, "-o", file, "--policy", "genesis", "--resolver", resolver)
		if codes := scanned(t, pictures(t, file)[0]); !slices.Equal(codes, []string{"https://ocop.example.vn/01/08930000000002"}) {
			t.Errorf("%s: %v", file, codes)
		}
		first := m.read(file)
		m.ok("label", "certificate", id, "-o", file, "--policy", "genesis", "--resolver", resolver, "--overwrite")
		if m.read(file) != first {
			t.Errorf("%s differs when it is made again", file)
		}
	}
	text := output(t, program(t, "pdftotext", "poppler-utils"), "-layout", "giay.pdf", "-")
	for _, line := range []string{
		"CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập – Tự do – Hạnh phúc", "UBND tỉnh Đắk Nông (mẫu)", "GIẤY CHỨNG NHẬN", "Hạng bốn sao", "Cà phê bột Đắk Đam",
		"HTX Nông nghiệp Công Bằng Thuận An", "77/QĐ-UBND ngày 20/02/2026", "từ ngày 20/02/2026 đến hết ngày 20/02/2029", "Ngày 20 tháng 02 năm 2026",
		"Quyết định đã ký là văn bản có giá trị pháp lý", sampleNotice, id,
	} {
		if !strings.Contains(text, line) {
			t.Errorf("the certificate does not say %q:\n%s", line, text)
		}
	}
}

// TestCertificateOfAHousehold: the name comes from the node, and is checked; without it the number of the account stands there, and somebody is told.
func TestCertificateOfAHousehold(t *testing.T) {
	m := newMachine(t)
	node := newProver(m)
	said := func(file string) string {
		t.Helper()
		m.ok("label", "certificate", chaintest.TheHoney.String(), "-o", file, "--policy", "genesis", "--resolver", resolver)
		return output(t, program(t, "pdftotext", "poppler-utils"), "-layout", file, "-")
	}
	if text := said("khong.pdf"); !strings.Contains(text, "Chủ thể: tài khoản "+chaintest.House.String()) || !strings.Contains(m.out, "Warning: this node does not have the name") {
		t.Errorf("%s\n%s", m.out, text)
	}
	name := blob.Blob{Salt: chaintest.HouseholdSalt(chaintest.House), Media: blob.Name, Content: []byte(chaintest.HouseholdName)}
	node.blobs.container = name.Append(nil)
	if text := said("co.pdf"); !strings.Contains(text, "Chủ thể: "+chaintest.HouseholdName) || strings.Contains(m.out, "Warning: this node") {
		t.Errorf("%s\n%s", m.out, text)
	}
	name.Content = []byte("Hộ khác")
	node.blobs.container = name.Append(nil)
	m.fails(exitProof, "", "label", "certificate", chaintest.TheHoney.String(), "-o", "sai.pdf", "--policy", "genesis", "--resolver", resolver)
}

// TestNotPrinted: whoever lacks the right to use the mark gets a reason in both languages, and no file.
func TestNotPrinted(t *testing.T) {
	m := newMachine(t)
	node := newProver(m)
	believe := []string{"--genesis", "genesis", "--resolver", resolver}
	printing := func(args ...string) []string {
		return append(append([]string{"label"}, args...), believe...)
	}
	coffee, pepper := chaintest.CoffeeLot.String(), chaintest.PepperLot.String()
	for _, c := range []struct {
		code int
		says string
		args []string
	}{
		{exitNotInForce, "Certificate revoked with effect from 3 March 2026", printing("lot", pepper, "-o", "x.pdf")},
		{exitNotInForce, "Certificate revoked", printing("certificate", chaintest.ThePepper.String(), "-o", "x.pdf")},
		{exitNotInForce, "Certificate expired after 2 November 2023", printing("certificate", chaintest.OldCoffee.String(), "-o", "x.pdf")},
		{exitNotFound, "", printing("lot", "1000001.1/NONE", "-o", "x.pdf")},
		{exitNotFound, "", printing("certificate", "1:2026:78/QĐ-UBND:1", "-o", "x.pdf")},
		{exitRefused, "no batch of stamps", printing("lot", coffee, "--serials", "1-500", "-o", "x.pdf")},
		{exitUsage, "is not of the form", printing("lot", "coffee", "-o", "x.pdf")},
		{exitUsage, "want -o FILE", printing("lot", coffee)},
		{exitUsage, "ends in .svg, .png or .pdf", printing("lot", coffee, "-o", "x.doc")},
		{exitUsage, "at most 10000 labels", printing("lot", coffee, "--serials", "1-10001", "-o", "x.pdf")},
		{exitUsage, "at most 10000 labels", printing("lot", coffee, "--serials", "1-18446744073709551615", "-o", "x.pdf")},
		{exitUsage, "not a range of serial numbers", printing("lot", coffee, "--serials", "9-3", "-o", "x.pdf")},
		{exitUsage, "not a range of serial numbers", printing("lot", coffee, "--serials", "0-3", "-o", "x.pdf")},
		{exitUsage, "not a range of serial numbers", printing("lot", coffee, "--serials", "01-3", "-o", "x.pdf")},
		{exitUsage, "--count is 1 to 10000", printing("lot", coffee, "--count", "10001", "-o", "x.pdf")},
		{exitUsage, "--count is for labels without --serials", printing("lot", coffee, "--count", "3", "--serials", "1-3", "-o", "x.pdf")},
		{exitUsage, "--skip is 0 to 23", printing("lot", coffee, "--skip", "24", "-o", "x.pdf")},
		{exitUsage, "there is no paper", printing("lot", coffee, "--sheet", "4x4", "-o", "x.pdf")},
		{exitUsage, "the labels take a width of 220 mm, the page has 210 mm", printing("lot", coffee, "--size", "110x30", "--columns", "2", "--rows", "2", "--margins", "0x0", "-o", "x.pdf")},
		{exitUsage, "too small for its QR code (modules of 0.4 mm at least) and text; it takes at least 33 × 18.5 mm", printing("lot", coffee, "--size", "25x15", "-o", "x.pdf")},
		{exitUsage, "at most 500 files", printing("lot", coffee, "--sheet", "one", "--count", "501", "-o", "x.svg")},
		{exitUsage, "2 pages of png do not go to the screen", printing("lot", coffee, "--count", "25", "--format", "png", "-o", "-")},
		{exitUsage, "want --sheet or --size", printing("lot", coffee, "--sheet", "one", "--size", "50x30", "-o", "x.svg")},
		{exitUsage, "go together", printing("lot", coffee, "--size", "50x30", "--rows", "3", "-o", "x.svg")},
		{exitUsage, "--columns and --rows take --size", printing("lot", coffee, "--columns", "2", "--rows", "3", "-o", "x.svg")},
		{exitUsage, "take --size, --columns and --rows", printing("lot", coffee, "--size", "50x30", "--gaps", "1x1", "-o", "x.svg")},
		{exitUsage, "is not two lengths in mm", printing("lot", coffee, "--size", "50", "-o", "x.svg")},
		{exitUsage, "a page has 1 to 400 labels", printing("lot", coffee, "--size", "50x30", "--columns", "-1", "--rows", "3", "-o", "x.svg")},
		{exitUsage, "150 to 600", printing("lot", coffee, "--dpi", "72", "-o", "x.png")},
		{exitUsage, "is not a host in lower case", []string{"label", "lot", coffee, "-o", "x.pdf", "--genesis", "genesis", "--resolver", "evil.vn/01"}},
		{exitUsage, "want --resolver HOST", []string{"label", "lot", coffee, "-o", "x.pdf", "--genesis", "genesis"}},
		{exitUsage, "want --policy FILE", []string{"label", "lot", coffee, "-o", "x.pdf", "--resolver", resolver}},
	} {
		m.fails(c.code, c.says, c.args...)
		m.run(append(c.args, "--lang", "vi")...)
		if m.err == "" || strings.Contains(m.err, "%!") {
			t.Errorf("%v in Vietnamese: %q", c.args, m.err)
		}
	}
	var refused struct{ Error failure }
	m.json(&refused, printing("lot", pepper, "-o", "x.pdf")...)
	if e := refused.Error; e.Reason != "revoked" || e.Code != exitNotInForce || !strings.Contains(e.Vietnamese, "thu hồi") || !strings.Contains(e.English, "revoked") {
		t.Errorf("%+v", e)
	}

	m.now = m.now.Add(2 * time.Hour) // the node's head is what it was
	m.fails(exitStale, "older than allowed", printing("lot", coffee, "-o", "x.pdf")...)
	m.ok(printing("lot", coffee, "-o", "stale.pdf", "--max-age", "3h")...)

	m.fails(exitFailure, "is not written over without --overwrite", printing("lot", coffee, "-o", "stale.pdf")...)
	m.fails(exitUsage, "are one file", printing("lot", coffee, "-o", "genesis", "--format", "pdf", "--overwrite")...)
	node.other = chaintest.CoffeeLot.String() // a true receipt of something else
	m.fails(exitOther, "not proved [subject]", printing("lot", chaintest.HoneyLot.String(), "-o", "x.pdf")...)
	if _, err := os.Stat("x.pdf"); err == nil {
		t.Error("a file was written")
	}
	left, err := os.ReadDir(".")
	check(t, err)
	for _, f := range left {
		if strings.Contains(f.Name(), ".part") {
			t.Errorf("%s is left", f.Name())
		}
	}
}

// TestSerials: labels with serial numbers, over several pages, each once and in order; none for a serial that the lot does not have, and none for a lot that
// is held or recalled, or made of one that is.
func TestSerials(t *testing.T) {
	drawn(t)
	other, held := ledger.LotID{Product: chaintest.Coffee, Lot: "L-2026-02"}, ledger.LotID{Product: chaintest.Coffee, Lot: "L-2026-03"}
	m := newMachine(t)
	newProverIn(m, 4, func(w *chaintest.World) [][]*compose.Signed { // after a story that has put 190 stamps on lots of coffee
		return [][]*compose.Signed{
			{w.Sign(chaintest.Coop, chaintest.Stamp(chaintest.CoffeeLot, 191, 500, 10)),
				w.Sign(chaintest.Coop, chaintest.Lot(other, 5_000, chaintest.Today, 20291230), chaintest.Stamp(other, 691, 3, 10)),
				w.Sign(chaintest.Coop, chaintest.Lot(held, 10, chaintest.Today, 0), chaintest.Hold(held, ""))},
		}
	})
	believe := []string{"--policy", "genesis", "--resolver", resolver}
	printing := func(args ...string) []string { return append(append([]string{"label", "lot"}, args...), believe...) }
	coffee := chaintest.CoffeeLot.String()
	var p printed
	if code := m.json(&p, printing(coffee, "--serials", "191-690", "--sheet", "5x13", "-o", "tem.pdf")...); code != exitOK {
		t.Fatalf("exit code %d\n%s%s", code, m.out, m.err)
	}
	if p.Pages != 8 || p.Labels != 500 || p.Link != coffeeLink+"/21/191" || len(p.Warnings) != 0 {
		t.Errorf("%+v", p)
	}
	var sheet label.Sheet
	for _, s := range label.Sheets() {
		if s.Name == "5x13" {
			sheet = s.Sheet
		}
	}
	var cells, want []string
	for _, page := range pictures(t, "tem.pdf") {
		cells = append(cells, cut(t, page, sheet)...)
	}
	cells = cells[:min(500, len(cells))]
	for i := range cells {
		want = append(want, fmt.Sprintf("%s/21/%d", coffeeLink, i+191))
	}
	if codes := scanned(t, cells...); !slices.Equal(codes, want) {
		t.Errorf("%d codes: %.200v", len(codes), codes)
	}
	m.ok(printing(other.String(), "--serials", "692", "-o", "mot.svg", "--sheet", "one")...)
	if !strings.Contains(m.out, "Warning: the certificate ends on 20/02/2029, before the lot's best-before date 30/12/2029") {
		t.Errorf("no warning:\n%s", m.out)
	}
	for _, c := range []struct {
		code   int
		reason string
		args   []string
	}{
		{exitRefused, notIssued, printing(coffee, "--serials", "100-101", "-o", "x.pdf")},
		{exitRefused, notIssued, printing(other.String(), "--serials", "690-691", "-o", "x.pdf")},
		{exitNotInForce, "recalled", printing(chaintest.PepperLot.String(), "-o", "x.pdf")},
		{exitNotInForce, "recalled", printing(chaintest.Blend.String(), "-o", "x.pdf")},
		{exitNotInForce, "held", printing(held.String(), "-o", "x.pdf")},
	} {
		var refused struct{ Error failure }
		if code := m.json(&refused, c.args...); code != c.code || refused.Error.Reason != c.reason || refused.Error.Vietnamese == "" || strings.Contains(refused.Error.English, "nothing confirms") {
			t.Errorf("%v: exit code %d, %+v", c.args, code, refused.Error)
		}
	}
	if _, err := os.Stat("x.pdf"); err == nil {
		t.Error("a file was written")
	}
}

// TestStamped: serial numbers are printed only when a batch has each of them, also across batches that lie beside each other.
func TestStamped(t *testing.T) {
	lot := &subject.LotValue{Lot: chaintest.CoffeeLot, Stamps: []subject.Stamps{{First: 1, Count: 100}, {First: 501, Count: 50}, {First: 101, Count: 20}, {First: 1<<64 - 3, Count: 2}}}
	for _, c := range []struct {
		from, to uint64
		missing  string // the first that no batch has
	}{
		{0, 0, ""}, {1, 1, ""}, {1, 120, ""}, {100, 101, ""}, {501, 550, ""}, {1<<64 - 3, 1<<64 - 2, ""},
		{1, 121, "serial 121"}, {120, 501, "serial 121"}, {500, 501, "serial 500"}, {550, 551, "serial 551"}, {600, 700, "serial 600"}, {1<<64 - 2, 1<<64 - 1, "serial 18446744073709551615"},
	} {
		err := stamped(lot, serials{c.from, c.to})
		if (err == nil) != (c.missing == "") || err != nil && !strings.Contains(err.Error(), c.missing+" is of no batch") {
			t.Errorf("%d-%d: %v, want %q", c.from, c.to, err, c.missing)
		}
	}
}

// TestResolverHost: labels lead to the host given, else to the one that a believed genesis file has for new labels.
func TestResolverHost(t *testing.T) {
	m := newMachine(t)
	body := chaintest.NewIn(4, chaintest.Start).Genesis.Body
	var all []*genesis.Descriptor
	for _, a := range body.Agencies {
		d := &genesis.Descriptor{ChainName: body.ChainName, Agency: a}
		if a.Account == body.Policy.Publisher {
			d.Log = &genesis.LogKey{Key: ident.Ed25519Key(body.Policy.LogKey), Proof: ident.NodeSignature(body.Policy.LogProof)}
		}
		all = append(all, d)
	}
	parameters := genesis.Parameters()
	parameters.Resolvers = []*recordv1.Resolver{{Host: "cu.example.vn", Until: 20261231}, {Host: "moi.example.vn"}}
	g, err := genesis.Assemble(all, genesis.Options{
		Protocol: 4, Origin: body.Origin, Time: body.Time, Publisher: ledger.AccountID(body.Policy.Publisher), Territories: body.Territories, Parameters: parameters})
	check(t, err)
	m.write("genesis", string(g.Bytes()))
	m.write("policy", "no genesis file")
	for _, c := range []struct {
		p    printing
		want string
	}{
		{printing{believing: believing{genesis: "genesis"}}, "https://moi.example.vn"},
		{printing{believing: believing{policy: "genesis"}}, "https://moi.example.vn"},
		{printing{believing: believing{policy: "policy", genesis: "genesis"}}, "https://moi.example.vn"},
		{printing{believing: believing{genesis: "genesis"}, resolver: "khac.example.vn:8443"}, "https://khac.example.vn:8443"},
		{printing{believing: believing{policy: "policy"}}, ""},
	} {
		if got, err := c.p.host(); got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%+v: %q, %v", c.p, got, err)
		}
	}
	for _, s := range []string{"ocop.example.vn", "ocop.example.vn:8443"} {
		if _, err := parseHost(s); err != nil {
			t.Error(err)
		}
	}
	for _, s := range []string{"", "Ocop.vn", "ocop.vn/", "ocop.vn:0", "https://ocop.vn", "a b", "user@ocop.vn", "ocop.vn?x", "ocop.vn#x", "đắk.vn"} {
		if _, err := parseHost(s); err == nil {
			t.Errorf("%q is a host", s)
		}
	}
}

func TestLengths(t *testing.T) {
	for s, want := range map[string]lengths{"50x30": {50_000, 30_000}, "38,1x21.2": {38_100, 21_200}, "38.125 × 0": {38_125, 0}, "7X9": {7_000, 9_000}} {
		if got, err := parseLengths(s); err != nil || got != want {
			t.Errorf("%q: %v, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "x", "5", "5x", "x5", "5x5x5", "-5x5", "5x+5", "5.1234x5", "99999x5", "5mmx5", "1e3x5", ".5x5", "5x٣"} {
		if got, err := parseLengths(s); err == nil {
			t.Errorf("%q: %v", s, got)
		}
	}
}

// TestLabelReport: what a person is told.
func TestLabelReport(t *testing.T) {
	m := newMachine(t)
	newProver(m)
	out := m.ok("label", "lot", chaintest.CoffeeLot.String(), "-o", "tem.png", "--count", "30", "--genesis", "genesis", "--resolver", resolver, "--memory", "nho.txt")
	for _, line := range []string{sampleNotice, "Wrote tem-1.png tem-2.png, 2 pages.", "30", coffeeLink, chaintest.NewCoffee.String(), "trusting no node", "nho.txt"} {
		if !strings.Contains(out, line) {
			t.Errorf("%q is not said:\n%s", line, out)
		}
	}
	if !strings.HasPrefix(m.read("tem-2.png"), "\x89PNG") {
		t.Error("no second page")
	}
	out = m.ok("label", "lot", chaintest.CoffeeLot.String(), "-o", "-", "--format", "svg", "--genesis", "genesis", "--resolver", resolver)
	if !strings.HasPrefix(out, "<svg ") || !strings.HasSuffix(out, "</svg>\n") {
		t.Errorf("the screen has more than the picture: %.80q", out)
	}
	var p printed
	check(t, json.Unmarshal([]byte(m.ok("label", "lot", chaintest.CoffeeLot.String(), "-o", "tem.pdf", "--policy", "genesis", "--resolver", resolver, "--json")), &p))
	if fmt.Sprint(p.Files) != "[tem.pdf]" || p.Pages != 1 || p.Until != "20/02/2029" || p.Certificate != chaintest.NewCoffee.String() {
		t.Errorf("%+v", p)
	}
}

// TestUnnamedHost: a host that is misspelt, or stops too early, is not printed without a word.
func TestUnnamedHost(t *testing.T) {
	named := []subject.Resolver{{Host: "cu.example.vn", Until: 20281231}, {Host: "moi.example.vn", Until: 20290220}, {Host: resolver}}
	for host, want := range map[string]string{
		resolver: "", "moi.example.vn": "",
		"cu.example.vn":   "by the ledger, cu.example.vn resolves codes until 31/12/2028 alone, and the labels are of use until 20/02/2029",
		"ocop.exmaple.vn": "the ledger does not name ocop.exmaple.vn as a host that resolves codes",
	} {
		got := unnamed(host, named, 20290220)
		if (len(got) == 1) != (want != "") || want != "" && !strings.HasPrefix(got[0].English, want) {
			t.Errorf("%s: %+v", host, got)
		}
	}
	if got := unnamed(resolver, nil, 20290220); got != nil {
		t.Errorf("a ledger that names no host: %+v", got)
	}
}
