package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/ocopledger/ocop/cmd/ocopd/internal/ceremony"
	"github.com/ocopledger/ocop/cmd/ocopd/internal/newnode"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/genesis"
	"github.com/ocopledger/ocop/ledger/ident/keystore"
	"github.com/ocopledger/ocop/node"
	"github.com/ocopledger/ocop/node/client"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

const (
	testChain       = "ocop-test"
	testTerritories = "code,level,parent,name,from,until\n1,ministry,,Việt Nam,,\n67,tỉnh,1,Đắk Nông,01/01/2004,\n"
)

// network is some agencies, each with an officer and a node on this machine.
type network struct {
	*machine
	size       int
	ports      int
	registered int // accounts, by fill
	chain      string
}

func (n *network) node(i int) string   { return n.path(fmt.Sprintf("node%d", i)) }
func (n *network) keys(i int) string   { return n.path(fmt.Sprintf("officer%d.json", i)) }
func (n *network) public(i int) string { return n.address(i, 0) }

func (n *network) address(i, door int) string { return fmt.Sprintf("127.0.0.1:%d", n.ports+10*i+door) }

// descriptors has officers and operators do their part.
func (n *network) descriptors() (files []string) {
	n.t.Helper()
	for i := range n.size {
		agency := fmt.Sprint(i + 1)
		keyFile, passwordFile := n.key("officer"+fmt.Sprint(i), uint64(i+1))
		proof := n.path("officer" + fmt.Sprint(i) + ".proof")
		n.must("genesis", "officer", keyFile, "--chain-name", testChain, "--agency", agency, "--roles", "all", "-o", proof, "--password-file", passwordFile)
		args := []string{"init", "--json", "--dir", n.node(i), "--agency", agency, "--name", "Cơ quan " + agency, "--territory", "67", "--grants", "tỉnh:67:all:01/01/2020",
			"--chain-name", testChain, "--peer", n.address(i, 1), "--public", n.public(i), "--operator", n.address(i, 2), "--officer", proof}
		if i == 0 {
			args = append(args, "--publisher")
		}
		made := read[newnode.Made](n.t, n.must(args...))
		n.hurry(made.Config)
		files = append(files, made.Descriptor)
	}
	return files
}

// hurry has a node stand for election sooner than a province's network should.
func (n *network) hurry(config string) {
	n.t.Helper()
	data, err := os.ReadFile(config)
	if err != nil || bytes.Count(data, []byte("heartbeat: 3s")) != 1 {
		n.t.Fatalf("%v in %s", err, data)
	}
	if err := os.WriteFile(config, bytes.Replace(data, []byte("heartbeat: 3s"), []byte("heartbeat: 400ms"), 1), 0o644); err != nil {
		n.t.Fatal(err)
	}
}

func newNetwork(t *testing.T) *network { return newNetworkOf(t, 3) }

