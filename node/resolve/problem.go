package resolve

import (
	"encoding/json"
	"net/http"
	"strconv"
	"unicode"
	"unicode/utf8"

	"github.com/ocopledger/ocop/ledger/gs1"
)

// Pages shows people what is not a redirect, in the language of the request.
type Pages interface {
	Say(w http.ResponseWriter, r *http.Request, status int, p Page)
}

// Page is what people are shown.
type Page struct {
	Heading Text
	Said    []Text     // one paragraph each
	Links   []PageLink // where to go on
	Unknown bool       // what the code names is not on the ledger
}

// PageLink leads to a page of this node.
type PageLink struct {
	Target string // path, without a language
	Title  Text
}

// problem is a request that leads nowhere, as people and programs are told it.
type problem struct {
	Page
	status int
	kind   string // stable
	right  string
}

// problemMedia is RFC 9457's.
const problemMedia = "application/problem+json"

// problem writes a problem as a page, or as JSON for who would rather have that.
func (s *resolver) problem(w http.ResponseWriter, r *http.Request, p problem) {
	w.Header().Del("ETag")
	w.Header().Set("Cache-Control", "no-store")
	if chosen := prefers(r.Header.Get("Accept"), html, problemMedia, jsonType, linksetMedia); chosen == html || chosen == "" {
		s.Pages.Say(w, r, p.status, p.Page)
		return
	}
	type named struct {
		Href       string `json:"href"`
		Vietnamese string `json:"vietnamese"`
		English    string `json:"english"`
	}
	answer := struct {
		Type       string  `json:"type"`
		Title      string  `json:"title"`
		Status     int     `json:"status"`
		Detail     string  `json:"detail"`
		Kind       string  `json:"kind"`
		Vietnamese string  `json:"vietnamese"`
		English    string  `json:"english"`
		Right      string  `json:"right,omitempty"`
		Links      []named `json:"links,omitempty"`
		Notice     string  `json:"notice,omitempty"`
	}{
		Type: "about:blank", Title: http.StatusText(p.status), Status: p.status, Detail: p.Said[0].English, Kind: p.kind,
		Vietnamese: p.Said[0].Vietnamese, English: p.Said[0].English, Right: p.right, Notice: s.Notice,
	}
	for _, l := range p.Links {
		answer.Links = append(answer.Links, named{s.BaseURL + l.Target, l.Title.Vietnamese, l.Title.English})
	}
	body, err := json.Marshal(answer)
	if err != nil {
		s.Log.Error("a problem cannot be told", "path", r.URL.Path, "error", err)
	}
	w.Header().Set("Content-Type", problemMedia)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(p.status)
	if r.Method != http.MethodHead {
		w.Write(body)
	}
}

var badCode = Text{"Mã này không đúng dạng", "This code is malformed"}

// malformed says what is wrong with a code. A wrong check digit leads nowhere: any of the digits may be the wrong one.
func malformed(e *gs1.Error) problem {
	p := problem{status: http.StatusBadRequest, kind: string(e.Kind), right: e.Right, Page: Page{Heading: badCode, Said: []Text{{sentence(e.Vietnamese), sentence(e.English)}}}}
	switch e.Kind {
	case gs1.GTINCheck:
		p.Said = append(p.Said, Text{
			"Nút không dẫn bạn đi đâu cả, vì không biết chữ số nào bị sai. Hãy quét lại, hoặc so từng chữ số với mã in trên bao bì. Nếu mã in đúng như vậy thì tem này không phải do sổ OCOP cấp.",
			"You are led nowhere, as nobody knows which of the digits is wrong. Scan again, or compare each digit with what is printed on the package. If it is printed so, the label is not one of this ledger.",
		})
	case gs1.GTINLength:
		if e.Right != "" {
			p.Links = []PageLink{{"/01/" + e.Right, Text{"Mã đủ 14 chữ số: " + e.Right, "The code with all 14 digits: " + e.Right}}}
		}
		p.Said = append(p.Said, scanAgain)
	default:
		p.Said = append(p.Said, scanAgain)
	}
	return p
}

// sentence makes half a sentence, as errors are, a whole one.
func sentence(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(first)) + s[size:] + "."
}

var scanAgain = Text{
	"Hãy quét lại, hoặc gõ mã in dưới mã QR vào ô bên dưới.",
	"Scan again, or type the code that stands below the QR code into the box.",
}

