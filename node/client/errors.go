package client

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

// domain of our reasons in google.rpc.ErrorInfo.
const domain = "ocop"

// Error is why a call failed, or why a node refuses.
type Error struct {
	Code       codes.Code
	Reason     string // stable, snake_case; empty when the failure is the connection's
	Vietnamese string
	English    string
	Field      string
	Rule       string
	Final      bool // on the ledger for ever
	Action     int  // refused action, from 0; −1: none in particular

	cause error
}

func (e *Error) Error() string {
	s := e.English
	if e.Reason != "" {
		s = e.Reason + ": " + s
	}
	if e.Field != "" {
		s += " (" + e.Field + ")"
	}
	return s
}

// Unwrap gives the gRPC status, if there was one.
func (e *Error) Unwrap() error { return e.cause }

// Unreachable tells that the node could not be asked, or did not answer in time: trying again, or another node, may help.
func (e *Error) Unreachable() bool {
	switch e.Code {
	case codes.Unavailable, codes.DeadlineExceeded, codes.ResourceExhausted, codes.Aborted:
		return true
	}
	return false
}

// NewRefusal is a refusal of the API as an error.
func NewRefusal(r *apiv1.Refusal) *Error {
	e := &Error{
		Code: codes.FailedPrecondition, Reason: r.GetReason(), Vietnamese: r.GetSentence().GetVietnamese(), English: r.GetSentence().GetEnglish(),
		Field: r.GetField(), Rule: r.GetRule(), Final: r.GetFinal(), Action: -1,
	}
	if r.Action != nil {
		e.Action = int(r.GetAction())
	}
	return e
}

func (c *Client) unaryErrors(ctx context.Context, method string, req, reply any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	return c.fromStatus(invoke(ctx, method, req, reply, conn, opts...))
}

// fromStatus reads the details a node gives: google.rpc.ErrorInfo and a sentence in each language.
func (c *Client) fromStatus(err error) error {
	if err == nil {
		return nil
	}
	s, ok := status.FromError(err)
	if !ok {
		return err
	}
	e := &Error{Code: s.Code(), English: s.Message(), Action: -1, cause: err}
	for _, detail := range s.Details() {
		switch d := detail.(type) {
		case *errdetails.ErrorInfo:
			if d.GetDomain() != domain {
				continue
			}
			e.Reason, e.Field, e.Rule = d.GetReason(), d.GetMetadata()["field"], d.GetMetadata()["rule"]
			e.Final = d.GetMetadata()["final"] == "true"
			if n, err := strconv.Atoi(d.GetMetadata()["action"]); err == nil {
				e.Action = n
			}
		case *errdetails.LocalizedMessage:
			if d.GetLocale() == "vi" {
				e.Vietnamese = d.GetMessage()
			} else {
				e.English = d.GetMessage()
			}
		}
	}
	if e.Vietnamese == "" {
		e.Vietnamese, e.English = c.plain(s)
	}
	return e
}

// plain says what a connection's failure means, for people who do not know gRPC.
func (c *Client) plain(s *status.Status) (vietnamese, english string) {
	message := s.Message()
	if _, after, ok := strings.Cut(message, "Error while dialing: "); ok {
		message = strings.Trim(after, `"`)
	}
	switch s.Code() {
	case codes.Unavailable:
		return fmt.Sprintf("không liên lạc được với nút %s: %s", c.address, message), fmt.Sprintf("the node %s cannot be reached: %s", c.address, message)
	case codes.DeadlineExceeded:
		return fmt.Sprintf("nút %s không trả lời kịp", c.address), fmt.Sprintf("the node %s did not answer in time", c.address)
	case codes.Canceled:
		return "đã hủy", "cancelled"
	case codes.Unimplemented:
		return fmt.Sprintf("nút %s chưa có chức năng đó: %s", c.address, message), fmt.Sprintf("the node %s does not have that function: %s", c.address, message)
	}
	return fmt.Sprintf("nút %s báo lỗi: %s", c.address, message), fmt.Sprintf("the node %s reports: %s", c.address, message)
}
