package replica

import (
	"fmt"

	"github.com/hashicorp/raft"

	"github.com/ocopledger/ocop/ledger"
)

// Messages between raft peers, in the ledger's style of fixed encodings: one value, one encoding, every length bounded before memory is taken.
// raft's deprecated fields are not sent. A request begins with the sender's id and address, which must be those of the connection.
const (
	kindAppend   = 1
	kindVote     = 2
	kindPreVote  = 3
	kindTimeout  = 4
	kindSnapshot = 5
	kindAnswer   = 16
	kindRefusal  = 17

	// maxAppend is how many entries a message carries at most.
	maxAppend = 8
	// maxMessage bounds a message: full entries, and room for heads.
	maxMessage = maxAppend*(MaxEntry+32) + 4096
	// maxConfiguration bounds the raft configuration that comes with a snapshot: 7 validators and their predecessors have some hundred bytes each.
	maxConfiguration = 64 << 10
	// maxRefusal bounds the sentence of a refusal, in bytes.
	maxRefusal = 512
)

func appendHeader(b []byte, h raft.RPCHeader) []byte {
	b = ledger.AppendText8(b, string(h.ID))
	return ledger.AppendText8(b, string(h.Addr))
}

func readHeader(r *ledger.Reader) raft.RPCHeader {
	return raft.RPCHeader{ProtocolVersion: raft.ProtocolVersionMax, ID: []byte(r.Text8()), Addr: []byte(r.Text8())}
}

// encodeRequest appends kind and body of a request.
func encodeRequest(b []byte, request any) ([]byte, error) {
	switch q := request.(type) {
	case *raft.AppendEntriesRequest:
		return encodeAppend(b, q)
	case *raft.RequestVoteRequest:
		b = appendHeader(append(b, kindVote), q.RPCHeader)
		b = ledger.AppendU64(b, q.Term)
		b = ledger.AppendU64(b, q.LastLogIndex)
		b = ledger.AppendU64(b, q.LastLogTerm)
		return ledger.AppendBool(b, q.LeadershipTransfer), nil
	case *raft.RequestPreVoteRequest:
		b = appendHeader(append(b, kindPreVote), q.RPCHeader)
		b = ledger.AppendU64(b, q.Term)
		b = ledger.AppendU64(b, q.LastLogIndex)
		return ledger.AppendU64(b, q.LastLogTerm), nil
	case *raft.TimeoutNowRequest:
		return appendHeader(append(b, kindTimeout), q.RPCHeader), nil
	case *installRequest:
		return encodeInstall(b, q)
	}
	return nil, fmt.Errorf("no encoding of %T", request)
}

// installRequest is a snapshot with its content, which is a mark.
type installRequest struct {
	*raft.InstallSnapshotRequest
	mark []byte
}

func encodeInstall(b []byte, q *installRequest) ([]byte, error) {
	if len(q.mark) > maxMark || len(q.Configuration) > maxConfiguration {
		return nil, fmt.Errorf("a snapshot of %d bytes with a configuration of %d, at most %d and %d", len(q.mark), len(q.Configuration), maxMark, maxConfiguration)
	}
	b = appendHeader(append(b, kindSnapshot), q.RPCHeader)
	for _, n := range []uint64{q.Term, q.LastLogIndex, q.LastLogTerm, q.ConfigurationIndex} {
		b = ledger.AppendU64(b, n)
	}
	b = append(ledger.AppendU32(b, uint32(len(q.Configuration))), q.Configuration...)
	return append(ledger.AppendU16(b, uint16(len(q.mark))), q.mark...), nil
}

func decodeInstall(r *ledger.Reader) *installRequest {
	q := &installRequest{InstallSnapshotRequest: &raft.InstallSnapshotRequest{
		SnapshotVersion: raft.SnapshotVersionMax, RPCHeader: readHeader(r), Term: r.U64(), LastLogIndex: r.U64(), LastLogTerm: r.U64(), ConfigurationIndex: r.U64(),
	}}
	if q.Configuration = r.Bytes(int(r.U32())); len(q.Configuration) > maxConfiguration || !r.Failed() && !readable(q.Configuration) {
		r.Fail("%d bytes are not a configuration", len(q.Configuration))
	}
	if q.mark = r.Bytes(int(r.U16())); len(q.mark) > maxMark {
		r.Fail("a snapshot of %d bytes, at most %d", len(q.mark), maxMark)
	}
	q.Size = int64(len(q.mark))
	return q
}

func encodeAppend(b []byte, q *raft.AppendEntriesRequest) ([]byte, error) {
	if len(q.Entries) > maxAppend {
		return nil, fmt.Errorf("%d entries in a message, at most %d", len(q.Entries), maxAppend)
	}
	b = appendHeader(append(b, kindAppend), q.RPCHeader)
	for _, v := range []uint64{q.Term, q.PrevLogEntry, q.PrevLogTerm, q.LeaderCommitIndex} {
		b = ledger.AppendU64(b, v)
	}
	b = append(b, byte(len(q.Entries)))
	for _, l := range q.Entries {
		if len(l.Data) > MaxEntry {
			return nil, fmt.Errorf("entry of %d bytes, at most %d", len(l.Data), MaxEntry)
		}
		b = ledger.AppendU64(b, l.Index)
		b = ledger.AppendU64(b, l.Term)
		b = append(b, byte(l.Type))
		b = ledger.AppendU64(b, uint64(unixNano(l.AppendedAt)))
		b = ledger.AppendU32(b, uint32(len(l.Data)))
		b = append(b, l.Data...)
	}
	return b, nil
}

