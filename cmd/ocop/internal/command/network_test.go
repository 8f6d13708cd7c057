package command

import (
	"context"
	"crypto/sha256"
	"io"
	"log/slog"
	"net"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/reflection"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/genesis"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/ident/keystore"
	"github.com/ocopledger/ocop/ledger/query"
	"github.com/ocopledger/ocop/ledger/rules"
	"github.com/ocopledger/ocop/node"
	"github.com/ocopledger/ocop/node/api"
	"github.com/ocopledger/ocop/node/config"
	"github.com/ocopledger/ocop/node/keys"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// The one agency of the network, which may do everything, and its territories.
const (
	agency   ledger.AccountID = 1
	country  uint32           = 1
	province uint32           = 67
	commune  uint32           = 24_700
)

// network is a real node of a real ledger, on this machine.
type network struct {
	genesis *genesis.Genesis
	address string
	peer    string // address
	dir     string // of the node's data
	set     *keys.Set
	stop    func()
}

// proofs is the node as receipts are made from it.
type proofs struct{ *node.Node }

func (p proofs) Certified() (signed *checkpoint.Signed, height uint64, policy *ledger.Policy, ok bool) {
	height, policy, signed, _ = p.Node.Certified()
	return signed, height, policy, signed != nil
}

func (p proofs) Handovers(from uint32) (files [][]byte, err error) {
	handovers, err := p.Node.Handovers(from)
	for _, h := range handovers {
		files = append(files, h.Append(nil))
	}
	return files, err
}

// newNetwork begins a ledger of sample data. Its officer's key is the machine's file officer.json, under the password in PW.
func newNetwork(m *machine) *network {
	m.t.Helper()
	return newNetworkOf(m, true)
}

// newNetworkOf begins a ledger of sample data, or one that says to be real.
func newNetworkOf(m *machine, sample bool) *network {
	t := m.t
	t.Helper()
	m.env["PW"] = "right password"
	m.newKey("officer.json", m.env["PW"], "--account", agency.String())
	data, err := keystore.ReadFile("officer.json")
	check(t, err)
	stored, err := keystore.Decrypt(data, []byte(m.env["PW"]))
	check(t, err)
	officer, err := stored.Author()
	check(t, err)

	doors := node.Listeners{Peer: listen(t), Public: listen(t), Operator: listen(t)}
	set := new(keys.Set)
	for purpose, to := range map[string]**ident.Ed25519PrivateKey{"node": &set.Node, "cosigner": &set.Cosigner, "tls": &set.TLS, "log": &set.Log} {
		seed := sha256.Sum256([]byte(purpose))
		*to, err = ident.NewEd25519PrivateKey(seed[:])
		check(t, err)
	}
	n := &network{address: doors.Public.Addr().String(), peer: doors.Peer.Addr().String(), dir: t.TempDir(), set: set}
	n.genesis = assemble(t, officer, set, doors, sample)
	m.write("genesis", string(n.genesis.Bytes()))
	n.start(t, doors)
	m.env["OCOP_NODE"] = n.address
	return n
}

func assemble(t *testing.T, officer *ident.PrivateKey, set *keys.Set, doors node.Listeners, sample bool) *genesis.Genesis {
	t.Helper()
	const name = "mau"
	place := ident.GenesisPossession{ChainName: name, Agency: uint64(agency), Purpose: ident.PurposeAuthor}
	proof, err := place.ProveAuthor(officer)
	check(t, err)
	validator, log, err := set.Validator(keys.Place{
		ChainName: name, Agency: agency, CosignerName: "node.example", PeerAddress: doors.Peer.Addr().String(), PublicAddress: doors.Public.Addr().String(),
	})
	check(t, err)
	public := officer.Public()
	g, err := genesis.Assemble([]*genesis.Descriptor{{ChainName: name, Log: log, Agency: &recordv1.Agency{
		Account: uint64(agency), Name: compose.RegisterName("UBND tỉnh (mẫu)"), Territory: province,
		Grants:    []*recordv1.Grant{{Level: recordv1.Level_LEVEL_PROVINCE, Territory: province, Powers: 127, From: 20180507}},
		Keys:      []*recordv1.AgencyKey{{PublicKey: public[:], Roles: 15, Proof: proof[:]}},
		Validator: validator,
	}}}, genesis.Options{
		Origin: "log.example/mau", Sample: sample, Time: uint64(time.Now().Add(-time.Hour).UnixMilli()), Publisher: agency,
		Territories: []*recordv1.Territory{
			{Code: country, Level: recordv1.Level_LEVEL_MINISTRY, Name: "Việt Nam"},
			{Code: province, Level: recordv1.Level_LEVEL_PROVINCE, Parent: country, Name: "Đắk Nông"},
			{Code: commune, Level: recordv1.Level_LEVEL_COMMUNE, Parent: province, Name: "Đắk Mil"},
		},
	})
	check(t, err)
	return g
}

// restart runs the node again at its addresses, on what is in its folder now.
func (n *network) restart(t *testing.T) {
	t.Helper()
	n.start(t, node.Listeners{Peer: listenAt(t, n.peer), Public: listenAt(t, n.address), Operator: listen(t)})
}

// start runs the node until the test ends or stop is called.
func (n *network) start(t *testing.T, doors node.Listeners) {
	t.Helper()
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	c := config.Default()
	c.Agency = uint64(agency)
	c.Raft.Heartbeat = config.Duration(400 * time.Millisecond)
	c = c.At(n.dir)
	var catalog *query.Catalog
	running, err := node.New(t.Context(), node.Options{
		Config: c, Genesis: n.genesis.Bytes(), Keys: n.set, Version: "test", Log: log, Now: time.Now, Listeners: doors,
		Calls: node.Calls{Options: api.ServerOptions(), Codec: api.Codec(), Refusal: api.Refusal},
		Services: func(running *node.Node, r grpc.ServiceRegistrar) {
			api.Register(r.(reflection.GRPCServer), api.Options{
				Node: running, Catalog: catalog, Proofs: proofs{running}, Blobs: running.BlobService(), Now: time.Now, Log: log, Explain: func(error) *rules.Refusal { return nil },
			})
		},
	})
	check(t, err)
	catalog, err = query.Open(t.Context(), func(f func(query.Source) error) error {
		return running.Ledger().View(func(v *chain.View) error { return f(v) })
	})
	check(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- running.Run(ctx) }()
	var stopped bool
	n.stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		check(t, <-ended)
	}
	t.Cleanup(n.stop)
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	return listenAt(t, "127.0.0.1:0")
}

func listenAt(t *testing.T, address string) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", address)
	check(t, err)
	return l
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
