package door

import (
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"
)

// TestPlacesOfConnections: a connection beyond the places is closed, and one that is closed, also twice, makes room for one.
func TestPlacesOfConnections(t *testing.T) {
	raw, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	l := &limited{Listener: raw, places: make(chan struct{}, 2)}
	accepted := make(chan net.Conn)
	go func() {
		defer close(accepted)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			accepted <- c
		}
	}()
	dial := func() net.Conn {
		c, err := net.Dial("tcp", raw.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		return c
	}
	dial()
	first := <-accepted
	dial()
	second := <-accepted
	defer second.Close()
	if n, err := dial().Read(make([]byte, 1)); n != 0 || err == nil {
		t.Errorf("a third connection: %d, %v, want it closed", n, err)
	}
	first.Close()
	first.Close()
	dial()
	third := <-accepted
	defer third.Close()
	if _, err := dial().Read(make([]byte, 1)); err == nil {
		t.Error("a connection that was closed twice made room for two")
	}
}

// TestTaking: who takes what is sent keeps a connection for as long as it likes; who takes nothing for a while loses it, also when somebody had taken the deadline away.
func TestTaking(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		defer near.Close()
		defer far.Close()
		c := &taking{Conn: near}
		reading := make(chan struct{})
		go func() {
			defer close(reading)
			for range 100 {
				time.Sleep(takeLimit - 2*time.Second)
				if _, err := io.ReadFull(far, make([]byte, 2)); err != nil {
					t.Error(err)
				}
			}
		}()
		for i := range 200 { // of two bytes that are read together, the first waits
			if _, err := c.Write([]byte{byte(i)}); err != nil {
				t.Fatalf("write %d: %v", i, err)
			}
		}
		<-reading
		if err := c.SetDeadline(time.Time{}); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if _, err := c.Write([]byte{0}); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(began) != takeLimit {
			t.Errorf("%v after %v", err, time.Since(began))
		}
	})
}
