package client

import (
	"context"
	"errors"
	"io"
	"iter"

	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
	"github.com/ocopledger/ocop/proto/ocop/api/v1/apigrpc"
)

// Run is consecutive leaves of the log.
type Run struct {
	First  uint64
	Leaves [][]byte
	Size   uint64 // of the log at the node's newest head
}

// Leaves streams the log from an index to the head that is the newest when the stream begins. An error ends the sequence.
func (c *Client) Leaves(ctx context.Context, from uint64) iter.Seq2[Run, error] {
	return func(yield func(Run, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		stream, err := c.Ledger.StreamLeaves(ctx, &apiv1.StreamLeavesRequest{From: from})
		if err != nil {
			yield(Run{}, c.fromStatus(apigrpc.LedgerService_StreamLeaves_FullMethodName, err))
			return
		}
		for {
			m, err := stream.Recv()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(Run{}, c.fromStatus(apigrpc.LedgerService_StreamLeaves_FullMethodName, err))
				return
			}
			if !yield(Run{m.GetFirst(), m.GetLeaves(), m.GetSize()}, nil) {
				return
			}
		}
	}
}

// pageSize is how many items Pages asks for at a time; nodes give fewer when they do not give as many.
const pageSize = 500

// Pages walks a list to its end. ask gets one page; next is its next_page.
func Pages[T any](ask func(*apiv1.Page) (items []T, next string, err error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		page := &apiv1.Page{Size: pageSize}
		for {
			items, next, err := ask(page)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, item := range items {
				if !yield(item, nil) {
					return
				}
			}
			if next == "" {
				return
			}
			page = &apiv1.Page{Size: pageSize, Token: next}
		}
	}
}
