package serve

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/reflection"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/query"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/node"
	"github.com/ocopledger/ocop/node/admit"
	"github.com/ocopledger/ocop/node/api"
	"github.com/ocopledger/ocop/node/config"
	"github.com/ocopledger/ocop/node/keys"
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
	node    *node.Node
	catalog *query.Catalog
	pages   http.Handler
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

// Open reads the node's keys and genesis, opens its ledger and builds the index over it. Errors wrap those of config, keys, genesis and node.New.
func Open(ctx context.Context, c *config.Config, o Options) (*Served, error) {
	genesis, err := os.ReadFile(c.Path(c.Genesis))
	if err != nil {
		return nil, fmt.Errorf("genesis: %w", err)
	}
	set, err := keys.Load(c.Path(c.Keys))
	if err != nil {
		return nil, err
	}
	s := &Served{log: o.Log}
	s.node, err = node.New(ctx, node.Options{
		Config: *c, Genesis: genesis, Keys: set, Version: o.Version, Log: o.Log, Now: o.Now, Listeners: o.Listeners,
		Services: func(n *node.Node, r grpc.ServiceRegistrar) { s.services(n, r, o) },
		Pages:    func(*node.Node) http.Handler { return s.pages },
	})
	if err != nil {
		return nil, err
	}
	if err := s.answers(ctx, o.Now); err != nil {
		return nil, errors.Join(err, s.node.Close())
	}
	return s, nil
}

// answers makes what the doors answer with.
func (s *Served) answers(ctx context.Context, now func() time.Time) (err error) {
	l := s.node.Ledger()
	if s.catalog, err = query.Open(ctx, viewer(l)); err != nil {
		return err
	}
	body := l.Genesis().Body
	pages, err := web.New(web.Options{
		Catalog: s.catalog, Chain: l.Chain(), Name: body.GetChainName(), Sample: body.GetSample(), Operator: s.node.Agency(), Now: now, Log: s.log,
	})
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle(api.GenesisPath, api.Genesis(l.Genesis()))
	mux.Handle("/", pages)
	s.pages = mux
	return nil
}

// services registers the API. The registrar is the node's gRPC server, which knows what is registered with it.
func (s *Served) services(n *node.Node, registrar grpc.ServiceRegistrar, o Options) {
	api.Register(registrar.(reflection.GRPCServer), api.Options{Node: n, Catalog: s.catalog, Now: o.Now, Log: o.Log, Explain: explain})
}

// explain gives the reasons of a node's errors.
func explain(err error) (reason.Code, bool) {
	switch {
	case errors.Is(err, node.ErrTooMuch):
		return reason.RecordTooLarge, true
	case errors.Is(err, admit.ErrOverloaded):
		return reason.Overloaded, true
	case errors.Is(err, node.ErrUnavailable):
		return reason.Unavailable, true
	}
	return 0, false
}

func viewer(l *chain.Ledger) query.Viewer {
	return func(f func(query.Source) error) error {
		return l.View(func(v *chain.View) error { return f(v) })
	}
}

// Node is the validator.
func (s *Served) Node() *node.Node { return s.node }

// Head is the newest head of the node's ledger.
func (s *Served) Head() ledger.Head { return s.node.Ledger().Head() }

// Run serves until ctx ends, or until a fault of this machine, which it returns. In the end everything is closed.
func (s *Served) Run(ctx context.Context) error {
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
	defer context.AfterFunc(ctx, func() {
		<-followed // nobody reads the ledger when the node closes it
		leave()
	})()
	return s.node.Run(taking)
}

// follow keeps the index beside the ledger, so that no reader has to wait for much of it.
func (s *Served) follow(ctx context.Context) {
	for {
		grown := s.node.Grown()
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
		case <-s.node.Stopping():
			return
		case <-ctx.Done():
			return
		}
	}
}

// Close ends a node that was not run.
func (s *Served) Close() error { return s.node.Close() }
