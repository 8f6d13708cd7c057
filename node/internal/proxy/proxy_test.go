package proxy

import (
	"io"
	"net"
	"os"
	"runtime"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// echo listens, and says back what it hears.
func echo(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				io.Copy(c, c)
			}()
		}
	}()
	return l.Addr().String()
}

// network has one node behind a proxy, and callers that all are node 1.
func network(t *testing.T) (*Network, string) {
	t.Helper()
	n := New(1, func(string, string) (int, bool) { return 1, true })
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := n.Add("127.0.0.1:0", echo(t)); err != nil {
		t.Fatal(err)
	}
	return n, n.listeners[0].Addr().String()
}

func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// heard is what comes back of a word, within a time or as long as it takes.
func heard(t *testing.T, c net.Conn, word string, within time.Duration) (string, error) {
	t.Helper()
	if word != "" {
		if _, err := c.Write([]byte(word)); err != nil {
			return "", err
		}
	}
	if err := c.SetReadDeadline(time.Now().Add(within)); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 16)
	k, err := c.Read(b)
	return string(b[:k]), err
}

const (
	long  = 30 * time.Second
	short = 50 * time.Millisecond
)

// TestCut: each direction can be cut, and what was said meanwhile arrives afterwards.
func TestCut(t *testing.T) {
	for _, l := range []Link{{1, 0}, {0, 1}} {
		n, address := network(t)
		c := dial(t, address)
		if got, err := heard(t, c, "one", long); got != "one" {
			t.Fatalf("%q, %v", got, err)
		}
		n.Set(l, Rule{Cut: true})
		n.Set(Link{2, 0}, Rule{Cut: true}) // nobody's
		if got, err := heard(t, c, "two", short); err == nil {
			t.Errorf("%v is cut, and %q comes back", l, got)
		}
		if got := n.Touched(); got != 1 {
			t.Errorf("%d pieces touched, want 1", got)
		}
		n.Heal()
		if got, err := heard(t, c, "", long); got != "two" {
			t.Errorf("after the cut of %v: %q, %v", l, got, err)
		}
	}
}

func TestDelay(t *testing.T) {
	n, address := network(t)
	n.Set(Link{1, 0}, Rule{Delay: short})
	n.Set(Link{0, 1}, Rule{Delay: short})
	began := time.Now()
	if got, err := heard(t, dial(t, address), "one", long); got != "one" || time.Since(began) < 2*short {
		t.Errorf("%q, %v, after %v", got, err, time.Since(began))
	}
}

// TestLose: a lost piece is the end of its connection, and the next one may pass.
func TestLose(t *testing.T) {
	n, address := network(t)
	n.Set(Link{1, 0}, Rule{Lose: 0.5})
	lost, passed := 0, 0
	for range 50 {
		if got, err := heard(t, dial(t, address), "one", long); err != nil {
			lost++
		} else if got == "one" {
			passed++
		}
	}
	if lost < 10 || passed < 10 || lost+passed != 50 {
		t.Errorf("%d lost, %d passed", lost, passed)
	}
}

// TestStrangers: who is nobody gets nothing.
func TestStrangers(t *testing.T) {
	n := New(1, func(string, string) (int, bool) { return 0, false })
	defer n.Close()
	if err := n.Add("127.0.0.1:0", echo(t)); err != nil {
		t.Fatal(err)
	}
	if got, err := heard(t, dial(t, n.listeners[0].Addr().String()), "", long); err != io.EOF {
		t.Errorf("%q, %v", got, err)
	}
}

func TestHasSocket(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("NOT TESTED: sockets have no owners here")
	}
	c := dial(t, echo(t))
	local, remote := c.LocalAddr().String(), c.RemoteAddr().String()
	if !HasSocket(os.Getpid(), local, remote) {
		t.Error("a socket of this process is not found")
	}
	if HasSocket(os.Getppid(), local, remote) || HasSocket(os.Getpid(), local, "127.0.0.1:1") {
		t.Error("a socket is found that is not there")
	}
}
