package command

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/password"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/cmd/ocop/internal/bench"
	"github.com/ocopledger/ocop/cmd/ocop/internal/bench/cluster"
	"github.com/ocopledger/ocop/ledger/verify/anchor"
)

// benching is the command line of ocop bench.
type benching struct {
	bench.Options
	operators string
	dir       string // of a devnet
	keys      string
	officers  []string
	policy    string
	password.Source

	processes int
	ocopd     string
	basePort  int
}

func (a *app) bench() *cobra.Command {
	var b benching
	cmd := a.command(verb.Spec{
		Use:   "bench",
		Short: lang.Text{Vi: "Đo mạng lưới: bao nhiêu bản ghi mỗi giây, chờ bao lâu, tốn bao nhiêu", En: "Measure a network: records a second, waiting, cost"},
		Long: lang.Text{
			Vi: `Gửi các bản ghi bán lẻ như của một tỉnh bận rộn và đo: số lượng mỗi giây, thời gian chờ (p50, p99, p99.9), thời gian xử lý của mỗi nút cho một bản ghi.
Kèm theo là những gì quyết định con số: máy, đĩa, và tốc độ kiểm tra chữ ký của chính máy này trong cùng lần đo. Bản ghi được ký trước khi tính giờ (--sign: ký
trong lúc chạy). Cuối cùng mọi bản ghi đã được báo nhận được tìm lại trong các lá của một đầu sổ đã chứng thực; thiếu một bản ghi là lỗi, mã thoát 6.
Bản ghi đo thử nằm lại mãi trên sổ cái: chỉ dùng với dữ liệu mẫu.
Không có --rate, mỗi máy khách chờ trả lời rồi mới gửi tiếp; luồng thì luôn đầy, nên chờ lâu bằng số bản ghi đang trên đường chia cho tốc độ. Có --rate, bản ghi đến hạn theo nhịp đó dù nút trả lời hay chưa, và thời gian chờ tính từ lúc đến hạn.
--node nhận nhiều nút, cách nhau bằng dấu phẩy. --processes 3 tự lập một mạng ba tiến trình ocopd thật, đo rồi xóa.`,
			En: `Submits retail sales as a busy province has them and measures: operations a second, waiting (p50, p99, p99.9), and what of every node's processor a
record takes. Beside them stands what they rest on: the machine, the disk, and how fast this machine verifies signatures, in the same run. Records are
signed before the clock starts (--sign: while it runs). At the end every record that was acknowledged is looked for in the leaves of a certified head; one that is
missing is an error, exit code 6. What a benchmark writes stays on the ledger for ever: it is for sample data.
Without --rate each client waits for its answer before it goes on; a stream is kept full, so that its records wait as long as all on their way take. With it records are due at that rate, answered or not, and waiting counts from when they were due.
--node takes several nodes, comma between them. --processes 3 makes a network of three real ocopd processes of its own, measures it and removes it.`},
		Example: "  ocop bench --clients 256 --duration 10s --mode unary\n  ocop bench --mode stream --clients 8 --json\n  ocop bench --processes 3 --clients 64 --kill-leader",
		Run: func(cmd *cobra.Command, _ []string) error {
			if err := b.check(cmd); err != nil {
				return err
			}
			return a.runBench(cmd.Context(), &b)
		},
	})
	a.benchFlags(cmd, &b)
	return cmd
}

