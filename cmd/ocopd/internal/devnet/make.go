package devnet

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/ocopd/internal/sample"
	"github.com/ocopledger/ocop/ledger/genesis"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/subject"
	"github.com/ocopledger/ocop/node/config"
	"github.com/ocopledger/ocop/node/keys"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// Options of a network.
type Options struct {
	Dir      string
	Nodes    int // 1 to 7
	Agencies int // that genesis names, of which the first run the nodes; less than Nodes: as many as those. A network that is there has what its genesis says
	BasePort int // node i has base+10i (public), +1 (peer), +2 (operator)
	Random   io.Reader
	Now      func() time.Time
}

// chainName says what it is wherever it is shown.
const chainName = "ocop-sample-devnet"

// heartbeat is shorter than a province's network wants: all nodes share one machine, and a newcomer should not wait for an election.
const heartbeat = time.Second

// Network is a made network.
type Network struct {
	Dir      string
	Genesis  *genesis.Genesis
	Agencies []sample.Agency // that genesis names; the first run the nodes
	Nodes    []Node
	People   *People
}

// Node is where one of its nodes lives.
type Node struct {
	Agency                 sample.Agency
	Dir                    string
	Public, Peer, Operator string // host:port
}

func (n *Network) genesisPath() string { return filepath.Join(n.Dir, "genesis") }

// RecordsDir is where the sample keeps its signed records, DocumentsDir where its Decisions are.
func (n *Network) RecordsDir() string { return filepath.Join(n.Dir, "records") }

// DocumentsDir is where the sample's Decisions are.
func (n *Network) DocumentsDir() string { return filepath.Join(n.Dir, "documents") }

// Open opens the network of a directory, or makes one. What an earlier run left half made was never named on a ledger and is made anew; the genesis
// file is written last.
func Open(o Options) (*Network, error) {
	n := &Network{Dir: o.Dir, Agencies: sample.Agencies(max(o.Agencies, o.Nodes))}
	for i, agency := range n.Agencies[:o.Nodes] {
		address := func(offset int) string { return fmt.Sprintf("127.0.0.1:%d", o.BasePort+10*i+offset) }
		n.Nodes = append(n.Nodes, Node{
			Agency: agency, Dir: filepath.Join(o.Dir, "nodes", fmt.Sprintf("%d-%s", agency.Account, agency.Handle)), Public: address(0), Peer: address(1), Operator: address(2),
		})
	}
	file, err := os.ReadFile(n.genesisPath())
	if errors.Is(err, fs.ErrNotExist) {
		if err := n.make(o); err != nil {
			return nil, faultf(lang.Text{Vi: "lập mạng lưới: %s", En: "making the network: %s"}, err)
		}
	} else if err != nil {
		return nil, err
	} else if n.Genesis, err = genesis.Parse(file); err != nil {
		return nil, lang.Errorf(lang.Text{Vi: "%s không phải tệp khởi nguyên đúng: %s", En: "%s is not a sound genesis file: %s"}, n.genesisPath(), err)
	}
	if err := n.fits(); err != nil {
		return nil, err
	}
	n.Agencies = sample.Agencies(len(n.Genesis.Body.Agencies))
	if n.People, err = newPeople(filepath.Join(o.Dir, "people"), o.Random); err != nil {
		return nil, err
	}
	n.People.chain = n.Genesis.Chain
	return n, nil
}

// fits checks that the directory's ledger was made for these nodes and ports, which genesis names.
func (n *Network) fits() error {
	policy := n.Genesis.Policy()
	if len(policy.Validators) != len(n.Nodes) {
		return lang.Errorf(lang.Text{
			Vi: "mạng lưới trong %[1]s có %[2]d nút, không phải %[3]d: dùng --nodes %[2]d, hoặc --dir khác",
			En: "the network in %[1]s has %[2]d nodes, not %[3]d: use --nodes %[2]d or another --dir"}, n.Dir, len(policy.Validators), len(n.Nodes))
	}
	for i, a := range n.Genesis.Body.Agencies[:len(n.Nodes)] {
		if a.Validator.GetPeerAddress() != n.Nodes[i].Peer {
			return lang.Errorf(lang.Text{
				Vi: "mạng lưới trong %s có nút %d ở %s, không phải %s: dùng --base-port như lúc lập, hoặc --dir khác",
				En: "the network in %s has node %d at %s, not %s: use the --base-port it was made with, or another --dir"}, n.Dir, i, a.Validator.GetPeerAddress(), n.Nodes[i].Peer)
		}
	}
	return nil
}

// errLedgerWithoutGenesis: a ledger is never thrown away because a file beside it is missing.
var errLedgerWithoutGenesis = lang.Errorf(lang.Text{
	Vi: "có sổ cái mà không có tệp khởi nguyên: hãy để tệp vào lại, hoặc dùng --dir khác",
	En: "there is a ledger, but its genesis file is missing: put it back, or use another --dir"})

