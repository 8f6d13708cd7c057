package command

import (
	"fmt"
	"net"
	"net/http"
	"testing"
	"time"
)

// awaitReady waits until the last of three nodes is ready.
func awaitReady(t *testing.T, base int, ended <-chan error) {
	t.Helper()
	await(t, "three nodes are ready", func() bool {
		select {
		case err := <-ended:
			t.Fatalf("ended: %v", err)
		default:
		}
		a, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/readyz", base+22))
		if err != nil {
			return false
		}
		a.Body.Close()
		return a.StatusCode == http.StatusOK
	})
}

func await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for late := time.Now().Add(time.Minute); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(late) {
			t.Fatalf("not within a minute: %s", what)
		}
	}
}

// listens tells whether any of three nodes does.
func listens(base int) bool {
	for i := range 9 {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", base+i/3*10+i%3))
		if err != nil {
			return true
		}
		l.Close()
	}
	return false
}
