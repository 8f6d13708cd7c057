// Package cluster runs a network of nodes on this machine, each in a process of its own, as agencies run them: mutual TLS, a directory and ports for each.
//
// The program `ocopd` makes the network (genesis of sample data, keys, settings) and is each of its nodes. A benchmark may kill them; none outlives it,
// also when it is killed itself: a node ends in order when its input does, which this process alone holds.
package cluster

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/ocopledger/ocop/cmd/internal/heap"
	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/ledger"
)

// Options of a network.
type Options struct {
	Program  string // ocopd
	Place    *Place // where everything is
	Nodes    int
	BasePort int      // node i listens on base+10i (public), +1 (peer), +2 (operator)
	TLS      bool     // at the public doors
	Env      []string // of the processes
}

// Network is nodes that run.
type Network struct {
	Genesis string // file
	People  string // directory of the officers' keys
	Nodes   []*Node
	TLS     *tls.Config `json:"-"` // for clients, which believes the public doors' certificate; nil: doors without TLS

	stop context.CancelFunc
}

// Node is one process. The fields are where `ocopd devnet` says that it is.
type Node struct {
	Agency   uint64 `json:"agency"`
	Dir      string `json:"dir"`
	Public   string `json:"public"`
	Operator string `json:"operator"`

	TimerSlack time.Duration `json:"-"` // how late its timers may be; 0: as the system has it

	process  *os.Process
	attached io.Closer // its input, which tells it by its end that nobody is left who would stop it
	ended    chan struct{}
	killed   atomic.Bool // by this benchmark
	log      string
}

// MaxNodes is what a policy has room for.
const MaxNodes = ledger.MaxValidators

const (
	// startLimit is how long all nodes together may take to be ready: elections come first.
	startLimit = time.Minute
	// stopLimit is how long a node may take to end in order, before it is killed.
	stopLimit = 20 * time.Second
	// look is how often a starting node is asked.
	look = 20 * time.Millisecond
)

