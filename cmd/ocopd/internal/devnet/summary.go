package devnet

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/ocopledger/ocop/ledger"
)

// Banner stands on every output of a sample ledger, because the names in it are real.
const Banner = "DỮ LIỆU MẪU – không có giá trị (sample data, without value)"

// Summary is what a network holds. Field names are an interface: others parse them.
type Summary struct {
	Notice       string `json:"notice"`
	Nodes        int    `json:"nodes"`
	ChainID      string `json:"chain_id"`
	Height       uint64 `json:"height"` // the same on all nodes, as are size and root
	Size         uint64 `json:"size"`
	Root         string `json:"root"`
	Certified    uint64 `json:"certified"` // height of the newest head that a quorum has cosigned, the same on all nodes
	Producers    uint64 `json:"producers"`
	Products     uint64 `json:"products"`
	Certificates uint64 `json:"certificates"`
	Lots         uint64 `json:"lots"`
	Sales        uint64 `json:"sales"`
	Audit        string `json:"audit"` // "ok", or the first divergence
}

// Summarise waits until all nodes hold the same certified head, counts what is on the ledger and audits one node's from its first leaf. A divergence is told in the summary and is an
// error too.
func (r *Running) Summarise(ctx context.Context) (Summary, error) {
	head, err := r.Agree(ctx)
	if err != nil {
		return Summary{}, err
	}
	n, err := r.Count(ctx, 0)
	if err != nil {
		return Summary{}, fmt.Errorf("counting: %w", err)
	}
	s := Summary{
		Notice: Banner, Nodes: len(r.served), ChainID: r.Genesis.Chain.String(), Height: head.Height, Size: head.Size, Root: head.Root.String(), Certified: head.Height,
		Producers: n.Producers, Products: n.Products, Certificates: n.Certificates, Lots: n.Lots, Sales: n.Sales, Audit: "ok",
	}
	if err := r.audited(ctx, len(r.served)-1, head); err != nil {
		s.Audit = err.Error()
		return s, fmt.Errorf("audit: %w", err)
	}
	return s, nil
}

// audited audits a node's ledger and compares the result with the head that all nodes hold.
func (r *Running) audited(ctx context.Context, i int, head ledger.Head) error {
	result, err := r.Audit(ctx, i)
	if err != nil {
		return err
	}
	if result.Head != head {
		return fmt.Errorf("the leaves give root %s at height %d, the nodes hold %s at height %d", result.Head.Root, result.Head.Height, head.Root, head.Height)
	}
	return nil
}

// WriteJSON writes one JSON object.
func (s Summary) WriteJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(s)
}

// WriteText writes the summary for people.
func (s Summary) WriteText(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintln(&b, s.Notice)
	for _, line := range []struct {
		name  string
		value any
	}{
		{"nodes", s.Nodes}, {"chain id", s.ChainID}, {"height", s.Height}, {"size", s.Size}, {"root", s.Root}, {"certified", s.Certified}, {"producers", s.Producers}, {"products", s.Products},
		{"certificates", s.Certificates}, {"lots", s.Lots}, {"sales", s.Sales}, {"audit", s.Audit},
	} {
		fmt.Fprintf(&b, "%-13s %v\n", line.name, line.value)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// WriteWelcome says what to open and what to try next.
func (n *Network) WriteWelcome(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\nnodes\n", Banner)
	for i, node := range n.Nodes {
		fmt.Fprintf(&b, "  %d  %-36s http://%s/   peer %s   operator http://%s/healthz\n", i, node.Agency.Name, node.Public, node.Peer, node.Operator)
	}
	at := n.Nodes[0].Public
	fmt.Fprintf(&b, `
open
  http://%[1]s/                         products, search, expiring soon
  http://%[1]s/p/2000001.1              a product, as a shopper sees it
  http://%[1]s/p/2000015.1              one whose certificate is revoked

try
  go run ./cmd/ocop trace product 2000001.1 --node %[1]s
  go run ./cmd/ocop search "ca phe dak mil" --node %[1]s
  go run ./cmd/ocop audit --node %[1]s --genesis %[2]s --documents %[3]s

keys of the sample's people, opened by the password beside them: %[4]s
stop with Ctrl-C; the same command continues
`, at, n.genesisPath(), n.DocumentsDir(), n.People.dir)
	_, err := io.WriteString(w, b.String())
	return err
}
