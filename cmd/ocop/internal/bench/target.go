package bench

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/published"
	"github.com/ocopledger/ocop/cmd/ocop/internal/bench/presence"
	"github.com/ocopledger/ocop/ledger/genesis"
	"github.com/ocopledger/ocop/ledger/tiles"
	"github.com/ocopledger/ocop/ledger/verify"
	"github.com/ocopledger/ocop/ledger/verify/anchor"
	"github.com/ocopledger/ocop/node/client"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

// target is the network that is measured.
type target struct {
	o       *Options
	clients []*client.Client // the nodes in turn
	genesis *genesis.Genesis
	trust   verify.Trust
	head    *apiv1.GetHeadResponse // before the run
	http    *http.Client           // reads what nodes publish
}

const (
	// mostConnections bounds connections to all nodes together: clients beyond share them, as those behind one gateway do.
	mostConnections = 64
	// callsShare is how many calls under way share a connection: half of what a node allows, so that none waits on this side.
	callsShare = 128
)

// connections is how many are opened to all nodes together.
func (o *Options) connections() int {
	n := max(min(o.Clients, mostConnections), len(o.Nodes))
	if o.Mode == Unary && (o.Rate > 0 || o.Overload) {
		n = max(n, o.InFlight/callsShare)
	}
	return n
}

// NodeStreams is how many streams of records a node takes (ocop_submit_streams_limit). One beyond them is turned away, or takes another's place, and opened again by its client:
// streams that take turns measure something else.
const NodeStreams = 256

// AtOneNode is how many streams one node may have at most: those of an overload, and those that come from a node that is killed, included. 0: none are used.
func (o *Options) AtOneNode() (most int) {
	if o.Mode != Stream && o.Mode != Actions {
		return 0
	}
	streams, connections := o.Clients, o.connections()
	if o.Overload {
		streams *= times
	}
	at := make([]int, len(o.Nodes))
	for i := range streams {
		at[i%connections%len(at)]++
	}
	for i, n := range at {
		if o.KillLeader { // they go on at the node after it
			n += at[(i+1)%len(at)]
		}
		most = max(most, n)
	}
	return most
}

// ErrNotSample: records of a benchmark stay on a ledger for ever.
var ErrNotSample = lang.Errorf(lang.Text{
	Vi: "sổ cái này không phải dữ liệu mẫu: bản ghi đo thử nằm trên đó mãi mãi; nếu đúng ý, thêm --yes-write-for-ever",
	En: "this ledger is not sample data: what a benchmark writes stays on it for ever; if that is meant, add --yes-write-for-ever"})

// connect reaches the network and decides what is believed of it.
func connect(ctx context.Context, o *Options) (_ *target, err error) {
	t := &target{o: o, http: &http.Client{Transport: &http.Transport{TLSClientConfig: o.TLS.Clone(), ForceAttemptHTTP2: true}}}
	defer func() {
		if err != nil {
			t.close()
		}
	}()
	for i := range o.connections() {
		c, err := client.New(o.Nodes[i%len(o.Nodes)], client.Options{TLS: o.TLS})
		if err != nil {
			return nil, err
		}
		t.clients = append(t.clients, c)
	}
	for _, c := range t.clients[:len(o.Nodes)] {
		head, err := c.Ledger.GetHead(ctx, &apiv1.GetHeadRequest{})
		if err != nil {
			return nil, err
		}
		if t.head == nil {
			t.head = head
		}
		if string(head.GetAsOf().GetChainId()) != string(t.head.GetAsOf().GetChainId()) {
			return nil, lang.Errorf(lang.Text{Vi: "các nút giữ hai sổ cái khác nhau: %s, %s", En: "the nodes hold two ledgers: %s, %s"}, o.Nodes[0], c.Address())
		}
	}
	if !t.head.GetAsOf().GetSample() && !o.Forever {
		return nil, ErrNotSample
	}
	return t, t.believe(ctx)
}

