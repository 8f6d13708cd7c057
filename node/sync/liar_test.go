package sync

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/chain/chaintest"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/reason"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
	"github.com/ocopledger/ocop/proto/ocop/api/v1/apigrpc"
)

// liar stands between a follower and a node, and alters what passes. nil: it does not.
type liar struct {
	apigrpc.UnimplementedLedgerServiceServer
	apigrpc.UnimplementedProofServiceServer
	node        *Remote
	head        func(context.Context, *apiv1.GetCheckpointResponse) error
	consistency func(*apiv1.GetConsistencyRequest, *apiv1.GetConsistencyResponse)
	// run alters a run, and may send more of them instead.
	run func(r *apiv1.StreamLeavesResponse, send func(*apiv1.StreamLeavesResponse) error) error
	// stream stands in for the whole stream.
	stream func(from uint64, stream grpc.ServerStreamingServer[apiv1.StreamLeavesResponse]) error
}

func (l *liar) GetCheckpoint(ctx context.Context, q *apiv1.GetCheckpointRequest) (*apiv1.GetCheckpointResponse, error) {
	a, err := l.node.proofs.GetCheckpoint(ctx, q)
	if err == nil && l.head != nil {
		err = l.head(ctx, a)
	}
	return a, err
}

func (l *liar) GetConsistency(ctx context.Context, q *apiv1.GetConsistencyRequest) (*apiv1.GetConsistencyResponse, error) {
	a, err := l.node.proofs.GetConsistency(ctx, q)
	if err == nil && l.consistency != nil {
		l.consistency(q, a)
	}
	return a, err
}

func (l *liar) StreamLeaves(q *apiv1.StreamLeavesRequest, to grpc.ServerStreamingServer[apiv1.StreamLeavesResponse]) error {
	if l.stream != nil {
		return l.stream(q.From, to)
	}
	from, err := l.node.log.StreamLeaves(to.Context(), q)
	for err == nil {
		var r *apiv1.StreamLeavesResponse
		if r, err = from.Recv(); err != nil {
			break
		}
		if l.run == nil {
			err = to.Send(r)
		} else {
			err = l.run(r, to.Send)
		}
	}
	return err
}

// lying makes a source of a liar.
func lying(t testing.TB, n *truth, l *liar) *Remote {
	t.Helper()
	l.node = dialed(t, n.address)
	server := grpc.NewServer()
	apigrpc.RegisterLedgerServiceServer(server, l)
	apigrpc.RegisterProofServiceServer(server, l)
	return dialed(t, serve(t, server))
}

// edit lets the leaves of a stream be altered, wherever the runs end. change gives what stands in for leaf i.
func edit(change func(i uint64, leaf []byte) [][]byte) func(*apiv1.StreamLeavesResponse, func(*apiv1.StreamLeavesResponse) error) error {
	sent := uint64(0)
	begun := false
	return func(r *apiv1.StreamLeavesResponse, send func(*apiv1.StreamLeavesResponse) error) error {
		if !begun {
			begun, sent = true, r.First
		}
		var leaves [][]byte
		for i, leaf := range r.Leaves {
			leaves = append(leaves, change(r.First+uint64(i), leaf)...)
		}
		r.First, r.Leaves = sent, leaves
		sent += uint64(len(leaves))
		return send(r)
	}
}

func flipped(leaf []byte) []byte {
	leaf = slices.Clone(leaf)
	leaf[len(leaf)-1] ^= 1
	return leaf
}

const wrongLeaf = 40 // of the story, in its middle

