package serve

import (
	"errors"
	"fmt"
	"testing"

	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/node"
	"github.com/ocopledger/ocop/node/admit"
)

// Every error that a node's Submit documents has a reason, with all values in both sentences.
func TestExplain(t *testing.T) {
	for _, c := range []struct {
		err     error
		want    reason.Code
		vi, en  string
		nothing bool
	}{
		{err: &node.TooMuchError{Records: 1025, Bytes: 300_000}, want: reason.TooManyRecords,
			vi: "Một lần gửi có 1.025 bản ghi, tối đa 1.024. Hãy chia thành nhiều lần gửi.",
			en: "One call has 1,025 records, at most 1,024 are allowed. Divide them among several calls."},
		{err: fmt.Errorf("submit: %w", &node.TooMuchError{Records: 50, Bytes: 3_200_000}), want: reason.MessageTooLarge,
			vi: "Thông điệp dài 3.200.000 byte, tối đa 3.145.728 byte. Hãy chia thành nhiều lần gửi.",
			en: "The message has 3,200,000 bytes, at most 3,145,728 are allowed. Divide it among several calls."},
		{err: admit.ErrOverloaded, want: reason.Overloaded, vi: "Nút đang quá tải. Hãy gửi lại sau 1 giây.", en: "The node is overloaded. Submit again after 1 second."},
		{err: node.ErrUnavailable, want: reason.Unavailable, vi: reason.Of(reason.Unavailable).Vietnamese, en: reason.Of(reason.Unavailable).English},
		{err: node.ErrMadeRoom, want: reason.MadeRoom, vi: reason.Of(reason.MadeRoom).Vietnamese, en: reason.Of(reason.MadeRoom).English},
		{err: fmt.Errorf("check: %w", node.ErrNoPromise), want: reason.InvalidRequest,
			vi: "Yêu cầu không hợp lệ ở trường “promise”: lời hứa không thuộc sổ cái này, hoặc không do cơ quan được nêu ký.",
			en: "The request is invalid in field “promise”: the promise is not of this ledger, or not signed by the agency that it names."},
		{err: errors.New("the disk is on fire"), nothing: true},
	} {
		r := explain(c.err)
		if c.nothing {
			if r != nil {
				t.Errorf("%v: %v", c.err, r)
			}
			continue
		}
		if r == nil {
			t.Errorf("%v has no reason", c.err)
			continue
		}
		if vi, en := r.Sentences(); r.Reason != c.want || vi != c.vi || en != c.en {
			t.Errorf("%v: %v %q %q", c.err, r.Reason, vi, en)
		}
	}
}