// decodeRequest reads a request. Entries alias data.
func decodeRequest(data []byte) (raft.WithRPCHeader, error) {
	r := ledger.NewReader("raft message", data)
	var request raft.WithRPCHeader
	switch kind := r.U8(); kind {
	case kindAppend:
		request = decodeAppend(r)
	case kindVote:
		request = &raft.RequestVoteRequest{RPCHeader: readHeader(r), Term: r.U64(), LastLogIndex: r.U64(), LastLogTerm: r.U64(), LeadershipTransfer: r.Bool()}
	case kindPreVote:
		request = &raft.RequestPreVoteRequest{RPCHeader: readHeader(r), Term: r.U64(), LastLogIndex: r.U64(), LastLogTerm: r.U64()}
	case kindTimeout:
		request = &raft.TimeoutNowRequest{RPCHeader: readHeader(r)}
	case kindSnapshot:
		request = decodeInstall(r)
	default:
		r.Fail("unknown kind %d", kind)
	}
	return request, r.Close()
}

func decodeAppend(r *ledger.Reader) *raft.AppendEntriesRequest {
	q := &raft.AppendEntriesRequest{RPCHeader: readHeader(r)}
	q.Term, q.PrevLogEntry, q.PrevLogTerm, q.LeaderCommitIndex = r.U64(), r.U64(), r.U64(), r.U64()
	n := int(r.U8())
	if n > maxAppend {
		r.Fail("%d entries, at most %d", n, maxAppend)
	}
	for i := range n {
		if r.Failed() {
			break
		}
		l := &raft.Log{Index: r.U64(), Term: r.U64(), Type: raft.LogType(r.U8()), AppendedAt: fromUnixNano(int64(r.U64()))}
		if l.Data = r.Bytes(int(r.U32())); len(l.Data) > MaxEntry {
			r.Fail("entry of %d bytes, at most %d", len(l.Data), MaxEntry)
		}
		if want := q.PrevLogEntry + 1 + uint64(i); l.Index != want {
			r.Fail("entry %d where %d follows", l.Index, want)
		}
		// raft's main loop panics on a type it does not know, and on a configuration it cannot read.
		switch l.Type {
		case raft.LogCommand, raft.LogNoop, raft.LogBarrier:
		case raft.LogConfiguration:
			if !r.Failed() && !readable(l.Data) {
				r.Fail("entry %d is not a configuration", l.Index)
			}
		default:
			r.Fail("entry of unknown type %d", l.Type)
		}
		q.Entries = append(q.Entries, l)
	}
	return q
}

// readable tells whether raft can read a configuration: it panics where others return an error.
func readable(configuration []byte) (ok bool) {
	defer func() { ok = recover() == nil }()
	raft.DecodeConfiguration(configuration)
	return
}

// encodeAnswer appends kind and body of an answer, or of the refusal when there is an error.
func encodeAnswer(b []byte, answer any, err error) ([]byte, error) {
	if err != nil {
		text := err.Error()
		return append(append(b, kindRefusal), text[:min(len(text), maxRefusal)]...), nil
	}
	b = append(b, kindAnswer)
	switch a := answer.(type) {
	case *raft.AppendEntriesResponse:
		b = append(appendHeader(b, a.RPCHeader), kindAppend)
		b = ledger.AppendU64(b, a.Term)
		b = ledger.AppendU64(b, a.LastLog)
		b = ledger.AppendBool(b, a.Success)
		return ledger.AppendBool(b, a.NoRetryBackoff), nil
	case *raft.RequestVoteResponse:
		b = append(appendHeader(b, a.RPCHeader), kindVote)
		b = ledger.AppendU64(b, a.Term)
		return ledger.AppendBool(b, a.Granted), nil
	case *raft.RequestPreVoteResponse:
		b = append(appendHeader(b, a.RPCHeader), kindPreVote)
		b = ledger.AppendU64(b, a.Term)
		return ledger.AppendBool(b, a.Granted), nil
	case *raft.TimeoutNowResponse:
		return append(appendHeader(b, a.RPCHeader), kindTimeout), nil
	case *raft.InstallSnapshotResponse:
		b = ledger.AppendU64(append(appendHeader(b, a.RPCHeader), kindSnapshot), a.Term)
		return ledger.AppendBool(b, a.Success), nil
	}
	return nil, fmt.Errorf("no encoding of %T", answer)
}

// decodeAnswer fills the answer, or returns the refusal as *RefusedError.
func decodeAnswer(data []byte, answer any) error {
	if len(data) > 0 && data[0] == kindRefusal {
		return &RefusedError{Reason: string(data[1:min(len(data), maxRefusal)])}
	}
	r := ledger.NewReader("raft answer", data)
	if k := r.U8(); k != kindAnswer {
		r.Fail("unknown kind %d", k)
	}
	h := readHeader(r)
	kind, want := r.U8(), byte(0)
	switch a := answer.(type) {
	case *raft.AppendEntriesResponse:
		want = kindAppend
		*a = raft.AppendEntriesResponse{RPCHeader: h, Term: r.U64(), LastLog: r.U64(), Success: r.Bool(), NoRetryBackoff: r.Bool()}
	case *raft.RequestVoteResponse:
		want = kindVote
		*a = raft.RequestVoteResponse{RPCHeader: h, Term: r.U64(), Granted: r.Bool()}
	case *raft.RequestPreVoteResponse:
		want = kindPreVote
		*a = raft.RequestPreVoteResponse{RPCHeader: h, Term: r.U64(), Granted: r.Bool()}
	case *raft.TimeoutNowResponse:
		want = kindTimeout
		*a = raft.TimeoutNowResponse{RPCHeader: h}
	case *raft.InstallSnapshotResponse:
		want = kindSnapshot
		*a = raft.InstallSnapshotResponse{RPCHeader: h, Term: r.U64(), Success: r.Bool()}
	}
	if kind != want {
		r.Fail("answer of kind %d, want %d", kind, want)
	}
	return r.Close()
}
