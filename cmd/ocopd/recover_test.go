package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/ident/keystore"
	"github.com/ocopledger/ocop/ledger/store"
	"github.com/ocopledger/ocop/node"
	"github.com/ocopledger/ocop/node/recovery"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// sign has officers, by the number of their agency less one, sign a recovery statement.
func (n *network) sign(statement string, officers ...int) {
	n.t.Helper()
	for _, i := range officers {
		n.must("recover", "sign", statement, "--key", n.keys(i), "--password-file", n.path("password"))
	}
}

// papers are statements that do not count, and why.
func (n *network) papers(t *testing.T, signed string) []refusal {
	t.Helper()
	text, err := os.ReadFile(signed)
	if err != nil {
		t.Fatal(err)
	}
	// forge makes a statement that two officers have signed as it is.
	forge := func(name string, change func(*recovery.Statement)) string {
		s, err := recovery.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		change(s)
		for i := range s.Signatures {
			s.Signatures[i] = n.signature(t, s, int(s.Signatures[i].Agency)-1)
		}
		return n.write(name, string(s.Bytes()))
	}
	stranger, _ := n.key("stranger", 1)
	foreign := n.write("foreign.txt", string(text))
	n.must("recover", "sign", foreign, "--key", stranger, "--password-file", n.path("password"))
	apply := func(paper string) []string {
		return []string{"recover", "apply", "--dir", n.node(2), "--statement", paper}
	}
	return []refusal{
		{"no statement", without(apply(signed), "--statement"), exitUsage, "--statement missing"},
		{"no such file", apply(n.path("nothing.txt")), exitFailure, "there is no file"},
		{"not a statement", apply(n.path("territories.csv")), exitInput, "no recovery statement"},
		{"a line more", apply(n.write("more.txt", string(text)+"\n")), exitInput, "no recovery statement"},
		{"unsigned", apply(forge("unsigned.txt", func(s *recovery.Statement) { s.Signatures = nil })), exitInput, "0 agencies have signed, and 2 of 3 must"},
		{"signed by too few", apply(forge("few.txt", func(s *recovery.Statement) { s.Signatures = s.Signatures[:1] })), exitInput, "1 agencies have signed"},
		{"by a stranger's key", apply(foreign), exitInput, "is no key of agency 1"},
		{"altered", apply(n.write("altered.txt", strings.Replace(string(text), "\nlost 1-1", "\nreturns 1-1", 1))), exitInput, "no recovery statement"},
		{"altered in its form", apply(n.write("later.txt", strings.Replace(string(text), "\ntime 20", "\ntime 19", 1))), exitInput, "the signature of agency 1"},
		{"of another ledger", apply(forge("chain.txt", func(s *recovery.Statement) { s.Chain[0] ^= 1 })), exitInput, "the statement is of ledger"},
		{"for another node", apply(forge("voter.txt", func(s *recovery.Statement) {
			s.Voter, s.Lost[0] = s.Lost[0], s.Voter
			slices.SortFunc(s.Lost, recovery.Seat.Compare)
		})), exitInput, "this node is 3-1"},
		{"of other voters", apply(forge("voters.txt", func(s *recovery.Statement) { s.Lost = s.Lost[:1] })), exitInput, "draft it anew"},
		{"a log that was shorter", apply(forge("log.txt", func(s *recovery.Statement) { s.Log-- })), exitInput, "a majority was there since"},
		{"a head that is not here yet", apply(forge("ahead.txt", func(s *recovery.Statement) { s.Head.Size += 100 })), exitInput, "is shorter than"},
		{"another head", apply(forge("root.txt", func(s *recovery.Statement) { s.Head.Root[0] ^= 1 })), exitDivergence, "contradicts the head in the statement"},
		{"another certified head", apply(forge("certified.txt", func(s *recovery.Statement) { s.Certified.Root[0] ^= 1 })), exitDivergence, "contradicts the certified head in the statement"},
	}
}

// signature is an officer's, of a statement.
func (n *network) signature(t *testing.T, s *recovery.Statement, officer int) recovery.Signature {
	t.Helper()
	data, err := keystore.ReadFile(n.keys(officer))
	if err != nil {
		t.Fatal(err)
	}
	kept, err := keystore.Decrypt(data, []byte(testPassword))
	if err != nil {
		t.Fatal(err)
	}
	private, err := kept.Author()
	if err != nil {
		t.Fatal(err)
	}
	alone := *s
	alone.Signatures = nil
	if err := alone.Sign(ledger.AccountID(officer+1), private); err != nil {
		t.Fatal(err)
	}
	return alone.Signatures[0]
}

