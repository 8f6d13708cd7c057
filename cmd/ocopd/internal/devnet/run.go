package devnet

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/ocopd/internal/sample"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/node/client"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

// Served is a node that runs.
type Served interface {
	Head() ledger.Head
	// Done is closed when the node has ended, by Close or by a fault.
	Done() <-chan struct{}
	// Close shuts it down cleanly.
	Close(context.Context) error
}

// Serve starts the node of a directory.
type Serve func(ctx context.Context, dir string) (Served, error)

// Running is a network whose nodes run.
type Running struct {
	*Network
	served  []Served
	clients []*client.Client
}

// Run starts all nodes. What it started before an error is shut down again.
func (n *Network) Run(ctx context.Context, serve Serve) (*Running, error) {
	r := &Running{Network: n, served: make([]Served, len(n.Nodes))}
	var g errgroup.Group
	for i := range n.Nodes {
		g.Go(func() (err error) {
			if r.served[i], err = serve(ctx, n.Nodes[i].Dir); err != nil {
				return &NodeError{i, n.Nodes[i].Agency.Name, err}
			}
			return nil
		})
	}
	err := g.Wait()
	for i := 0; i < len(n.Nodes) && err == nil; i++ {
		var c *client.Client
		if c, err = client.New(n.Nodes[i].Public, client.Options{}); err == nil {
			r.clients = append(r.clients, c)
		}
	}
	if err != nil {
		return nil, errors.Join(err, r.Close(ctx))
	}
	return r, nil
}

// Close shuts every node down.
func (r *Running) Close(ctx context.Context) error {
	errs := make([]error, 0, len(r.served))
	for _, c := range r.clients {
		errs = append(errs, c.Close())
	}
	var g errgroup.Group
	closed := make([]error, len(r.served))
	for i, s := range r.served {
		if s != nil {
			g.Go(func() error {
				closed[i] = s.Close(ctx)
				return nil
			})
		}
	}
	g.Wait()
	return errors.Join(append(errs, closed...)...)
}

var errNodeEnded = faultf(lang.Text{Vi: "nút đã tự dừng", En: "it has ended by itself"})

// Wait waits until ctx ends, or until a node ends by itself, which is an error.
func (r *Running) Wait(ctx context.Context) error {
	ended := make(chan int, len(r.served))
	for i, s := range r.served {
		go func() {
			<-s.Done()
			ended <- i
		}()
	}
	select {
	case <-ctx.Done():
		return nil
	case i := <-ended:
		why := errNodeEnded
		if err := r.served[i].Close(ctx); err != nil {
			why = faultf(lang.Text{Vi: "%s: %s", En: "%s: %s"}, errNodeEnded, err)
		}
		return &NodeError{i, r.Nodes[i].Agency.Name, why}
	}
}

// Client speaks to a node over its public door, as anybody would.
func (r *Running) Client(i int) *client.Client { return r.clients[i] }

// Load puts the sample on the ledger, one record after the other through each node in turn.
func (r *Running) Load(ctx context.Context, now func() time.Time, progress func(string)) (bool, error) {
	plan, err := r.Plan()
	if err != nil {
		return false, err
	}
	turn := 0
	loader := sample.Loader{Chain: r.Genesis.Chain, Dir: r.RecordsDir(), Now: now, Progress: progress, Submit: func(ctx context.Context, envelope []byte) error {
		turn++
		outcomes, err := r.clients[turn%len(r.clients)].Submit(ctx, [][]byte{envelope}, nil)
		if err != nil {
			return err
		}
		if refused := outcomes[0].GetRefused(); refused != nil {
			return client.NewRefusal(refused.GetRefusal())
		}
		return nil
	}}
	begun, err := loader.Load(ctx, plan)
	if err == nil {
		err = r.show(ctx)
	}
	return begun, err
}

