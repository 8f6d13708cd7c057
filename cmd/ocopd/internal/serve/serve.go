package serve

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/reflection"

	"github.com/ocopledger/ocop/cmd/ocopd/internal/ceremony"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/genesis"
	"github.com/ocopledger/ocop/ledger/query"
	"github.com/ocopledger/ocop/ledger/subject"
	"github.com/ocopledger/ocop/node"
	"github.com/ocopledger/ocop/node/api"
	"github.com/ocopledger/ocop/node/blobs"
	"github.com/ocopledger/ocop/node/config"
	"github.com/ocopledger/ocop/node/keeper"
	"github.com/ocopledger/ocop/node/keys"
	"github.com/ocopledger/ocop/node/publish"
	"github.com/ocopledger/ocop/node/resolve"
	"github.com/ocopledger/ocop/node/rest"
	"github.com/ocopledger/ocop/node/scans"
	"github.com/ocopledger/ocop/node/web"
)

// Options is what a node is given by its process.
type Options struct {
	Version   string
	Log       *slog.Logger
	Now       func() time.Time
	Listeners node.Listeners // those that are open already
}

// Served is a node with its doors' answers. It is open; Run, Start or Close ends that.
type Served struct {
	now     atomic.Pointer[opened]
	config  *config.Config
	genesis []byte
	o       Options
}

// opened is a node as it was opened: it is opened again when the ledger gives it another place.
type opened struct {
	node    *node.Node
	shown   *shown
	catalog *query.Catalog
	scans   *scans.Counter
	api     *api.Server
	pages   http.Handler
	baseURL string
	log     *slog.Logger
}

// OpenDir is Open with the configuration of a node's directory.
func OpenDir(ctx context.Context, dir string, o Options) (*Served, error) {
	c, err := config.Load(filepath.Join(dir, config.FileName))
	if err != nil {
		return nil, err
	}
	return Open(ctx, c, o)
}

// Open reads the node's keys and genesis, opens its ledger and builds the index over it. The log of a sample begins with its notice, and what went
// wrong with one is a *ceremony.SampleError. Errors wrap those of config, keys, genesis and node.New.
func Open(ctx context.Context, c *config.Config, o Options) (*Served, error) {
	file, err := os.ReadFile(c.Path(c.Genesis))
	if err != nil {
		return nil, fmt.Errorf("genesis: %w", err)
	}
	g, err := genesis.Parse(file)
	if err != nil {
		return nil, err
	}
	if g.Body.GetSample() {
		o.Log.Warn(ceremony.SampleNotice, "chain_name", g.Body.GetChainName()) // first of all that the node says, whatever becomes of it
	}
	s := &Served{config: c, genesis: file, o: o}
	if err := s.open(ctx); err != nil {
		return nil, ceremony.OfLedger(g, err)
	}
	return s, nil
}

// open opens the node. The listeners that were given are for the first time.
func (s *Served) open(ctx context.Context) error {
	n, err := openNode(ctx, s.config, s.genesis, s.o)
	s.o.Listeners = node.Listeners{}
	if err == nil {
		s.now.Store(n)
	}
	return err
}

func openNode(ctx context.Context, c *config.Config, genesis []byte, o Options) (*opened, error) {
	var set *keys.Set
	if c.Role != config.Replica {
		var err error
		if set, err = keys.Load(c.Path(c.Keys)); err != nil {
			return nil, err
		}
	}
	s := &opened{log: o.Log}
	var err error
	s.node, err = node.New(ctx, node.Options{
		Config: *c, Genesis: genesis, Keys: set, Version: o.Version, Log: o.Log, Now: o.Now, Listeners: o.Listeners,
		// The registrar is the node's gRPC server, which knows what is registered with it.
		Services: func(_ *node.Node, r grpc.ServiceRegistrar) { s.api.Register(r.(reflection.GRPCServer)) },
		Pages:    func(*node.Node) http.Handler { return s.pages },
		Calls: node.Calls{
			Options: api.ServerOptions(), Codec: api.Codec(), Refusal: api.Refusal,
			TurnAway: api.TurnAway(func(records, bytes int64) bool { return s.node.TurnsAway(records, bytes) }), // asked when the node runs
		},
	})
	if err != nil {
		return nil, err
	}
	s.shown = &shown{node: s.node}
	if err := s.answers(ctx, c, o); err != nil {
		return nil, errors.Join(err, s.node.Close())
	}
	return s, nil
}

