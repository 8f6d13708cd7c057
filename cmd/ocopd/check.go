package main

import (
	"encoding/hex"
	"fmt"
	"io"
	"path/filepath"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/cmd/ocopd/internal/ceremony"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/flaw"
	"github.com/ocopledger/ocop/ledger/genesis"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/node/config"
)

// checkSigners is how many public keys a check remembers the points of: 3 MiB.
const checkSigners = 1 << 14

type checkFlags struct{ dir, data, genesis, chain string }

func (a *app) check() *cobra.Command {
	var f checkFlags
	cmd := verb.Command(a.lang, verb.Spec{
		Use:   "check --dir DIR | --data DIR --genesis FILE",
		Short: lang.Text{Vi: "Kiểm tra tệp sổ cái của nút đã dừng; chỉ đọc", En: "Examine the ledger's files of a stopped node; read-only"},
		Long: lang.Text{
			Vi: `Tính lại toàn bộ sổ cái từ các lá (chữ ký, quy tắc, chuỗi khối, cây, trạng thái, lịch sử) và so từng dòng của chain.db và index.db, không ghi gì.
Mỗi chỗ sai một dòng: tệp, nhóm, dòng, lá, bản ghi, mục. Mã kết thúc 0 khi mọi thứ đúng, 6 khi có chỗ sai hoặc không xem được.
Sự thật nằm trong chain.db. index.db suy ra từ đó: khi chỉ index.db sai hoặc hỏng thì chuyển nó đi chỗ khác, nút sẽ dựng lại từ các lá.`,
			En: `Derives the whole ledger again from its leaves (signatures, rules, chain of blocks, tree, states, histories) and compares every row of chain.db and
index.db, writing nothing. One line for each wrong place: file, bucket, row, leaf, record, field. Ends with 0 when everything is right, and with 6 when
something is wrong or could not be looked at.
The truth is in chain.db. index.db is derived from it: when index.db alone is wrong or damaged, move it away, and the node builds it anew from the leaves.`},
		Example: "  ocopd check --dir /srv/ocop\n  ocopd check --data /mnt/copy --genesis genesis",
		Run: func(cmd *cobra.Command, _ []string) error {
			o, g, err := f.options()
			if err != nil {
				return err
			}
			pool, err := ident.NewPool(runtime.NumCPU(), checkSigners)
			if err != nil {
				return err
			}
			defer pool.Close()
			o.Verifier = pool
			o.Progress = func(done, size uint64) {
				a.progress(lang.Text{Vi: "đã tính lại %d trên %d lá", En: "%d of %d leaves derived"}, done, size)
			}
			report, err := chain.Check(cmd.Context(), *o)
			a.progressEnd()
			if err != nil {
				return ceremony.OfLedger(g, err)
			}
			return a.printReport(report, g.Notice())
		},
	})
	a.dirFlag(cmd, &f.dir)
	cmd.Flags().StringVar(&f.data, "data", "", a.t(lang.Text{Vi: "`thư mục` có chain.db và index.db, thay cho --dir", En: "`directory` with chain.db and index.db, instead of --dir"}))
	cmd.Flags().StringVar(&f.genesis, "genesis", "", a.t(lang.Text{Vi: "`tệp` khởi nguyên để đối chiếu, đi với --data", En: "genesis `file` to compare with, with --data"}))
	cmd.Flags().StringVar(&f.chain, "chain-id", "", a.t(lang.Text{Vi: "`mã` sổ cái để đối chiếu, thay cho --genesis", En: "`id` of the ledger to compare with, instead of --genesis"}))
	return cmd
}

