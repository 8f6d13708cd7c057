package serve

import (
	"net/http"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/query"
	"github.com/ocopledger/ocop/node/resolve"
	"github.com/ocopledger/ocop/node/scans"
	"github.com/ocopledger/ocop/node/web"
)

// scansFile is where a node counts opened codes, in its data directory. It is no part of the ledger, and in no backup.
const scansFile = "scans"

// saying has the resolver's pages look like the others.
type saying struct{ site *web.Site }

// Say implements resolve.Pages.
func (s saying) Say(w http.ResponseWriter, r *http.Request, status int, p resolve.Page) {
	n := web.Notice{Heading: web.Text(p.Heading), Unknown: p.Unknown}
	for _, t := range p.Said {
		n.Said = append(n.Said, web.Text(t))
	}
	for _, l := range p.Links {
		n.Links = append(n.Links, web.NoticeLink{Target: l.Target, Title: web.Text(l.Title)})
	}
	s.site.Say(w, r, status, n)
}

// resolvers are the hosts that resolve codes by the ledger's parameters.
func resolvers(s *query.Snapshot) (hosts []resolve.Host, err error) {
	all, err := s.Resolvers()
	for _, r := range all {
		hosts = append(hosts, resolve.Host{Name: r.Host, Until: r.Until})
	}
	return hosts, err
}

// counting is what a node counts, as pages and the resolver see it.
type counting struct {
	*scans.Counter
	now func() time.Time
}

func (c counting) today() ledger.Date { return ledger.DateAt(uint64(c.now().UnixMilli())) }

// add counts that a code was opened.
func (c counting) add(product ledger.ProductID, serial uint64, on ledger.Date) {
	c.Add(scans.Serial{Product: product, Number: serial}, on)
}

// opened tells how often a code was opened.
func (c counting) opened(product ledger.ProductID, serial uint64) web.Opened {
	n := c.Of(scans.Serial{Product: product, Number: serial}, c.today())
	return web.Opened{Times: uint64(n.Total), Today: uint64(n.Today), Since: n.Since}
}
