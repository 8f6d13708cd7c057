package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/query"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// Options are what the pages are made of.
type Options struct {
	Catalog  *query.Catalog
	Chain    ledger.ChainID
	Name     string           // of the chain
	Sample   bool             // the genesis says that the data are without value
	Operator ledger.AccountID // agency whose node answers; 0: not said
	// BaseURL is where others find these pages: scheme and host without a path, such as https://ocop.example.vn. QR codes begin with it.
	BaseURL string
	Now     func() time.Time
	Log     *slog.Logger
	// Opened tells how often the code of a serial was opened at this node. nil: nobody counts.
	Opened func(product ledger.ProductID, serial uint64) Opened
	// Pictured tells whether this node has a picture to show: one may have been erased, or not have come yet. nil: it has all.
	Pictured func(ledger.Hash) bool
	// Named is the name of a natural person that this node has as a blob. nil: it has none.
	Named func(ledger.Hash) (name string, ok bool)
	// Policy is that of the newest certified head, to check receipts against; nil, or its answer: there is no such head.
	Policy func() *ledger.Policy
	// URL is where a browser finds an agency's node by its public address on the ledger, scheme and host alone; empty: nowhere.
	URL func(agency ledger.AccountID, onLedger string) string
	// Allow may turn a request away, with the time after which to try again. nil: nobody is turned away.
	Allow func(*http.Request) (wait time.Duration, ok bool)
}

// Bounds of a request. The longest sensible one is a search of 200 bytes, percent-encoded, with every filter.
const (
	maxURL      = 2048
	readTimeout = 10 * time.Second // for a page to be made
)

// site answers requests.
type site struct {
	Options
	pages   pages
	scripts scripts
	squeezer
}

// Site is the handler of the pages. It answers everything it is asked, with a page for what is not there.
type Site struct {
	*site
	handler http.Handler
}

// ServeHTTP implements http.Handler.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// New makes the handler of the pages.
func New(o Options) (*Site, error) {
	if o.BaseURL == "" {
		return nil, errors.New("pages without a base URL: QR codes would lead nowhere")
	}
	s := &site{Options: o, squeezer: newSqueezer()}
	var err error
	if s.scripts, err = loadScripts(); err != nil {
		return nil, err
	}
	if s.pages, err = parsePages(o.BaseURL, s.scripts.page.integrity, s.scripts.rules.integrity, s.OfflineSum()); err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.read(home))
	mux.HandleFunc("GET /expiring", s.read(expiring))
	mux.HandleFunc("GET /p/{id}", s.read(product))
	mux.HandleFunc("GET /c/{id...}", s.read(certificate))
	mux.HandleFunc("GET /l/{id...}", s.read(lot))
	mux.HandleFunc("GET /qr/{file}", s.qr)
	mux.HandleFunc("GET /mark.svg", s.mark)
	for _, script := range []script{s.scripts.page, s.scripts.rules} {
		mux.HandleFunc("GET "+script.path, script.serve)
	}
	mux.HandleFunc("GET /verify.html", s.serveOffline)
	mux.HandleFunc("GET /verify.html.sha256", s.serveSum)
	mux.HandleFunc("/", s.elsewhere)
	return &Site{s, s.guarded(mux)}, nil
}

// view makes one page out of one height of the ledger.
type view func(*visit, *query.Snapshot) error

// visit is one request for a page.
type visit struct {
	*site
	request *http.Request
	frame   frame
	today   ledger.Date
	page    string // name of the template
	status  int
	redir   string // where to go instead
	allows  string // what its content security policy allows beside the site's

	// What a page's story is of, for steps that say no more than they must.
	of   ledger.LotID // the code is empty for all lots of a product
	unit recordv1.Unit
}

// harden sets the headers that keep strangers out.
func (s *site) harden(h http.Header) {
	h.Set("Content-Security-Policy", s.pages.policies["message"]) // for what is wrong; a page that is found sets its own
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
}

