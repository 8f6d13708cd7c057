package command

import (
	"cmp"
	"context"
	"encoding/json"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/chain/chaintest"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/prove"
	"github.com/ocopledger/ocop/ledger/receipt"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
	"github.com/ocopledger/ocop/proto/ocop/api/v1/apigrpc"
)

// prover is a node that makes receipts of the story of package chaintest, and nothing else.
type prover struct {
	apigrpc.UnimplementedProofServiceServer
	ledger    *chain.Ledger
	points    []point                            // by height, from 2 on
	now       point                              // that is served
	lie       func(*apiv1.GetCheckpointResponse) // nil: the truth
	twist     byte                               // into every hash of a consistency proof
	handovers [][]byte
	record    ledger.RecordID // at leaf 1
	other     string          // the lot whose receipt is given for any; empty: the one asked for
	blobs     shower
}

// shower answers with one blob, whatever it is asked for.
type shower struct {
	apigrpc.UnimplementedBlobServiceServer
	container []byte // none: it has no blob
}

// GetBlob implements apigrpc.BlobServiceServer.
func (s *shower) GetBlob(context.Context, *apiv1.GetBlobRequest) (*apiv1.GetBlobResponse, error) {
	if s.container == nil {
		return nil, status.Error(codes.NotFound, "no such blob")
	}
	return &apiv1.GetBlobResponse{Container: s.container}, nil
}

// point is a certified head.
type point struct {
	height uint64
	epoch  uint32
	signed *checkpoint.Signed
}

// view reads the ledger at the point that is served.
func (p *prover) view(read func(*chain.View) error) error { return p.ledger.ViewAt(p.now.height, read) }

// from are the handovers from an epoch to that of the point.
func (p *prover) from(pinned uint32) [][]byte {
	return p.handovers[min(pinned, p.now.epoch):p.now.epoch]
}

func newProver(m *machine) *prover {
	m.t.Helper()
	return newProverIn(m, 2, nil) // whose heads two of three validators certify, from the first epoch to the last
}

// newProverIn is one whose ledger is of a protocol version, with drafts after the story.
func newProverIn(m *machine, protocol uint32, more func(w *chaintest.World) [][]*compose.Signed) *prover {
	t := m.t
	t.Helper()
	w := chaintest.NewIn(protocol, chaintest.Start)
	pool, err := ident.NewPool(2, 0)
	check(t, err)
	t.Cleanup(pool.Close)
	l, err := chain.Open(t.Context(), chain.Options{Dir: t.TempDir(), Genesis: w.Genesis.Bytes(), Verifier: pool, NoSync: true})
	check(t, err)
	t.Cleanup(func() { l.Close() })
	story := w.Story()
	if more != nil {
		for _, records := range more(w) {
			w.Tick(time.Minute)
			data := w.Draft(records...)
			story = append(story, chaintest.Draft{Index: w.Index, Term: w.Term, Data: data, Records: records})
		}
	}
	p := &prover{ledger: l, record: story[0].Records[0].ID}
	var last chain.Applied
	for _, d := range story {
		if last.Ends {
			p.handover(t, &last)
		}
		applied, err := l.Apply(t.Context(), []chain.Entry{{Index: d.Index, Term: d.Term, Data: d.Data}})
		check(t, err)
		last = applied[0]
		signed := chaintest.Cosign(last.Policy, last.Head, last.Head.Time/1000, chaintest.Province, chaintest.Ministry)
		p.points = append(p.points, point{last.Head.Height, last.Policy.Number, signed})
	}
	m.now = time.UnixMilli(int64(w.Now)).Add(90 * time.Second)
	p.now = p.points[len(p.points)-1]
	p.now.signed = chaintest.Cosign(last.Policy, l.Head(), w.Now/1000, chaintest.Province, chaintest.Ministry)

	server := grpc.NewServer()
	apigrpc.RegisterProofServiceServer(server, p)
	apigrpc.RegisterBlobServiceServer(server, &p.blobs)
	apigrpc.RegisterLedgerServiceServer(server, telling{p: p})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	go server.Serve(listener)
	t.Cleanup(server.Stop)
	m.env["OCOP_NODE"] = listener.Addr().String()
	m.write("genesis", string(w.Genesis.Bytes()))
	policy := checkpoint.FormatPolicy(last.Policy, func(ledger.AccountID) string { return "" }, "")
	m.write("policy.txt", string(policy))
	m.write("handover", string(p.handovers[len(p.handovers)-1]))
	return p
}

