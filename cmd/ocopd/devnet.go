package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/heap"
	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/cmd/ocopd/internal/ceremony"
	"github.com/ocopledger/ocop/cmd/ocopd/internal/devnet"
	"github.com/ocopledger/ocop/cmd/ocopd/internal/serve"
	"github.com/ocopledger/ocop/ledger"
)

const (
	// mostNodes is what a policy has room for.
	mostNodes = ledger.MaxValidators
	// sampleNodes is how many agencies the sample province has.
	sampleNodes = 3
	// firstPort is the lowest that a program may use without being root.
	firstPort = 1024
	// loadLimit and closeLimit keep a run that is stuck from waiting for ever.
	loadLimit  = 5 * time.Minute
	closeLimit = 30 * time.Second
)

type devnetFlags struct {
	dir      string
	nodes    int
	basePort int
	sample   bool
	once     bool
	prepare  bool
	verbose  bool
}

// devnet is `ocopd devnet`: a whole network of real nodes in one process.
func (a *app) devnet() *cobra.Command {
	var f devnetFlags
	cmd := verb.Command(a.lang, verb.Spec{
		Use:   "devnet",
		Short: lang.Text{Vi: "Chạy cả mạng lưới nút thật trên một máy", En: "A whole network of real nodes on this machine"},
		Long: lang.Text{
			Vi: `Chạy cả mạng lưới trong một tiến trình: mỗi cơ quan một nút, có khóa, thư mục và cổng riêng trên 127.0.0.1, nói chuyện qua TLS hai chiều.
Lần đầu lập sổ cái và nạp tỉnh mẫu; những lần sau với cùng --dir thì chạy tiếp. DỮ LIỆU MẪU – không có giá trị.
Khi mạng lưới đã chạy, lệnh cho biết các cổng và chạy đến khi có Ctrl-C; với --json là một đối tượng JSON trên một dòng.`,
			En: `A whole network of real nodes in one process: each agency with its own keys, directory and ports on 127.0.0.1, talking mutual TLS.
The first run holds the genesis ceremony and loads the sample province; later runs with the same --dir continue. DỮ LIỆU MẪU – không có giá trị.
When the network is up, the command says where its doors are, and goes on until Ctrl-C; with --json that is one JSON object on one line.`},
		Example: "  ocopd devnet\n  ocopd devnet --once --json",
		Run: func(cmd *cobra.Command, _ []string) error {
			if err := f.check(); err != nil {
				return err
			}
			if err := a.runDevnet(cmd.Context(), &f); err != nil {
				return &ceremony.SampleError{Err: err} // every devnet is one
			}
			return nil
		},
	})
	s := cmd.Flags()
	s.StringVar(&f.dir, "dir", "", a.t(lang.Text{
		Vi: "`thư mục` của mạng lưới (mặc định: ocop-devnet trong thư mục đệm của người dùng)",
		En: "`directory` of the network (default: ocop-devnet in the user's cache directory)"}))
	s.IntVar(&f.nodes, "nodes", sampleNodes, lang.Text{Vi: "`số` nút, 1 đến %d", En: "`number` of nodes, 1 to %d"}.F(a.lang, mostNodes))
	s.IntVar(&f.basePort, "base-port", 7400, a.t(lang.Text{
		Vi: "nút i nghe ở `cổng`+10i (công khai), +10i+1 (giữa các nút), +10i+2 (vận hành)",
		En: "node i listens on `port`+10i (public), +10i+1 (peer), +10i+2 (operator)"}))
	s.BoolVar(&f.sample, "sample", true, a.t(lang.Text{Vi: "nạp tỉnh mẫu: 22 sản phẩm của 16 chủ thể", En: "load the sample province: 22 products of 16 producers"}))
	s.BoolVar(&f.once, "once", false, a.t(lang.Text{
		Vi: "nạp, đợi mọi nút có cùng một đầu đã chứng thực, kiểm toán một nút từ lá đầu tiên, in tóm tắt rồi dừng",
		En: "load, wait until all nodes hold the same certified head, audit one from the first leaf, print a summary and end"}))
	s.BoolVar(&f.prepare, "prepare", false, a.t(lang.Text{
		Vi: "lập sổ cái, khóa và cấu hình, cho biết các cổng rồi dừng: mỗi nút chạy riêng bằng ocopd run --dir",
		En: "make genesis, keys and settings, say where the doors are, and end: each node then runs by ocopd run --dir"}))
	s.BoolVarP(&f.verbose, "verbose", "v", false, a.t(lang.Text{Vi: "in nhật ký của các nút", En: "print the nodes' logs"}))
	return cmd
}

