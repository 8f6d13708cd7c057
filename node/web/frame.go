package web

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/ocopledger/ocop/ledger"
)

// frame is what every page has around its own part.
type frame struct {
	L        language
	Title    string
	Sample   bool
	Here     string    // path and query of the page, for the switch of language
	Query    string    // what the search box holds
	Operator string    // whose node answers
	Code     *codeView // of the code that led here; nil: none did
	Calls    []call    // whom to call
	Foot     foot
	Body     any
}

type foot struct {
	Chain  string // name of the chain
	ID     string // beginning of the chain id
	Height string
	Time   string
}

func (s *site) frame(r *http.Request) frame {
	return frame{
		L:      languageOf(r.URL.Query().Get("lang")),
		Sample: s.Sample,
		Here:   r.URL.RequestURI(),
		Foot:   foot{Chain: s.Name, ID: s.Chain.String()[:16]},
	}
}

// Switch leads to the same page in the other language.
func (f frame) Switch() string {
	u, err := url.ParseRequestURI(f.Here)
	if err != nil {
		return "/"
	}
	q := u.Query()
	q.Del("lang")
	if f.L.other() == english {
		q.Set("lang", "en")
	}
	// Only path and query: whatever host a request line names, links stay here.
	return "/" + strings.TrimLeft((&url.URL{Path: u.Path, RawPath: u.RawPath, RawQuery: q.Encode()}).String(), "/")
}

// inLanguage adds the language to a link to a page of this site, which may have a query.
func (l language) inLanguage(target string) string {
	if l != english {
		return target
	}
	if strings.Contains(target, "?") {
		return target + "&lang=en"
	}
	return target + "?lang=en"
}

// Link leads to a page of this site in the page's language. Pairs are names and values of the query.
func (l language) Link(path string, pairs ...string) string {
	q := make(url.Values)
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	if l == english {
		q.Set("lang", "en")
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// ProductLink leads to a product's page.
func (l language) ProductLink(id string) string { return l.Link("/p/" + url.PathEscape(id)) }

// CertificateLink leads to a certificate's page; its number has a slash in it.
func (l language) CertificateLink(id string) string { return l.Link("/c/" + url.PathEscape(id)) }

// LotLink leads to a lot's page.
func (l language) LotLink(id string) string {
	product, code, _ := strings.Cut(id, "/")
	return l.Link("/l/" + url.PathEscape(product) + "/" + url.PathEscape(code))
}

// ProducerLink leads to the products of a producer.
func (l language) ProducerLink(account uint64) string {
	return l.Link("/", "producer", ledger.AccountID(account).String())
}