func (n *Network) make(o Options) error {
	if found, err := filepath.Glob(filepath.Join(o.Dir, "nodes", "*", "data", "chain.db")); err != nil || len(found) > 0 {
		return errors.Join(err, errLedgerWithoutGenesis)
	}
	for _, left := range []string{"nodes", "people"} {
		if err := os.RemoveAll(filepath.Join(o.Dir, left)); err != nil {
			return err
		}
	}
	people, err := newPeople(filepath.Join(o.Dir, "people"), o.Random)
	if err != nil {
		return err
	}
	descriptors := make([]*genesis.Descriptor, len(n.Agencies))
	for i, agency := range n.Agencies {
		if descriptors[i], err = describe(people, agency); err != nil {
			return fmt.Errorf("%s: %w", agency.Name, err)
		}
		if i < len(n.Nodes) {
			if err := n.Nodes[i].make(descriptors[i], o.Random, i == 0); err != nil {
				return fmt.Errorf("%s: %w", agency.Name, err)
			}
		}
	}
	parameters := genesis.Parameters()
	parameters.Resolvers = []*recordv1.Resolver{{Host: n.Nodes[0].Public}} // codes of the sample lead to its first node, on this machine
	g, err := genesis.Assemble(descriptors, genesis.Options{
		Parameters: parameters,
		Origin:     "localhost/" + chainName, Sample: true, Time: uint64(o.Now().UnixMilli()), Publisher: n.Nodes[0].Agency.Account, Territories: sample.Territories(),
	})
	if err != nil {
		return err
	}
	for _, agency := range n.Agencies {
		key, err := people.Private(agency.Handle)
		if err != nil {
			return err
		}
		if g, err = g.Countersign(agency.Account, key); err != nil {
			return err
		}
	}
	n.Genesis = g
	return writeWhole(n.genesisPath(), g.Bytes())
}

// describe draws an officer's key and describes the agency, as one that runs no node.
func describe(people *People, agency sample.Agency) (*genesis.Descriptor, error) {
	officer, err := officerOf(people, agency)
	if err != nil {
		return nil, err
	}
	return &genesis.Descriptor{ChainName: chainName, Agency: &recordv1.Agency{
		Account: uint64(agency.Account), Name: &recordv1.Name{Choice: &recordv1.Name_Register{Register: agency.Name}}, Territory: agency.Grants()[0].Territory,
		Grants: agency.Grants(), Keys: []*recordv1.AgencyKey{officer},
	}}, nil
}

// make draws a node's keys, writes the configuration, and describes its validator.
func (n *Node) make(d *genesis.Descriptor, random io.Reader, publisher bool) error {
	set, err := keys.Create(filepath.Join(n.Dir, "keys"), random, publisher)
	if err != nil {
		return err
	}
	cfg := config.Default()
	cfg.Agency = uint64(n.Agency.Account)
	cfg.Genesis = filepath.Join("..", "..", "genesis")
	cfg.Public.Listen, cfg.Peer.Listen, cfg.Operator.Listen = n.Public, n.Peer, n.Operator
	cfg.Raft.Heartbeat = config.Duration(heartbeat)
	if err := os.WriteFile(filepath.Join(n.Dir, config.FileName), cfg.Write(), 0o644); err != nil {
		return err
	}
	d.Agency.Validator, d.Log, err = set.Validator(keys.Place{
		ChainName: chainName, Agency: n.Agency.Account, CosignerName: "localhost/" + n.Agency.Handle, PeerAddress: n.Peer, PublicAddress: n.Public,
	})
	return err
}

func officerOf(people *People, agency sample.Agency) (*recordv1.AgencyKey, error) {
	key, err := people.own(agency.Handle, agency.Account)
	if err != nil {
		return nil, err
	}
	place := ident.GenesisPossession{ChainName: chainName, Agency: uint64(agency.Account), Purpose: ident.PurposeAuthor}
	proof, err := place.ProveAuthor(key)
	if err != nil {
		return nil, err
	}
	public := key.Public()
	return &recordv1.AgencyKey{PublicKey: public[:], Roles: subject.KeyRegister | subject.KeyCertify | subject.KeyTrade | subject.KeyGovern, Proof: proof[:]}, nil
}

// writeWhole writes a file that is there whole or not at all.
func writeWhole(path string, data []byte) error {
	part := path + ".part"
	if err := os.WriteFile(part, data, 0o644); err != nil {
		return err
	}
	return os.Rename(part, path)
}

// Plan is the sample province's plan for this network, which began when genesis says.
func (n *Network) Plan() (*sample.Plan, error) {
	sameCodes := func(_, group string) string { return group } // the file's groups are the codes of the default rule sets
	return sample.NewPlan(n.Genesis.Body.Time, n.People, sample.Documents(n.DocumentsDir()), sameCodes)
}
