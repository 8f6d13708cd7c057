package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/node"
	"github.com/ocopledger/ocop/node/keys"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// patience bounds every wait of these tests; none depends on how long anything takes.
const patience = 30 * time.Second

// launched is one `ocopd run`.
type launched struct {
	*network
	dir, operator string
	stop          context.CancelFunc
	ended         chan result
	log           string // once it has ended
}

// launch runs the node of a directory.
func (n *network) launch(dir, operator string) *launched {
	n.t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	p := &launched{network: n, dir: dir, operator: operator, stop: stop, ended: make(chan result, 1)}
	go func() { p.ended <- n.doIn(ctx, "run", "--dir", dir, "--json") }()
	n.t.Cleanup(p.end)
	return p
}

// end stops the node, and wants a clean end.
func (p *launched) end() {
	if p.ended == nil {
		return
	}
	p.stop()
	end := <-p.ended
	p.log = end.err
	if end.code != exitOK {
		p.t.Errorf("%s: exit code %d", p.dir, end.code)
	}
	if p.t.Failed() {
		p.t.Logf("%s:\n%s", p.dir, end.err[max(0, len(end.err)-4000):])
	}
	p.ended = nil
}

// becomes waits until the node's status is as wanted.
func (p *launched) becomes(what string, holds func(*node.Status) bool) (s node.Status) {
	p.t.Helper()
	return p.becomesWithin(patience, what, holds)
}

func (p *launched) becomesWithin(limit time.Duration, what string, holds func(*node.Status) bool) (s node.Status) {
	p.t.Helper()
	for end := time.Now().Add(limit); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		answer, err := http.Get("http://" + p.operator + "/status")
		if err == nil {
			s = node.Status{}
			err = json.NewDecoder(answer.Body).Decode(&s)
			answer.Body.Close()
		}
		if err == nil && holds(&s) {
			return s
		}
		select {
		case end := <-p.ended:
			p.ended = nil
			p.t.Fatalf("%s: has ended: %d\n%s%s", p.dir, end.code, end.out, end.err)
		default:
		}
	}
	p.stop()
	log := (<-p.ended).err
	p.ended = nil
	p.t.Fatalf("%s: not in %v: %s; last %+v\n%s", p.dir, limit, what, s, log[max(0, len(log)-4000):])
	return s
}

func ready(s *node.Status) bool  { return s.Ready }
func seated(s *node.Status) bool { return s.Ready && s.Place == node.Seated }

// voters waits until raft has these voters and nobody else, as the nodes' logs have it.
func voters(all []*launched, ids ...string) {
	for _, p := range all {
		p.t.Helper()
		p.becomes(fmt.Sprint("voters ", ids), func(s *node.Status) bool {
			var votes []string
			for _, one := range s.Servers {
				if one.Votes {
					votes = append(votes, one.ID)
				}
			}
			slices.Sort(votes)
			return slices.Equal(votes, ids) && len(s.Servers) == len(ids)
		})
	}
}

func at(height uint64) func(*node.Status) bool {
	return func(s *node.Status) bool { return s.Cosign.Height >= height }
}

func (n *network) launchAll() (all []*launched) {
	for i := range n.size {
		all = append(all, n.launch(n.node(i), n.address(i, 2)))
	}
	for _, p := range all {
		p.becomes("ready", seated)
	}
	return all
}

// fill makes the ledger longer by some records, through a node, and gives its height.
func (n *network) fill(p *launched, records int) uint64 {
	n.t.Helper()
	var acts []*recordv1.Action
	for range records {
		n.registered++
		acts = append(acts, compose.Act(&recordv1.RegisterAccount{
			Account: uint64(ledger.AccountID(1)*ledger.AccountRange) + uint64(1000+n.registered), Kind: recordv1.AccountKind_ACCOUNT_KIND_COOPERATIVE, Roles: 1,
			Name: compose.RegisterName(fmt.Sprint("HTX thử ", n.registered)), Territory: 67,
		}))
	}
	for _, act := range acts {
		n.submit(0, p.public0(), act)
	}
	return p.becomes("a height", ready).Height
}