// handover is the one from the epoch that the newest block ended.
func (p *prover) handover(t *testing.T, a *chain.Applied) {
	t.Helper()
	h := &checkpoint.Handover{Policy: p.ledger.Policy(), Checkpoint: chaintest.Cosign(a.Policy, a.Head, a.Head.Time/1000)}
	check(t, p.ledger.View(func(v *chain.View) (err error) {
		if h.Seal, err = v.Leaf(a.Head.Size - 1); err != nil {
			return err
		}
		hashes, err := v.Hashes()
		if err == nil {
			h.Path, err = merkle.Log.ProveInclusion(hashes, a.Head.Size, a.Head.Size-1)
		}
		return err
	}))
	p.handovers = append(p.handovers, h.Append(nil))
}

func (p *prover) GetSubjectReceipt(_ context.Context, q *apiv1.GetSubjectReceiptRequest) (a *apiv1.GetSubjectReceiptResponse, err error) {
	err = p.view(func(v *chain.View) error {
		o := prove.Options{AsOf: q.AsOfHeight, Handovers: p.from(q.GetPinnedEpoch())}
		var r *receipt.Receipt
		switch s := q.GetSubject().(type) {
		case *apiv1.GetSubjectReceiptRequest_Product:
			id, _ := ledger.ParseProductID(s.Product)
			r, err = prove.Product(v, p.now.signed, id, o)
		case *apiv1.GetSubjectReceiptRequest_Certificate:
			id, _ := ledger.ParseCertificateID(s.Certificate)
			r, err = prove.Certificate(v, p.now.signed, id, o)
		case *apiv1.GetSubjectReceiptRequest_Lot:
			id, _ := ledger.ParseLotID(cmp.Or(p.other, s.Lot))
			r, err = prove.Lot(v, p.now.signed, id, o)
		}
		if err != nil {
			return status.Error(codes.NotFound, err.Error())
		}
		a = &apiv1.GetSubjectReceiptResponse{AsOf: &apiv1.AsOf{Height: v.Head().Height, Sample: true}, File: r.Append(nil)}
		return nil
	})
	return a, err
}

func (p *prover) GetRecordReceipt(_ context.Context, q *apiv1.GetRecordReceiptRequest) (a *apiv1.GetRecordReceiptResponse, err error) {
	err = p.view(func(v *chain.View) error {
		a = &apiv1.GetRecordReceiptResponse{AsOf: &apiv1.AsOf{Height: v.Head().Height, Sample: true}}
		if q.Action == nil {
			proof, err := prove.Record(v, p.now.signed, 1)
			a.File = proof.Append(nil)
			return err
		}
		r, err := prove.Action(v, p.now.signed, 1, uint16(q.GetAction()), prove.Options{Handovers: p.from(q.GetPinnedEpoch())})
		a.File = r.Append(nil)
		return err
	})
	return a, err
}

