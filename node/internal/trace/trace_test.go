//go:build linux && amd64

package trace_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/ocopledger/ocop/node/internal/process"
	"github.com/ocopledger/ocop/node/internal/trace"
)

// writerEnv makes the test's program the one that is traced: the file it writes, line by line, from several threads.
const writerEnv = "OCOP_TRACE_WRITER"

const (
	lines  = 64
	length = 16
)

func TestMain(m *testing.M) {
	if path := os.Getenv(writerEnv); path != "" {
		job := write
		if _, err := os.Stat(path); err == nil {
			job = writeForEver
		}
		if err := job(path); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func line(n int) []byte { return fmt.Appendf(nil, "%0*d\n", length-1, n) }

func write(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := f.Truncate(2 * lines * length); err != nil {
		return err
	}
	var writers sync.WaitGroup
	errs := make([]error, lines)
	for n := range lines {
		writers.Go(func() {
			time.Sleep(time.Millisecond) // so that there are threads
			if _, err := f.WriteAt(line(n), int64(n*length)); err != nil {
				errs[n] = fmt.Errorf("line %d: %w", n, err)
			}
		})
	}
	writers.Wait()
	return errors.Join(append(errs, f.Sync())...)
}

// writeForEver writes until somebody ends it, or a write fails.
func writeForEver(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	for n := 0; err == nil; n++ {
		_, err = f.WriteAt(line(n%lines), int64(n%lines*length))
	}
	return err
}

type traced struct {
	*process.Process
	trace        *trace.Trace
	path, output string
}

func start(t *testing.T, judge func(*trace.Call) trace.Verdict, done func(*trace.Call, error)) *traced {
	t.Helper()
	dir := t.TempDir()
	x := &traced{path: filepath.Join(dir, "file"), output: filepath.Join(dir, "output")}
	t.Setenv(writerEnv, x.path)
	var err error
	if x.Process, err = process.StartStopped(x.output, os.Args[0]); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(x.Kill)
	x.trace, err = trace.Attach(x.Pid, trace.Options{Watch: func(path string) bool { return path == x.path }, Judge: judge, Done: done})
	if err != nil {
		t.Fatal(err)
	}
	x.Signal(syscall.SIGCONT)
	return x
}

func (x *traced) said(t *testing.T) string {
	t.Helper()
	said, err := os.ReadFile(x.output)
	if err != nil {
		t.Fatal(err)
	}
	return string(said)
}

func (x *traced) file(t *testing.T) []byte {
	t.Helper()
	data, err := os.ReadFile(x.path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestEveryCallIsSeen: replaying what was seen makes the same file.
func TestEveryCallIsSeen(t *testing.T) {
	var made []byte
	kinds := map[trace.Kind]int{}
	x := start(t, nil, func(c *trace.Call, err error) {
		if err != nil {
			t.Errorf("%v: %v", c.Kind, err)
		}
		switch kinds[c.Kind]++; c.Kind {
		case trace.Resize:
			made = make([]byte, c.Size)
		case trace.Write:
			copy(made[c.Offset:], c.Data)
		}
	})
	if code := x.Code(); code != 0 {
		t.Fatalf("ended with %d: %s", code, x.said(t))
	}
	<-x.trace.Ended()
	if !bytes.Equal(made, x.file(t)) {
		t.Error("what was seen makes another file")
	}
	if kinds[trace.Write] != lines || kinds[trace.Sync] != 1 || kinds[trace.Resize] != 1 || len(kinds) != 3 {
		t.Errorf("seen: %v", kinds)
	}
}

// TestVerdicts: what is judged of one line becomes of it, and of no other.
func TestVerdicts(t *testing.T) {
	for name, c := range map[string]struct {
		verdict trace.Verdict
		keeps   int
		says    string
		code    int
	}{
		"pass":                    {trace.Verdict{}, length, "", 0},
		"lost":                    {trace.Verdict{Short: true}, 0, "", 0},
		"torn":                    {trace.Verdict{Short: true, Keep: 5}, 5, "", 0},
		"torn, and the power":     {trace.Verdict{Short: true, Keep: 5, End: true}, 5, "", -1},
		"kept, and reported lost": {trace.Verdict{Answer: syscall.EIO}, length, "input/output error", 1},
		"no room":                 {trace.Verdict{Short: true, Answer: syscall.ENOSPC}, 0, "no space left on device", 1},
	} {
		t.Run(name, func(t *testing.T) {
			const chosen = 7
			x := start(t, func(call *trace.Call) trace.Verdict {
				if call.Kind == trace.Write && call.Offset == chosen*length {
					return c.verdict
				}
				return trace.Verdict{}
			}, nil)
			if code := x.Code(); code != c.code {
				t.Errorf("ended with %d, want %d", code, c.code)
			}
			<-x.trace.Ended()
			if said := x.said(t); !strings.Contains(said, c.says) || c.says == "" && said != "" {
				t.Errorf("it says %q, want %q", said, c.says)
			}
			data := x.file(t)
			want := append(line(chosen)[:c.keeps:c.keeps], make([]byte, length-c.keeps)...)
			if got := data[chosen*length:][:length]; !bytes.Equal(got, want) {
				t.Errorf("the file holds %q, want %q", got, want)
			}
			for n := range lines {
				if got := data[n*length:][:length]; n != chosen && c.code != -1 && !bytes.Equal(got, line(n)) {
					t.Errorf("line %d is %q", n, got)
				}
			}
		})
	}
}

// TestHeld: a call that is held is made when it is let go, or when the trace ends, and other threads go on meanwhile.
func TestHeld(t *testing.T) {
	for _, detach := range []bool{false, true} {
		hold, others := make(chan struct{}), make(chan struct{}, lines)
		x := start(t, func(c *trace.Call) trace.Verdict {
			if c.Kind == trace.Write && c.Offset == 0 {
				return trace.Verdict{Hold: hold}
			}
			return trace.Verdict{}
		}, func(c *trace.Call, _ error) {
			if c.Kind == trace.Write {
				others <- struct{}{}
			}
		})
		for range lines - 1 {
			<-others
		}
		select {
		case <-x.Ended():
			t.Fatal("it has not waited")
		default:
		}
		if got := x.file(t)[:length]; got[0] != 0 {
			t.Errorf("%q is written already", got)
		}
		if detach {
			if err := x.trace.Detach(); err != nil {
				t.Error(err)
			}
		} else {
			close(hold)
		}
		if code := x.Code(); code != 0 {
			t.Errorf("ended with %d: %s", code, x.said(t))
		}
		if got := x.file(t)[:length]; !bytes.Equal(got, line(0)) {
			t.Errorf("%q was written", got)
		}
	}
}

// TestComeAndGo: a running process can be traced, let go and traced again; while it is let go nothing is seen of it.
func TestComeAndGo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv(writerEnv, path)
	p, err := process.Start(path+".output", os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Kill)
	for round := range 4 {
		calls := make(chan struct{}, 1)
		o := trace.Options{Watch: func(at string) bool { return at == path }, Judge: func(*trace.Call) trace.Verdict {
			select {
			case calls <- struct{}{}:
			default:
			}
			if round == 3 {
				return trace.Verdict{Answer: syscall.EIO}
			}
			return trace.Verdict{}
		}}
		x, err := trace.Attach(p.Pid, o)
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		<-calls
		if round == 3 {
			if code := p.Code(); code != 1 {
				t.Errorf("it ends with %d", code)
			}
		}
		if err := x.Detach(); err != nil {
			t.Errorf("round %d: %v", round, err)
		}
		<-x.Ended()
	}
	if _, err := trace.Attach(p.Pid, trace.Options{}); err == nil {
		t.Error("a process that has ended is traced")
	}
}
