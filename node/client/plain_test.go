package client

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/reason/reasontest"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

const nodeAddress = "127.0.0.1:7400"

// says wants all that an error has to have, and no English in the Vietnamese.
func says(t *testing.T, err error, why reason.Code, kind string) *Error {
	t.Helper()
	e, ok := errors.AsType[*Error](err)
	if !ok {
		t.Fatalf("%v is no *Error", err)
	}
	if e.Reason != reason.Of(why).Name || e.Kind != kind || e.English == "" || e.Rule == "" || e.RuleVietnamese == "" {
		t.Errorf("%+v, want %v, kind %q", e, why, kind)
	}
	if words := reasontest.Foreign(e.Vietnamese); len(words) > 0 || e.Vietnamese == "" {
		t.Errorf("%q are not Vietnamese, in %q", words, e.Vietnamese)
	}
	for _, s := range []string{e.Vietnamese, e.English} {
		if strings.ContainsAny(s, "{}") || e.Detail != "" && strings.Contains(s, e.Detail) {
			t.Errorf("%q", s)
		}
	}
	return e
}

// Whatever status gRPC makes, people are told why in their language, and programs by a reason.
func TestStatusesThatGRPCMakes(t *testing.T) {
	c := &Client{address: nodeAddress}
	for _, s := range []struct {
		code        codes.Code
		message     string
		why         reason.Code
		kind        string
		unreachable bool
	}{
		{codes.Unavailable, `connection error: desc = "transport: Error while dialing: dial tcp 127.0.0.1:7400: connect: connection refused"`, reason.Unreachable, "connection_refused", true},
		{codes.Unavailable, `dial tcp: lookup node.example on 127.0.0.53:53: no such host`, reason.Unreachable, "no_such_host", true},
		{codes.Unavailable, `authentication handshake failed: tls: failed to verify certificate: x509: certificate signed by unknown authority`, reason.Unreachable, "tls", true},
		{codes.Unavailable, `dial tcp 192.0.2.1:7400: i/o timeout`, reason.Unreachable, "timeout", true},
		{codes.Unavailable, `error reading from server: EOF`, reason.Unreachable, "connection_lost", true},
		{codes.DeadlineExceeded, "context deadline exceeded", reason.DeadlineExceeded, "", true},
		{codes.Canceled, "context canceled", reason.Cancelled, "", false},
		{codes.Unimplemented, "unknown method Foo for service ocop.api.v1.QueryService", reason.NotServed, "", false},
		{codes.ResourceExhausted, "grpc: received message larger than max (9437185 vs. 8388608)", reason.MessageTooLarge, "", false},
		{codes.ResourceExhausted, "grpc: received message after decompression larger than max 8388608", reason.MessageTooLarge, "", false},
		{codes.ResourceExhausted, "too many pings", reason.Overloaded, "", true},
		{codes.Internal, "grpc: failed to unmarshal the received message", reason.UnexpectedAnswer, "grpc_status", false},
		{codes.PermissionDenied, "HTTP status code received from server: 403 (Forbidden)", reason.UnexpectedAnswer, "grpc_status", false},
	} {
		err := c.fromStatus("/ocop.api.v1.QueryService/Foo", status.Error(s.code, s.message))
		e := says(t, err, s.why, s.kind)
		if e.Unreachable() != s.unreachable || e.Detail != s.message || status.Code(errors.Unwrap(err)) != s.code {
			t.Errorf("%v %q: %+v", s.code, s.message, e)
		}
	}
	e := says(t, c.fromStatus("m", status.Error(codes.ResourceExhausted, "grpc: received message larger than max (9437185 vs. 8388608)")), reason.MessageTooLarge, "")
	if !strings.Contains(e.Vietnamese, "9.437.185 byte, tối đa 8.388.608 byte") || !strings.Contains(e.English, "9,437,185 bytes, at most 8,388,608") {
		t.Errorf("%q %q", e.Vietnamese, e.English)
	}
	says(t, c.unexpected(codes.Internal, outcomeCount(1, 2)), reason.UnexpectedAnswer, "outcome_count")
	says(t, unknownOutcome(), reason.UnknownOutcome, "")
}

// What no second attempt makes smaller is not tried again, and said as what it is.
func TestTooLargeIsNotTriedAgain(t *testing.T) {
	n := &node{submit: func(int, [][]byte) (*apiv1.SubmitResponse, error) { return nil, errors.New("never asked") }}
	_, err := dial(t, n).Submit(t.Context(), numbered(1, 5<<20), nil) // the server takes 4 MiB
	e := says(t, err, reason.MessageTooLarge, "")
	if e.Unreachable() || n.asked != 0 || !strings.Contains(e.English, "at most 4,194,304") {
		t.Errorf("%v after %d attempts", err, n.asked)
	}
}

// A node that is not there, one that is too slow, and a method that it does not have.
func TestNodesThatDoNotAnswer(t *testing.T) {
	c, err := New("127.0.0.1:1", Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	_, err = c.Ledger.GetHead(t.Context(), &apiv1.GetHeadRequest{})
	says(t, err, reason.Unreachable, "connection_refused")
	for _, err := range c.Leaves(t.Context(), 0) {
		says(t, err, reason.Unreachable, "connection_refused")
	}

	gone := make(chan struct{})
	slow := dial(t, &node{submit: func(int, [][]byte) (*apiv1.SubmitResponse, error) {
		<-gone
		return nil, errors.New("too late")
	}})
	t.Cleanup(func() { close(gone) })
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err = slow.Records.Submit(ctx, &apiv1.SubmitRequest{})
	says(t, err, reason.DeadlineExceeded, "")
	_, err = slow.Ledger.GetHead(t.Context(), &apiv1.GetHeadRequest{})
	e := says(t, err, reason.NotServed, "")
	if want := fmt.Sprintf("Nút này không cung cấp “%s”.", "/ocop.api.v1.LedgerService/GetHead"); e.Vietnamese != want {
		t.Errorf("%q, want %q", e.Vietnamese, want)
	}
}