// believe reads genesis, and takes for the anchor the file that was given, or else genesis as the node has it.
func (t *target) believe(ctx context.Context) error {
	a, err := t.clients[0].Ledger.GetGenesis(ctx, &apiv1.GetGenesisRequest{})
	if err != nil {
		return err
	}
	if t.genesis, err = genesis.Parse(a.GetFile()); err != nil {
		return err
	}
	if string(t.genesis.Chain[:]) != string(t.head.GetAsOf().GetChainId()) {
		return lang.Errorf(lang.Text{Vi: "tệp khởi nguyên của nút không phải của sổ cái nó giữ", En: "the node's genesis file is not that of the ledger it holds"})
	}
	file := t.o.Anchor
	if file == nil {
		file = a.GetFile()
	}
	now := uint64(t.o.Now().Unix())
	if t.trust, err = anchor.Parse(file, now, now); err != nil {
		return err
	}
	if t.trust.Policy.Chain != t.genesis.Chain {
		return lang.Errorf(lang.Text{Vi: "tệp được tin là của sổ cái khác", En: "the file that is believed is of another ledger"})
	}
	return nil
}

func (t *target) close() {
	t.http.CloseIdleConnections()
	for _, c := range t.clients {
		_ = c.Close()
	}
}

// certified is the newest certified head that any node has, of at least a height, and where its leaves are published.
func (t *target) certified(ctx context.Context, height uint64) (*presence.Head, tiles.Fetch, string, error) {
	var failed error
	trust := t.trust
	trust.Now = uint64(t.o.Now().Unix())
	for _, c := range t.clients[:len(t.o.Nodes)] {
		head, err := presence.Certified(ctx, c.Proofs, trust, height)
		if err == nil {
			return head, published.Over(t.http, t.scheme()+c.Address()+"/log/"), c.Address(), nil
		}
		failed = errors.Join(failed, fmt.Errorf("%s: %w", c.Address(), err))
	}
	return nil, nil, "", failed
}

// errNoLeader: nobody leads as far as the nodes know.
var errNoLeader = lang.Errorf(lang.Text{Vi: "không nút nào biết nút dẫn đầu", En: "no node knows who leads"})

// leader is the agency whose node leads, as the first node says that knows. One that hangs keeps nobody from asking the next.
func (t *target) leader(ctx context.Context) (uint64, error) {
	ask := func(c *client.Client) uint64 {
		ctx, cancel := context.WithTimeout(ctx, answerIn)
		defer cancel()
		head, err := c.Ledger.GetHead(ctx, &apiv1.GetHeadRequest{})
		if err != nil {
			return 0
		}
		return head.GetNode().GetLeader()
	}
	for _, c := range t.clients[:len(t.o.Nodes)] {
		if leader := ask(c); leader > 0 {
			return leader, nil
		}
	}
	return 0, errNoLeader
}

func (t *target) scheme() string {
	if t.o.TLS != nil {
		return "https://"
	}
	return "http://"
}

// doors are a node's doors, as far as they are known.
type doors struct {
	agency           uint64
	public, operator string
}

// operatorOffset is where a devnet has its operator doors, behind the public ones.
const operatorOffset = 2

// doors lists the nodes whose operator doors can be looked at: those of the cluster, those that were named, or those that a devnet on this machine would have.
func (t *target) doors() (list []doors) {
	if t.o.Cluster != nil {
		for _, n := range t.o.Cluster.Nodes {
			list = append(list, doors{n.Agency, n.Public, n.Operator})
		}
		return list
	}
	for _, operator := range t.o.Operators {
		list = append(list, doors{operator: operator})
	}
	if len(list) > 0 {
		return list
	}
	for _, a := range t.genesis.Body.GetAgencies() {
		public := a.GetValidator().GetPublicAddress()
		host, port, err := net.SplitHostPort(public)
		if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
			continue
		}
		if n, err := strconv.Atoi(port); err == nil {
			list = append(list, doors{a.GetAccount(), public, net.JoinHostPort(host, strconv.Itoa(n+operatorOffset))})
		}
	}
	return list
}
