package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/cmd/ocopd/internal/ceremony"
	"github.com/ocopledger/ocop/cmd/ocopd/internal/devnet"
	"github.com/ocopledger/ocop/cmd/ocopd/internal/grow"
)

type growFlags struct {
	dir      string
	nodes    int
	agencies int
	basePort int
	records  uint64
	seed     uint64
}

// mostRecords bounds what grow makes: what its calendar can count.
const mostRecords = 1 << 32

// certifyLimit is how long the nodes have to open a ledger of many records and certify its head.
const certifyLimit = 10 * time.Minute

// grow is `ocopd grow`: a ledger of any size. It is for those who measure, and not listed.
func (a *app) grow() *cobra.Command {
	var f growFlags
	cmd := verb.Command(a.lang, verb.Spec{
		Use:   "grow --dir DIR --records N",
		Short: lang.Text{Vi: "Tạo sổ cái lớn để đo", En: "Make a large ledger to measure with"},
		Long: lang.Text{
			Vi: `Tạo trong thư mục DIR một mạng lưới có sổ cái N bản ghi: vài cơ quan đăng ký và chứng nhận, hàng trăm chủ thể làm lô và mua bán trong một năm, đến hôm nay.
Khối đầy, bản nháp và bản ghi đều được ký; lúc tạo không kiểm lại chữ ký vừa ký, nên "ocopd check" và "ocop audit" kiểm tất cả. Cuối cùng các nút chạy một
lần để chứng thực đầu sổ. Sau đó: "ocopd run --dir DIR/nodes/…", hoặc "ocopd devnet --dir DIR --sample=false --nodes …". DỮ LIỆU MẪU – không có giá trị.`,
			En: `Makes a network in directory DIR whose ledger has N records: a few agencies register and certify, hundreds of producers make lots and trade for a
year, until today.
Blocks are full, and all drafts and records are signed; signatures just made are not verified again meanwhile, so that "ocopd check" and "ocop audit" verify all
of them. In the end the nodes run once to certify the head. Then: "ocopd run --dir DIR/nodes/…", or "ocopd devnet --dir DIR --sample=false --nodes …".
DỮ LIỆU MẪU – không có giá trị.`},
		Example: "  ocopd grow --dir /tmp/million --records 1000000",
		Run: func(cmd *cobra.Command, _ []string) error {
			if err := verb.Require(cmd, "dir", "records"); err != nil {
				return err
			}
			if err := f.check(); err != nil {
				return err
			}
			if err := a.runGrow(cmd.Context(), &f); err != nil {
				return &ceremony.SampleError{Err: err}
			}
			return nil
		},
	})
	cmd.Hidden = true
	cmd.AddCommand(a.measure())
	s := cmd.Flags()
	s.StringVar(&f.dir, "dir", "", a.t(lang.Text{Vi: "`thư mục` của mạng lưới, còn trống", En: "`directory` of the network, still empty"}))
	s.Uint64Var(&f.records, "records", 0, a.t(lang.Text{Vi: "`số` bản ghi mua bán", En: "`number` of records of trade"}))
	s.Uint64Var(&f.seed, "seed", 1, a.t(lang.Text{Vi: "`số` mà việc mua bán theo đó", En: "`number` that decides what is traded"}))
	s.IntVar(&f.nodes, "nodes", 1, lang.Text{Vi: "`số` nút cùng giữ sổ cái, 1 đến %d", En: "`number` of nodes that hold the ledger, 1 to %d"}.F(a.lang, mostNodes))
	s.IntVar(&f.agencies, "agencies", 0, lang.Text{
		Vi: "`số` cơ quan, từ số nút đến %d; 0: %d, hoặc bằng số nút. Cơ quan đầu chứng nhận, hai cơ quan sau đăng ký chủ thể (một mình thì làm cả hai), các cơ quan khác chỉ giữ sổ",
		En: "`number` of agencies, from that of nodes to %d; 0: %d, or that of nodes. The first certifies, the next two register producers (one alone does both), others only keep the ledger",
	}.F(a.lang, grow.MostAgencies, grow.DefaultAgencies))
	s.IntVar(&f.basePort, "base-port", 7400, a.t(lang.Text{Vi: "như của devnet", En: "as devnet's"}))
	return cmd
}

func (f *growFlags) check() error {
	network := devnetFlags{nodes: f.nodes, basePort: f.basePort}
	if err := network.check(); err != nil {
		return err
	}
	if f.agencies == 0 {
		f.agencies = max(grow.DefaultAgencies, f.nodes)
	}
	if f.agencies < f.nodes || f.agencies > grow.MostAgencies {
		return verb.Usage(lang.Text{Vi: "--agencies %d: cần %d đến %d", En: "--agencies %d: want %d to %d"}, f.agencies, f.nodes, grow.MostAgencies)
	}
	if f.records < 1 || f.records > mostRecords {
		return verb.Usage(lang.Text{Vi: "--records %d: cần 1 đến %d", En: "--records %d: want 1 to %d"}, f.records, uint64(mostRecords))
	}
	return nil
}

func (a *app) runGrow(ctx context.Context, f *growFlags) (err error) {
	network, err := grow.Make(ctx, grow.Options{
		Dir: f.dir, Nodes: f.nodes, Agencies: f.agencies, BasePort: f.basePort, Records: f.records, Seed: f.seed, Random: a.env.Random, Now: a.env.Now,
		Progress: func(s grow.Step) {
			fmt.Fprintln(a.env.Err, lang.Text{
				Vi: "%d trên %d bản ghi: %.0f bản ghi/giây; CPU mỗi bản ghi: ký %.1f µs, áp dụng %.1f µs; vùng nhớ %d MiB",
				En: "%d of %d records: %.0f records/s; CPU per record: sign %.1f µs, apply %.1f µs; heap %d MiB"}.F(a.lang,
				s.Done, s.Of, float64(s.Records)/s.Elapsed.Seconds(), micros(s.Sign), micros(s.Apply), s.Heap>>20))
		},
	})
	if err != nil {
		return err
	}
	running, err := network.Run(ctx, func(ctx context.Context, dir string) (devnet.Served, error) { return a.serveOne(ctx, dir, false) })
	if err != nil {
		return err
	}
	agreeing, cancel := context.WithTimeout(ctx, certifyLimit)
	defer cancel()
	head, err := running.Agree(agreeing)
	closing, end := context.WithTimeout(context.WithoutCancel(ctx), closeLimit)
	defer end()
	if err = errors.Join(err, running.Close(closing)); err != nil {
		return err
	}
	v := grown{devnet.Banner, len(network.Nodes), len(network.Agencies), network.Genesis.Chain.String(), f.records, head.Height, head.Size, head.Root.String()}
	return a.print(v, func(w io.Writer) {
		fmt.Fprintln(w, v.Notice)
		a.say(w, lang.Text{Vi: "Sổ cái %s: khối %d, %d lá, gốc %s, đã chứng thực.", En: "Ledger %s: block %d, %d leaves, root %s, certified."}, v.Chain, v.Height, v.Size, v.Root)
	})
}

// grown is what was made.
type grown struct {
	Notice   string `json:"notice"`
	Nodes    int    `json:"nodes"`
	Agencies int    `json:"agencies"` // that genesis names
	Chain    string `json:"chain_id"`
	Records  uint64 `json:"records"` // of trade, after those of the setup
	Height   uint64 `json:"height"`
	Size     uint64 `json:"size"`
	Root     string `json:"root"`
}

func micros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 }
