// Command ocopd is a validator of the OCOP ledger, and what its operator needs beside it: the ceremony that begins a ledger, and the examination of
// files that a node has left. One verb a file.
//
// Commands touch the machine through env alone, so that a test is the machine. Every output exists for people, in Vietnamese and in English, and
// as JSON. Exit codes say what kind of failure it was, see codes.go.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	os.Exit(execute(ctx, system(), os.Args[1:]))
}