func (a *app) benchFlags(cmd *cobra.Command, b *benching) {
	f := cmd.Flags()
	b.Mode = bench.Unary
	flag(a, cmd, &b.Mode, "mode", "unary|stream|actions", parseMode, lang.Text{
		Vi: "unary: mỗi lần gọi một bản ghi (mặc định); stream: nhiều bản ghi trên đường cùng lúc; actions: như stream, mỗi bản ghi nhiều hành động",
		En: "unary: a call a record (default); stream: many on their way at once; actions: as stream, with many actions a record"})
	f.IntVar(&b.Clients, "clients", 16, a.t(lang.Text{
		Vi: "`số` máy khách, hay số luồng; 1: từng bản ghi một",
		En: "`number` of clients, or of streams; 1: one record at a time"}))
	f.DurationVar(&b.Duration, "duration", 10*time.Second, a.t(lang.Text{Vi: "`thời gian` đo", En: "`time` that is measured"}))
	f.DurationVar(&b.Warmup, "warmup", 2*time.Second, a.t(lang.Text{
		Vi: "`thời gian` chạy đà trước đó, không tính",
		En: "`time` before it, which does not count"}))
	f.IntVar(&b.Actions, "actions", 0, a.t(lang.Text{
		Vi: "`số` hành động trong một bản ghi, 1 đến 256; mặc định 1, với --mode actions là 100",
		En: "`number` of actions in a record, 1 to 256; by default 1, and 100 with --mode actions"}))
	f.Float64Var(&b.Rate, "rate", 0, a.t(lang.Text{
		Vi: "`số` bản ghi đến hạn mỗi giây; 0: chờ trả lời",
		En: "`number` of records due a second; 0: wait for answers"}))
	f.IntVar(&b.InFlight, "in-flight", 0, a.t(lang.Text{
		Vi: "nhiều nhất bao nhiêu `cuộc` gọi cùng lúc; mặc định 4096 với --rate, 32768 với --overload",
		En: "most `calls` at once; by default 4096 with --rate, 32768 with --overload"}))
	f.IntVar(&b.Window, "window", 0, a.t(lang.Text{
		Vi: "nhiều nhất bao nhiêu `bản` ghi chưa được báo nhận trong một luồng; 0: mặc định của luồng",
		En: "most `records` without acknowledgement in a stream; 0: the stream's default"}))
	f.IntVar(&b.Producers, "producers", 300, a.t(lang.Text{
		Vi: "`số` chủ thể bán hàng, được đăng ký trước, mỗi chủ thể hai sản phẩm và mười lô",
		En: "`number` of producers who sell; they are registered first, each with two products and ten lots"}))
	f.BoolVar(&b.SignLate, "sign", false, a.t(lang.Text{Vi: "ký trong lúc chạy", En: "sign while the clock runs"}))
	f.BoolVar(&b.Certified, "certified", false, a.t(lang.Text{
		Vi: "chờ đến khi được chứng thực, có biên nhận; kiểm một phần các biên nhận",
		En: "wait until certified, with receipts; some of them are verified"}))
	f.BoolVar(&b.Overload, "overload", false, a.t(lang.Text{
		Vi: "đo mức cao nhất, rồi đưa vào gấp mười lần",
		En: "measure the peak, then offer ten times that"}))
	f.BoolVar(&b.KillLeader, "kill-leader", false, a.t(lang.Text{
		Vi: "giết tiến trình của nút dẫn đầu giữa lúc đo; cần --processes",
		En: "kill the leader's process while measuring; needs --processes"}))
	f.StringVar(&b.operators, "operator", "", a.t(lang.Text{
		Vi: "cổng vận hành của các nút, `host:port`, cách nhau bằng dấu phẩy; mặc định: như devnet, nếu nút ở máy này",
		En: "operator doors of the nodes, `host:port`, comma between them; by default as in a devnet, for nodes on this machine"}))
	f.StringVar(&b.dir, "dir", "", a.t(lang.Text{
		Vi: "`thư mục` của devnet: khóa của cán bộ mẫu, và đĩa để đo; mặc định: nơi ocopd devnet để",
		En: "`directory` of a devnet: its officers' keys, and the disk to measure; by default where ocopd devnet has it"}))
	f.StringVar(&b.keys, "keys", "", a.t(lang.Text{
		Vi: "`thư mục` khóa của cán bộ và tệp password.txt; mặc định: people trong --dir",
		En: "`directory` of officers' keys and their password.txt; by default people in --dir"}))
	f.StringSliceVar(&b.officers, "officer", nil, a.t(lang.Text{
		Vi: "`tệp` khóa của cán bộ được đăng ký chủ thể, sản phẩm; ghi nhiều lần được (thêm người được chứng nhận)",
		En: "keystore `file` of an officer who may register producers; can be given again (one who may certify)"}))
	b.Flags(a.lang, cmd)
	f.StringVar(&b.policy, "policy", "", a.t(lang.Text{
		Vi: "`tệp` chính sách hoặc khởi nguyên mà bạn tin; mặc định: khởi nguyên của chính nút",
		En: "policy or genesis `file` that you believe; by default the node's own genesis"}))
	f.BoolVar(&b.Forever, "yes-write-for-ever", false, a.t(lang.Text{
		Vi: "đo cả khi sổ cái không phải dữ liệu mẫu: bản ghi nằm lại mãi",
		En: "measure a ledger that is not sample data: the records stay for ever"}))
	f.IntVar(&b.processes, "processes", 0, a.t(lang.Text{
		Vi: "lập một mạng `số` tiến trình ocopd, đo rồi xóa; 0: đo mạng của --node",
		En: "make a network of a `number` of ocopd processes, measure and remove it; 0: measure that of --node"}))
	f.StringVar(&b.ocopd, "ocopd", "", a.t(lang.Text{
		Vi: "`tệp` chương trình ocopd; mặc định: bên cạnh ocop, hoặc trong PATH",
		En: "`file` of the program ocopd; by default the one beside ocop, or in the PATH"}))
	f.IntVar(&b.basePort, "base-port", 7500, a.t(lang.Text{
		Vi: "tiến trình i nghe ở `cổng`+10i, +10i+1, +10i+2",
		En: "process i listens on `port`+10i, +10i+1, +10i+2"}))
}

