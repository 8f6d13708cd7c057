package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/ocopd/internal/devnet"
	"github.com/ocopledger/ocop/cmd/ocopd/internal/serve"
	"github.com/ocopledger/ocop/ledger"
)

const (
	// mostNodes is what a policy has room for.
	mostNodes = ledger.MaxValidators
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
	json     bool
	verbose  bool
}

// newDevnet is `ocopd devnet`: a whole network of real nodes in one process.
func newDevnet(version string) *cobra.Command {
	f := devnetFlags{}
	c := &cobra.Command{
		Use:   "devnet",
		Short: "A whole network of real nodes on this machine / Chạy cả mạng lưới nút thật trên một máy",
		Long: `A whole network of real nodes in one process: each agency with its own keys, directory and ports on 127.0.0.1, talking mutual TLS.
The first run holds the genesis ceremony and loads the sample province; later runs with the same --dir continue.

Chạy cả mạng lưới trong một tiến trình: mỗi cơ quan một nút, có khóa, thư mục và cổng riêng trên 127.0.0.1, nói chuyện qua TLS hai chiều.
Lần đầu lập sổ cái và nạp tỉnh mẫu; những lần sau với cùng --dir thì chạy tiếp. DỮ LIỆU MẪU – không có giá trị.`,
		Args:          cobra.NoArgs,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE: func(c *cobra.Command, _ []string) error {
			return f.run(c.Context(), version, c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	c.Flags().StringVar(&f.dir, "dir", "", "directory of the network (default: ocop-devnet in the user's cache directory)")
	c.Flags().IntVar(&f.nodes, "nodes", 3, fmt.Sprintf("how many nodes, 1 to %d", mostNodes))
	c.Flags().IntVar(&f.basePort, "base-port", 7400, "node i listens on base+10i (public), base+10i+1 (peer), base+10i+2 (operator)")
	c.Flags().BoolVar(&f.sample, "sample", true, "load the sample province: 22 products of 16 producers")
	c.Flags().BoolVar(&f.once, "once", false, "load, wait until all nodes hold the same certified head, audit one from the first leaf, print a summary and end")
	c.Flags().BoolVar(&f.json, "json", false, "print the summary as one JSON object (with --once)")
	c.Flags().BoolVarP(&f.verbose, "verbose", "v", false, "print the nodes' logs")
	return c
}

func (f *devnetFlags) check() error {
	switch {
	case f.nodes < 1 || f.nodes > mostNodes:
		return fmt.Errorf("--nodes %d: want 1 to %d", f.nodes, mostNodes)
	case f.basePort < 1024 || f.basePort+10*f.nodes > 65535:
		return fmt.Errorf("--base-port %d: want 1024 to %d", f.basePort, 65535-10*f.nodes)
	case f.sample && f.nodes < 3:
		return fmt.Errorf("--nodes %d: the sample province has three agencies; add --sample=false for a smaller network", f.nodes)
	case f.json && !f.once:
		return errors.New("--json prints a summary, which needs --once")
	}
	return nil
}

func (f *devnetFlags) run(ctx context.Context, version string, out, progress io.Writer) (err error) {
	if err := f.check(); err != nil {
		return err
	}
	if f.dir == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return fmt.Errorf("no directory for the network, use --dir: %w", err)
		}
		f.dir = filepath.Join(cache, "ocop-devnet")
	}
	network, err := devnet.Open(devnet.Options{Dir: f.dir, Nodes: f.nodes, BasePort: f.basePort, Random: rand.Reader, Now: time.Now})
	if err != nil {
		return err
	}
	running, err := network.Run(ctx, func(ctx context.Context, dir string) (devnet.Served, error) {
		return f.serve(ctx, version, dir, progress)
	})
	if err != nil {
		return err
	}
	defer func() {
		// Ctrl-C ends ctx; the nodes still get their time to hand over and to write what they hold.
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeLimit)
		defer cancel()
		err = errors.Join(err, running.Close(closing))
	}()
	if f.sample {
		if err := f.load(ctx, running, progress); err != nil {
			return err
		}
	}
	if f.once {
		return f.summarise(ctx, running, out)
	}
	if err := network.WriteWelcome(out); err != nil {
		return err
	}
	return running.Wait(ctx)
}

func (f *devnetFlags) serve(ctx context.Context, version, dir string, progress io.Writer) (devnet.Served, error) {
	log := slog.New(slog.DiscardHandler)
	if f.verbose {
		log = slog.New(slog.NewTextHandler(progress, nil)).With("node", filepath.Base(dir))
	}
	s, err := serve.OpenDir(ctx, dir, serve.Options{Version: version, Log: log, Now: time.Now})
	if err != nil {
		return nil, err
	}
	return s.Start(context.WithoutCancel(ctx)), nil
}

func (f *devnetFlags) load(ctx context.Context, running *devnet.Running, progress io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, loadLimit)
	defer cancel()
	_, err := running.Load(ctx, time.Now, func(step string) { fmt.Fprintf(progress, "sample: %s\n", step) })
	return err
}

func (f *devnetFlags) summarise(ctx context.Context, running *devnet.Running, out io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, loadLimit)
	defer cancel()
	s, err := running.Summarise(ctx)
	if err != nil && s.Audit == "" {
		return err
	}
	write := s.WriteText
	if f.json {
		write = s.WriteJSON
	}
	return errors.Join(err, write(out))
}
