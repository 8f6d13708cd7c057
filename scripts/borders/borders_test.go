// Package borders holds the architecture as a test: which package may not drag in which, and why.
package borders

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/ocopledger/ocop/"

const (
	raft     = "github.com/hashicorp/raft"
	bbolt    = "go.etcd.io/bbolt"
	grpc     = "google.golang.org/grpc"
	ethereum = "github.com/ethereum/go-ethereum"
	metrics  = "github.com/prometheus"
	gateway  = "github.com/grpc-ecosystem/grpc-gateway"
)

// A package is matched by itself or, with a trailing slash, by everything below it.
var forbidden = []struct {
	from   string   // relative to the module
	except []string // packages under from that the row does not bind
	to     string
	direct bool // only imports written in the package itself; otherwise everything it drags in
	why    string
}{
	{"ledger/", nil, raft, false, "applying a record must not depend on how records are ordered"},
	{"ledger/", nil, grpc, false, "what a stranger must trust is math on bytes, not a network"},
	{"ledger/", []string{"ledger/store", "ledger/chain"}, bbolt, false, "the ledger is bytes; only store knows where they are kept, and chain joins it"},
	{"ledger/", []string{"ledger/store"}, bbolt, true, "store is the only package that speaks to bbolt"},
	{"ledger/", []string{"ledger/ident"}, ethereum, true, "ident is the only importer of go-ethereum, so that signatures are checked in one way"},
	{"node/", nil, ethereum, true, "signatures are checked through ident alone"},
	{"cmd/", nil, ethereum, true, "signatures are made and checked through ident alone"},
	{"ledger/", nil, metrics, false, "the ledger tells whoever watches what it does, and knows nobody who counts"},
	{"ledger/", nil, module + "node/", false, "the ledger never imports the node: data flows one way"},
	{"ledger", nil, module + "ledger/rules", false, "nouns know no rules"},
	{"ledger", nil, module + "proto/", false, "nouns and their bytes need no protobuf runtime"},
	{"ledger/merkle", nil, module, false, "Merkle trees are math and import nothing of ours"},
	{"ledger/reason/comma", nil, module, false, "how a fraction is written says nothing of what is counted"},
	{"cmd/internal/lang", nil, module + "proto/", false, "whoever says something need not know what the ledger holds"},
	{"proto/ocop/api/v1/carries", nil, module, false, "what a call carries is said without its message"},
	{"proto/ocop/api/v1/alpn", nil, module, false, "names of protocols are known before anything is spoken"},
	{"ledger/recent", nil, module, false, "what was used last is remembered without knowing what it is"},
	{"ledger/wire", nil, "google.golang.org/protobuf", false, "acceptance is a function of bytes and our own table, never of the protobuf runtime"},
	{"ledger/rules", nil, module + "ledger/store", false, "rules are pure: they see a state, not where it is kept"},
	{"ledger/rules", nil, module + "ledger/chain", false, "rules are pure: they see a state, not who applies it"},
	{"ledger/replay", nil, module + "ledger/store", false, "an auditor replays a stream, not our files"},
	{"ledger/diagnosis", nil, module + "ledger/rules", false, "what is wrong with a leaf is told from its bytes, not from a state"},
	{"ledger/diagnosis", nil, module + "proto/", false, "what is wrong with a leaf is told from its bytes, not by the protobuf runtime"},
	{"ledger/blob", nil, module + "proto/", false, "whoever checks a photo must not get a protobuf runtime with it"},
	{"ledger/blob", nil, module + "ledger/rules", false, "a blob's bytes know no ledger: whether one is named, whoever has a ledger says"},
	{"ledger/blob", nil, module + "ledger/store", false, "a blob's bytes know no ledger: whether one is named, whoever has a ledger says"},
	{"ledger/blob", nil, "image", false, "content of strangers is checked without decoding it"},
	{"ledger/flaw", nil, module + "ledger/rules", false, "what is wrong with bytes is said without the rules: their refusals say themselves"},
	{"ledger/flaw", nil, module + "cmd/", false, "both sentences are given; which is shown, commands choose"},
	{"ledger/query", nil, module + "ledger/store", false, "queries read a view, not files"},
	{"ledger/checkpoint", nil, module + "ledger/verify", false, "texts know no judgement"},
	{"ledger/checkpoint", nil, module + "proto/", false, "whoever reads a head must not get a protobuf runtime with it"},
	{"ledger/evidence", nil, module + "ledger/verify", false, "the file says what is claimed, verify whether it is shown"},
	{"ledger/verify", nil, raft, false, "a stranger verifies without what orders records"},
	{"ledger/verify", nil, bbolt, false, "a stranger verifies bytes, not files of ours"},
	{"ledger/verify", nil, grpc, false, "a stranger verifies without a network"},
	{"ledger/verify", nil, module + "ledger/store", false, "a verifier sees bytes, not where they are kept"},
	{"ledger/verify", nil, module + "ledger/chain", false, "who checks a ledger must not share the code that makes it"},
	{"ledger/verify", nil, module + "ledger/rules", false, "a verifier takes heads from a quorum; re-executing is replay's"},
	{"ledger/verify", nil, module + "ledger/query", false, "a verifier believes proofs, not indexes"},
	{"ledger/verify", nil, module + "ledger/genesis", false, "genesis is protobuf: only anchor, below, reads it"},
	{"ledger/verify", nil, module + "proto/", false, "who checks heads needs no protobuf: only anchor and receipts, below, read it"},
	{"ledger/verify/receipts", nil, raft, false, "a stranger verifies without what orders records"},
	{"ledger/verify/receipts", nil, bbolt, false, "a stranger verifies bytes, not files of ours"},
	{"ledger/verify/receipts", nil, grpc, false, "a stranger verifies without a network"},
	{"ledger/verify/receipts", nil, module + "ledger/rules", false, "a second judgement of the same acts is worth more than the same one twice"},
	{"ledger/verify/receipts", nil, module + "ledger/query", false, "a verifier believes proofs, not indexes"},
	{"ledger/verify/receipts", nil, module + "ledger/chain", false, "who checks a ledger must not share the code that makes it"},
	{"ledger/verify/receipts", nil, module + "ledger/prove", false, "the maker of a receipt is not asked whether it is true"},
	{"ledger/verify/vectors", nil, module + "ledger/chain", false, "the vectors are judged by the verifier alone"},
	{"ledger/verify/vectors", nil, module + "ledger/prove", false, "the vectors are judged by the verifier alone"},
	{"ledger/", []string{"ledger/verify/vectors"}, module + "ledger/verify/vectors", false, "vectors are made by tests, and in no program"},
	{"node/", nil, module + "ledger/verify/vectors", false, "vectors are made by tests, and in no program"},
	{"cmd/", nil, module + "ledger/verify/vectors", false, "vectors are made by tests, and in no program"},
	{"ledger/receipt", nil, module + "ledger/verify", false, "the file says what is shown, verify whether it is true"},
	{"ledger/receipt", nil, module + "proto/", false, "a receipt's bytes need no protobuf runtime"},
	{"ledger/prove", nil, module + "ledger/chain", false, "receipts are made from a view, not from who keeps it"},
	{"ledger/prove", nil, module + "ledger/verify", false, "who makes proofs does not judge them"},
	{"ledger/gs1", nil, module + "proto/", false, "a code on a label is text, which whoever prints or scans it reads without our messages"},
	{"ledger/gs1", nil, "net/http", true, "what a code says is one thing, who answers for it another"},
	{"node/", []string{"node/replica"}, raft, true, "replica is the only importer of raft"},
	{"cmd/ocop/internal/label", nil, module + "ledger/verify", false, "whether something may be printed is asked before: here it is laid out"},
	{"cmd/ocop/internal/label", nil, module + "node/", false, "what is printed is told in texts, and comes from no node"},
	{"cmd/ocop/internal/label/draw", nil, module, false, "pages are geometry, and know nothing of ours"},
	{"cmd/", nil, raft, true, "replica is the only importer of raft"},
	{"node/", []string{"node/replica", "node/internal/liar"}, bbolt, true, "only raft's own log is kept in bbolt outside store"},
	{"cmd/", nil, module + "node/internal/liar", false, "lies are for tests, and in no program"},
	{"cmd/", nil, module + "node/internal/trace", false, "disks fail in tests, and in no program"},
	{"cmd/", nil, module + "node/internal/disk", false, "disks fail in tests, and in no program"},
	{"cmd/", nil, module + "node/internal/proxy", false, "wires are cut in tests, and in no program"},
	{"cmd/", nil, module + "node/internal/process", false, "nodes are killed in tests, and in no program"},
	{"cmd/", nil, bbolt, true, "commands go through chain"},
	{"cmd/ocopd/internal/doctor", nil, module + "node/", false, "what is wrong follows from facts, whoever gathered them"},
	{"cmd/ocopd/internal/doctor", nil, "os", true, "a diagnosis is a pure function: it looks at no machine"},
	{"cmd/ocopd/internal/doctor", nil, "net", true, "a diagnosis is a pure function: it asks no network"},
	{"cmd/ocop", nil, raft, false, "a client carries no raft"},
	{"cmd/ocop", nil, bbolt, false, "a client opens no database"},
	{"cmd/ocopd/internal/rescue", nil, raft, false, "a ledger is restored and repaired without what ordered it, which may be lost"},
	{"cmd/ocop/internal/bench/h2", nil, module, false, "calls are made for whoever wants their answers, whatever they say"},
	{"cmd/ocop/internal/bench/latency", nil, module, false, "counting time knows nothing of what took it"},
	{"cmd/ocop/internal/bench/machine", nil, module + "node/", false, "a machine is measured without a network"},
	{"cmd/ocop/internal/bench/scrape", nil, module, false, "metrics are text, whoever wrote them"},
	{"cmd/ocop/internal/bench/cluster", nil, module + "node/", false, "nodes are programs that run, and are asked nothing else"},
	{"cmd/ocop/internal/bench/reads", nil, module + "ledger/prove", false, "the maker of a receipt is not asked whether it is true"},
	{"cmd/ocop/internal/bench/reads", nil, module + "node/", false, "a node is asked as strangers ask it"},
	{"cmd/ocop/internal/bench/presence", nil, module + "cmd/ocop/internal/bench/load", false, "what is on the ledger is told without those who say that they put it there"},
	{"cmd/ocop/internal/naming", nil, module + "node/", false, "names come from whichever state it is given, a node's or a file's"},
	{"cmd/ocop/internal/explain", nil, module + "node/", false, "what is said before signing needs no network"},
	{"node/admit", nil, module + "node/", false, "no step imports another step; node.go joins them"},
	{"node/batch", nil, module + "node/", false, "no step imports another step; node.go joins them"},
	{"node/replica", nil, module + "node/", false, "no step imports another step; node.go joins them"},
	{"node/cosign", nil, module + "node/", false, "no step imports another step; node.go joins them"},
	{"node/cosign", nil, module + "ledger/chain", false, "what is signed is a size and a root: the cosigner is told them, and asks for a root by a function"},
	{"node/compare", nil, module + "node/", false, "no step imports another step; node.go joins them"},
	{"node/keeper", nil, module + "node/", false, "no step imports another step; node.go joins them"},
	{"node/keeper", nil, module + "ledger/chain", false, "evidence is judged as a stranger would: the keeper is told the epochs by a function"},
	{"node/peer", nil, module + "node/", false, "no step imports another step; node.go joins them"},
	{"node/blobs", nil, module + "node/", false, "no step imports another step; node.go joins them"},
	{"node/blobs", nil, module + "ledger/chain", false, "blobs ask a ledger a few questions, by an interface"},
	{"node/blobs", nil, "image", false, "a node decodes no content of strangers"},
	{"node/health", nil, module + "node/", false, "health is judged from facts, whoever gathers them"},
	{"node/health", nil, module + "ledger/chain", false, "health is judged from facts, whoever gathers them"},
	{"node/profiles", nil, module, false, "profiles are of the process, whatever it does"},
	{"cmd/", nil, "net/http/pprof", false, "it puts itself on the default mux of every program that imports it, without bounds: profiles are those of node/profiles"},
	{"node/metrics", nil, module + "node/", false, "metrics are told facts and events, and ask no step"},
	{"node/disk", nil, module, false, "how full a disk is has nothing to do with ledgers"},
	{"ledger/", nil, "github.com/prometheus/", false, "what is hashed is not measured by the way"},
	{"cmd/ocop", nil, "github.com/prometheus/", false, "a client is not monitored"},
	{"node/api", nil, module + "node/", false, "no step imports another step; node.go joins them"},
	{"node/rest", nil, module + "node/", false, "no step imports another step: it is given the services, and answers what they answer"},
	{"node/api", nil, gateway, false, "the services know nothing of HTTP"},
	{"proto/ocop/api/v1/apigrpc", nil, gateway, false, "who wants a service must not get a gateway with it"},
	{"cmd/ocop", nil, gateway, false, "a client speaks gRPC, and carries no gateway"},
	{"node/backup", nil, module + "node/", false, "a backup is of a ledger: whoever has one open hands it over"},
	{"node/recovery", nil, module + "node/", false, "a statement is text and signatures: whoever has a ledger open judges it"},
	{"node/web", nil, module + "node/", false, "no step imports another step; node.go joins them"},
	{"node/resolve", nil, module + "node/", false, "no step imports another step; node.go joins them"},
	{"node/resolve", nil, module + "ledger/chain", false, "a code is resolved from a view, whoever keeps the ledger"},
	{"node/ratelimit", nil, module, false, "how often somebody asks has nothing to do with ledgers"},
	{"node/scans", nil, module + "node/", false, "counts know serials and days, and nothing of who asks"},
	{"node/scans", nil, "net/http", true, "what counts openings is never shown a request"},
	{"node/sync", nil, module + "node/", false, "no step imports another step; node.go joins them"},
	{"node/publish", nil, module + "node/", false, "no step imports another step; node.go joins them"},
	{"node/internal/witness", nil, module + "node/", false, "an outside witness knows what the standard says of logs, and nothing of nodes"},
	{"node/internal/trace", nil, module, false, "it sees the calls of a process, whatever that is"},
	{"node/internal/proxy", nil, module, false, "wires know nothing of what they carry"},
	{"node/internal/process", nil, module, false, "a process is any program's"},
	{"ledger/tiles", nil, module + "ledger/store", false, "files of the log are made from any log, and read without one"},
	{"node/client", nil, module + "node/", false, "a client knows the API, not the node"},
	{"proto/ocop/record/v1", nil, grpc, false, "who wants a message must not get gRPC with it"},
	{"proto/ocop/api/v1", nil, grpc, false, "who wants a message must not get gRPC with it"},
}