// TestReceiptsAtATerminal: got from a node, checked without one, in both languages.
func TestReceiptsAtATerminal(t *testing.T) {
	m := newMachine(t)
	p := newProver(m)
	if out := m.ok("receipt", "product", chaintest.Coffee.String(), "-o", "coffee.ocop"); !strings.Contains(out, sampleNotice) || !strings.Contains(out, "block 18") {
		t.Error(out)
	}
	m.ok("receipt", "certificate", chaintest.ThePepper.String(), "-o", "pepper.ocop")
	m.ok("receipt", "lot", chaintest.CoffeeLot.String(), "-o", "lot.ocop", "--as-of", "7")
	m.ok("receipt", "record", p.record.String(), "-o", "record.tlog-proof")
	m.ok("receipt", "action", p.record.String()+"-1", "-o", "action.ocop")
	m.env["OCOP_NODE"] = "127.0.0.1:1" // nobody is asked from here on

	for _, l := range []string{"vi", "en"} {
		m.env["OCOP_LANG"] = l
		var all strings.Builder
		for _, args := range [][]string{
			{"verify", "coffee.ocop", "--policy", "genesis"},
			{"verify", "pepper.ocop", "--genesis", "genesis", "--date", "05/03/2026"},
			{"verify", "lot.ocop", "--genesis", "genesis", "--policy", "policy.txt"},
			{"verify", "coffee.ocop", "--genesis", "genesis", "--as-of", "2"},
			{"verify", "record.tlog-proof", "--policy", "policy.txt", "--genesis", "genesis"},
			{"verify", "action.ocop", "--policy", "genesis"},
		} {
			all.WriteString("$ ocop " + strings.Join(args, " ") + "\n" + m.ok(args...) + "\n")
		}
		golden(t, "verify."+l+".txt", all.String())
	}
	m.env["OCOP_LANG"] = "en"
	var shown shownSubject
	check(t, json.Unmarshal([]byte(m.ok("verify", "coffee.ocop", "--policy", "genesis", "--json")), &shown))
	if shown.Verify != "ok" || shown.Notice != sampleNotice || shown.Verdict.Kind != "in_force" || len(shown.Certificates) != 2 || shown.Certificates[1].Competence.Level != 3 ||
		len(shown.Timeline) < 6 || shown.Head.Age != 90 || shown.Head.Liars != 1 {
		t.Errorf("%+v", shown)
	}
	// What a file of the verifier's says of the ledger is said of all that is verified with it; a handover says nothing.
	plain, err := os.ReadFile("policy.txt")
	check(t, err)
	m.write("sample.txt", "# "+sampleNotice+"\n"+string(plain))
	for _, c := range []struct {
		with   []string
		notice bool
	}{
		{[]string{"--policy", "policy.txt"}, false}, {[]string{"--policy", "sample.txt"}, true}, {[]string{"--policy", "policy.txt", "--genesis", "genesis"}, true},
		{[]string{"--policy", "handover"}, false}, {[]string{"--policy", "handover", "--genesis", "genesis"}, true},
	} {
		if out := m.ok(append([]string{"verify", "coffee.ocop"}, c.with...)...); strings.HasPrefix(out, sampleNotice+"\n") != c.notice || !strings.Contains(out, "in force until") {
			t.Errorf("%v:\n%s", c.with, out)
		}
	}
}

const sampleNotice = "DỮ LIỆU MẪU – không có giá trị"