func parseMode(s string) (bench.Mode, error) {
	if m := bench.Mode(s); slices.Contains([]bench.Mode{bench.Unary, bench.Stream, bench.Actions}, m) {
		return m, nil
	}
	return "", lang.Errorf(lang.Text{Vi: "%q không phải là unary, stream hay actions", En: "%q is none of unary, stream and actions"}, s)
}

const (
	// manyActions are in a record of --mode actions.
	manyActions = 100
	// callsAtRate are more than a network that keeps up ever has under way, and callsOverload more than three nodes take in.
	callsAtRate   = 4096
	callsOverload = 32_768
)

func (b *benching) check(cmd *cobra.Command) error {
	if b.Actions == 0 {
		b.Actions = 1
		if b.Mode == bench.Actions {
			b.Actions = manyActions
		}
	}
	if b.InFlight == 0 {
		b.InFlight = callsAtRate
		if b.Overload {
			b.InFlight = callsOverload
		}
	}
	out := func(name string, value, least, most any) error {
		return verb.Usage(lang.Text{Vi: "--%s %v: cần %v đến %v", En: "--%s %v: want %v to %v"}, name, value, least, most)
	}
	const second = time.Second
	switch {
	case b.Clients < 1 || b.Clients > bench.MaxClients:
		return out("clients", b.Clients, 1, bench.MaxClients)
	case b.Duration < second/10 || b.Duration > bench.MaxDuration:
		return out("duration", b.Duration, second/10, bench.MaxDuration)
	case b.Warmup < 0 || b.Warmup > bench.MaxDuration:
		return out("warmup", b.Warmup, 0, bench.MaxDuration)
	case b.Actions < 1 || b.Actions > 256:
		return out("actions", b.Actions, 1, 256)
	case b.Producers < 1 || b.Producers > bench.MaxProducers:
		return out("producers", b.Producers, 1, bench.MaxProducers)
	case b.Rate < 0 || b.Rate > bench.MaxRate:
		return out("rate", b.Rate, 0, bench.MaxRate)
	case b.InFlight < 1 || b.InFlight > bench.MaxInFlight:
		return out("in-flight", b.InFlight, 1, bench.MaxInFlight)
	case b.Window < 0 || b.Window > bench.MaxInFlight:
		return out("window", b.Window, 0, bench.MaxInFlight)
	case b.processes < 0 || b.processes > cluster.MaxNodes:
		return out("processes", b.processes, 0, cluster.MaxNodes)
	case b.KillLeader && b.processes < 3:
		return verb.Usage(lang.Text{
			Vi: "--kill-leader cần --processes 3 trở lên: chỉ giết được tiến trình của mình",
			En: "--kill-leader needs --processes 3 or more: only processes of its own can be killed"})
	case b.Overload && (b.Rate > 0 || b.KillLeader):
		return verb.Usage(lang.Text{Vi: "--overload không dùng cùng --rate hay --kill-leader", En: "--overload goes with neither --rate nor --kill-leader"})
	case b.processes > 0 && cmd.Flags().Changed("node"):
		return verb.Usage(lang.Text{Vi: "dùng --node hoặc --processes", En: "give --node or --processes"})
	}
	return nil
}

