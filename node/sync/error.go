package sync

import (
	"errors"
	"fmt"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
)

// Fault names what is wrong with a source. Programs may act on it; a name never changes its meaning.
type Fault string

// The faults.
const (
	Unreachable Fault = "unreachable" // no answer, or the connection broke
	Slow        Fault = "slow"        // it keeps this node waiting
	Busy        Fault = "busy"        // it turned this node away
	Empty       Fault = "empty"       // it has no certified head, or none that this node has not
	Malformed   Fault = "malformed"   // an answer that does not parse, or is larger than it can be
	Foreign     Fault = "foreign"     // a head of another ledger
	Uncertified Fault = "uncertified" // a head that no quorum of an epoch believed has signed
	Stale       Fault = "stale"       // a head that is older than one already seen
	Disordered  Fault = "disordered"  // leaves that were not asked for: missing, repeated, reordered
	Endless     Fault = "endless"     // more leaves without a seal than a block can have
	Unproved    Fault = "unproved"    // a proof that proves nothing
	Untrue      Fault = "untrue"      // leaves that are not those of the certified log
)

// SourceError says what is wrong with a source. The ledger is as it was.
type SourceError struct {
	Source string // Name of the source
	Fault  Fault
	Err    error // what was found; may be nil
}

func (e *SourceError) Error() string {
	s := e.Source + ": " + string(e.Fault)
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap gives what was found.
func (e *SourceError) Unwrap() error { return e.Err }

// Cause is what was found, in English, for technicians; may be empty.
func (e *SourceError) Cause() string {
	if e.Err == nil {
		return ""
	}
	return e.Err.Error()
}

// Sentences say it to people.
func (e *SourceError) Sentences() (vietnamese, english string) {
	vietnamese, english = e.Fault.Sentence()
	return e.Source + ": " + vietnamese, e.Source + ": " + english
}

// Lies reports whether the fault is one that no honest node shows, however overloaded or behind it is.
func (f Fault) Lies() bool {
	switch f {
	case Unreachable, Slow, Busy, Empty, Stale:
		return false
	}
	return true
}

// Sentence says a fault to people.
func (f Fault) Sentence() (vietnamese, english string) {
	switch f {
	case Unreachable:
		return "không trả lời, hoặc kết nối bị đứt", "it does not answer, or the connection broke"
	case Slow:
		return "trả lời quá chậm", "it answers too slowly"
	case Busy:
		return "đang quá tải, từ chối phục vụ", "it is overloaded and turned this node away"
	case Empty:
		return "chưa có đầu sổ được chứng thực nào dùng được", "it has no certified head that is of use"
	case Malformed:
		return "câu trả lời không đúng định dạng", "its answer is not in the format"
	case Foreign:
		return "thuộc một sổ cái khác", "it is of another ledger"
	case Uncertified:
		return "đầu sổ không được chứng thực theo kỳ chính sách mà nút này tin", "its head is not certified under the policy epochs that this node believes"
	case Stale:
		return "đầu sổ cũ hơn đầu sổ nút này đã thấy", "its head is older than one that this node has seen"
	case Disordered:
		return "gửi thiếu lá, lặp lá hoặc sai thứ tự", "it sends leaves that are missing, repeated or out of order"
	case Endless:
		return "gửi lá mãi không có dấu niêm", "it sends leaves without end and without a seal"
	case Unproved:
		return "bằng chứng không chứng minh được gì", "its proof proves nothing"
	case Untrue:
		return "các lá không phải của sổ được chứng thực", "its leaves are not those of the certified log"
	}
	return "không dùng được: " + string(f), "of no use: " + string(f)
}

// ErrOffChain is wrapped when a certified head is not a continuation of this ledger, nor this one of it. Blocks here must be cut off before the ledger
// can follow again: `ocopd repair`.
var ErrOffChain = errors.New("this ledger is off the certified chain")

// OffChainError is an ErrOffChain: at a size that both have, this ledger and the certified log have other roots.
type OffChainError struct {
	Size   uint64
	Own    ledger.Hash        // root of this ledger's first Size leaves
	Want   ledger.Hash        // root that the certified log has there
	Head   *checkpoint.Signed // the certified head that shows it, as large or larger
	Source string
}

func (e *OffChainError) Error() string {
	return fmt.Sprintf("%v: the first %d leaves have the root %v here, and %v under the certified head of %d leaves, as %s shows it",
		ErrOffChain, e.Size, e.Own, e.Want, e.Head.Tree.Size, e.Source)
}

// Unwrap gives ErrOffChain.
func (e *OffChainError) Unwrap() error { return ErrOffChain }

// Sentences say it to people.
func (e *OffChainError) Sentences() (vietnamese, english string) {
	return fmt.Sprintf("sổ của nút này khác với sổ được chứng thực trong %d lá đầu (theo %s); hãy dừng nút và chạy ocopd repair", e.Size, e.Source),
		fmt.Sprintf("within the first %d leaves, this node's ledger differs from the certified one (as %s shows); stop the node and run ocopd repair", e.Size, e.Source)
}

// DerivationError says that leaves of the certified log do not follow by the rules of this software: it is too old for them, damaged, or a quorum of the
// validators certified what it must not. Asking another source does not help.
type DerivationError struct {
	From, To uint64 // the leaves from From on and before To
	Err      error
}

func (e *DerivationError) Error() string {
	return fmt.Sprintf("certified leaves %d to %d do not follow by the rules of this software: %v", e.From, e.To-1, e.Err)
}

// Unwrap gives what differs.
func (e *DerivationError) Unwrap() error { return e.Err }

// Sentences say it to people.
func (e *DerivationError) Sentences() (vietnamese, english string) {
	return fmt.Sprintf("các lá %d đến %d đã được chứng thực nhưng không đúng theo quy tắc của phần mềm này; hãy kiểm tra phiên bản phần mềm", e.From, e.To-1),
		fmt.Sprintf("leaves %d to %d are certified and do not follow by the rules of this software; check its version", e.From, e.To-1)
}

// ExpiredError says that this node believes nothing that is recent enough: the trust period of the newest policy epoch it knows has passed. It must be given
// a newer policy file by an agency.
type ExpiredError struct {
	Epoch uint32
	Since uint64 // when the epoch was last known to be current, Unix seconds
	Until uint64 // when its trust period ended, Unix seconds
}

func (e *ExpiredError) Error() string {
	return fmt.Sprintf("policy epoch %d was last known to be current at %s, and trusted until %s: bring a newer policy file", e.Epoch, date(e.Since), date(e.Until))
}

// Sentences say it to people.
func (e *ExpiredError) Sentences() (vietnamese, english string) {
	return fmt.Sprintf("kỳ chính sách %d mà nút này biết đã quá thời hạn tin cậy từ %s; hãy xin một cơ quan tệp chính sách mới (/log/policy) và ghi vào sync.policy", e.Epoch, date(e.Until)),
		fmt.Sprintf("policy epoch %d, the newest this node knows, was to be trusted until %s; get a newer policy file (/log/policy) from an agency and name it in sync.policy", e.Epoch, date(e.Until))
}

// date is a day at UTC, for people.
func date(seconds uint64) string {
	return time.Unix(int64(min(seconds, 1<<40)), 0).UTC().Format(time.DateOnly)
}

// moment is a time to the second at UTC, for technicians.
func moment(seconds uint64) string {
	return time.Unix(int64(min(seconds, 1<<40)), 0).UTC().Format(time.RFC3339)
}