// errHeadsDiffer: nodes derived different heads at one height, which must never be.
var errHeadsDiffer = faultf(lang.Text{Vi: "các nút không có cùng một đầu sổ cái", En: "the nodes do not hold the same head"})

// agreePoll is how often nodes are asked while one of them catches up.
const agreePoll = 20 * time.Millisecond

// Agree waits until every node holds the same head, and holds it certified, and returns it. At one height they must agree at once.
func (r *Running) Agree(ctx context.Context) (ledger.Head, error) {
	for {
		heads := make(map[uint64]ledger.Head, len(r.served))
		for i, s := range r.served {
			h := s.Head()
			if other, ok := heads[h.Height]; ok && other != h {
				return h, faultf(lang.Text{Vi: "%s: nút %d có gốc %s ở khối %d, nút khác có %s", En: "%s: node %d has root %s at height %d, another has %s"}, errHeadsDiffer, i, h.Root, h.Height, other.Root)
			}
			heads[h.Height] = h
		}
		if head := r.served[0].Head(); len(heads) == 1 && r.certified(ctx, head) {
			return head, nil
		}
		select {
		case <-ctx.Done():
			return ledger.Head{}, faultf(lang.Text{Vi: "chưa thấy các nút có cùng một đầu đã chứng thực: %s", En: "waiting for the nodes to hold the same certified head: %s"}, ctx.Err())
		case <-time.After(agreePoll):
		}
	}
}

// certified tells whether every node says over its public door that a head is certified. One that does not answer may do so later.
func (r *Running) certified(ctx context.Context, head ledger.Head) bool {
	for _, c := range r.clients {
		answer, err := c.Ledger.GetHead(ctx, &apiv1.GetHeadRequest{})
		if c := answer.GetCertified(); err != nil || c.GetHeight() != head.Height || string(c.GetRoot()) != string(head.Root[:]) {
			return false
		}
	}
	return true
}

// Count is how much is on the ledger, as a node tells.
type Count struct{ Producers, Products, Certificates, Lots, Sales uint64 }

// mostEvents is more than any lot of the sample has.
const mostEvents = 1000

// Count asks a node.
func (r *Running) Count(ctx context.Context, i int) (n Count, err error) {
	q := r.clients[i].Query
	producers, err := q.ListProducers(ctx, &apiv1.ListProducersRequest{Page: &apiv1.Page{Size: 1}})
	if err != nil {
		return n, err
	}
	certificates, err := q.ListCertificates(ctx, &apiv1.ListCertificatesRequest{Page: &apiv1.Page{Size: 1}})
	if err != nil {
		return n, err
	}
	n.Producers, n.Certificates = producers.Total, certificates.Total
	products := client.Pages(func(page *apiv1.Page) ([]*apiv1.Product, string, error) {
		answer, err := q.ListProducts(ctx, &apiv1.ListProductsRequest{Page: page})
		return answer.GetProducts(), answer.GetNextPage(), err
	})
	for product, err := range products {
		if err != nil {
			return n, err
		}
		n.Products++
		lots := client.Pages(func(page *apiv1.Page) ([]*apiv1.Lot, string, error) {
			answer, err := q.ListLots(ctx, &apiv1.ListLotsRequest{Filter: &apiv1.Filter{Product: product.GetProduct()}, Page: page})
			return answer.GetLots(), answer.GetNextPage(), err
		})
		for lot, err := range lots {
			if err != nil {
				return n, err
			}
			n.Lots++
			answer, err := q.TraceLot(ctx, &apiv1.TraceLotRequest{Lot: lot.GetLot(), Timeline: &apiv1.TimelineOptions{
				Part: apiv1.TimelinePart_TIMELINE_PART_TRADE, Page: &apiv1.Page{Size: mostEvents},
			}})
			if err != nil {
				return n, err
			}
			for _, e := range answer.GetTimeline().GetEvents() {
				if e.GetSale() != nil {
					n.Sales++
				}
			}
		}
	}
	return n, nil
}
