//go:build unix

package api

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/encoding"
	protocodec "google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"github.com/ocopledger/ocop/ledger/chain/chaintest"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
	"github.com/ocopledger/ocop/proto/ocop/api/v1/apigrpc"
)

// unread is a codec whose answers stay the bytes they came as.
type unread struct{}

func (unread) Name() string { return "proto" }

func (unread) Marshal(v any) (mem.BufferSlice, error) {
	b, err := proto.Marshal(v.(proto.Message))
	return mem.BufferSlice{mem.SliceBuffer(b)}, err
}

func (unread) Unmarshal(data mem.BufferSlice, v any) error {
	*v.(*[]byte) = data.Materialize()
	return nil
}

// question is something to be traced, asked over gRPC or of the server itself.
type question struct {
	method string
	ask    proto.Message
	answer proto.Message
}

func questions(t *testing.T, s *Server) (all []question) {
	lot := fmt.Sprintf("%d.%d/%s", chaintest.Coop, 17, soldLot)
	add := func(method string, ask, answer proto.Message, err error) {
		if err != nil {
			t.Fatal(method, err)
		}
		all = append(all, question{method, ask, answer})
	}
	for _, size := range []uint32{0, 1, 333, soldEntries} {
		o := &apiv1.TimelineOptions{Page: &apiv1.Page{Size: size}, NewestFirst: size == 333}
		ofLot := &apiv1.TraceLotRequest{Lot: lot, Timeline: o}
		a, err := s.TraceLot(t.Context(), ofLot)
		add(apigrpc.QueryService_TraceLot_FullMethodName, ofLot, a, err)
		ofProduct := &apiv1.TraceProductRequest{Product: fmt.Sprintf("%d.%d", chaintest.Coop, 17), Timeline: o}
		b, err := s.TraceProduct(t.Context(), ofProduct)
		add(apigrpc.QueryService_TraceProduct_FullMethodName, ofProduct, b, err)
		ofCertificate := &apiv1.TraceCertificateRequest{Certificate: fmt.Sprintf("%d:2026:250/QĐ-UBND:17", chaintest.Province), Timeline: o}
		c, err := s.TraceCertificate(t.Context(), ofCertificate)
		add(apigrpc.QueryService_TraceCertificate_FullMethodName, ofCertificate, c, err)
	}
	return all
}

// What gRPC answers is what the server answers, in as many bytes and with its fields in their order, also while many ask at once and buffers go from one answer to
// the next; and it is for a server that was not given our codec.
func TestTracesOverGRPCAreThoseOfTheServer(t *testing.T) {
	n, _, _, _ := busyMarket(t)
	overHTTP := func(s *grpc.Server, l net.Listener) error {
		h := &http.Server{Handler: s, Protocols: new(http.Protocols)}
		h.Protocols.SetUnencryptedHTTP2(true)
		return h.Serve(l)
	}
	for _, way := range []struct {
		name    string
		options []grpc.ServerOption
		serve   func(*grpc.Server, net.Listener) error
	}{
		{"our codec", ServerOptions(), (*grpc.Server).Serve}, {"our codec, by net/http", ServerOptions(), overHTTP}, {"the codec of gRPC", nil, (*grpc.Server).Serve},
	} {
		t.Run(way.name, func(t *testing.T) {
			c, server := serveBy(t, n, nil, way.options, way.serve)
			all := questions(t, server)
			var asked sync.WaitGroup
			for i := range 8 {
				asked.Go(func() {
					for j := range 2 * len(all) {
						q := all[(i*5+j)%len(all)]
						if err := q.asked(t.Context(), c.conn); err != nil {
							t.Error(err)
							return
						}
					}
				})
			}
			asked.Wait()
		})
	}
}

func (q question) asked(ctx context.Context, c *grpc.ClientConn) error {
	var got []byte
	if err := c.Invoke(ctx, q.method, q.ask, &got, grpc.ForceCodecV2(unread{})); err != nil {
		return err
	}
	read := q.answer.ProtoReflect().New().Interface()
	if err := proto.Unmarshal(got, read); err != nil {
		return err
	}
	want, err := proto.Marshal(q.answer)
	if err != nil {
		return err
	}
	again, err := proto.Marshal(read)
	if err != nil || !bytes.Equal(again, want) || len(got) != len(want) || !inOrder(got) {
		return fmt.Errorf("%s %v: %d bytes, in order: %v, that read %d, want %d; %w", q.method, q.ask, len(got), inOrder(got), len(again), len(want), err)
	}
	return nil
}

// inOrder tells whether the fields of a message come in the order of their numbers.
func inOrder(message []byte) bool {
	for last := protowire.Number(0); len(message) > 0; {
		n, _, size := protowire.ConsumeField(message)
		if size < 0 || n < last {
			return false
		}
		last, message = n, message[size:]
	}
	return true
}

// Buffers come back whole, whatever was asked for before, and the largest do not stay.
func TestBuffersAreUsedAgain(t *testing.T) {
	b := new(buffers)
	for _, n := range []int{0, 100, 10, 1 << 20, 3 << 20, 5} {
		got := b.Get(n)
		if len(*got) != n || len(b.room(n)) != 0 {
			t.Fatalf("%d bytes, want %d", len(*got), n)
		}
		b.Put(got)
		for range 3 {
			if kept := b.Get(1); cap(*kept) > keptBuffer {
				t.Fatalf("a buffer of %d bytes was kept", cap(*kept))
			}
		}
	}
}

// A timeline stands at its place among the other fields, whichever there are.
func TestATimelineIsWrittenAtItsPlace(t *testing.T) {
	timeline := &apiv1.Timeline{NextPage: "7.0", Events: []*apiv1.Event{{Leaf: 7, Record: strings.Repeat("0", 64)}}}
	encoded, err := proto.Marshal(timeline)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range []*apiv1.TraceLotResponse{
		{}, {MoreHolders: true}, {MoreDescendants: true}, {AsOf: &apiv1.AsOf{Height: 9}, MoreHolders: true, MoreDescendants: true, Contacts: []*apiv1.Contact{{}}},
	} {
		a.Timeline = timeline
		want, err := proto.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		a.Timeline = new(apiv1.Timeline)
		a.Timeline.ProtoReflect().SetUnknown(encoded)
		pieces, err := codec{encoding.GetCodecV2(protocodec.Name)}.Marshal(marshalled{timelines: new(buffers)}.answer(t.Context(), a))
		if err != nil {
			t.Fatal(err)
		}
		if got := pieces.Materialize(); !bytes.Equal(got, want) {
			t.Errorf("%x, want %x", got, want)
		}
	}
}