// lies are all the ways in which a source can be wrong.
var lies = []struct {
	name  string
	fault Fault
	make  func(n *truth) *liar
}{
	{"altered record", Untrue, func(*truth) *liar {
		return &liar{run: edit(func(_ uint64, leaf []byte) [][]byte {
			if leaf[0] == ledger.KindRecord {
				leaf = flipped(leaf)
			}
			return [][]byte{leaf}
		})}
	}},
	{"altered seal", Untrue, func(*truth) *liar {
		return &liar{run: edit(func(i uint64, leaf []byte) [][]byte {
			if i > wrongLeaf && leaf[0] == ledger.KindSeal {
				leaf = flipped(leaf)
			}
			return [][]byte{leaf}
		})}
	}},
	{"missing leaf", Untrue, func(*truth) *liar {
		return &liar{run: edit(func(i uint64, leaf []byte) [][]byte {
			if i == wrongLeaf {
				return nil
			}
			return [][]byte{leaf}
		})}
	}},
	{"leaf twice", Untrue, func(*truth) *liar {
		return &liar{run: edit(func(i uint64, leaf []byte) [][]byte {
			if i == wrongLeaf {
				return [][]byte{leaf, leaf}
			}
			return [][]byte{leaf}
		})}
	}},
	{"reordered leaves", Untrue, func(*truth) *liar {
		return &liar{run: func(r *apiv1.StreamLeavesResponse, send func(*apiv1.StreamLeavesResponse) error) error {
			r.Leaves[2], r.Leaves[1] = r.Leaves[1], r.Leaves[2]
			return send(r)
		}}
	}},
	{"leaves from elsewhere", Disordered, func(*truth) *liar {
		return &liar{run: func(r *apiv1.StreamLeavesResponse, send func(*apiv1.StreamLeavesResponse) error) error {
			r.First++
			return send(r)
		}}
	}},
	{"endless leaves without a seal", Endless, func(*truth) *liar {
		return &liar{run: func(r *apiv1.StreamLeavesResponse, send func(*apiv1.StreamLeavesResponse) error) error {
			record := r.Leaves[0]
			r.Leaves = slices.Repeat([][]byte{record}, 100)
			for ; ; r.First += 100 {
				if err := send(r); err != nil {
					return err
				}
			}
		}}
	}},
	{"empty leaf", Malformed, func(*truth) *liar {
		return &liar{run: edit(func(_ uint64, _ []byte) [][]byte { return [][]byte{{}} })}
	}},
	{"leaf too long", Malformed, func(*truth) *liar {
		return &liar{run: edit(func(_ uint64, _ []byte) [][]byte { return [][]byte{make([]byte, ledger.MaxEnvelope+1)} })}
	}},
	{"message too long", Malformed, func(*truth) *liar {
		return &liar{run: func(r *apiv1.StreamLeavesResponse, send func(*apiv1.StreamLeavesResponse) error) error {
			r.Leaves = slices.Repeat([][]byte{make([]byte, ledger.MaxEnvelope)}, maxAnswer/ledger.MaxEnvelope+1)
			return send(r)
		}}
	}},
	{"stream ends", Unreachable, func(*truth) *liar {
		return &liar{stream: func(uint64, grpc.ServerStreamingServer[apiv1.StreamLeavesResponse]) error { return nil }}
	}},
	{"stream breaks", Unreachable, func(*truth) *liar {
		return &liar{run: func(r *apiv1.StreamLeavesResponse, send func(*apiv1.StreamLeavesResponse) error) error {
			r.Leaves = r.Leaves[:20]
			return errors.Join(send(r), status.Error(codes.Internal, "broken"))
		}}
	}},
	{"turned away", Busy, func(*truth) *liar { return &liar{stream: answers(codes.ResourceExhausted, reason.Overloaded)} }},
	{"its place is given to another", Busy, func(*truth) *liar { return &liar{stream: answers(codes.Unavailable, reason.MadeRoom)} }},
	{"about to stop", Unreachable, func(*truth) *liar { return &liar{stream: answers(codes.Unavailable, reason.Unavailable)} }},
	{"no leaf ever", Slow, func(*truth) *liar {
		return &liar{stream: func(_ uint64, s grpc.ServerStreamingServer[apiv1.StreamLeavesResponse]) error {
			<-s.Context().Done()
			return s.Context().Err()
		}}
	}},
	{"leaves by drops", Slow, func(n *truth) *liar {
		return &liar{stream: func(from uint64, s grpc.ServerStreamingServer[apiv1.StreamLeavesResponse]) error {
			for ; ; from++ {
				leaves, err := n.ledger.Leaves(from, from+1, 1)
				if err == nil {
					err = s.Send(&apiv1.StreamLeavesResponse{First: from, Leaves: leaves})
				}
				if err != nil {
					return err
				}
				select {
				case <-time.After(120 * time.Millisecond):
				case <-s.Context().Done():
					return s.Context().Err()
				}
			}
		}}
	}},
	{"no answer", Slow, func(*truth) *liar {
		return &liar{head: func(ctx context.Context, _ *apiv1.GetCheckpointResponse) error {
			<-ctx.Done()
			return ctx.Err()
		}}
	}},
	{"no quorum", Uncertified, func(n *truth) *liar {
		return &liar{head: resigned(n, func(p *ledger.Policy) []ledger.AccountID { return []ledger.AccountID{p.Validators[0].Agency} }, 0)}
	}},
	{"signed in the future", Uncertified, func(n *truth) *liar {
		return &liar{head: resigned(n, func(*ledger.Policy) []ledger.AccountID { return nil }, 24*time.Hour)}
	}},
	{"altered head", Unproved, func(*truth) *liar {
		return &liar{head: altered(func(s *checkpoint.Signed) { s.Tree.Root[0] ^= 1 })}
	}},
	{"altered signature", Uncertified, func(*truth) *liar {
		return &liar{head: altered(func(s *checkpoint.Signed) { s.Lines[0].Signature[20] ^= 1 })}
	}},
	{"head of another origin", Foreign, func(*truth) *liar {
		return &liar{head: altered(func(s *checkpoint.Signed) { s.Tree.Origin = "log.example/other" })}
	}},
	{"seal of another block", Unproved, func(n *truth) *liar {
		return &liar{head: func(_ context.Context, a *apiv1.GetCheckpointResponse) error {
			return n.ledger.View(func(v *chain.View) (err error) {
				b, err := v.Block(3)
				a.Seal = b.Seal.Append(nil)
				return err
			})
		}}
	}},
	{"no seal", Unproved, func(*truth) *liar {
		return &liar{head: func(_ context.Context, a *apiv1.GetCheckpointResponse) error { a.Seal = nil; return nil }}
	}},
	{"altered path", Unproved, func(*truth) *liar {
		return &liar{head: func(_ context.Context, a *apiv1.GetCheckpointResponse) error { a.Path[1][0] ^= 1; return nil }}
	}},
	{"path of short hashes", Malformed, func(*truth) *liar {
		return &liar{head: func(_ context.Context, a *apiv1.GetCheckpointResponse) error { a.Path[1] = a.Path[1][:31]; return nil }}
	}},
	{"path of many hashes", Malformed, func(*truth) *liar {
		return &liar{head: func(_ context.Context, a *apiv1.GetCheckpointResponse) error {
			a.Path = slices.Repeat(a.Path[:1], 100)
			return nil
		}}
	}},
	{"no checkpoint", Malformed, func(*truth) *liar {
		return &liar{head: func(_ context.Context, a *apiv1.GetCheckpointResponse) error { a.Checkpoint = []byte("no"); return nil }}
	}},
	{"no handovers", Uncertified, func(*truth) *liar {
		return &liar{head: func(_ context.Context, a *apiv1.GetCheckpointResponse) error { a.Handovers = nil; return nil }}
	}},
	{"a handover that is none", Malformed, func(*truth) *liar {
		return &liar{head: func(_ context.Context, a *apiv1.GetCheckpointResponse) error {
			a.Handovers[0] = []byte("no")
			return nil
		}}
	}},
	{"handovers with a gap", Uncertified, func(*truth) *liar {
		return &liar{head: func(_ context.Context, a *apiv1.GetCheckpointResponse) error {
			a.Handovers = a.Handovers[1:]
			return nil
		}}
	}},
	{"wrong consistency proof", Unproved, func(*truth) *liar {
		return &liar{consistency: func(_ *apiv1.GetConsistencyRequest, a *apiv1.GetConsistencyResponse) { a.Hashes[0][0] ^= 1 }}
	}},
	{"empty consistency proof", Unproved, func(*truth) *liar {
		return &liar{consistency: func(_ *apiv1.GetConsistencyRequest, a *apiv1.GetConsistencyResponse) { a.Hashes = nil }}
	}},
	{"consistency proof of many hashes", Malformed, func(*truth) *liar {
		return &liar{consistency: func(_ *apiv1.GetConsistencyRequest, a *apiv1.GetConsistencyResponse) {
			a.Hashes = slices.Repeat(a.Hashes[:1], 100)
		}}
	}},
}

