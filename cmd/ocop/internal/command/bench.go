package command

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

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
trong lúc chạy), nhiều nhất hai triệu, khoảng 800 MiB; nếu cần hơn, phần còn lại được ký trong lúc chạy. Cuối cùng mọi bản ghi đã được báo nhận được tìm lại trong các lá của một đầu sổ đã chứng thực; thiếu một bản ghi là lỗi, mã thoát 6.
Bản ghi đo thử nằm lại mãi trên sổ cái: chỉ dùng với dữ liệu mẫu.
Không có --rate, mỗi máy khách chờ trả lời rồi mới gửi tiếp (unary: bằng HTTP/2, không qua thư viện gRPC, trên nhiều nhất 64 kết nối, để máy phát không lấy mất máy của nút); luồng thì luôn đầy, nên chờ lâu bằng số bản ghi đang trên đường chia cho tốc độ. Có --rate, bản ghi đến hạn theo nhịp đó dù nút trả lời hay chưa, và thời gian chờ tính từ lúc đến hạn.
--overload đo mức cao nhất, rồi đưa vào gấp mười lần, rồi đo lại mức cao nhất, mỗi lần lâu như nhau; mức cao nhất là trung bình trước và sau, vì máy lúc nhanh lúc chậm. Trước cả ba, mạng bị quá tải
  mà không tính, mỗi lần lâu như thế, đến khi các nút không còn phải xin thêm nhiều bộ nhớ (dưới 3 phần trăm chi phí một bản ghi), nhiều nhất năm lần. Bản ghi cần cho lúc quá tải được ký trước (nhiều nhất một triệu, khoảng 400 MiB; cho mỗi lần đo mức cao nhất thì đến hai triệu, khoảng 800 MiB), trừ khi có --sign.
  unary: gấp mười lần số cuộc gọi, dù nút trả lời hay chưa. Ai bị từ chối thì gọi lại với chính bản ghi ấy, sau thời gian nút yêu cầu. Để máy phát không lấy mất máy của nút,
  các cuộc gọi ấy đi thẳng bằng HTTP/2, không qua thư viện gRPC. Thời gian chờ tính từ cuộc gọi được nhận. Nếu máy không gọi được đủ mười lần, báo cáo cho biết đã gọi bao nhiêu.
  stream, actions: gấp mười lần số luồng, mỗi luồng muốn gửi nhiều bằng một luồng lúc cao nhất. "Muốn gửi" là những gì các luồng sẽ gửi nếu cửa sổ luôn mở; "được gửi" là những gì
  cửa sổ cho qua. Phần còn lại bị giữ ở bên gửi, không mất. Thời gian chờ tính từ lúc được gửi.
  Nếu ở mức cao nhất các nút và máy phát dùng chưa đến 85 phần trăm bộ xử lý của máy, hoặc lúc quá tải lại được nhận nhiều hơn thế một phần tư, báo cáo cho biết mức ấy chưa phải cao nhất.
receipts: bán một số hàng, rồi hỏi một nút (nút đầu của --node) biên nhận về chúng: sản phẩm, giấy chứng nhận, lô, bản ghi, hành động, lần lượt. Cuộc gọi đi thẳng bằng HTTP/2 như của
khách lạ, với mạng của --processes thì qua TLS. Hết giờ, ít nhất 200 biên nhận, và cứ một trăm có một, được kiểm mà không hỏi nút; sai một cái là lỗi, mã thoát 10.
--node nhận nhiều nút, cách nhau bằng dấu phẩy. --processes 3 tự lập một mạng ba tiến trình ocopd thật, đo rồi xóa.
Mạng ấy nằm trong thư mục tạm của hệ thống (TMPDIR). Nếu thư mục ấy là bộ nhớ (tmpfs) thì "bền vững" chỉ là trong bộ nhớ, và không con số nào nói gì về đĩa: hãy đặt TMPDIR vào một đĩa.`,
			En: `Submits retail sales as a busy province has them and measures: operations a second, waiting (p50, p99, p99.9), and what of every node's processor a
record takes. Beside them stands what they rest on: the machine, the disk, and how fast this machine verifies signatures, in the same run. Records are
signed before the clock starts (--sign: while it runs), two million at most, some 800 MiB; if it takes more, the rest is signed while it runs. At the end every record that was acknowledged is looked for in the leaves of a certified head; one that is
missing is an error, exit code 6. What a benchmark writes stays on the ledger for ever: it is for sample data.
Without --rate each client waits for its answer before it goes on (unary: by HTTP/2 without a gRPC library, over 64 connections at most, so as not to take the machine from the nodes); a stream is kept full, so that its records wait as long as all on their way take. With it records are due at that rate, answered or not, and waiting counts from when they were due.
--overload measures the peak, offers ten times that, and measures the peak again, each for as long; the peak is the mean of before and after, as machines are not as fast one minute as the next. Before all
  three it overloads the network, which does not count, for as long each time, until nodes hardly take new memory (less than 3 per cent of what a record costs), five times at most. What the overload takes is signed beforehand (at most a million records, some 400 MiB; for each peak up to two million, some 800 MiB), unless with --sign.
  unary: ten times the calls, answered or not. Who is turned away calls again with the same record, after as long as the node asked for. So that the load generator does not take
  the machine from the nodes, these calls are HTTP/2 without a gRPC library. Waiting counts from the call that was taken in. When the machine cannot make that many calls, the
  report says how many it made.
  stream, actions: ten times the streams, each of which wants to send what one sent at the peak. What is wanted is what the streams would send if their windows were open; what is
  let through is what the windows allow. The rest is held back at the sender, and not lost. Waiting counts from when a record was let through.
  When nodes and load used less than 85 per cent of the machine's processors at the peak, or the overload got a quarter more than it, the report says that it was none.