// options finds out what to check and against what: files that may choose their own genesis prove nothing. Against a chain id alone, g is empty.
func (f *checkFlags) options() (o *chain.CheckOptions, g *genesis.Genesis, err error) {
	o = &chain.CheckOptions{Dir: f.data}
	path := f.genesis
	switch {
	case (f.dir == "") == (f.data == ""):
		return nil, nil, verb.Usage(lang.Text{Vi: "cần --dir hoặc --data", En: "want either --dir or --data"})
	case f.dir != "" && (f.genesis != "" || f.chain != ""):
		return nil, nil, verb.Usage(lang.Text{Vi: "--genesis và --chain-id đi với --data", En: "--genesis and --chain-id go with --data"})
	case f.data != "" && (f.genesis == "") == (f.chain == ""):
		return nil, nil, verb.Usage(lang.Text{Vi: "--data cần --genesis hoặc --chain-id", En: "--data wants either --genesis or --chain-id"})
	case f.dir != "":
		c, err := config.Load(filepath.Join(f.dir, config.FileName))
		if err != nil {
			return nil, nil, err
		}
		o.Dir, path = c.Path(c.Data), c.Path(c.Genesis)
	case f.chain != "":
		id, err := parseChain(f.chain)
		o.Chain = id
		return o, new(genesis.Genesis), err
	}
	g, o.Genesis, err = readGenesis(path)
	return o, g, err
}

func parseChain(s string) (id ledger.ChainID, err error) {
	if b, err := hex.DecodeString(s); err == nil && len(b) == len(id) {
		return ledger.ChainID(b), nil
	}
	return id, verb.Usage(lang.Text{Vi: "%q không phải mã sổ cái: cần 64 chữ số thập lục phân", En: "%q is not a chain id: want 64 hexadecimal digits"}, s)
}

type checkReport struct {
	Notice    string      `json:"notice,omitempty"`
	OK        bool        `json:"ok"`
	Chain     string      `json:"chain_id"`
	Height    uint64      `json:"height"`
	Size      uint64      `json:"size"`
	Root      string      `json:"root"`
	Records   uint64      `json:"records"`
	Refusals  uint64      `json:"refusals"`
	Findings  []finding   `json:"findings"`
	Unchecked []flaw.Flaw `json:"unchecked"`
	Advice    *sentence   `json:"advice,omitempty"`
}

func (a *app) printReport(r *chain.Report, notice string) error {
	v := checkReport{
		Notice: notice, OK: r.OK(), Chain: r.Chain.String(), Height: r.Head.Height, Size: r.Head.Size, Root: r.Head.Root.String(), Records: r.Records, Refusals: r.Refusals,
		Findings: []finding{}, Unchecked: append([]flaw.Flaw{}, r.Unchecked...),
	}
	for _, f := range r.Findings {
		v.Findings = append(v.Findings, newFinding(f))
	}
	if onlyIndex(r) {
		v.Advice = newSentence(indexAdvice)
	}
	err := a.print(v, func(w io.Writer) { a.reportText(w, &v) })
	if err == nil && !v.OK {
		err = &coded{code: exitDivergence, err: lang.Errorf(lang.Text{Vi: "%d chỗ sai", En: "%d findings"}, len(v.Findings)), silent: true}
	}
	return err
}

func (a *app) reportText(w io.Writer, v *checkReport) {
	if v.Notice != "" {
		fmt.Fprintln(w, v.Notice)
	}
	for _, f := range v.Findings {
		if f.Summary != nil {
			fmt.Fprintln(w, f.Summary.in(a.lang))
		}
		fmt.Fprintln(w, f.in(a.lang))
	}
	for _, what := range v.Unchecked {
		a.say(w, lang.Text{Vi: "không xem được: %s", En: "not looked at: %s"}, lang.Text{Vi: what.Vietnamese, En: what.English})
	}
	if v.Advice != nil {
		fmt.Fprintln(w, v.Advice.in(a.lang))
	}
	if v.OK {
		a.say(w, lang.Text{
			Vi: "ok: khối %d, %d lá, gốc %s; %d bản ghi, %d bản ghi bị từ chối",
			En: "ok: height %d, size %d, root %s; %d records, %d refusals"}, v.Height, v.Size, v.Root, v.Records, v.Refusals)
		return
	}
	a.say(w, lang.Text{
		Vi: "KHÔNG ĐÚNG: %d chỗ sai, %d phần không xem được; các lá đã tính lại đến khối %d, %d lá, gốc %s",
		En: "NOT OK: %d findings, %d parts not looked at; the leaves were derived up to height %d, size %d, root %s"},
		len(v.Findings), len(v.Unchecked), v.Height, v.Size, v.Root)
}
