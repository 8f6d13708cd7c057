package main

import (
	"context"
	"fmt"
	"io"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/cmd/ocopd/internal/ceremony"
	"github.com/ocopledger/ocop/cmd/ocopd/internal/rescue"
	"github.com/ocopledger/ocop/ledger/ident"
)

type repairFlags struct {
	dir, from, genesis string
	dryRun             bool
}

func (a *app) repair() *cobra.Command {
	var f repairFlags
	cmd := verb.Command(a.lang, verb.Spec{
		Use:   "repair --dir DIR --from URL|FOLDER [--dry-run]",
		Short: lang.Text{Vi: "Sửa sổ cái hỏng của nút đã dừng từ những gì nút khác công bố", En: "Mend a stopped node's damaged ledger from what others publish"},
		Long: lang.Text{
			Vi: `Tìm chỗ hỏng hoặc thiếu như "ocopd check", lấy lại đúng những lá ấy từ tệp công bố của một nút (http://NÚT hoặc thư mục sao chép), dựng sổ mới bên cạnh
từ các lá tốt của nút và các lá lấy về, tính lại tất cả, đòi đầu sổ công bố phải được chứng thực theo chính sổ ấy, rồi mới thay. Tệp cũ được giữ dưới tên khác.
Các lá sau đầu sổ công bố được giữ khi còn đúng; chỗ không theo được sổ đã chứng thực thì bị cắt, không bao giờ dưới đầu sổ nút đã đồng ký hoặc đã giữ.
Nếu chính điều nút đã ký trái với sổ được chứng thực thì từ chối và nói rõ. --dry-run làm tất cả bên cạnh, in ra rồi bỏ đi.`,
			En: `Finds what is damaged or missing as "ocopd check" does, fetches those very leaves from the published files of a node (http://NODE, or the folder of a mirror),
builds a new ledger beside the old one of the node's good leaves and the fetched ones, derives all of it again, demands that the published head be certified by
what that ledger says, and only then replaces. Old files are kept under other names. Leaves after the published head are kept as long as they are right; what does
not follow from the certified ledger is cut, and never below a head that the node has cosigned or kept. If what the node signed contradicts the certified ledger,
it refuses and says so. --dry-run does everything aside, says what it found, and throws it away.`},
		Example: "  ocopd repair --dir /srv/ocop --from https://ocop.example.vn --dry-run\n  ocopd repair --dir /srv/ocop --from /mnt/mirror",
		Run: func(cmd *cobra.Command, _ []string) error {
			if err := verb.Require(cmd, "dir", "from"); err != nil {
				return err
			}
			return a.repairFrom(cmd.Context(), &f)
		},
	})
	a.dirFlag(cmd, &f.dir)
	cmd.Flags().StringVar(&f.from, "from", "", a.t(lang.Text{Vi: "`địa chỉ` của nút, hoặc thư mục tệp công bố", En: "`address` of a node, or a folder of published files"}))
	cmd.Flags().StringVar(&f.genesis, "genesis", "", a.t(lang.Text{Vi: "`tệp` khởi nguyên, thay cho tệp của nút", En: "genesis `file`, instead of the node's"}))
	cmd.Flags().BoolVar(&f.dryRun, "dry-run", false, a.t(lang.Text{Vi: "không thay gì của nút", En: "replace nothing of the node"}))
	return cmd
}

func (a *app) repairFrom(ctx context.Context, f *repairFlags) error {
	var file []byte
	if f.genesis != "" {
		var err error
		if _, file, err = readGenesis(f.genesis); err != nil {
			return err
		}
	}
	pool, err := ident.NewPool(runtime.NumCPU(), checkSigners)
	if err != nil {
		return err
	}
	defer pool.Close()
	done, err := rescue.Repair{
		Dir: f.dir, From: f.from, Genesis: file, DryRun: f.dryRun, Verifier: pool, Now: a.env.Now, Progress: func(done, size uint64) {
			a.progress(lang.Text{Vi: "đã tính lại %d trên %d lá", En: "%d of %d leaves derived"}, done, size)
		},
	}.Run(ctx)
	a.progressEnd()
	if err != nil {
		return err
	}
	return ceremony.OfLedger(done.Genesis, a.printRepaired(done, f.dryRun))
}

