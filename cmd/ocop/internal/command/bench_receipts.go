package command

import (
	"errors"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/cmd/ocop/internal/bench"
	"github.com/ocopledger/ocop/cmd/ocop/internal/bench/reads"
)

// receiptsFlags are those of --mode receipts.
func (a *app) receiptsFlags(cmd *cobra.Command, b *benching) {
	f := cmd.Flags()
	f.IntVar(&b.Sales, "sales", 10_000, a.t(lang.Text{
		Vi: "receipts: `số` lần bán được ghi trước, để hỏi biên nhận",
		En: "receipts: `number` of sales that are written before, to ask for receipts of them"}))
	flag(a, cmd, &b.Ask, "ask", a.t(lang.Text{Vi: "loại", En: "kinds"}), parseKinds, lang.Text{
		Vi: "receipts: hỏi gì, cách nhau bằng dấu phẩy: product,certificate,lot,record,action; mặc định tất cả",
		En: "receipts: what is asked for, comma between: product,certificate,lot,record,action; by default all of them"})
	f.BoolVar(&b.CallsAlone, "calls-alone", false, a.t(lang.Text{
		Vi: "receipts: qua TLS, nói trước là chỉ gọi gRPC, như máy khách của ocop; nếu không, như mọi máy khách khác",
		En: "receipts: over TLS, say that calls are all that is wanted, as ocop's own clients do; else as any other client"}))
	f.Float64Var(&b.Writing, "writing", 0, a.t(lang.Text{
		Vi: "receipts: `số` bản ghi mỗi giây mà một luồng ghi bên cạnh, được đo trước khi chưa ai hỏi; 0: không ghi",
		En: "receipts: `number` of records a second that one stream writes meanwhile, which is measured first without readers; 0: none"}))
}

func parseKinds(s string) (kinds []reads.Kind, err error) {
	for part := range strings.SplitSeq(s, ",") {
		k := reads.Kind(strings.TrimSpace(part))
		if !slices.Contains(reads.Kinds(), k) {
			return nil, lang.Errorf(lang.Text{
				Vi: "%q không phải là product, certificate, lot, record hay action", En: "%q is none of product, certificate, lot, record and action"}, string(k))
		}
		if slices.Contains(kinds, k) {
			return nil, lang.Errorf(lang.Text{Vi: "%s được ghi hai lần", En: "%s is given twice"}, string(k))
		}
		kinds = append(kinds, k)
	}
	return kinds, nil
}

// Flags of one mode that mean nothing in the other.
var (
	ofReading = []string{"sales", "ask", "calls-alone", "writing"}
	ofWriting = []string{"actions", "in-flight", "window", "sign", "certified", "overload", "kill-leader"}
)

// checkReceipts refuses what has no meaning, and decides that a network of its own is asked over TLS unless its user says otherwise.
func (b *benching) checkReceipts(cmd *cobra.Command) error {
	without := func(flags []string, text lang.Text) error {
		for _, name := range flags {
			if cmd.Flags().Changed(name) {
				return verb.Usage(text, name)
			}
		}
		return nil
	}
	if b.Mode != bench.Reads {
		return without(ofReading, lang.Text{Vi: "--%s cần --mode receipts", En: "--%s needs --mode receipts"})
	}
	if err := without(ofWriting, lang.Text{Vi: "--%s không dùng với --mode receipts", En: "--%s says nothing with --mode receipts"}); err != nil {
		return err
	}
	switch {
	case b.Sales < 1 || b.Sales > bench.MaxSales:
		return verb.Usage(lang.Text{Vi: "--sales %v: cần 1 đến %v", En: "--sales %v: want 1 to %v"}, b.Sales, bench.MaxSales)
	case !(b.Writing >= 0 && b.Writing <= bench.MaxRate): // NaN is neither
		return verb.Usage(lang.Text{Vi: "--writing %v: cần 0 đến %v", En: "--writing %v: want 0 to %v"}, b.Writing, bench.MaxRate)
	}
	return nil
}

func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}
