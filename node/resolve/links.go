package resolve

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/ocopledger/ocop/ledger/gs1"
)

// vocabulary is what the names of GS1 link types are short for.
const vocabulary = "https://ref.gs1.org/voc/"

// linksetType stands in linkType for the whole list.
const linksetType = "linkset"

// relation reads a linkType: a name of the GS1 vocabulary as a CURIE or in full, or one of the words that ask for the list. rel is without prefix.
// Nothing is the default link.
func relation(asked string) (rel string, known bool) {
	switch asked {
	case "", "gs1:defaultLink", "gs1:defaultLinkMulti":
		return pip, true
	case linksetType, "all": // "all" is what earlier versions of the standard said
		return linksetType, true
	}
	for _, prefix := range []string{"gs1:", vocabulary, "https://gs1.org/voc/"} {
		if name, ok := strings.CutPrefix(asked, prefix); ok && titles[name] != (Text{}) {
			return name, true
		}
	}
	return "", false
}

// The link types that are offered, where there is something to offer.
const (
	pip           = "pip"
	verification  = "verificationService"
	certification = "certificationInfo"
	traceability  = "traceability"
	recall        = "recallStatus"
)

// Text is something for people, in both languages.
type Text struct{ Vietnamese, English string }

var titles = map[string]Text{
	pip:           {"Thông tin sản phẩm", "Product information"},
	verification:  {"Kiểm tra chứng nhận OCOP", "Check the OCOP certification"},
	certification: {"Giấy chứng nhận OCOP", "OCOP certificate"},
	traceability:  {"Truy xuất nguồn gốc", "Traceability"},
	recall:        {"Tình trạng thu hồi của lô", "Recall status of the lot"},
}

// Media types of what links lead to, and of what is answered here.
const (
	html         = "text/html"
	jsonType     = "application/json"
	linksetMedia = "application/linkset+json"
)

// link is one of the links of what a code names.
type link struct {
	rel    string
	media  string
	target string // path at this node, with what the page is to be told in the query
	counts bool   // opening it is opening the code
}

// level is a product, a lot of it, or a serial: an anchor of its own, with its links.
type level struct {
	link  gs1.Link
	links []link
}

// levels are those that the ledger has, the lowest first.
func (f *found) levels() []level {
	product := gs1.Link{GTIN: f.link.GTIN, Product: f.link.Product}
	page := "/p/" + url.PathEscape(f.product.String())
	all := []level{{product, append(pages(page, "/v1/products/"+url.PathEscape(f.product.String())), f.certified()...)}}
	if f.lot != "" {
		lot := product
		lot.Lot = f.lot
		place := url.PathEscape(f.product.String()) + "/" + url.PathEscape(f.lot)
		links := append(pages("/l/"+place, "/v1/lots/"+place), link{rel: recall, media: html, target: "/l/" + place})
		all = append([]level{{lot, links}}, all...)
	}
	if f.issued {
		serial := f.link
		serial.Variant = ""
		all = append([]level{{serial, codePages(f.here())}}, all...)
	}
	return all
}

// codePages are the links that lead to a page as the code itself does.
func codePages(page string) []link {
	return []link{{rel: pip, media: html, target: page, counts: true}, {rel: verification, media: html, target: page, counts: true}}
}

func pages(page, trace string) []link {
	return append(codePages(page), link{rel: traceability, media: html, target: page}, link{rel: traceability, media: jsonType, target: trace})
}

func (f *found) certified() []link {
	if f.certificate == "" {
		return nil
	}
	return []link{{rel: certification, media: html, target: "/c/" + url.PathEscape(f.certificate)}}
}

// here is the page that the code leads to: of the lowest thing that the ledger has, told what was asked for below it, which it shows or denies.
func (f *found) here() string {
	told := make(url.Values)
	page := "/p/" + url.PathEscape(f.product.String())
	if f.lot != "" {
		page = "/l/" + url.PathEscape(f.product.String()) + "/" + url.PathEscape(f.lot)
	} else if f.link.Lot != "" {
		told.Set("lot", f.link.Lot)
	}
	switch {
	case f.link.Serial != "":
		told.Set("serial", f.link.Serial)
	case f.link.Extension != "":
		told.Set("serial", f.link.Extension)
	}
	if len(told) == 0 {
		return page
	}
	return page + "?" + told.Encode()
}

// offered are the links of a relation at the lowest level that has one. The code's own pages are told all that was asked for.
func (f *found) offered(rel string) (offers []link) {
	for _, v := range f.levels() {
		for _, l := range v.links {
			if l.rel == rel {
				if l.counts {
					l.target = f.here()
				}
				offers = append(offers, l)
			}
		}
		if len(offers) > 0 {
			break
		}
	}
	if rel == pip { // the default: a program that asks for JSON has the trace of the same
		for _, l := range f.offered(traceability) {
			if l.media == jsonType {
				offers = append(offers, l)
			}
		}
	}
	return offers
}

// forPeople adds what was in the query of the request, and the language of the reader unless the query names one.
func (l link) forPeople(r *http.Request) string {
	target := l.target
	add := func(query string) {
		if query == "" {
			return
		}
		mark := "?"
		if strings.Contains(target, "?") {
			mark = "&"
		}
		target += mark + query
	}
	if !r.URL.Query().Has("lang") && speaksEnglish(r.Header.Get("Accept-Language")) {
		add("lang=en")
	}
	add(ascii(r.URL.RawQuery))
	return target
}

// ascii percent-encodes what may not stand in a header. Control characters do not get into a parsed URL.
func ascii(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; c > ' ' && c < 0x7F {
			b.WriteByte(c)
		} else {
			const digits = "0123456789ABCDEF"
			b.Write([]byte{'%', digits[c>>4], digits[c&15]})
		}
	}
	return b.String()
}