// Start makes a network, starts its nodes and waits until all are ready. They end when ctx does, or by Close.
func Start(ctx context.Context, o Options) (_ *Network, err error) {
	n, err := o.prepare(ctx)
	if err != nil {
		return nil, err
	}
	if o.TLS {
		if err := n.secure(o.Place.Dir); err != nil {
			return nil, err
		}
	}
	ctx, n.stop = context.WithCancel(ctx)
	defer func() {
		if err != nil {
			err = errors.Join(err, n.Close())
		}
	}()
	for _, node := range n.Nodes {
		if err := node.start(ctx, &o); err != nil {
			return nil, err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	for _, node := range n.Nodes {
		if err := node.ready(ctx); err != nil {
			return nil, err
		}
	}
	return n, nil
}

// prepare has ocopd make everything that the nodes need, and say where it is.
func (o *Options) prepare(ctx context.Context) (*Network, error) {
	var out, errs bytes.Buffer
	cmd := exec.CommandContext(ctx, o.Program, "devnet", "--prepare", "--json", "--sample=false",
		"--dir", o.Place.Dir, "--nodes", fmt.Sprint(o.Nodes), "--base-port", fmt.Sprint(o.BasePort))
	cmd.Env, cmd.Stdout, cmd.Stderr = o.Env, &out, &errs
	n := new(Network)
	err := cmd.Run()
	if err == nil {
		err = json.Unmarshal(out.Bytes(), n)
	}
	if err != nil {
		return nil, &PrepareError{o.Program, end(append(out.Bytes(), errs.Bytes()...)), err}
	}
	return n, nil
}

// memoryLimit is the variable with which Go's run time is told how much memory to keep to.
const memoryLimit = "GOMEMLIMIT"

// bounded is the environment of a node that shares the machine with others: each takes itself to be alone, and three would take more memory than there is. What is set
// there stands; 0: there is no bound.
func bounded(env []string, bytes int64) []string {
	if env == nil {
		env = os.Environ()
	}
	if bytes == 0 || slices.ContainsFunc(env, func(v string) bool { return strings.HasPrefix(v, memoryLimit+"=") }) {
		return env
	}
	return append(slices.Clone(env), fmt.Sprintf("%s=%d", memoryLimit, bytes))
}

func (n *Node) start(ctx context.Context, o *Options) error {
	n.log = filepath.Join(o.Place.Dir, fmt.Sprintf("node-%d.log", n.Agency))
	log, err := os.OpenFile(n.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.CommandContext(ctx, o.Program, "run", "--attached", "--dir", n.Dir)
	cmd.Env, cmd.Stdout, cmd.Stderr = bounded(o.Env, heap.Among(o.Nodes)), log, log
	cmd.Cancel = func() error { return ask(cmd.Process) }
	cmd.WaitDelay = stopLimit
	separate(cmd, o.Place.lock)
	if n.attached, err = cmd.StdinPipe(); err != nil {
		return err
	}
	if n.TimerSlack, err = start(cmd); err != nil {
		return err
	}
	n.process, n.ended = cmd.Process, make(chan struct{})
	go func() {
		_ = cmd.Wait() // how it ended is in its log
		close(n.ended)
	}()
	return nil
}

// ready waits until a node serves.
func (n *Node) ready(ctx context.Context) error {
	for {
		if n.asked(ctx) {
			return nil
		}
		select {
		case <-ctx.Done():
			return lang.Errorf(lang.Text{
				Vi: "nút của cơ quan %d chưa sẵn sàng; nhật ký của nó kết thúc bằng:\n%s",
				En: "the node of agency %d is not ready; its log ends with:\n%s"}, n.Agency, n.said()).Because(ctx.Err())
		case <-n.ended:
			return &EndedError{n.Agency, n.said()}
		case <-time.After(look):
		}
	}
}

func (n *Node) asked(ctx context.Context) bool {
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+n.Operator+"/readyz", nil)
	if err != nil {
		return false
	}
	a, err := http.DefaultClient.Do(q)
	if err != nil {
		return false
	}
	_ = a.Body.Close()
	return a.StatusCode == http.StatusOK
}

// said is the end of a node's log.
func (n *Node) said() string {
	f, err := os.Open(n.log)
	if err != nil {
		return ""
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.Size() > 2*tail {
		_, _ = f.Seek(-2*tail, io.SeekEnd) // twice: end looks for the beginning of a line
	}
	data, _ := io.ReadAll(io.LimitReader(f, 2*tail))
	return end(data)
}

// Kill ends a node at once, as a loss of power does, and waits until it is gone.
func (n *Node) Kill() error {
	n.killed.Store(true)
	err := n.process.Kill()
	<-n.ended
	return err
}

// Of is the node of an agency, or nil.
func (n *Network) Of(agency uint64) *Node {
	for _, node := range n.Nodes {
		if node.Agency == agency {
			return node
		}
	}
	return nil
}

// Close ends every node in order and waits until all are gone.
func (n *Network) Close() error {
	n.stop()
	for _, node := range n.Nodes {
		if node.ended != nil {
			<-node.ended
		}
	}
	return nil
}

// errNoProgram: no ocopd was found.
var errNoProgram = lang.Errorf(lang.Text{
	Vi: "không thấy chương trình ocopd bên cạnh ocop hay trong PATH: ghi --ocopd TỆP",
	En: "there is no program ocopd beside ocop or in the PATH: give --ocopd FILE"})

// Program finds ocopd: the file that was named, or the one beside this program, or the one in the PATH.
func Program(named string) (string, error) {
	if named != "" {
		found, err := exec.LookPath(named)
		if err != nil {
			return "", lang.Errorf(lang.Text{Vi: "không chạy được chương trình %s", En: "the program %s cannot be run"}, named).Because(err)
		}
		return found, nil
	}
	if self, err := os.Executable(); err == nil {
		if beside, err := exec.LookPath(filepath.Join(filepath.Dir(self), "ocopd")); err == nil {
			return beside, nil
		}
	}
	if found, err := exec.LookPath("ocopd"); err == nil {
		return found, nil
	}
	return "", errNoProgram
}