// replaceMachine gives agency 1+i a new machine, with the keys from their backup and nothing else that was its own.
func (n *network) replaceMachine(i int) {
	n.t.Helper()
	old := n.node(i) + ".old"
	if err := os.Rename(n.node(i), old); err != nil {
		n.t.Fatal(err)
	}
	if err := os.Mkdir(n.node(i), 0o700); err != nil {
		n.t.Fatal(err)
	}
	held, err := filepath.Glob(filepath.Join(old, "keys", "*"))
	if err != nil || len(held) < 3 {
		n.t.Fatal(held, err)
	}
	if err := os.Mkdir(filepath.Join(n.node(i), "keys"), 0o700); err != nil {
		n.t.Fatal(err)
	}
	files := []string{"config.yaml", "genesis"}
	for _, path := range held {
		files = append(files, filepath.Join("keys", filepath.Base(path)))
	}
	for _, name := range files {
		data, err := os.ReadFile(filepath.Join(old, name))
		if err != nil {
			n.t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(n.node(i), name), data, 0o600); err != nil {
			n.t.Fatal(err)
		}
	}
}

// Two of three validators are gone. What is left refuses to go on by a word that does not count, goes on by the agencies' statement, orders alone and certifies
// nothing; certifies again when a machine has come back and the other agency was voted out; and is disturbed by no machine that was given up.
func TestRecoverLostMajority(t *testing.T) {
	n := newNetwork(t)
	n.derived = store.IndexFile
	all := n.launchAll()
	height := n.fill(all[0], 4)
	all[2].becomes("certified", at(height))
	left := n.node(2)
	draft := []string{"recover", "draft", "--dir", left, "--lost", "1,2", "-o", n.path("paper.txt")}
	if busy := n.do(draft...); busy.code != exitInUse {
		t.Errorf("a draft on a node that runs: %+v", busy)
	}
	all[0].end()
	all[1].end()
	certified := all[2].becomes("nobody leads", func(s *node.Status) bool { return s.Leader == 0 }).Cosign.Size
	all[2].end()
	n.refuse(t, []refusal{
		{"nobody is lost", without(draft, "--lost"), exitUsage, "--lost missing"},
		{"no agency", with(draft, "--lost", "x"), exitUsage, "no account number of an agency"},
		{"a majority is left", with(draft, "--lost", "1"), exitInput, "which is a majority"},
		{"nobody is left", with(draft, "--lost", "1,2,3"), exitInput, "this very node must be left"},
		{"no voter", with(draft, "--lost", "1,2,9"), exitInput, "agency 9 has no vote"},
		{"no node", with(draft, "--dir", n.path("nothing")), exitFailure, "config.yaml"},
		{"a file that is there", with(draft, "-o", n.path("genesis")), exitExists, "exists"},
	})
	said := read[struct {
		Notice, File string
		Statement    statementReport
		EndIndex     uint64             `json:"raft_log_ends_at"`
		EndTerm      uint64             `json:"raft_log_ends_in_term"`
		Pending      uint64             `json:"raft_entries_not_applied"`
		Needed       int                `json:"signatures_needed"`
		Agencies     []ledger.AccountID `json:"agencies"`
	}](t, n.must(append(draft, "--json")...))
	if s := said.Statement; s.Voter != "3-1" || !slices.Equal(s.Lost, []string{"1-1", "2-1"}) || len(s.Returns) != 0 || s.Certified != certified || s.Size < certified || said.EndTerm == 0 || said.EndIndex < s.Log || said.Needed != 2 || len(said.Agencies) != 3 {
		t.Errorf("%+v", said)
	}
	n.sign(n.path("paper.txt"), 0, 1)
	n.sign(n.path("paper.txt"), 0) // once more is once
	apply := []string{"recover", "apply", "--dir", left, "--statement", n.path("paper.txt")}
	papers := n.papers(t, n.path("paper.txt"))
	n.refuse(t, append(papers, refusal{"on another node", with(apply, "--dir", n.node(0)), exitInput, "this node is 1-1"}))

	found := n.launch(n.node(0), n.address(0, 2))
	found.becomes("it runs", func(s *node.Status) bool { return s.Height > 0 })
	if r := n.do(apply...); r.code != exitInput || !strings.Contains(r.err, "the node of agency 1 answers") {
		t.Errorf("with a lost node that answers: %+v", r)
	}
	found.end()

	done := read[recoveredReport](t, n.must(append(apply, "--json")...))
	if !slices.Equal(done.Expelled, []string{"1-1", "2-1"}) || done.Height < said.Statement.Height || done.Quorum != 2 || len(done.NotAsked) != 0 {
		t.Errorf("%+v", done)
	}
	kept, err := os.ReadFile(done.File)
	paper, failed := os.ReadFile(n.path("paper.txt"))
	if err != nil || failed != nil || !bytes.Equal(kept, paper) || filepath.Dir(done.File) != n.path("node2", "recoveries") {
		t.Errorf("%v, %v: %s holds\n%s", err, failed, done.File, kept)
	}
	n.refuse(t, []refusal{
		{"again", apply, exitInput, "is the only voter already"},
		{"a draft after it", draft, exitInput, "agency 1 has no vote"},
	})
	n.goOn(t, certified)
}

