package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"testing"

	"github.com/ocopledger/ocop/cmd/ocopd/internal/devnet"
)

// freeBase finds the ports of a small devnet that nobody uses now.
func freeBase(t *testing.T, nodes int) int {
	t.Helper()
	free := func(base int) bool {
		for i := range nodes {
			for j := range 3 {
				l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", base+10*i+j))
				if err != nil {
					return false
				}
				l.Close()
			}
		}
		return true
	}
	for base := 30_000; base < 32_000; base += 100 {
		if free(base) {
			return base
		}
	}
	t.Fatal("no free ports")
	return 0
}

// TestDevnetOnce: the summary's head is certified on every node, in networks of any size, and again when they continue.
func TestDevnetOnce(t *testing.T) {
	for _, nodes := range []int{1, 2, 4} {
		dir := t.TempDir()
		base := freeBase(t, nodes)
		for run := range 2 {
			var out bytes.Buffer
			c := newDevnet("test")
			c.SetArgs([]string{"--once", "--json", "--sample=false", "--dir", dir, "--nodes", fmt.Sprint(nodes), "--base-port", fmt.Sprint(base)})
			c.SetOut(&out)
			c.SetErr(io.Discard)
			if err := c.ExecuteContext(t.Context()); err != nil {
				t.Fatalf("%d nodes, run %d: %v", nodes, run, err)
			}
			var s devnet.Summary
			if err := json.Unmarshal(out.Bytes(), &s); err != nil {
				t.Fatal(err)
			}
			if s.Nodes != nodes || s.Certified != s.Height || s.Audit != "ok" {
				t.Errorf("%d nodes, run %d: %s", nodes, run, out.String())
			}
		}
	}
}
