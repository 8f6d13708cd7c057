package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/ocopledger/ocop/cmd/internal/rotation"
	"github.com/ocopledger/ocop/cmd/ocopd/internal/ceremony"
	"github.com/ocopledger/ocop/cmd/ocopd/internal/newnode"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/verify"
	"github.com/ocopledger/ocop/node/client"
	"github.com/ocopledger/ocop/node/config"
	"github.com/ocopledger/ocop/node/keys"
	"github.com/ocopledger/ocop/node/sync"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

type replicaMade struct {
	newnode.Replica
	Sources []foundHead `json:"sources"`
}

type validatorMade struct {
	newnode.Joined
	Sources []foundHead `json:"sources"`
}

// published gets a file that a node publishes, when there is one.
func (r *running) published(i int, path string) []byte {
	r.t.Helper()
	for {
		answer, err := http.Get("http://" + r.public(i) + "/log/" + path)
		if err != nil {
			r.t.Fatal(err)
		}
		data, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err != nil {
			r.t.Fatal(err)
		}
		if answer.StatusCode == http.StatusOK {
			return data
		}
		select {
		case end := <-r.ended[i]:
			r.t.Fatalf("node %d has ended: %+v", i, end)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// TestJoin: a node's directory from a genesis file and one address, of a network that runs.
func TestJoin(t *testing.T) {
	n := newNetwork(t)
	r := n.run()
	defer r.close()
	r.status(0)
	r.register(0, 0)
	policy := n.write("policy", string(r.published(0, "policy")))
	for strings.HasPrefix(string(r.published(0, "checkpoint")), "log.example/test\n1\n") { // the head of genesis is published first
		time.Sleep(20 * time.Millisecond)
	}
	from := n.public(0)
	dead := "127.0.0.1:1" // nobody listens there
	web := "http://" + from + "/log/"

	replica := []string{"join", "--genesis", n.path("genesis"), "--from", dead + ", " + web + "," + from, "--dir", n.path("replica"), "--public", "school.example:7400"}
	made := read[replicaMade](t, n.must(append(replica, "--json")...))
	if made.Chain != n.chain || made.Notice != ceremony.SampleNotice || made.URL != "http://school.example:7400" || made.Public != ":7400" || made.Policy != "" || len(made.Sources) != 3 {
		t.Errorf("%+v", made)
	}
	for i, s := range made.Sources {
		if good := i > 0; good != (s.Error == "") || good != (s.Size > 1 && s.Height > 0 && s.Quorum == 2 && s.Validators == 3 && len(s.Agencies) >= 2 && s.Time > 0) {
			t.Errorf("%+v", s)
		}
	}
	c, err := config.Load(made.Config)
	if err != nil {
		t.Fatal(err)
	}
	if sources, err := c.Sync.Sources(); err != nil || len(sources) != 3 || c.Role != config.Replica || c.Path(c.Genesis) != made.Genesis || c.Sync.Policy != "" {
		t.Errorf("%+v, %v", c, err)
	}
	same(t, made.Genesis, n.path("genesis"))
	if _, err := os.Stat(n.path("replica", "keys")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a replica has keys: %v", err)
	}
	n.follows(t, from, made.Sources[2].Size)
	n.follows(t, web, made.Sources[1].Size)

	validator := []string{"join", "--genesis", n.path("genesis"), "--from", from, "--dir", n.path("validator"), "--agency", "2", "--peer", "node2.example:7401", "--public", "ocop2.example:7400"}
	seat := read[validatorMade](t, n.must(append(validator, "--json")...))
	if c, err = config.Load(seat.Config); err != nil || c.Role != config.Validator || c.Agency != 2 || c.Sync.From != from || c.Peer.Listen != ":7401" {
		t.Errorf("%+v, %v", c, err)
	}
	set, err := keys.Load(seat.Keys)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(seat.Validator)
	if err != nil {
		t.Fatal(err)
	}
	if j, err := rotation.ParseJoining(string(text)); err != nil || j.Keys[0].Public != set.Node.Public() || len(seat.Sources) != 1 {
		t.Errorf("%v, %+v", err, seat)
	}

	// Years later the genesis file alone leads nowhere; the policy file of then does.
	n.now = func() time.Time { return time.Now().AddDate(3, 0, 0) }
	late := []string{"join", "--genesis", n.path("genesis"), "--from", from, "--dir", n.path("late")}
	date := n.now().AddDate(0, -1, 0).Truncate(time.Second)
	old := n.do(append(late, "--json")...)
	if old.code != exitInput || !strings.Contains(old.out, "--policy") {
		t.Errorf("with genesis alone: %+v", old)
	}
	if err := os.Chtimes(policy, date, date); err != nil {
		t.Fatal(err)
	}
	made = read[replicaMade](t, n.must(append(late, "--policy", policy, "--json")...))
	same(t, made.Policy, policy)
	if info, err := os.Stat(made.Policy); err != nil || !info.ModTime().Equal(date) {
		t.Errorf("the copy is of %v, %v", info, err)
	}
	if c, err = config.Load(made.Config); err != nil || c.Path(c.Sync.Policy) != made.Policy || c.Public.Listen != "127.0.0.1:7400" {
		t.Errorf("%+v, %v", c, err)
	}
	n.now = time.Now
	n.joinSays(t, from, policy)
	n.joinRefuses(t, from, dead)
}

// follows checks that a ledger can be had from a source up to a head that it showed.
func (n *network) follows(t *testing.T, from string, size uint64) {
	t.Helper()
	file, err := os.ReadFile(n.path("genesis"))
	if err != nil {
		t.Fatal(err)
	}
	pool, err := ident.NewPool(1, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	l, err := chain.Open(t.Context(), chain.Options{Dir: t.TempDir(), Genesis: file, Verifier: pool, NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	source, err := sync.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	g := l.Genesis()
	f := sync.New(sync.Options{
		Ledger: l, Sources: func() []sync.Source { return []sync.Source{source} }, Epoch: func() uint32 { return 0 }, Certified: func(sync.Point) {}, Now: time.Now,
		Trust: func() (verify.Trust, error) { return verify.NewTrust(g.Policy(), g.Body.GetTime()/1000, 0) },
	})
	if err := f.To(t.Context(), size); err != nil || l.Head().Size < size {
		t.Errorf("%s: %v, %+v", from, err, l.Head())
	}
}

// TestReplicaRuns: what join made runs, holds what the validators hold, and shows it.
func TestReplicaRuns(t *testing.T) {
	n := newNetwork(t)
	r := n.run()
	defer r.close()
	r.status(0)
	r.register(0, 0)
	ports := freePorts(t, 2)
	public, operator := fmt.Sprintf("127.0.0.1:%d", ports), fmt.Sprintf("127.0.0.1:%d", ports+1)
	n.must("join", "--genesis", n.path("genesis"), "--from", n.public(0), "--dir", n.path("replica"), "--public", public, "--operator", operator)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan result, 1)
	go func() { ended <- n.doIn(ctx, "run", "--dir", n.path("replica")) }()
	for i := 1; i < 3; i++ {
		r.register(i, i) // while it follows
	}
	want := r.status(0).Size
	replica, err := client.New(public, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer replica.Close()
	for {
		a, err := replica.Ledger.GetHead(t.Context(), &apiv1.GetHeadRequest{})
		if err == nil && a.GetCertified().GetSize() >= want && a.GetHead().GetSize() >= want {
			break
		}
		select {
		case end := <-ended:
			t.Fatalf("the replica has ended: %+v", end)
		case <-time.After(20 * time.Millisecond):
		}
	}
	stop()
	if end := <-ended; end.code != exitOK {
		t.Errorf("%+v", end)
	}
	n.must("check", "--dir", n.path("replica"))
}

// joinSays holds what people read.
func (n *network) joinSays(t *testing.T, from, policy string) {
	args := []string{"join", "--genesis", n.path("genesis"), "--from", from, "--policy", policy}
	if err := os.Chtimes(policy, time.Now(), time.Now()); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		lang, dir string
		more      []string
		want      []string
	}{
		{"en", "said1", nil, []string{"Made a read replica of ledger " + n.chain, from + ": block ", "of 3 agencies (2 needed)", "the policy file that is believed", "Next: ocopd run --dir"}},
		{"vi", "said2", nil, []string{"Đã tạo bản sao chỉ đọc của sổ cái " + n.chain, from + ": khối ", "/3 cơ quan đồng ký (cần 2)", "tệp chính sách được tin", "Tiếp theo: ocopd run --dir"}},
		{"en", "said3", []string{"--agency", "3", "--peer", "p.example:1", "--public", "q.example:2"}, []string{"Made the node of agency 3", "propose-add-validator", from + ": block ", "takes its seat"}},
		{"vi", "said4", []string{"--agency", "3", "--peer", "p.example:1", "--public", "q.example:2"}, []string{"Đã tạo nút của cơ quan 3", "propose-add-validator", from + ": khối ", "biểu quyết xong"}},
	} {
		out := n.must(append(append(args, "--lang", c.lang, "--dir", n.path(c.dir)), c.more...)...).out
		for _, want := range append(c.want, ceremony.SampleNotice) {
			if !strings.Contains(out, want) {
				t.Errorf("no %q in\n%s", want, out)
			}
		}
	}
}

func (n *network) joinRefuses(t *testing.T, from, dead string) {
	other := newNetwork(t) // on another machine, whose files stand still
	for _, dir := range []string{"replica", "validator"} {
		if err := os.CopyFS(other.path(dir), os.DirFS(n.path(dir))); err != nil {
			t.Fatal(err)
		}
	}
	good := []string{"join", "--genesis", n.path("genesis"), "--from", from, "--dir", other.path("refused")}
	other.write("foreign-policy", other.firstPolicy())
	other.refuse(t, []refusal{
		{"no source", without(good, "--from"), exitUsage, "--from missing"},
		{"no genesis", without(good, "--genesis"), exitUsage, "--genesis missing"},
		{"a source that is none", with(good, "--from", "ocop.example"), exitUsage, "host:port"},
		{"no source at all", with(good, "--from", " "), exitUsage, "want a source"},
		{"a peer door without an agency", append(good, "--peer", "p.example:1"), exitUsage, "want --agency"},
		{"an agency without a peer door", append(good, "--agency", "2", "--public", "q.example:2"), exitUsage, "--peer missing"},
		{"an agency that is none", append(good, "--agency", "77", "--public", "q.example:2", "--peer", "p.example:1"), exitUsage, "no such agency"},
		{"a public address that leads nowhere", append(good, "--public", "0.0.0.0:1"), exitUsage, "--public"},
		{"nobody answers", with(good, "--from", dead), exitFailure, dead + ": it does not answer"},
		{"a source of another ledger", with(good, "--genesis", other.path("genesis")), exitInput, "it is of another ledger"},
		{"no genesis file", with(good, "--genesis", n.path("territories.csv")), exitInput, "not a sound genesis file"},
		{"no policy file", append(good, "--policy", n.path("territories.csv")), exitInput, "not a sound policy file"},
		{"a policy file of another ledger", append(good, "--policy", other.path("foreign-policy")), exitInput, "of another ledger"},
		{"a directory that is taken", with(good, "--dir", other.path("replica")), exitExists, "exists"},
		{"a directory with a node of an agency", append(with(good, "--dir", other.path("validator")), "--agency", "2", "--public", "q.example:2", "--peer", "p.example:1"), exitExists, "exists"},
	})
}

// firstPolicy is the policy file of epoch 0.
func (n *network) firstPolicy() string {
	n.t.Helper()
	g, _, err := readGenesis(n.path("genesis"))
	if err != nil {
		n.t.Fatal(err)
	}
	return string(checkpoint.FormatPolicy(g.Policy(), func(ledger.AccountID) string { return "" }, ""))
}

func same(t *testing.T, a, b string) {
	t.Helper()
	one, err := os.ReadFile(a)
	if err != nil {
		t.Fatal(err)
	}
	two, err := os.ReadFile(b)
	if err != nil || string(one) != string(two) {
		t.Errorf("%s and %s differ: %v", a, b, err)
	}
}