func (f *devnetFlags) check() error {
	switch most := 65535 - 10*f.nodes; {
	case f.nodes < 1 || f.nodes > mostNodes:
		return verb.Usage(lang.Text{Vi: "--nodes %d: cần 1 đến %d", En: "--nodes %d: want 1 to %d"}, f.nodes, mostNodes)
	case f.basePort < firstPort || f.basePort > most:
		return verb.Usage(lang.Text{Vi: "--base-port %d: cần %d đến %d", En: "--base-port %d: want %d to %d"}, f.basePort, firstPort, most)
	case f.prepare && f.once:
		return verb.Usage(lang.Text{Vi: "--prepare không chạy nút nào: bỏ --once", En: "--prepare runs no node: leave out --once"})
	case f.sample && f.nodes < sampleNodes:
		return verb.Usage(lang.Text{
			Vi: "--nodes %d: tỉnh mẫu có %d cơ quan; mạng lưới nhỏ hơn thì thêm --sample=false",
			En: "--nodes %d: the sample province has %d agencies; add --sample=false for a smaller network"}, f.nodes, sampleNodes)
	}
	return nil
}

func (a *app) runDevnet(ctx context.Context, f *devnetFlags) (err error) {
	if f.dir == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return verb.Usage(lang.Text{Vi: "không biết để mạng lưới ở đâu, hãy dùng --dir (%v)", En: "no directory for the network, use --dir (%v)"}, err)
		}
		f.dir = filepath.Join(cache, "ocop-devnet")
	}
	heap.Tune(a.env.Getenv, 0)
	network, err := devnet.Open(devnet.Options{Dir: f.dir, Nodes: f.nodes, BasePort: f.basePort, Random: a.env.Random, Now: a.env.Now})
	if err != nil {
		return err
	}
	if f.prepare {
		return a.prepared(network.Welcome())
	}
	running, err := network.Run(ctx, func(ctx context.Context, dir string) (devnet.Served, error) { return a.serveOne(ctx, dir, f.verbose) })
	if err != nil {
		return err
	}
	defer func() {
		// Ctrl-C ends ctx; the nodes still get their time to hand over and to write what they hold.
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeLimit)
		defer cancel()
		err = errors.Join(err, running.Close(closing))
	}()
	working, end := context.WithCancelCause(ctx)
	defer end(nil)
	go func() { end(running.Wait(working)) }() // nobody waits for a node that has ended
	err = a.useDevnet(working, f, running)
	if node, ok := errors.AsType[*devnet.NodeError](context.Cause(working)); ok {
		return node
	}
	return err
}

// useDevnet does with a network that runs what the flags say.
func (a *app) useDevnet(ctx context.Context, f *devnetFlags, running *devnet.Running) error {
	if f.sample {
		if err := a.loadSample(ctx, running); err != nil {
			return err
		}
	}
	if f.once {
		return a.summarise(ctx, running)
	}
	if err := a.welcome(running.Welcome()); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// oneNode is a node of the network, whose errors are said as by itself.
type oneNode struct{ *serve.Running }

// Close shuts it down cleanly.
func (n oneNode) Close(ctx context.Context) error {
	if err := n.Running.Close(ctx); err != nil {
		return &spoken{err}
	}
	return nil
}

func (a *app) serveOne(ctx context.Context, dir string, verbose bool) (devnet.Served, error) {
	log := slog.New(slog.DiscardHandler)
	if verbose {
		log = slog.New(slog.NewTextHandler(a.env.Err, nil)).With("node", filepath.Base(dir))
	}
	s, err := serve.OpenDir(ctx, dir, serve.Options{Version: softwareVersion(), Log: log, Now: a.env.Now})
	if err != nil {
		return nil, &spoken{err}
	}
	return oneNode{s.Start(context.WithoutCancel(ctx))}, nil
}

func (a *app) loadSample(ctx context.Context, running *devnet.Running) error {
	ctx, cancel := context.WithTimeout(ctx, loadLimit)
	defer cancel()
	_, err := running.Load(ctx, a.env.Now, func(step string) {
		fmt.Fprintln(a.env.Err, lang.Text{Vi: "dữ liệu mẫu: %s", En: "sample: %s"}.F(a.lang, step))
	})
	return err
}

func (a *app) summarise(ctx context.Context, running *devnet.Running) error {
	ctx, cancel := context.WithTimeout(ctx, loadLimit)
	defer cancel()
	s, err := running.Summarise(ctx)
	if err != nil && s.Audit == "" {
		return err
	}
	if a.json {
		if err != nil {
			err = &coded{code: exitCode(err), err: err, silent: true} // the summary tells it
		}
		return errors.Join(err, s.WriteJSON(a.env.Out))
	}
	return errors.Join(err, s.WriteText(a.env.Out, a.lang))
}

// prepared says where the nodes are that nobody runs yet.
func (a *app) prepared(w devnet.Welcome) error {
	if a.json {
		return w.WriteJSON(a.env.Out)
	}
	_, err := fmt.Fprintln(a.env.Out, w.Notice)
	for _, n := range w.Nodes {
		fmt.Fprintf(a.env.Out, "ocopd run --dir %s\n", n.Dir)
	}
	return err
}

func (a *app) welcome(w devnet.Welcome) error {
	if a.json {
		return w.WriteJSON(a.env.Out)
	}
	return w.WriteText(a.env.Out, a.lang)
}