type listed struct {
	ImportPath string
	Imports    []string
	Deps       []string
}

func TestBorders(t *testing.T) {
	packages := list(t)
	for _, row := range forbidden {
		seen := false
		for _, p := range packages {
			name := strings.TrimPrefix(p.ImportPath, module)
			if !within(name, row.from) || slices.ContainsFunc(row.except, func(e string) bool { return within(name, e) }) {
				continue
			}
			seen = true
			deps := p.Deps
			if row.direct {
				deps = p.Imports
			}
			for _, dep := range deps {
				if (dep == row.to || strings.HasPrefix(dep, strings.TrimSuffix(row.to, "/")+"/")) && dep != p.ImportPath && !strings.HasPrefix(dep, p.ImportPath+"/") {
					t.Errorf("%s must not import %s: %s", name, dep, row.why)
				}
			}
		}
		if !seen {
			t.Errorf("no package matches %q: the row guards nothing", row.from)
		}
	}
}

func within(name, pattern string) bool {
	if prefix, ok := strings.CutSuffix(pattern, "/"); ok {
		return name == prefix || strings.HasPrefix(name, pattern)
	}
	return name == pattern
}

func list(t *testing.T) (packages []listed) {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports,Deps", module+"...")
	cmd.Dir = "../.."
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var stderr strings.Builder
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	decoder := json.NewDecoder(out)
	for {
		var p listed
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	return packages
}