type repairedReport struct {
	Notice    string         `json:"notice,omitempty"`
	DryRun    bool           `json:"dry_run"`
	Nothing   bool           `json:"nothing_to_do"`
	Lost      bool           `json:"lost"` // nothing of chain.db can be read
	Findings  []finding      `json:"findings"`
	Source    string         `json:"source"`
	Certified *cosigned      `json:"certified,omitempty"`
	Fetched   []rescue.Range `json:"fetched"`
	Kept      uint64         `json:"kept"`
	Before    uint64         `json:"size_before"`
	Cut       uint64         `json:"cut"`
	Height    uint64         `json:"height"`
	Size      uint64         `json:"size"`
	Root      string         `json:"root"`
	Applied   uint64         `json:"applied_index"`
	HeadsAnew bool           `json:"heads_anew"`
	Aside     []string       `json:"aside"`
}

func (a *app) printRepaired(r *rescue.Repaired, dryRun bool) error {
	v := repairedReport{
		Notice: r.Genesis.Notice(), DryRun: dryRun, Nothing: r.Nothing, Lost: r.Lost, Findings: []finding{}, Source: r.Source, Fetched: append([]rescue.Range{}, r.Fetched...),
		Kept: r.Kept, Before: r.Before, Cut: r.Cut, Height: r.Head.Height, Size: r.Head.Size, Root: r.Head.Root.String(), Applied: r.Applied, HeadsAnew: r.HeadsAnew,
		Aside: append([]string{}, r.Aside...),
	}
	for _, f := range r.Findings {
		v.Findings = append(v.Findings, newFinding(f))
	}
	if c := r.Certified; c != nil {
		v.Certified = &cosigned{Size: c.Tree.Size, Height: r.CertifiedHeight, Time: c.Time}
		for _, s := range c.Validators {
			v.Certified.Agencies = append(v.Certified.Agencies, uint64(s.Agency))
		}
	}
	return a.print(v, func(w io.Writer) { a.repairedText(w, &v) })
}

func (a *app) repairedText(w io.Writer, v *repairedReport) {
	if v.Notice != "" {
		fmt.Fprintln(w, v.Notice)
	}
	for i := range v.Findings {
		fmt.Fprintln(w, v.Findings[i].in(a.lang))
	}
	if v.Lost {
		a.say(w, lang.Text{Vi: "Không đọc được gì của chain.db: mọi lá lấy từ %s.", En: "Nothing of chain.db can be read: all leaves come from %s."}, v.Source)
	}
	if v.Nothing {
		a.say(w, lang.Text{
			Vi: "Không có gì phải sửa: khối %d, %d lá, gốc %s; đầu sổ công bố tại %s nằm trong đó.",
			En: "Nothing to mend: height %d, size %d, root %s; the head published at %s is in it."}, v.Height, v.Size, v.Root, v.Source)
		return
	}
	fetched := uint64(0)
	for _, r := range v.Fetched {
		fetched += r.To - r.From
	}
	a.say(w, lang.Text{Vi: "Giữ %d lá của nút, lấy %d lá từ %s:", En: "%d leaves of the node's own are kept, %d come from %s:"}, v.Kept, fetched, v.Source)
	for _, r := range v.Fetched {
		a.say(w, lang.Text{Vi: "  lá %d đến %d", En: "  leaves %d to %d"}, r.From, r.To-1)
	}
	if v.Cut > 0 {
		a.say(w, lang.Text{
			Vi: "Cắt %d lá cuối, không theo được sổ đã chứng thực hoặc đã hỏng; nút lấy lại chúng từ các nút khác nếu chúng đúng.",
			En: "%d leaves at the end are cut, which do not follow from the certified ledger or are damaged; the node gets them again from the others if they are right."}, v.Cut)
	}
	if c := v.Certified; c != nil {
		a.say(w, lang.Text{
			Vi: "Đầu sổ công bố được chứng thực: khối %d, %d lá, các cơ quan %v đồng ký.", En: "The published head is certified: height %d, size %d, cosigned by agencies %v."}, c.Height, c.Size, c.Agencies)
	}
	if v.HeadsAnew {
		a.say(w, lang.Text{Vi: "heads.db không đọc được: dựng lại từ các đầu sổ công bố.", En: "heads.db cannot be read: it is made anew of the published heads."})
	}
	if v.DryRun {
		a.say(w, lang.Text{Vi: "Sổ sẽ có: khối %d, %d lá, gốc %s. Chưa thay gì (--dry-run).", En: "The ledger would have: height %d, size %d, root %s. Nothing was replaced (--dry-run)."}, v.Height, v.Size, v.Root)
		return
	}
	a.say(w, lang.Text{Vi: "Đã sửa: khối %d, %d lá, gốc %s; đã tính lại tất cả và khớp.", En: "Mended: height %d, size %d, root %s; all of it was derived again and is right."}, v.Height, v.Size, v.Root)
	for _, path := range v.Aside {
		a.say(w, lang.Text{Vi: "Tệp trước đó: %s", En: "The file that was there before: %s"}, path)
	}
}
