package replica

import (
	"bytes"
	"encoding/binary"
	"errors"
	"net"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/raft"
	"pgregory.net/rapid"
)

func configurationData() []byte {
	return raft.EncodeConfiguration(raft.Configuration{Servers: []raft.Server{{ID: "1-1", Address: "a:1"}, {ID: "2-1", Address: "b:1"}}})
}

func drawHeader(t *rapid.T) raft.RPCHeader {
	text := rapid.StringMatching(`[0-9a-z.:-]{0,40}`)
	return raft.RPCHeader{ProtocolVersion: raft.ProtocolVersionMax, ID: []byte(text.Draw(t, "id")), Addr: []byte(text.Draw(t, "address"))}
}

func drawRequest(t *rapid.T) raft.WithRPCHeader {
	h, n := drawHeader(t), rapid.Uint64()
	switch rapid.IntRange(0, 4).Draw(t, "kind") {
	case 0:
		return &raft.RequestVoteRequest{RPCHeader: h, Term: n.Draw(t, "term"), LastLogIndex: n.Draw(t, "index"), LastLogTerm: n.Draw(t, "last"), LeadershipTransfer: rapid.Bool().Draw(t, "transfer")}
	case 1:
		return &raft.RequestPreVoteRequest{RPCHeader: h, Term: n.Draw(t, "term"), LastLogIndex: n.Draw(t, "index"), LastLogTerm: n.Draw(t, "last")}
	case 2:
		return &raft.TimeoutNowRequest{RPCHeader: h}
	case 3:
		data := configurationData()
		mark := (&Mark{Height: n.Draw(t, "height"), Size: n.Draw(t, "size")}).Append(nil)
		return &installRequest{mark: mark, InstallSnapshotRequest: &raft.InstallSnapshotRequest{
			SnapshotVersion: raft.SnapshotVersionMax, RPCHeader: h, Term: n.Draw(t, "term"), LastLogIndex: n.Draw(t, "index"), LastLogTerm: n.Draw(t, "last"),
			Configuration: data, ConfigurationIndex: n.Draw(t, "configuration index"), Size: int64(len(mark)),
		}}
	}
	q := &raft.AppendEntriesRequest{RPCHeader: h, Term: n.Draw(t, "term"), PrevLogEntry: rapid.Uint64Range(0, 1<<40).Draw(t, "prev"), PrevLogTerm: n.Draw(t, "prev term"), LeaderCommitIndex: n.Draw(t, "commit")}
	for i := range rapid.IntRange(0, maxAppend).Draw(t, "entries") {
		l := &raft.Log{Index: q.PrevLogEntry + uint64(i) + 1, Term: n.Draw(t, "entry term"), Data: rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "data"), AppendedAt: fromUnixNano(rapid.Int64().Draw(t, "at"))}
		if rapid.Bool().Draw(t, "configuration") {
			l.Type, l.Data = raft.LogConfiguration, configurationData()
		}
		q.Entries = append(q.Entries, l)
	}
	return q
}

func TestRequestsComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := drawRequest(t)
		b, err := encodeRequest(nil, want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := decodeRequest(b)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("got %+v (%v), want %+v", got, err, want)
		}
		for n := range b {
			if _, err := decodeRequest(b[:n]); err == nil {
				t.Fatalf("cut to %d of %d bytes, accepted", n, len(b))
			}
		}
		if _, err := decodeRequest(append(b, 0)); err == nil {
			t.Fatal("with a byte more, accepted")
		}
	})
}

func TestAnswersComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h, n := drawHeader(t), rapid.Uint64()
		var want, got any
		switch rapid.IntRange(0, 3).Draw(t, "kind") {
		case 0:
			want, got = &raft.AppendEntriesResponse{RPCHeader: h, Term: n.Draw(t, "term"), LastLog: n.Draw(t, "last"), Success: rapid.Bool().Draw(t, "success"), NoRetryBackoff: rapid.Bool().Draw(t, "backoff")}, &raft.AppendEntriesResponse{}
		case 1:
			want, got = &raft.RequestVoteResponse{RPCHeader: h, Term: n.Draw(t, "term"), Granted: rapid.Bool().Draw(t, "granted")}, &raft.RequestVoteResponse{}
		case 2:
			want, got = &raft.RequestPreVoteResponse{RPCHeader: h, Term: n.Draw(t, "term"), Granted: rapid.Bool().Draw(t, "granted")}, &raft.RequestPreVoteResponse{}
		case 3:
			want, got = &raft.TimeoutNowResponse{RPCHeader: h}, &raft.TimeoutNowResponse{}
		}
		b, err := encodeAnswer(nil, want, nil)
		if err == nil {
			err = decodeAnswer(b, got)
		}
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("got %+v (%v), want %+v", got, err, want)
		}
		other := any(&raft.TimeoutNowResponse{})
		if _, same := want.(*raft.TimeoutNowResponse); same {
			other = &raft.RequestVoteResponse{}
		}
		if decodeAnswer(b, other) == nil {
			t.Fatal("answer to another question accepted")
		}
	})
}