func newNetworkOf(t *testing.T, size int) *network {
	n := &network{machine: newMachine(t), size: size, ports: freePorts(t, 10*size+3)}
	files := n.descriptors()
	n.write("territories.csv", testTerritories)
	args := append([]string{"genesis", "assemble", "--json", "--sample", "--territories", n.path("territories.csv"), "--origin", "log.example/test", "--publisher", "1", "--resolver", "ocop.daknong.example", "-o", n.path("genesis")}, files...)
	n.chain = read[ceremony.Genesis](t, n.must(args...)).Chain
	for i := range size {
		n.must("genesis", "countersign", n.path("genesis"), "--key", n.keys(i), "--chain-id", n.chain, "--password-file", n.path("password"))
	}
	file, err := os.ReadFile(n.path("genesis"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range size {
		n.write(fmt.Sprintf("node%d/genesis", i), string(file))
	}
	return n
}

// running is three `ocopd run`.
type running struct {
	*network
	stop  context.CancelFunc
	ended []chan result
}

func (n *network) run() *running {
	ctx, stop := context.WithCancel(context.Background())
	r := &running{network: n, stop: stop}
	for i := range 3 {
		ended := make(chan result, 1)
		go func() { ended <- n.doIn(ctx, "run", "--dir", n.node(i), "--json") }()
		r.ended = append(r.ended, ended)
	}
	n.t.Cleanup(stop)
	return r
}

// status asks a node's operator door until the node is ready.
func (r *running) status(i int) (s node.Status) {
	r.t.Helper()
	for {
		answer, err := http.Get("http://" + r.address(i, 2) + "/status")
		if err == nil {
			err = json.NewDecoder(answer.Body).Decode(&s)
			answer.Body.Close()
		}
		if err == nil && s.Ready {
			return s
		}
		select {
		case end := <-r.ended[i]:
			r.t.Fatalf("node %d has ended: %d\n%s%s", i, end.code, end.out, end.err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// close stops all nodes, as Ctrl-C does.
func (r *running) close() (results []result) {
	r.stop()
	for _, ended := range r.ended {
		results = append(results, <-ended)
	}
	return results
}

// register signs a record with an officer's key and submits it to a node.
func (r *running) register(officer, to int) { r.registerAs(officer, to, 1) }

// registerAs registers the account of a number in the officer's range.
func (r *running) registerAs(officer, to int, number uint64) {
	r.t.Helper()
	agency := ledger.AccountID(officer + 1)
	r.network.submit(officer, r.public(to), compose.Act(&recordv1.RegisterAccount{
		Account: uint64(agency*ledger.AccountRange) + number, Kind: recordv1.AccountKind_ACCOUNT_KIND_COOPERATIVE, Roles: 1, Name: compose.RegisterName("HTX thử"), Territory: 67,
	}))
}

// submit signs a record with an officer's key, submits it to a node, wants it accepted, and gives its id.
func (n *network) submit(officer int, to string, acts ...*recordv1.Action) string {
	n.t.Helper()
	data, err := keystore.ReadFile(n.keys(officer))
	if err != nil {
		n.t.Fatal(err)
	}
	kept, err := keystore.Decrypt(data, []byte(testPassword))
	if err != nil {
		n.t.Fatal(err)
	}
	private, err := kept.Author()
	if err != nil {
		n.t.Fatal(err)
	}
	g, _, err := readGenesis(n.path("genesis"))
	if err != nil {
		n.t.Fatal(err)
	}
	actions, err := compose.Marshal(uint16(g.Body.Protocol), acts)
	if err != nil {
		n.t.Fatal(err)
	}
	author := compose.Author{Chain: g.Chain, Account: ledger.AccountID(officer + 1), Schema: uint16(g.Body.Protocol), Key: private}
	signed, err := author.Sign(actions, uint64(time.Now().UnixMilli()), time.Hour)
	if err != nil {
		n.t.Fatal(err)
	}
	c, err := client.New(to, client.Options{})
	if err != nil {
		n.t.Fatal(err)
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(n.t.Context(), patience)
	defer cancel()
	outcomes, err := c.Submit(ctx, [][]byte{signed.Envelope}, nil)
	if err != nil || outcomes[0] == nil || outcomes[0].GetRefused() != nil {
		n.t.Fatalf("%v, %v", outcomes, err)
	}
	return outcomes[0].GetRecord()
}

// TestNetwork goes all the way: three officers, three operators, a ceremony, three nodes that run, records, a clean end, a check; and again.
func TestNetwork(t *testing.T) {
	n := newNetwork(t)
	r := n.run()
	for i := range 3 {
		r.status(i)
		r.register(i, (i+1)%3)
	}
	if busy := n.do("check", "--dir", n.node(0)); busy.code != exitInUse || !strings.Contains(busy.err, "stop the node first") {
		t.Errorf("check of a running node: %+v", busy)
	}
	if busy := n.do("run", "--dir", n.node(0)); busy.code != exitInUse || !strings.Contains(busy.err, "runs already") {
		t.Errorf("a second run: %+v", busy)
	}
	for i, end := range r.close() {
		if end.code != exitOK {
			t.Fatalf("node %d: exit code %d\n%s%s", i, end.code, end.out, end.err)
		}
		said := read[struct {
			Notice, Chain_id, Chain_name, Root, Public, URL, Peer, Operator string
			Agency, Height                                                  uint64
		}](t, end)
		if said.Notice != ceremony.SampleNotice || said.Chain_id != n.chain || said.Agency != uint64(i+1) || said.Public != n.public(i) || said.URL != "http://"+n.public(i) {
			t.Errorf("node %d says %+v", i, said)
		}
	}
	reports := make([]checkReport, 3)
	for i := range 3 {
		reports[i] = read[checkReport](t, n.must("check", "--json", "--dir", n.node(i)))
		if !reports[i].OK || reports[i].Records != 3 || reports[i].Chain != n.chain || reports[i].Root != reports[0].Root || reports[i].Notice == "" {
			t.Errorf("node %d: %+v", i, reports[i])
		}
	}

	r = n.run() // restart continues
	if s := r.status(1); s.Size < reports[1].Size {
		t.Errorf("after the restart %d leaves, before it %d", s.Size, reports[1].Size)
	}
	for _, end := range r.close() {
		if end.code != exitOK {
			t.Errorf("second run: %+v", end)
		}
	}
	n.alterIndex(t)
}

// alterIndex changes a row of a node's index: the check names it, and the node refuses to start in the same words.
func (n *network) alterIndex(t *testing.T) {
	flipRow(t, n.path("node2", "data", "index.db"), "subjects", 3)
	check := n.do("check", "--dir", n.node(2), "--json")
	report := read[checkReport](t, check)
	if check.code != exitDivergence || len(report.Findings) != 1 {
		t.Fatalf("check of an altered index: %+v", check)
	}
	found := report.Findings[0]
	if found.File != "index.db" || found.Bucket != "subjects" || found.Row == "" || found.Leaf == nil || found.Field == "" {
		t.Errorf("finding %+v", found)
	}
	run := n.do("run", "--dir", n.node(2))
	if run.code != exitDivergence || !strings.Contains(run.err, found.English+"\n"+indexAdvice.En+"\n") {
		t.Errorf("run says\n%+v\nand check\n%s", run, found.English)
	}
	if vi := n.do("run", "--lang", "vi", "--dir", n.node(2)); !strings.Contains(vi.err, ceremony.SampleNotice+"\nocopd: "+found.Vietnamese+"\n"+indexAdvice.Vi+"\n") {
		t.Errorf("run says\n%+v\nand check\n%s", vi, found.Vietnamese)
	}
	n.must("check", "--dir", n.node(1))
	flipRow(t, n.path("node1", "data", "chain.db"), "seals", 1)
	if r := n.do("run", "--dir", n.node(1)); r.code != exitDivergence || !strings.Contains(r.err, "ocopd: chain.db, seals, seal of block 1: checksum does not fit the bytes\n") ||
		strings.Contains(r.err, indexAdvice.En) {
		t.Errorf("run with a damaged seal index: %+v", r)
	}
}

// flipRow flips a bit of a row of a bucket.
func flipRow(t testing.TB, file, bucket string, number int) {
	t.Helper()
	db, err := bolt.Open(file, 0o600, &bolt.Options{Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bolt.Tx) error {
		b := tx.Bucket([]byte(bucket))
		c := b.Cursor()
		key, row := c.First()
		for range number {
			key, row = c.Next()
		}
		row = bytes.Clone(row)
		row[len(row)-3] ^= 0x10
		return b.Put(bytes.Clone(key), row)
	})
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestNodesOfAnotherGenesis: a node takes part in the ledger alone that names its keys.
func TestNodesOfAnotherGenesis(t *testing.T) {
	n, other := newNetwork(t), newNetwork(t)
	file, err := os.ReadFile(other.path("genesis"))
	if err != nil {
		t.Fatal(err)
	}
	g, err := genesis.Parse(file)
	if err != nil || g.Chain.String() == n.chain {
		t.Fatal(g, err)
	}
	n.write("node0/genesis", string(file))
	if r := n.do("run", "--dir", n.node(0)); r.code != exitInput || !strings.Contains(r.err, "other keys") {
		t.Errorf("genesis with other keys: %+v", r)
	}
	if _, err := os.Stat(n.path("node0", "data")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a ledger was begun that the node has no part in: %v", err)
	}
}
