package resolve

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/gs1"
	"github.com/ocopledger/ocop/ledger/query"
)

// WellKnown is where the description of the resolver is.
const WellKnown = "/.well-known/gs1resolver"

// Options are what a resolver is made of.
type Options struct {
	Catalog *query.Catalog
	Pages   Pages
	// BaseURL is where others find this node: scheme and host without a path. It begins every link whose host is not one of Hosts.
	BaseURL string
	Name    string // of the chain
	Notice  string // stands in whatever is made of words; empty: none
	Now     func() time.Time
	Log     *slog.Logger
	// Hosts are the hosts that resolve codes by the ledger.
	Hosts func(*query.Snapshot) ([]Host, error)
	// Opened is told of each code with a serial number that was given out, when a person opens it. It must not be slow.
	Opened func(product ledger.ProductID, serial uint64, on ledger.Date)
}

// Bounds of a request. The longest sensible one names a GTIN and four values of 20 characters, percent-encoded, and some attributes.
const (
	maxURL      = 2048
	readTimeout = 10 * time.Second
)

// Serves tells whether a path of a URL is one that the handler answers, well-formed or not.
func Serves(path string) bool {
	return path == WellKnown || path == "/01" || strings.HasPrefix(path, "/01/") || path == "/"+gs1.Own || strings.HasPrefix(path, "/"+gs1.Own+"/")
}

// New makes the resolver's handler. It answers the paths that Serves names.
func New(o Options) http.Handler { return &resolver{o} }

type resolver struct{ Options }

// ServeHTTP implements http.Handler.
func (s *resolver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Expose-Headers", "Link, Location")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store") // a redirect is counted, and an error may be none with the next block
	h.Set("Vary", "Accept, Accept-Language")
	switch r.Method {
	case http.MethodGet, http.MethodHead:
	case http.MethodOptions:
		h.Set("Allow", allowed)
		h.Set("Access-Control-Allow-Methods", allowed)
		h.Set("Access-Control-Allow-Headers", "Accept, Accept-Language")
		h.Set("Access-Control-Max-Age", "86400")
		w.WriteHeader(http.StatusNoContent)
		return
	default:
		h.Set("Allow", allowed)
		s.problem(w, r, wrongMethod())
		return
	}
	if len(r.URL.RequestURI()) > maxURL {
		s.problem(w, r, tooLong())
		return
	}
	if r.URL.Path == WellKnown {
		s.describe(w, r)
		return
	}
	link, err := gs1.ParsePath(r.URL.EscapedPath())
	if e, ok := errors.AsType[*gs1.Error](err); ok {
		s.problem(w, r, malformed(e))
		return
	}
	s.resolve(w, r, link)
}

const allowed = "GET, HEAD, OPTIONS"

// resolve answers for a well-formed link.
func (s *resolver) resolve(w http.ResponseWriter, r *http.Request, link gs1.Link) {
	ctx, cancel := context.WithTimeout(r.Context(), readTimeout)
	defer cancel()
	f, err := s.find(ctx, link, r.Host)
	switch {
	case errors.Is(err, query.ErrNotFound):
		s.problem(w, r, unknownProduct(link))
		return
	case err != nil:
		s.Log.Error("a code cannot be resolved", "path", r.URL.Path, "error", err)
		s.problem(w, r, unreadable())
		return
	}
	asked := r.URL.Query().Get("linkType")
	accept := r.Header.Get("Accept")
	w.Header().Set("Link", f.pointer())
	switch rel, known := relation(asked); {
	case rel == linksetType, prefers(accept, html, jsonType, linksetMedia) == linksetMedia:
		if prefers(accept, linksetMedia, jsonType, html) == html {
			s.list(w, r, f)
			return
		}
		s.linkset(w, r, f)
	case !known:
		s.problem(w, r, noSuchLink(f, asked))
	default:
		s.lead(w, r, f, rel)
	}
}

// lead redirects to the link of a relation that fits the request best.
func (s *resolver) lead(w http.ResponseWriter, r *http.Request, f *found, rel string) {
	all := f.offered(rel)
	if len(all) == 0 {
		s.problem(w, r, noSuchLink(f, "gs1:"+rel))
		return
	}
	offers := make([]string, len(all))
	for i, l := range all {
		offers[i] = l.media
	}
	to := all[0]
	if chosen := prefers(r.Header.Get("Accept"), offers...); chosen != "" {
		for _, l := range all {
			if l.media == chosen {
				to = l
				break
			}
		}
	}
	if to.media == jsonType {
		if f.lacks() { // a program reads no page that would tell it
			s.problem(w, r, notAll(f))
			return
		}
		redirect(w, to.target)
		return
	}
	if f.issued && to.counts && r.Method == http.MethodGet && r.Header.Get("Sec-Purpose") == "" && s.Opened != nil {
		s.Opened(f.product, f.serial, f.today)
	}
	redirect(w, to.forPeople(r))
}

// redirect leads on without a page of net/http's making, which would not say what is a sample.
func redirect(w http.ResponseWriter, target string) {
	w.Header().Set("Location", target)
	w.WriteHeader(http.StatusTemporaryRedirect)
}