func TestRefusalComesBackBounded(t *testing.T) {
	b, _ := encodeAnswer(nil, nil, errors.New(strings.Repeat("x", 2*maxRefusal)))
	var refused *RefusedError
	if err := decodeAnswer(b, &raft.TimeoutNowResponse{}); !errors.As(err, &refused) || len(refused.Reason) > maxRefusal {
		t.Errorf("got %v", err)
	}
}

// TestMessagesThatWouldHurtRaft: raft panics on some of these, and stops this node on others.
func TestMessagesThatWouldHurtRaft(t *testing.T) {
	good := func() *raft.AppendEntriesRequest {
		return &raft.AppendEntriesRequest{PrevLogEntry: 4, Entries: []*raft.Log{{Index: 5, Type: raft.LogConfiguration, Data: configurationData()}, {Index: 6}}}
	}
	for name, spoil := range map[string]func(*raft.AppendEntriesRequest){
		"configuration that is none": func(q *raft.AppendEntriesRequest) { q.Entries[0].Data = []byte{0xc1} },
		"unknown entry type":         func(q *raft.AppendEntriesRequest) { q.Entries[1].Type = 77 },
		"deprecated entry type":      func(q *raft.AppendEntriesRequest) { q.Entries[1].Type = raft.LogRemovePeerDeprecated },
		"gap":                        func(q *raft.AppendEntriesRequest) { q.Entries[1].Index = 7 },
		"not after the previous":     func(q *raft.AppendEntriesRequest) { q.PrevLogEntry = 3 },
		"twice":                      func(q *raft.AppendEntriesRequest) { q.Entries[1].Index = 5 },
	} {
		q := good()
		if b, _ := encodeRequest(nil, q); true {
			if _, err := decodeRequest(b); err != nil {
				t.Fatalf("unspoilt: %v", err)
			}
		}
		spoil(q)
		b, err := encodeRequest(nil, q)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := decodeRequest(b); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, err := encodeRequest(nil, &raft.AppendEntriesRequest{Entries: make([]*raft.Log, maxAppend+1)}); err == nil {
		t.Error("too many entries encoded")
	}
}

func TestFrameLengthIsNotBelieved(t *testing.T) {
	ours, theirs := net.Pipe()
	defer ours.Close()
	go func() {
		theirs.Write(binary.BigEndian.AppendUint32(nil, maxMessage+1))
		theirs.Write(append(binary.BigEndian.AppendUint32(nil, maxMessage), "little"...))
		theirs.Close()
	}()
	c := newConn(ours)
	if _, err := c.receive(); err == nil || !strings.Contains(err.Error(), "at most") {
		t.Errorf("too long: %v", err)
	}
	if _, err := c.receive(); err == nil {
		t.Error("cut short: accepted")
	}
}

func TestLargestMessagePassesAFrame(t *testing.T) {
	q := &raft.AppendEntriesRequest{RPCHeader: raft.RPCHeader{ID: bytes.Repeat([]byte("i"), 255), Addr: bytes.Repeat([]byte("a"), 255)}}
	for i := range uint64(maxAppend) {
		q.Entries = append(q.Entries, &raft.Log{Index: i + 1, Data: make([]byte, MaxEntry), AppendedAt: time.Unix(1, 0)})
	}
	ours, theirs := net.Pipe()
	defer ours.Close()
	sent := make(chan error, 1)
	go func() {
		sent <- newConn(theirs).send(func(b []byte) ([]byte, error) { return encodeRequest(b, q) })
	}()
	b, err := newConn(ours).receive()
	if err != nil {
		t.Fatal(err)
	}
	if err := <-sent; err != nil {
		t.Fatal(err)
	}
	if got, err := decodeRequest(b); err != nil || len(got.(*raft.AppendEntriesRequest).Entries) != maxAppend {
		t.Errorf("%v", err)
	}
}

func FuzzRequest(f *testing.F) {
	for _, q := range []any{
		&raft.AppendEntriesRequest{PrevLogEntry: 1, Entries: []*raft.Log{{Index: 2, Data: []byte("x")}, {Index: 3, Type: raft.LogConfiguration, Data: configurationData()}}},
		&raft.RequestVoteRequest{RPCHeader: raft.RPCHeader{ID: []byte("1-1"), Addr: []byte("a:1")}}, &raft.RequestPreVoteRequest{}, &raft.TimeoutNowRequest{},
		&installRequest{InstallSnapshotRequest: &raft.InstallSnapshotRequest{Configuration: configurationData()}, mark: (&Mark{Height: 3}).Append(nil)},
	} {
		b, _ := encodeRequest(nil, q)
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		q, err := decodeRequest(data)
		if err != nil {
			return
		}
		if b, err := encodeRequest(nil, q); err != nil || !bytes.Equal(b, data) {
			t.Errorf("two encodings of one message: %x and %x (%v)", data, b, err)
		}
	})
}

func FuzzAnswer(f *testing.F) {
	b, _ := encodeAnswer(nil, &raft.AppendEntriesResponse{Term: 3}, nil)
	f.Add(b)
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, a := range []any{&raft.AppendEntriesResponse{}, &raft.RequestVoteResponse{}, &raft.RequestPreVoteResponse{}, &raft.TimeoutNowResponse{}, &raft.InstallSnapshotResponse{}} {
			decodeAnswer(data, a)
		}
	})
}
