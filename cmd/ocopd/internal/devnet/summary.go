package devnet

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/ocopd/internal/ceremony"
	"github.com/ocopledger/ocop/ledger"
)

// Banner stands on every output of a sample ledger, because the names in it are real.
const Banner = ceremony.SampleNotice + " (sample data, without value)"

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

// Summarise waits until all nodes hold the same certified head, counts what is on the ledger and audits one node's from its first leaf. A divergence is
// told in the summary and is an error too.
func (r *Running) Summarise(ctx context.Context) (Summary, error) {
	head, err := r.Agree(ctx)
	if err != nil {
		return Summary{}, err
	}
	n, err := r.Count(ctx, 0)
	if err != nil {
		return Summary{}, faultf(lang.Text{Vi: "đếm: %s", En: "counting: %s"}, err)
	}
	s := Summary{
		Notice: Banner, Nodes: len(r.served), ChainID: r.Genesis.Chain.String(), Height: head.Height, Size: head.Size, Root: head.Root.String(), Certified: head.Height,
		Producers: n.Producers, Products: n.Products, Certificates: n.Certificates, Lots: n.Lots, Sales: n.Sales, Audit: "ok",
	}
	if err := r.audited(ctx, len(r.served)-1, head); err != nil {
		s.Audit = err.Error()
		return s, faultf(lang.Text{Vi: "kiểm toán: %s", En: "audit: %s"}, err)
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
		return faultf(lang.Text{
			Vi: "các lá cho gốc %s ở khối %d, các nút có %s ở khối %d",
			En: "the leaves give root %s at height %d, the nodes hold %s at height %d"}, result.Head.Root, result.Head.Height, head.Root, head.Height)
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
func (s Summary) WriteText(w io.Writer, l lang.Language) error {
	var b strings.Builder
	fmt.Fprintln(&b, s.Notice)
	for _, line := range []struct {
		name  lang.Text
		value any
	}{
		{lang.Text{Vi: "nút", En: "nodes"}, s.Nodes}, {lang.Text{Vi: "mã sổ cái", En: "chain id"}, s.ChainID}, {lang.Text{Vi: "khối", En: "height"}, s.Height},
		{lang.Text{Vi: "số lá", En: "size"}, s.Size}, {lang.Text{Vi: "gốc", En: "root"}, s.Root}, {lang.Text{Vi: "đã chứng thực đến", En: "certified"}, s.Certified},
		{lang.Text{Vi: "chủ thể", En: "producers"}, s.Producers}, {lang.Text{Vi: "sản phẩm", En: "products"}, s.Products},
		{lang.Text{Vi: "giấy chứng nhận", En: "certificates"}, s.Certificates}, {lang.Text{Vi: "lô", En: "lots"}, s.Lots}, {lang.Text{Vi: "lượt bán", En: "sales"}, s.Sales},
		{lang.Text{Vi: "kiểm toán", En: "audit"}, s.Audit},
	} {
		fmt.Fprintf(&b, "%-17s %v\n", line.name.In(l), line.value)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