// public0 is the public address of the node.
func (p *launched) public0() string {
	for i := range p.size {
		if p.dir == p.node(i) {
			return p.public(i)
		}
	}
	p.t.Fatal("no address of ", p.dir)
	return ""
}

// A validator whose raft log is gone votes for nothing. It follows by leaves, serves, and comes back when its agency has signed a new incarnation; then the
// network can do without another one.
func TestLostRaftLogNeedsANewIncarnation(t *testing.T) {
	n := newNetwork(t)
	all := n.launchAll()
	n.fill(all[0], 5)
	all[2].end()
	if err := os.Remove(n.path("node2", "data", "raft.db")); err != nil {
		t.Fatal(err)
	}
	height := n.fill(all[0], 5)
	all[2] = n.launch(n.node(2), n.address(2, 2))
	s := all[2].becomes("it follows without a seat", func(s *node.Status) bool { return s.Place == node.StoreLost && s.Cosign.Height >= height })
	if s.Role != "following" {
		t.Errorf("role %q", s.Role)
	}
	height = n.fill(all[0], 3)
	all[2].becomes("it follows on", at(height))
	// Its clients are served: the record goes to the validators, and its own ledger tells the outcome.
	n.submit(2, n.public(2), compose.Act(&recordv1.UpdateNode{Incarnation: 2}))
	all[2].becomes("it has its seat again", seated)
	voters(all, "1-1", "2-1", "3-2")
	all[1].end()
	n.fill(all[0], 3)
	all[1] = n.launch(n.node(1), n.address(1, 2))
	all[1].becomes("ready", seated)
	for _, p := range all {
		p.end()
	}
	for i := range 3 {
		n.must("check", "--dir", n.node(i))
	}
	all = n.launchAll() // the new store is the one of the seat file now
	n.fill(all[2], 2)
}

// An old copy of the raft log is known for what it is.
func TestRolledBackRaftLogIsRecognised(t *testing.T) {
	n := newNetwork(t)
	all := n.launchAll()
	n.fill(all[0], 3)
	all[2].end()
	old, err := os.ReadFile(n.path("node2", "data", "raft.db"))
	if err != nil {
		t.Fatal(err)
	}
	all[2] = n.launch(n.node(2), n.address(2, 2))
	all[2].becomes("ready", seated)
	n.fill(all[0], 3)
	all[2].end()
	if err := os.WriteFile(n.path("node2", "data", "raft.db"), old, 0o600); err != nil {
		t.Fatal(err)
	}
	all[2] = n.launch(n.node(2), n.address(2, 2))
	all[2].becomes("it does not vote", func(s *node.Status) bool { return s.Place == node.StoreLost })
}