// answers is how a node ends a stream with one of the API's reasons.
func answers(code codes.Code, why reason.Code) func(uint64, grpc.ServerStreamingServer[apiv1.StreamLeavesResponse]) error {
	return func(uint64, grpc.ServerStreamingServer[apiv1.StreamLeavesResponse]) error {
		s, err := status.New(code, "").WithDetails(&errdetails.ErrorInfo{Reason: reason.Of(why).Name, Domain: "ocop"})
		if err != nil {
			return err
		}
		return s.Err()
	}
}

// altered alters the checkpoint of a head.
func altered(change func(*checkpoint.Signed)) func(context.Context, *apiv1.GetCheckpointResponse) error {
	return func(_ context.Context, a *apiv1.GetCheckpointResponse) error {
		s, err := checkpoint.Parse(a.Checkpoint)
		if err == nil {
			change(s)
			a.Checkpoint = s.Append(nil)
		}
		return err
	}
}

// resigned has the head signed by others, later.
func resigned(n *truth, by func(*ledger.Policy) []ledger.AccountID, later time.Duration) func(context.Context, *apiv1.GetCheckpointResponse) error {
	return altered(func(s *checkpoint.Signed) {
		_, policy, _, _ := n.Certified()
		head := ledger.Head{Size: s.Tree.Size, Root: s.Tree.Root}
		*s = *chaintest.Cosign(policy, head, uint64(n.now().Add(later).Unix()), by(policy)...)
	})
}