func (a *app) runBench(ctx context.Context, b *benching) (err error) {
	b.Random, b.Now, b.Progress = a.env.Random, a.env.Now, a.progress
	defer a.progressEnd()
	b.Nodes = strings.Split(a.node, ",")
	if b.operators != "" {
		b.Operators = strings.Split(b.operators, ",")
	}
	if a.tls {
		b.TLS = &tls.Config{MinVersion: tls.VersionTLS13}
	}
	if b.processes > 0 {
		stop, err := a.ownNetwork(ctx, b)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, stop()) }()
	}
	if err := a.benchKeys(b); err != nil {
		return err
	}
	if b.policy != "" {
		if b.Anchor, err = readBounded(b.policy, anchor.MaxFile); err != nil {
			return err
		}
	}
	report, err := bench.Run(ctx, b.Options)
	a.progressEnd()
	switch {
	case err != nil && ctx.Err() != nil:
		return fail(exitFailure, lang.Text{Vi: "phép đo đã bị ngắt", En: "the measurement was interrupted"})
	case errors.Is(err, bench.ErrNotSample), errors.Is(err, bench.ErrNoRegistrar):
		return withCode(exitUsage, err)
	case report == nil:
		return err
	}
	n := noticeOf(report.Ledger.Sample)
	if failed := a.print(n, struct {
		notice
		*bench.Report
	}{n, report}, func(w io.Writer) { a.benchText(w, report) }); failed != nil {
		return failed
	}
	if _, lost := errors.AsType[*bench.LostError](err); lost {
		if a.json {
			return said(exitDivergence, err)
		}
		return withCode(exitDivergence, err)
	}
	return err
}

// ownNetwork starts processes, which stop ends and whose directory it removes.
func (a *app) ownNetwork(ctx context.Context, b *benching) (stop func() error, err error) {
	program, err := cluster.Program(b.ocopd)
	if err != nil {
		return nil, err
	}
	if b.dir, err = os.MkdirTemp("", "ocop-bench-"); err != nil {
		return nil, err
	}
	a.progress(lang.Text{Vi: "lập mạng %d tiến trình trong %s", En: "making a network of %d processes in %s"}, b.processes, b.dir)
	network, err := cluster.Start(ctx, cluster.Options{Program: program, Dir: b.dir, Nodes: b.processes, BasePort: b.basePort})
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(b.dir))
	}
	b.Cluster, b.Nodes, b.keys = network, nil, network.People
	for _, n := range network.Nodes {
		b.Nodes = append(b.Nodes, n.Public)
	}
	return func() error { return errors.Join(network.Close(), os.RemoveAll(b.dir)) }, nil
}

// benchKeys opens the officers' keys, and decides which disk is measured.
func (a *app) benchKeys(b *benching) error {
	if b.dir == "" && len(b.officers) == 0 && b.keys == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return verb.Usage(lang.Text{Vi: "không biết devnet ở đâu, hãy dùng --dir (%v)", En: "where the devnet is, is not known: use --dir (%v)"}, err)
		}
		b.dir = filepath.Join(cache, "ocop-devnet")
	}
	b.Disk = b.dir
	if b.keys == "" && len(b.officers) == 0 {
		b.keys = filepath.Join(b.dir, "people")
	}
	if b.keys != "" {
		found, err := a.officersIn(b.keys)
		if err != nil {
			return err
		}
		b.Officers = found
	}
	for _, path := range b.officers {
		key, account, err := a.openAuthor(path, b.Source)
		if err != nil {
			return err
		}
		b.Officers = append(b.Officers, officerOf(account, key))
	}
	return nil
}
