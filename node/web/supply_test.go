package web

import (
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/query/querytest"
	"github.com/ocopledger/ocop/ledger/subject"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// plain is a page's text, with tags taken out and each run of white space one space.
func plain(page string) string {
	page = regexp.MustCompile(`(?s)<style>.*</style>|<[^>]*>`).ReplaceAllString(page, " ")
	return strings.Join(strings.Fields(strings.ReplaceAll(html.UnescapeString(page), nbsp, " ")), " ")
}

// says asserts that a page has all of the texts, in this order.
func says(t *testing.T, h http.Handler, path string, texts ...string) {
	t.Helper()
	w := get(h, path)
	rest := plain(w.Body.String())
	if w.Code != http.StatusOK {
		t.Errorf("%s: %d", path, w.Code)
	}
	for _, text := range texts {
		_, after, ok := strings.Cut(rest, text)
		if !ok {
			t.Errorf("%s does not say %q, or not in its place; it goes on %.600s", path, text, rest)
			return
		}
		rest = after
	}
}

// Whoever scans a lot that was recalled reads that first, and why, and whom to call; and so for what was made of it.
func TestARecalledLotSaysSoFirst(t *testing.T) {
	h := newSite(t, querytest.NewSupply(t).World, nil)
	says(t, h, "/l/1000004.1/N-1", "Lô hàng đã bị thu hồi: không sử dụng.", "Lý do: có chất cấm hoặc ô nhiễm vượt mức cho phép.", "Theo UBND tỉnh Đắk Nông (mẫu), ngày 02/03/2026.",
		"Lô N-1", "Đã làm thành lô khác 200 kg", "Đã làm thành những lô nào", "L-2026-04", "L-2026-05", "qua 2 lần chế biến", "Kiểm tra của cơ quan", "ATTP: không đạt",
		"Dùng để làm lô 1000001.1/L-2026-04", "Lô N-1: 200 kg", "Thu hồi lô N-1", "Văn bản: QĐ thu hồi lô.pdf", "Gọi ai khi nghi ngờ", querytest.Hotline)
	says(t, h, "/l/1000001.1/L-2026-04?lang=en", "This lot was recalled: do not use it.", "This lot was made of lot 1000004.1/N-1.", "The product Genuine certificate, in force",
		"Made of Cà phê nhân, lot N-1", "200 kg", "at most 800 g from 1 kg of inputs", "numbers 901 to 1000, 500 g behind each", "Which lots it was made of", "Lot N-1", "Lot recalled")
	says(t, h, "/l/1000001.2/T-1", "Lô hàng đang bị tạm giữ: chưa được bán, đừng mua.", "chờ kết quả kiểm nghiệm", "Tạm giữ lô T-1")
	says(t, h, "/p/1000001.1", "Chứng nhận thật, còn hiệu lực", "Lô L-2026-05 đã bị thu hồi: không sử dụng.", "Hãy so mã lô in trên bao bì.", "VietGAP: đạt", "Lô L-2026-05", "Lô bị thu hồi")
	for _, path := range []string{"/l/1000004.1/N-1", "/l/1000001.2/T-1"} {
		if html := get(h, path).Body.String(); strings.Contains(html, "verdict good") || strings.Contains(html, `class="rank"`) {
			t.Errorf("%s looks good", path)
		}
	}
	if html := get(h, "/l/1000004.1/N-1").Body.String(); !strings.Contains(html, `class="verdict bad`) || !strings.Contains(html, `href="#stop"`) {
		t.Error("a recall has no sign of its own")
	}
}

// The number to call is a link that dials, also where nothing was found; without a number the page says that there is none.
func TestWhomToCall(t *testing.T) {
	s := querytest.NewSupply(t)
	h := newSite(t, s.World, nil)
	const dial = `<a href="tel:&#43;842613545888">`
	for _, path := range []string{"/p/1000001.1", "/l/1000001.1/L-2026-03", "/c/1:2026:77%2FQ%C4%90-UBND:1", "/p/1000001.77", "/l/1000001.1/NONE", "/p/1000001.1?serial=77777"} {
		html := get(h, path).Body.String()
		if n := strings.Count(html, dial); n != 1 {
			t.Errorf("%s has %d links that dial, want 1", path, n)
		}
	}
	// Another node's operator is named beside the agency, and is another one.
	other := newSite(t, s.World, func(o *Options) { o.Operator = querytest.OtherAgency })
	s.Must(querytest.OtherAgency, compose.Act(&recordv1.SetContact{Phone: "02623000000"}))
	says(t, other, "/p/1000001.1", querytest.Hotline, "UBND tỉnh Đắk Nông (mẫu) cơ quan quản lý", "02623000000", "UBND tỉnh Đắk Lắk (mẫu) cơ quan vận hành nút này")
	silent := newSite(t, querytest.NewStory(t).World, nil)
	says(t, silent, "/p/1000001.1", "Chưa cơ quan nào ghi số điện thoại trên sổ.")
}

func TestThePictureIsThisNodes(t *testing.T) {
	s := querytest.NewSupply(t)
	h := newSite(t, s.World, nil)
	want := `<img src="/blob/` + s.Picture.String() + `" alt="Ảnh sản phẩm: Cà phê bột Đắk Đam" loading="lazy">`
	if html := get(h, "/p/1000001.1").Body.String(); !strings.Contains(html, want) {
		t.Errorf("the page does not have %s", want)
	}
	s.Must(querytest.Cooperative, compose.Act(&recordv1.SetPicture{Product: compose.ProductRef(s.Coffee)}))
	if html := get(h, "/p/1000001.1").Body.String(); strings.Contains(html, "/blob/") || !strings.Contains(html, "Bỏ ảnh sản phẩm") {
		t.Error("the picture is still there, or nobody is told that it is gone")
	}
}

// A page does not point at a picture that this node does not have, and is another page when it comes or goes.
func TestAPictureThatIsNotHere(t *testing.T) {
	s := querytest.NewSupply(t)
	held := true
	h := newSite(t, s.World, func(o *Options) { o.Pictured = func(id ledger.Hash) bool { return held && id == s.Picture } })
	first := get(h, "/p/1000001.1")
	held = false
	second := get(h, "/p/1000001.1", "If-None-Match", first.Header().Get("ETag"))
	if !strings.Contains(first.Body.String(), `src="/blob/`) || second.Code != http.StatusOK || strings.Contains(second.Body.String(), `src="/blob/`) {
		t.Errorf("%d, the page points at a picture that is gone", second.Code)
	}
}

// Goods that are past their date are said to be, from the day after it, whatever the certificate says.
func TestALotPastItsDate(t *testing.T) {
	s := querytest.NewStory(t)
	lot := ledger.LotID{Product: s.Coffee, Lot: "H"}
	a := querytest.Lot(lot, 1000, 20260301)
	a.GetRegisterLot().Expires = 20260401
	s.Must(querytest.Cooperative, a)
	for day, past := range map[ledger.Date]bool{20260401: false, 20260402: true} {
		h := newSite(t, s.World, func(o *Options) { o.Now = func() time.Time { return time.UnixMilli(int64(day.Start())) } })
		if page := get(h, "/l/"+lot.String()).Body.String(); strings.Contains(page, "đã hết hạn dùng ngày 01/04/2026") != past {
			t.Errorf("on %v: past its date is %v", day, !past)
		}
	}
}

// The name of a natural person is shown while this node has it, on all pages about what the person made; the number of the account otherwise.
func TestANameFromBesideTheLedger(t *testing.T) {
	s := querytest.NewStory(t)
	const household = ledger.AccountID(1000077)
	product := ledger.ProductID{Producer: household, Number: 1}
	lot := ledger.LotID{Product: product, Lot: "H-1"}
	s.Must(querytest.ProvinceAgency, s.Account(household, recordv1.AccountKind_ACCOUNT_KIND_HOUSEHOLD_BUSINESS, "", querytest.DistrictA, subject.RoleProducer), querytest.Product(product, "Mật ong", "RS-2025", "food", querytest.DistrictA))
	s.Must(household, querytest.Lot(lot, 1000, 20260301))
	name := ""
	h := newSite(t, s.World, func(o *Options) { o.Named = func(ledger.Hash) (string, bool) { return name, name != "" } })
	for _, path := range []string{"/p/" + product.String(), "/l/" + lot.String()} {
		name = ""
		without := get(h, path)
		name = "Bà <b>Hạnh</b>"
		with := get(h, path, "If-None-Match", without.Header().Get("ETag"))
		if with.Code != http.StatusOK || !strings.Contains(with.Body.String(), "Bà &lt;b&gt;Hạnh&lt;/b&gt;</a>") || !strings.Contains(without.Body.String(), ">Tài khoản 1000077</a>") {
			t.Errorf("%s: %d, the name does not come and go with the blob", path, with.Code)
		}
		if strings.Contains(with.Body.String(), `"producer":"B`) {
			t.Errorf("%s: the script would hold the name against a receipt that cannot have it", path)
		}
	}
}

// Every reason and outcome has words in both languages; a number that a later version of the protocol adds says nothing wrong.
func TestReasonsHaveWords(t *testing.T) {
	for _, l := range []language{vietnamese, english} {
		for n := range recordv1.LotReason_name {
			if (l.LotReason(recordv1.LotReason(n)) == "") != (n == 0) {
				t.Errorf("lot reason %d", n)
			}
		}
		for n := range recordv1.ReleaseReason_name {
			if (l.ReleaseReason(recordv1.ReleaseReason(n)) == "") != (n == 0) {
				t.Errorf("release reason %d", n)
			}
		}
		for n := range recordv1.Outcome_name {
			if (l.Outcome(recordv1.Outcome(n)) == "") != (n == 0) {
				t.Errorf("outcome %d", n)
			}
		}
		if l.LotReason(99)+l.LotReason(-1)+l.ReleaseReason(99)+l.Outcome(99) != "" {
			t.Error("a number without a name has words")
		}
	}
}