// A machine that is put back as a whole, seat file and all, knows nothing of it. The others do, and it hears of that before it votes.
func TestMachinePutBackIsRecognised(t *testing.T) {
	n := newNetwork(t)
	all := n.launchAll()
	n.fill(all[0], 3)
	all[2].end()
	if err := os.CopyFS(n.path("copy"), os.DirFS(n.node(2))); err != nil {
		t.Fatal(err)
	}
	all[2] = n.launch(n.node(2), n.address(2, 2))
	all[2].becomes("ready", seated)
	height := n.fill(all[0], 3)
	all[2].becomes("it has them", at(height))
	all[2].end()
	if err := os.RemoveAll(n.node(2)); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(n.node(2), os.DirFS(n.path("copy"))); err != nil {
		t.Fatal(err)
	}
	keyFiles, err := filepath.Glob(n.path("node2", "keys", "*"))
	if err != nil || len(keyFiles) == 0 {
		t.Fatal(keyFiles, err)
	}
	for _, file := range keyFiles { // CopyFS opens them to others
		if err := os.Chmod(file, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	all[2] = n.launch(n.node(2), n.address(2, 2))
	all[2].becomes("it does not vote, and follows", func(s *node.Status) bool { return s.Place == node.StoreLost && s.Cosign.Height >= height })
	n.submit(2, n.public(0), compose.Act(&recordv1.UpdateNode{Incarnation: 2}))
	all[2].becomes("it has its seat again", seated)
	voters(all, "1-1", "2-1", "3-2")
}

// A new store is taken when every majority in which its owner may have voted has been asked: of three, both others. Two that know nothing of a third must not
// found a network beside one that it was in.
func TestFoundingWantsAllThree(t *testing.T) {
	n := newNetwork(t)
	one, two := n.launch(n.node(0), n.address(0, 2)), n.launch(n.node(1), n.address(1, 2))
	for _, p := range []*launched{one, two} {
		p.becomes("one other has answered, and that does not do", func(s *node.Status) bool {
			return s.Place == node.Asking && s.PlaceWhy != nil && strings.HasPrefix(s.PlaceWhy.English, "1 of the 2 ")
		})
	}
	three := n.launch(n.node(2), n.address(2, 2))
	for _, p := range []*launched{one, two, three} {
		p.becomes("founded", seated)
	}
}

// elected proposes and votes, until the ledger has the change.
func (n *network) elected(change *recordv1.ProposeChange, voters ...int) {
	n.t.Helper()
	change.Lapses = uint64(time.Now().Add(24 * time.Hour).UnixMilli())
	record := n.submit(voters[0], n.public(0), compose.Act(change))
	id, err := ledger.ParseRecordID(record)
	if err != nil {
		n.t.Fatal(err)
	}
	for _, officer := range voters {
		n.submit(officer, n.public(0), compose.Act(&recordv1.Vote{Proposal: &recordv1.Vote_Action{Action: &recordv1.ActionRef{Record: id[:]}}, Ballot: recordv1.Ballot_BALLOT_YES}))
	}
}

func removal(agency uint64, quorum uint32) *recordv1.ProposeChange {
	return &recordv1.ProposeChange{Change: &recordv1.ProposeChange_RemoveValidator{RemoveValidator: &recordv1.RemoveValidator{Agency: agency, Quorum: quorum}}}
}

// joins makes the directory of a validator that knows nothing but one address, and what is to be voted on.
func (n *network) joins(dir string, i int, quorum uint32) (*launched, *recordv1.ProposeChange) {
	n.t.Helper()
	agency := uint64(i + 1)
	made := read[validatorMade](n.t, n.must("join", "--json", "--genesis", n.path("genesis"), "--from", n.public(0), "--dir", n.path(dir), "--agency", fmt.Sprint(agency),
		"--peer", n.address(i, 1), "--public", n.public(i), "--operator", n.address(i, 2)))
	n.hurry(made.Config)
	set, err := keys.Load(made.Keys)
	if err != nil {
		n.t.Fatal(err)
	}
	g, _, err := readGenesis(n.path("genesis"))
	if err != nil {
		n.t.Fatal(err)
	}
	key := func(purpose ident.Purpose, k *ident.Ed25519PrivateKey) *recordv1.ValidatorKey {
		public := k.Public()
		claim := ident.ValidatorPossession{Chain: g.Chain, Agency: agency, Purpose: purpose, CosignerName: made.CosignerName}
		proof, err := claim.Prove(k)
		if err != nil {
			n.t.Fatal(err)
		}
		return &recordv1.ValidatorKey{PublicKey: public[:], Proof: proof[:]}
	}
	change := &recordv1.ProposeChange{Change: &recordv1.ProposeChange_AddValidator{AddValidator: &recordv1.AddValidator{
		Agency: agency, Quorum: quorum, Validator: &recordv1.NewValidator{
			Node: key(ident.PurposeNode, set.Node), Cosigner: key(ident.PurposeCosigner, set.Cosigner), Tls: key(ident.PurposeTLS, set.TLS), CosignerName: made.CosignerName,
			PeerAddress: n.address(i, 1), PublicAddress: n.public(i),
		}}}}
	return n.launch(n.path(dir), n.address(i, 2)), change
}

// Validators are removed and added by votes; raft follows, and so does who may sign.
func TestValidatorsByVote(t *testing.T) {
	n := newNetwork(t)
	all := n.launchAll()
	n.fill(all[0], 3)
	n.elected(removal(3, 2), 0, 1)
	height := n.fill(all[0], 3)
	all[2].becomes("voted out, it follows", func(s *node.Status) bool { return s.Place == node.Outside && s.Cosign.Height >= height })
	all[0].becomes("two peers less one", func(s *node.Status) bool { return len(s.Peers) == 1 })

	// It comes back as another: new keys, a new raft id, and a directory that knows nothing but one address.
	all[2].end()
	back, change := n.joins("back", 2, 2)
	back.becomes("it follows", func(s *node.Status) bool { return s.Place == node.Outside && s.Cosign.Height >= height })
	n.elected(change, 0, 1)
	back.becomes("it takes its seat", seated)
	voters([]*launched{all[0], all[1], back}, "1-1", "2-1", "3-2")
	all[1].end()
	height = n.fill(all[0], 3) // with two of three
	back.becomes("it certifies", at(height))
}

// One record changes a TLS key, and whoever was away while all others changed theirs comes back.
func TestTLSKeysAreRotatedWhileOneIsAway(t *testing.T) {
	n := newNetwork(t)
	all := n.launchAll()
	n.fill(all[0], 2)
	all[2].end()
	g, _, err := readGenesis(n.path("genesis"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range 2 {
		n.must("keys", "rotate", "--dir", n.node(i), "--tls")
		set, err := keys.Load(n.path(fmt.Sprintf("node%d", i), "keys"))
		if err != nil {
			t.Fatal(err)
		}
		public := set.NextTLS.Public()
		claim := ident.ValidatorPossession{Chain: g.Chain, Agency: uint64(i + 1), Purpose: ident.PurposeTLS, CosignerName: g.Policy().Validators[i].CosignerName}
		proof, err := claim.Prove(set.NextTLS)
		if err != nil {
			t.Fatal(err)
		}
		n.submit(i, n.public(i), compose.Act(&recordv1.RotateValidator{Tls: &recordv1.ValidatorKey{PublicKey: public[:], Proof: proof[:]}}))
		for _, p := range all[:2] {
			p.becomes("ready with the new key", seated)
		}
		n.fill(all[1-i], 2)
	}
	height := n.fill(all[0], 2)
	all[2] = n.launch(n.node(2), n.address(2, 2))
	all[2].becomes("it comes back", func(s *node.Status) bool { return seated(s) && s.Cosign.Height >= height })
	all[1].end()
	n.fill(all[0], 2)
}

// A replica has no keys and no vote; it follows, takes records, and serves.
func TestReplicaServes(t *testing.T) {
	n := newNetwork(t)
	all := n.launchAll()
	height := n.fill(all[0], 4)
	public, operator := n.address(3, 0), n.address(3, 2)
	n.must("join", "--genesis", n.path("genesis"), "--from", n.public(1), "--dir", n.path("replica"), "--public", public, "--operator", operator)
	replica := n.launch(n.path("replica"), operator)
	replica.becomes("it follows", at(height))
	n.submit(0, public, compose.Act(&recordv1.RegisterAccount{
		Account: uint64(ledger.AccountID(1)*ledger.AccountRange) + 7, Kind: recordv1.AccountKind_ACCOUNT_KIND_COOPERATIVE, Roles: 1, Name: compose.RegisterName("HTX qua bản sao"), Territory: 67}))
	all[0].end()
	height = n.fill(all[1], 2)
	replica.becomes("it goes on", at(height))
	replica.end()
	n.must("check", "--dir", n.path("replica"))
}