// answers makes what the doors answer with.
func (s *opened) answers(ctx context.Context, c *config.Config, o Options) (err error) {
	l := s.node.Ledger()
	if s.catalog, err = query.Open(ctx, s.shown.view); err != nil {
		return err
	}
	onLedger, err := publicAddress(l, s.node.Agency())
	if err != nil {
		return err
	}
	if s.baseURL, err = c.BaseURL(onLedger); err != nil {
		return err
	}
	if s.scans, err = scans.Open(filepath.Join(c.Path(c.Data), scansFile), s.log); err != nil {
		return err
	}
	body, counted := l.Genesis().Body, counting{s.scans, o.Now}
	pages, err := web.New(web.Options{
		Catalog: s.catalog, Chain: l.Chain(), Name: body.GetChainName(), Sample: body.GetSample(), Operator: s.node.Agency(), BaseURL: s.baseURL, Now: o.Now, Log: o.Log,
		Opened: counted.opened, Pictured: s.node.Blobs().Shows, Named: s.named, URL: s.url, Policy: s.policy, Allow: s.mayAsk,
	})
	if err != nil {
		return err
	}
	notice := ""
	if body.GetSample() {
		notice = ceremony.SampleNotice
	}
	s.api = api.New(api.Options{
		Node: s.node, Catalog: s.catalog, Proofs: proofs{s.node}, Blobs: s.node.BlobService(), Reach: s.shown.reach, Raise: s.shown.raise, URL: s.url, Now: o.Now, Log: o.Log, Explain: explain,
		Allow: s.mayCall,
	})
	answers, err := rest.Handler(rest.Options{Services: s.api, Count: s.node.Counter(), Notice: notice, Now: o.Now, Log: o.Log})
	if err != nil {
		return err
	}
	s.pages = beside(pages, rest.Serves, answers)
	s.pages = beside(s.pages, publish.Serves, s.node.Counted(publish.Handler(s.node.Published(), notice, s.log)))
	s.pages = beside(s.pages, blobs.Serves, blobs.Handler(s.node.Blobs(), notice, s.log))
	s.pages = beside(s.pages, keeper.Serves, keeper.Handler(s.node.Keeper(), notice, s.log))
	s.pages = beside(s.pages, resolve.Serves, resolve.New(resolve.Options{
		Catalog: s.catalog, Pages: saying{pages}, BaseURL: s.baseURL, Name: body.GetChainName(), Notice: notice, Now: o.Now, Log: o.Log,
		Hosts: resolvers, Opened: counted.add,
	}))
	return nil
}

// policy is that of the newest certified head; nil: there is none.
func (s *opened) policy() *ledger.Policy {
	_, policy, _, _ := s.node.Certified()
	return policy
}

// url is where a browser finds an agency's node.
func (s *opened) url(agency ledger.AccountID, onLedger string) string {
	if agency == s.node.Agency() {
		return s.baseURL
	}
	return config.PublicURL(onLedger, s.baseURL)
}

// publicAddress is where the ledger says that the agency's node is for everyone.
func publicAddress(l *chain.Ledger, agency ledger.AccountID) (string, error) {
	var node subject.NodeValue
	err := l.View(func(v *chain.View) (err error) {
		if data, ok := v.Value(subject.Node(agency)); ok {
			node, err = subject.ParseNode(data)
		}
		return err
	})
	return node.PublicAddress, err
}

// beside has some paths answered by files. Everything else is for the pages, malformed paths too: a mux would answer those in its own words.
func beside(pages http.Handler, serves func(path string) bool, files http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if serves(r.URL.Path) {
			files.ServeHTTP(w, r)
			return
		}
		pages.ServeHTTP(w, r)
	})
}

// Node is the node as it is open now.
func (s *Served) Node() *node.Node { return s.now.Load().node }

// BaseURL is where others find the node's pages.
func (s *Served) BaseURL() string { return s.now.Load().baseURL }

// Head is the newest head of the node's ledger.
func (s *Served) Head() ledger.Head { return s.Node().Ledger().Head() }

// Run serves until ctx ends, or until a fault of this machine, which it returns. In the end everything is closed. When the ledger gives the node another raft id, or no
// place any more, it is closed and opened again, which takes a moment.
func (s *Served) Run(ctx context.Context) error {
	for {
		err := s.now.Load().run(ctx)
		if !errors.Is(err, node.ErrReopen) || ctx.Err() != nil {
			return err
		}
		s.o.Log.Info("the node is opened again", "reason", err)
		if err := s.open(ctx); err != nil {
			return err
		}
	}
}

// run serves as long as the node is open.
func (s *opened) run(ctx context.Context) error {
	taking, leave := context.WithCancel(context.WithoutCancel(ctx))
	defer leave()
	following, stop := context.WithCancel(ctx)
	followed := make(chan struct{})
	go func() {
		defer close(followed)
		s.follow(following)
	}()
	defer func() {
		stop()
		<-followed
	}()
	counting, enough := context.WithCancel(context.WithoutCancel(ctx))
	counted := make(chan struct{})
	go func() {
		defer close(counted)
		s.scans.Run(counting)
	}()
	defer func() { // when nobody can open a code any more
		enough()
		<-counted
	}()
	defer context.AfterFunc(ctx, func() {
		<-followed // nobody reads the ledger when the node closes it
		leave()
	})()
	return s.node.Run(taking)
}

// follow keeps the index beside the ledger, so that no reader has to wait for much of it.
func (s *opened) follow(ctx context.Context) {
	for {
		grown, certified := s.node.Grown(), s.node.CertifiedChanged()
		err := s.catalog.Follow(ctx)
		select {
		case <-ctx.Done():
			return
		case <-s.node.Stopping():
			return
		default:
		}
		if err != nil {
			s.log.Warn("the search index does not follow", "error", err)
		}
		select {
		case <-grown:
		case <-certified:
		case <-s.node.Stopping():
			return
		case <-ctx.Done():
			return
		}
	}
}

// Close ends a node that was not run.
func (s *Served) Close() error { return s.Node().Close() }
