package node

import (
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/blob"
	"github.com/ocopledger/ocop/node/peer"
	"github.com/ocopledger/ocop/node/receive"
	"github.com/ocopledger/ocop/proto/ocop/api/v1/apigrpc"
)

// What may be on its way to a node, of calls that nobody has been asked about yet.
const (
	// receiveBytes bounds the public door's: 4,096 calls of which nothing is there, as many as there may be records of calls in hand, or 30 of the largest Submits.
	receiveBytes = 256 << 20
	// peerBytes bounds the peer door's. Six other validators have 12 MiB each on their way at most, and a buffer that grows has up to twice as much.
	peerBytes = 160 << 20
	// otherCalls is how many there may be at one time beside Submits that have records in hand: 32 KiB each, and up to 16 KiB of headers.
	otherCalls = 8192
	// receiveWithin is for a message to come. The largest comes within it at 1 Mbit/s.
	receiveWithin = 30 * time.Second
	// smallMessage is what calls have that bring no records, pictures or actions: names, filters, a signed promise of 161 bytes.
	smallMessage = 16 << 10
	// framing is what is around records and pictures, generously.
	framing = 64 << 10
)

// Names of the doors, in metrics.
const (
	publicDoor = "public"
	peerDoor   = "peer"
)

// publicRoom is the room for what clients send.
func (n *Node) publicRoom() *receive.Room {
	return receive.New(receive.Options{
		Bytes: receiveBytes, Calls: n.intake.calls.maxima[0] + otherCalls, Within: receiveWithin, Message: smallMessage, Codec: n.o.Calls.Codec, Refuse: n.o.Calls.Refusal,
		Methods: map[string]int{
			apigrpc.SubmitService_Submit_FullMethodName:       MaxSubmitBytes + framing,
			apigrpc.SubmitService_SubmitStream_FullMethodName: MaxStreamMessageBytes + framing,
			apigrpc.SubmitService_Simulate_FullMethodName:     ledger.MaxEnvelope + framing,
			apigrpc.BlobService_PutBlob_FullMethodName:        blob.MaxFile + framing,
		},
	})
}

// peerRoom is the room for what other validators send.
func peerRoom() *receive.Room {
	return receive.New(receive.Options{Bytes: peerBytes, Within: receiveWithin, Message: smallMessage, Methods: peer.Messages()})
}