// guarded does what every answer needs: headers that keep strangers out, and bounds.
func (s *site) guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		s.harden(h)
		h["Content-Type"] = nil // redirects get no page of net/http's making, which would not say what is a sample
		if len(r.URL.RequestURI()) > maxURL {
			s.fail(w, r, http.StatusRequestURITooLong, "error.400.title", "error.400", "URL")
			return
		}
		if s.Allow != nil {
			if wait, ok := s.Allow(r); !ok {
				h.Set("Retry-After", fmt.Sprint(int(max(1, wait.Round(time.Second)/time.Second))))
				s.fail(w, r, http.StatusTooManyRequests, "error.429.title", "error.429")
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// errNotModified ends a read whose answer the client has already.
var errNotModified = errors.New("not modified")

// read turns a view into a handler.
func (s *site) read(make view) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), readTimeout)
		defer cancel()
		var v *visit
		err := s.Catalog.Read(ctx, func(snapshot *query.Snapshot) error {
			v = s.visit(r, snapshot)
			tag := s.pages.tag(snapshot.Head().Height, v.today, s.counted(r)+s.beside(r, snapshot))
			w.Header().Set("ETag", tag)
			w.Header().Set("Cache-Control", "no-cache")
			if r.Header.Get("If-None-Match") == tag {
				return errNotModified
			}
			return make(v, snapshot)
		})
		var bad *query.RequestError
		switch {
		case errors.Is(err, errNotModified):
			w.Header().Add("Vary", "Accept-Encoding")
			w.Header().Del("Content-Security-Policy") // the page that the client has came with its own
			w.WriteHeader(http.StatusNotModified)
		case errors.As(err, &bad):
			w.Header().Del("ETag")
			s.fail(w, r, http.StatusBadRequest, "error.400.title", "error.400", "“"+bad.Field+"”, "+s.frame(r).L.pick(bad.Fault.Vietnamese, bad.Fault.English))
		case err != nil:
			w.Header().Del("ETag")
			s.Log.Error("page not made", "path", r.URL.Path, "error", err)
			s.fail(w, r, http.StatusInternalServerError, "error.500.title", "error.500")
		case v.redir != "":
			http.Redirect(w, r, v.redir, http.StatusSeeOther)
		default:
			w.Header().Set("Content-Security-Policy", s.pages.policies[v.page]+v.allows)
			s.pages.write(w, r, v)
		}
	}
}

func (s *site) visit(r *http.Request, snapshot *query.Snapshot) *visit {
	p := snapshot.Head()
	v := &visit{site: s, request: r, status: http.StatusOK, today: max(ledger.DateAt(uint64(s.Now().UnixMilli())), ledger.DateAt(p.Time))}
	v.frame = s.frame(r)
	v.frame.Foot.Height = v.frame.L.Number(p.Height)
	v.frame.Foot.Time = v.frame.L.Moment(p.Time)
	if s.Operator != 0 {
		v.frame.Operator = v.frame.L.Name(snapshot.Actor(s.Operator))
		v.operatorCall(snapshot)
	}
	return v
}

// elsewhere answers what no page is for.
func (s *site) elsewhere(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		s.fail(w, r, http.StatusMethodNotAllowed, "error.405.title", "error.405")
		return
	}
	s.fail(w, r, http.StatusNotFound, "error.404.title", "error.404")
}

// fail writes a page that says what is wrong and what to do, without asking the ledger.
func (s *site) fail(w http.ResponseWriter, r *http.Request, status int, title, sentence string, args ...any) {
	v := &visit{site: s, request: r, frame: s.frame(r)}
	v.message(status, v.frame.L.T(title), v.frame.L.T(sentence, args...))
	w.Header().Set("Cache-Control", "no-store")
	s.pages.write(w, r, v)
}

// message makes the page one that says something instead of showing something.
func (v *visit) message(status int, title, sentence string) {
	v.page, v.status = "message", status
	v.frame.Title = title
	v.frame.Body = message{Heading: title, Sentence: sentence}
}

type message struct {
	Verdict  *verdictView
	Heading  string
	Sentence string
	More     string
}