// A source that is wrong is found out, named and left alone, with the ledger as it was; and the next one is asked.
func TestLies(t *testing.T) {
	market := chaintest.NewMarket(1)
	n := newTruth(t, market.World)
	n.tell(market.Story...)
	n.tell(market.Drafts(20, 8)...)
	n.tell(market.Draft(ledger.MaxDraftRecords), market.Draft(ledger.MaxDraftRecords)) // more leaves than a block can have
	n.certify()
	head := n.ledger.Head()
	for _, lie := range lies {
		t.Run(lie.name, func(t *testing.T) {
			source := lying(t, n, lie.make(n))
			f := newFollower(t, openLedger(t, market.Genesis.Bytes()), market.Genesis, n.now, source)
			if lie.fault == Slow {
				f.pace.answer, f.pace.patience, f.pace.rate = time.Second, 500*time.Millisecond, 64<<10
			}
			f.pace.leaves = maxBlockLeaves + 1 // a block a chunk: proofs are asked for
			genesis := f.ledger.Head()
			ctx, stop := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() { ended <- f.To(ctx, head.Size) }()
			found := func() *SourceError {
				for _, s := range f.Status().Sources {
					if e, ok := errors.AsType[*SourceError](s.Err); ok && s.Name == source.Name() {
						return e
					}
				}
				return nil
			}
			f.eventually("the lie is found", func() bool { return found() != nil })
			e := found()
			if e.Fault != lie.fault || e.Source != source.Name() {
				t.Fatalf("%v, want the fault %s", e, lie.fault)
			}
			if vi, en := e.Sentences(); vi == "" || en == "" || vi == en {
				t.Errorf("%q, %q", vi, en)
			}
			if held := f.ledger.Head(); held != genesis && !holdsOf(t, n, held) {
				t.Fatalf("the ledger is another one: %+v", held)
			}
			f.mu.Lock()
			f.sources = append(f.sources, dialed(t, n.address))
			f.mu.Unlock()
			if err := <-ended; err != nil {
				t.Fatal(err)
			}
			stop()
			if got := f.ledger.Head(); got != head {
				t.Errorf("%+v, want %+v", got, head)
			}
		})
	}
}

// holdsOf tells whether a head is one that a node had.
func holdsOf(t *testing.T, n *truth, h ledger.Head) (ok bool) {
	t.Helper()
	err := n.ledger.View(func(v *chain.View) error {
		root, err := v.RootAt(h.Size)
		ok = root == h.Root
		return err
	})
	if err != nil {
		t.Fatal(fmt.Errorf("root at %d: %w", h.Size, err))
	}
	return ok
}
