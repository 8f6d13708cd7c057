package node

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"testing"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
	"google.golang.org/grpc"

	"github.com/ocopledger/ocop/node/door"
	"github.com/ocopledger/ocop/node/receive"
	"github.com/ocopledger/ocop/proto/ocop/api/v1/apigrpc"
	"github.com/ocopledger/ocop/proto/ocop/peer/v1/peergrpc"
)

// TestReceiving: what is on its way to either door counts until its connection is closed, is told in the metrics, and is refused unread when it is more than the method takes.
func TestReceiving(t *testing.T) {
	w := newNetwork(t, 3)
	for _, h := range w.nodes {
		h.services = func(_ *Node, r grpc.ServiceRegistrar) {
			apigrpc.RegisterSubmitServiceServer(r, apigrpc.UnimplementedSubmitServiceServer{})
		}
	}
	w.start()
	w.leader()
	h := w.nodes[0]
	certificate, err := door.Certificate(w.Nodes[1].TLS)
	if err != nil {
		t.Fatal(err)
	}
	public := func() net.Conn {
		c, err := net.Dial("tcp", h.addresses.Public)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	asPeer := func() net.Conn {
		raw, err := net.Dial("tcp", h.addresses.Peer)
		if err != nil {
			t.Fatal(err)
		}
		c, err := door.Client(t.Context(), raw, certificate, door.ProtocolGRPC, w.Nodes[0].TLS.Public())
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	for _, c := range []struct {
		name, method string
		dial         func() net.Conn
		room         *receive.Room
		most, come   int
	}{
		{publicDoor, apigrpc.SubmitService_Submit_FullMethodName, public, h.fromClients, MaxSubmitBytes + framing, 200_000},
		{publicDoor, apigrpc.SubmitService_Simulate_FullMethodName, public, h.fromClients, 65_535 + framing, 100_000},
		{peerDoor, peergrpc.PeerService_Forward_FullMethodName, asPeer, h.fromPeers, 3<<20 + 8*1024 + framing, 200_000},
		{peerDoor, peergrpc.PeerService_Status_FullMethodName, asPeer, h.fromPeers, smallMessage, 10_000},
	} {
		conn := c.dial()
		defer conn.Close()
		go func() { _, _ = io.Copy(io.Discard, conn) }()
		half(t, conn, c.method, c.most, c.come)
		gathered := int64(receive.Begun + c.come/2)
		w.eventually(c.method+" is being received", func() bool { return c.room.Holding().Bytes >= gathered })
		for _, r := range h.monitor.facts().Receiving {
			if r.Door == c.name && (r.Bytes < gathered || r.Calls < 1) {
				t.Errorf("%s: %+v is told", c.method, r)
			}
		}
		conn.Close()
		w.eventually("nothing of "+c.method+" is held", func() bool { return c.room.Holding().Bytes < gathered })

		conn = c.dial()
		defer conn.Close()
		half(t, conn, c.method, c.most+1, 0)
		if said := ending(t, conn); !bytes.Contains([]byte(said), []byte("are allowed")) {
			t.Errorf("%s with a byte more than it takes: %q", c.method, said)
		}
	}
}

// half begins a call with a message of a length, of which some comes.
func half(t *testing.T, conn net.Conn, method string, length, come int) {
	t.Helper()
	var out, block bytes.Buffer
	out.WriteString(http2.ClientPreface)
	f, e := http2.NewFramer(&out, nil), hpack.NewEncoder(&block)
	for _, h := range [][2]string{{":method", "POST"}, {":scheme", "http"}, {":path", method}, {":authority", "node"}, {"content-type", "application/grpc"}, {"te", "trailers"}} {
		_ = e.WriteField(hpack.HeaderField{Name: h[0], Value: h[1]}) // into memory, as all that follows
	}
	_ = f.WriteSettings()
	_ = f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: block.Bytes(), EndHeaders: true})
	_ = f.WriteData(1, false, binary.BigEndian.AppendUint32([]byte{0}, uint32(length)))
	for ; come > 0; come -= 16_000 {
		_ = f.WriteData(1, false, make([]byte, min(come, 16_000)))
	}
	if _, err := conn.Write(out.Bytes()); err != nil {
		t.Fatal(err)
	}
}

// ending is the message that the first call ends with.
func ending(t *testing.T, conn net.Conn) (said string) {
	t.Helper()
	f := http2.NewFramer(io.Discard, conn)
	f.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	for {
		frame, err := f.ReadFrame()
		if err != nil {
			t.Fatal(err)
		}
		if headers, ok := frame.(*http2.MetaHeadersFrame); ok {
			for _, field := range headers.Fields {
				if field.Name == "grpc-message" {
					return field.Value
				}
			}
		}
	}
}
