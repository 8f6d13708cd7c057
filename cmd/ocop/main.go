// Command ocop is the tool of everybody but a node's operator: it drafts, simulates, signs, submits, traces, lists, searches and audits.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/ocopledger/ocop/cmd/ocop/internal/command"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second interrupt ends what does not listen to the first
	code := command.Main(ctx, command.System(), os.Args[1:])
	stop()
	os.Exit(code)
}