// goOn is what comes after the recovery of agency 3's node.
func (n *network) goOn(t *testing.T, certified uint64) {
	left := n.launch(n.node(2), n.address(2, 2))
	term := left.becomes("it leads", func(s *node.Status) bool { return seated(s) && s.Leader == 3 }).Term
	voters([]*launched{left}, "3-1")
	height := n.fill(left, 5)

	// A machine that was given up is started all the same: nobody listens to it.
	old := n.launch(n.node(1), n.address(1, 2))
	old.becomes("it is told that nobody listens", func(s *node.Status) bool {
		return slices.ContainsFunc(s.Alarms, func(a string) bool { return strings.Contains(a, "agency 3 does not listen to this one") })
	})
	height = n.fill(left, 3)
	if s := left.becomes("undisturbed", seated); s.Term != term || s.Leader != 3 || s.Cosign.Size != certified {
		t.Errorf("with a machine that was given up: term %d, before it %d; certified %d, before it %d", s.Term, term, s.Cosign.Size, certified)
	}
	old.end()

	// A machine comes back with its keys, the new incarnation, and the ledger of the node that went on: nobody certifies what names the incarnation before it is there.
	n.submit(0, n.public(2), compose.Act(&recordv1.UpdateNode{Incarnation: 2}))
	n.must("backup", "--dir", left.dir, "--to", n.path("backup"))
	n.replaceMachine(0)
	n.must("restore", "--from", n.path("backup"), "--dir", n.node(0))
	back := n.launch(n.node(0), n.address(0, 2))
	back.becomes("it has a seat", seated)
	voters([]*launched{left, back}, "1-2", "3-1")
	height = n.fill(back, 2)
	left.becomes("it follows", func(s *node.Status) bool { return s.Height >= height })

	// Two of three cosigners are there, and each wants the word of both others before it signs. The agency that does not come back is voted out.
	lapses := uint64(time.Now().Add(24 * time.Hour).UnixMilli())
	id, err := ledger.ParseRecordID(n.submit(0, n.public(2), compose.Act(&recordv1.ProposeChange{
		Change: &recordv1.ProposeChange_RemoveValidator{RemoveValidator: &recordv1.RemoveValidator{Agency: 2, Quorum: 2}}, Lapses: lapses})))
	if err != nil {
		t.Fatal(err)
	}
	for _, officer := range []int{0, 2} {
		n.submit(officer, n.public(2), compose.Act(&recordv1.Vote{
			Proposal: &recordv1.Vote_Action{Action: &recordv1.ActionRef{Record: id[:]}}, Ballot: recordv1.Ballot_BALLOT_YES}))
	}
	height = n.fill(left, 3)
	for _, p := range []*launched{left, back} {
		p.becomes("certified again", at(height))
	}
	old = n.launch(n.node(1), n.address(1, 2))
	old.becomes("it follows", func(s *node.Status) bool { return s.Height >= height })
	height = n.fill(back, 2)
	left.becomes("certified still", at(height))
	for _, p := range []*launched{old, left, back} {
		p.stop()
		end := <-p.ended
		p.ended = nil
		if end.code != exitOK {
			t.Errorf("%s: exit code %d", p.dir, end.code)
		}
		if told := strings.Contains(end.err, "this node's raft goes on by a recovery statement"); told != (p == left) {
			t.Errorf("%s tells of a recovery: %v", p.dir, told)
		}
	}
	one, other := read[checkReport](t, n.must("check", "--json", "--dir", n.node(0))), read[checkReport](t, n.must("check", "--json", "--dir", n.node(2)))
	if !one.OK || !other.OK || one.Root != other.Root || one.Size != other.Size {
		t.Errorf("%+v\n%+v", one, other)
	}
}