// TestRefusalsOfVerify: each with its word and exit code.
func TestRefusalsOfVerify(t *testing.T) {
	m := newMachine(t)
	p := newProver(m)
	m.ok("receipt", "product", chaintest.Pepper.String(), "-o", "pepper.ocop")
	node := m.env["OCOP_NODE"]
	m.env["OCOP_NODE"] = "127.0.0.1:1"
	file, err := os.ReadFile("pepper.ocop")
	check(t, err)
	bent := append([]byte(nil), file...)
	bent[len(bent)-1] ^= 1
	m.write("bent.ocop", string(bent))
	m.write("cut.ocop", string(file[:len(file)-1]))
	m.write("noise", "noise")
	other := chaintest.NewAt(chaintest.Start.Add(time.Hour))
	m.write("other", string(other.Genesis.Bytes()))

	m.fails(exitProof, "not proved [history]", "verify", "bent.ocop", "--policy", "genesis")
	m.fails(exitInput, "not proved [format]", "verify", "cut.ocop", "--policy", "genesis")
	m.fails(exitInput, "not proved [format]", "verify", "pepper.ocop", "--policy", "noise")
	m.fails(exitProof, "not proved [chain]", "verify", "pepper.ocop", "--policy", "other")
	m.fails(exitInput, "two ledgers", "verify", "pepper.ocop", "--policy", "genesis", "--genesis", "other")
	m.ok("verify", "pepper.ocop", "--policy", "handover")
	m.ok("receipt", "product", chaintest.Pepper.String(), "-o", "short.ocop", "--epoch", "2", "--node", node)
	m.ok("verify", "short.ocop", "--policy", "handover")
	m.fails(exitProof, "not proved [policy]", "verify", "short.ocop", "--policy", "genesis")
	m.fails(exitOther, "not proved [subject]", "verify", "pepper.ocop", "--policy", "genesis", "--product", chaintest.Coffee.String())
	m.fails(exitOther, "not proved [subject]", "verify", "pepper.ocop", "--policy", "genesis", "--certificate", chaintest.ThePepper.String())
	m.fails(exitStale, "not proved [stale]", "verify", "pepper.ocop", "--policy", "genesis", "--max-age", "89s")
	m.ok("verify", "pepper.ocop", "--policy", "genesis", "--max-age", "90s", "--product", chaintest.Pepper.String())
	m.fails(exitStale, "not proved [trust]", "verify", "pepper.ocop", "--policy", "handover", "--now", "01/01/2060 00:00")
	m.fails(exitStale, "not proved [handover]", "verify", "pepper.ocop", "--policy", "genesis", "--now", "01/01/2060 00:00")
	m.fails(exitStale, "not proved [future]", "verify", "pepper.ocop", "--policy", "handover", "--now", "01/03/2026 00:00")
	m.fails(exitUsage, "--policy FILE", "verify", "pepper.ocop")
	m.fails(exitUsage, "-o FILE", "receipt", "product", chaintest.Pepper.String())
	m.fails(exitFailure, "missing", "verify", "missing", "--policy", "genesis")

	// The question is answered or refused, never passed over.
	m.fails(exitStale, "not proved [stale]", "verify", "pepper.ocop", "--policy", "genesis", "--max-age", "500ms")
	m.fails(exitUsage, "--max-age must be", "verify", "pepper.ocop", "--policy", "genesis", "--max-age", "-1h")
	m.fails(exitUsage, "--memory is empty", "verify", "pepper.ocop", "--policy", "genesis", "--memory", "")
	m.fails(exitUsage, "--tiles is empty", "audit", "--tiles", "", "--genesis", "genesis")
	if out := m.ok("verify", "pepper.ocop", "--policy", "genesis", "--as-of", "0"); strings.Contains(out, "in force until") {
		t.Error(out)
	}
	if out := m.ok("verify", "pepper.ocop", "--policy", "genesis", "--as-of", "0", "--lang", "vi"); !strings.Contains(out, "chưa có sản phẩm "+chaintest.Pepper.String()) {
		t.Error(out)
	}
	m.ok("receipt", "record", p.record.String(), "-o", "record.tlog-proof", "--node", node)
	m.ok("receipt", "action", p.record.String()+"-1", "-o", "action.ocop", "--node", node)
	for _, name := range []string{"record.tlog-proof", "action.ocop"} {
		m.ok("verify", name, "--policy", "policy.txt")
		for _, flag := range [][]string{{"--in-force"}, {"--date", "02/03/2026"}, {"--as-of", "3"}} {
			m.fails(exitUsage, "says nothing of a receipt of a record", append([]string{"verify", name, "--policy", "policy.txt"}, flag...)...)
		}
	}
	m.fails(exitUsage, "--product says nothing of", "verify", "record.tlog-proof", "--policy", "policy.txt", "--product", chaintest.Pepper.String())
	m.fails(exitUsage, "--in-force says nothing of evidence", "verify", "--evidence", "noise", "--policy", "genesis", "--in-force")

	m.ok("verify", "pepper.ocop", "--policy", "genesis", "--in-force", "--date", "02/03/2026")
	// A refusal is about the ledger of the file that was believed, too.
	plain, err := os.ReadFile("policy.txt")
	check(t, err)
	m.write("sample.txt", "# "+sampleNotice+"\n"+string(plain))
	for policy, notice := range map[string]bool{"genesis": true, "sample.txt": true, "policy.txt": false, "other": true} {
		if m.run("verify", "bent.ocop", "--policy", policy); strings.HasPrefix(m.err, sampleNotice+"\n") != notice {
			t.Errorf("%s:\n%s", policy, m.err)
		}
	}
	if code := m.run("verify", "pepper.ocop", "--policy", "genesis", "--in-force", "--date", "03/03/2026"); code != exitNotInForce || !strings.Contains(m.out, "revoked") {
		t.Errorf("exit code %d\n%s", code, m.out)
	}
	var failed struct{ Error failure }
	if m.run("verify", "bent.ocop", "--policy", "genesis", "--json"); json.Unmarshal([]byte(m.out), &failed) != nil || failed.Error.Reason != "history" || failed.Error.Code != exitProof ||
		failed.Error.Vietnamese == "" || failed.Error.English == "" {
		t.Errorf("%s", m.out)
	}
}

// TestReceiptsReplaceReceiptsAlone: a slip of the hand costs nobody a key or a memory.
func TestReceiptsReplaceReceiptsAlone(t *testing.T) {
	m := newMachine(t)
	newProver(m)
	get := func(out string, more ...string) []string {
		return append([]string{"receipt", "product", chaintest.Pepper.String(), "-o", out}, more...)
	}
	m.write("key.json", "a key")
	m.fails(exitFailure, "is no receipt", get("key.json")...)
	if m.read("key.json") != "a key" {
		t.Error("the key is gone")
	}
	m.fails(exitUsage, "are one file", get("./memory", "--policy", "genesis", "--memory", "memory")...)
	m.fails(exitUsage, "are one file", get("handover", "--policy", "handover")...)
	m.ok(get("pepper.ocop")...)
	m.ok(get("pepper.ocop")...)
	m.ok("verify", "pepper.ocop", "--policy", "genesis")
}