receipts: sells some goods and asks one node (the first of --node) for receipts of them: product, certificate, lot, record, action, in turn. Calls are HTTP/2 as
strangers speak it, with a network of --processes over TLS. When the clock has stopped, at least 200 receipts, and one in a hundred, are checked without asking a node; one that is wrong is an
error, exit code 10.
--node takes several nodes, comma between them. --processes 3 makes a network of three real ocopd processes of its own, measures it and removes it.
That network is in the system's temporary directory (TMPDIR). Where that is memory (tmpfs), what is durable is so in memory only, and no number says anything of a disk: have TMPDIR on one.`},
		Example: "  ocop bench --clients 256 --duration 10s --mode unary\n  ocop bench --mode stream --clients 8 --json\n  ocop bench --processes 3 --clients 64 --kill-leader\n  ocop bench --processes 3 --mode receipts",
		Run: func(cmd *cobra.Command, _ []string) error {
			if b.Mode == bench.Reads && b.processes > 0 && !cmd.Flags().Changed("tls") {
				a.tls = true // as strangers ask
			}
			if err := b.check(cmd); err != nil {
				return err
			}
			if b.CallsAlone && !a.tls {
				return verb.Usage(lang.Text{Vi: "--calls-alone cần TLS: --tls", En: "--calls-alone needs TLS: --tls"})
			}
			b.Nodes = strings.Split(a.node, ",")
			if err := b.fitsStreams(); err != nil {
				return err
			}
			return a.runBench(cmd.Context(), &b)
		},
	})
	a.benchFlags(cmd, &b)
	return cmd
}

func (a *app) runBench(ctx context.Context, b *benching) (err error) {
	b.Random, b.Now, b.Progress = a.env.Random, a.env.Now, a.progress
	defer a.progressEnd()
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
		var unwatch context.CancelFunc
		ctx, unwatch = b.Cluster.Watch(ctx)
		defer unwatch()
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
	switch ended, ok := errors.AsType[*cluster.EndedError](context.Cause(ctx)); {
	case ok:
		return withCode(exitFailure, ended)
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
	return a.benchFailed(err)
}

// benchFailed gives what a measurement found to be wrong its exit code. With JSON the report has said it.
func (a *app) benchFailed(err error) error {
	code := exitDivergence
	switch {
	case is[*bench.LostError](err), is[*bench.NotRecoveredError](err):
	case is[*bench.WrongReceiptError](err):
		code = exitProof
	default:
		return err
	}
	if a.json {
		return said(code, err)
	}
	return withCode(code, err)
}

// ownNetwork starts processes, which stop ends and whose directory it removes.
func (a *app) ownNetwork(ctx context.Context, b *benching) (stop func() error, err error) {
	program, err := cluster.Program(b.ocopd)
	if err != nil {
		return nil, err
	}
	place, swept, err := cluster.NewPlace(os.TempDir())
	if err != nil {
		return nil, err
	}
	if swept.Left != nil {
		a.progress(lang.Text{Vi: "có thư mục do lần đo trước để lại mà không xóa được: %v", En: "directories that earlier measurements left cannot be removed: %v"}, swept.Left)
	}
	if swept.Removed > 0 {
		a.progress(lang.Text{Vi: "đã xóa %d thư mục mà lần đo bị giết trước đây để lại", En: "removed %d directories that measurements left which were killed"}, swept.Removed)
	}
	b.dir = place.Dir
	a.progress(lang.Text{Vi: "lập mạng %d tiến trình trong %s", En: "making a network of %d processes in %s"}, b.processes, b.dir)
	network, err := cluster.Start(ctx, cluster.Options{Program: program, Place: place, Nodes: b.processes, BasePort: b.basePort, TLS: a.tls, Env: append(os.Environ(), "OCOP_LANG="+a.lang.String())})
	if err != nil {
		return nil, errors.Join(err, place.Close())
	}
	b.Cluster, b.Nodes, b.TLS, b.keys = network, nil, network.TLS, network.People
	for _, n := range network.Nodes {
		b.Nodes = append(b.Nodes, n.Public)
	}
	return func() error { return errors.Join(network.Close(), place.Close()) }, nil
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