func unknownProduct(l gs1.Link) problem {
	p := problem{status: http.StatusNotFound, kind: "unknown_product", Page: Page{Unknown: true, Heading: Text{"Không có sản phẩm này trên sổ", "No such product on this ledger"}}}
	if l.GTIN != "" {
		p.Said = []Text{{"Không sản phẩm nào trên sổ OCOP này có mã GTIN " + string(l.GTIN) + ".", "No product on this OCOP ledger has GTIN " + string(l.GTIN) + "."}}
	} else {
		p.Said = []Text{{"Trên sổ OCOP này không có sản phẩm " + l.Product.String() + ".", "There is no product " + l.Product.String() + " on this OCOP ledger."}}
	}
	p.Said = append(p.Said, Text{
		"Nếu bao bì mang nhãn OCOP của tỉnh này, hãy báo cho cơ quan quản lý: không có chứng nhận nào đứng sau mã này.",
		"If the package bears the OCOP mark of this province, tell the authority: no certification stands behind this code.",
	})
	return p
}

// notAll tells a program that a part of what it named is not on the ledger.
func notAll(f *found) problem {
	p := problem{status: http.StatusNotFound, Page: Page{Heading: Text{"Mã này không có trên sổ", "This code is not on the ledger"}, Links: f.pageLinks()}}
	switch {
	case f.link.Lot != "" && f.lot == "":
		p.kind = "unknown_lot"
		p.Said = []Text{{"Sản phẩm " + f.product.String() + " không có lô " + f.link.Lot + ".", "Product " + f.product.String() + " has no lot " + f.link.Lot + "."}}
	default:
		p.kind = "serial_not_issued"
		serial := f.link.Serial + f.link.Extension
		p.Said = []Text{{"Số sê-ri " + serial + " chưa được cấp cho sản phẩm hoặc lô này.", "Serial " + serial + " was not issued for this product or lot."}}
	}
	return p
}

// noSuchLink lists what there is when what was asked for is not.
func noSuchLink(f *found, asked string) problem {
	return problem{status: http.StatusNotFound, kind: "no_such_link", Page: Page{
		Heading: Text{"Không có liên kết loại này", "No link of this type"},
		Said: []Text{{
			"Sổ không có liên kết loại “" + asked + "” cho mã này. Những liên kết có thể mở:",
			"The ledger has no link of type “" + asked + "” for this code. What there is:",
		}},
		Links: f.pageLinks(),
	}}
}

// pageLinks are the pages that a code has, each once.
func (f *found) pageLinks() (links []PageLink) {
	seen := make(map[string]bool)
	for _, v := range f.levels() {
		for _, l := range v.links {
			if l.media == html && !seen[l.rel] {
				seen[l.rel] = true
				links = append(links, PageLink{l.target, titles[l.rel]})
			}
		}
	}
	return links
}

// list shows people what a linkset holds.
func (s *resolver) list(w http.ResponseWriter, r *http.Request, f *found) {
	w.Header().Set("Cache-Control", "no-cache")
	s.Pages.Say(w, r, http.StatusOK, Page{
		Heading: Text{f.name, f.name},
		Said:    []Text{{"Những gì có cho mã " + f.link.Path() + ":", "What there is for the code " + f.link.Path() + ":"}},
		Links:   f.pageLinks(),
	})
}

func wrongMethod() problem {
	return problem{status: http.StatusMethodNotAllowed, kind: "method", Page: Page{
		Heading: Text{"Chỉ dùng được GET và HEAD", "Only GET and HEAD"}, Said: []Text{{"Mã chỉ dùng để mở và xem.", "A code can be opened, and nothing else."}},
	}}
}

func tooLong() problem {
	return problem{status: http.StatusRequestURITooLong, kind: "too_long", Page: Page{
		Heading: badCode, Said: []Text{{"Liên kết quá dài.", "The link is too long."}, scanAgain},
	}}
}

func unreadable() problem {
	return problem{status: http.StatusInternalServerError, kind: "internal", Page: Page{
		Heading: Text{"Nút không đọc được sổ cái", "The node cannot read the ledger"},
		Said:    []Text{{"Lỗi ở nút này, không phải ở mã. Hãy thử lại sau.", "The fault is this node's, and not the code's. Try again later."}},
	}}
}
