package client

import (
	"context"
	"strconv"

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
	Reason     string // stable, snake_case; also where there was no node to give one
	Vietnamese string
	English    string
	Field      string
	Kind       string // what is wrong with the field, stable; empty when the reason says it
	Rule       string // where the rule comes from, in English
	Final      bool   // on the ledger for ever
	Action     int    // refused action, from 0; −1: none in particular

	RuleVietnamese string
	Detail         string // what gRPC or the operating system said, in English, for technicians; no sentence quotes it

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
		Field: r.GetField(), Kind: r.GetKind(), Rule: r.GetRule(), RuleVietnamese: r.GetRuleVietnamese(), Final: r.GetFinal(), Action: -1,
	}
	if r.Action != nil {
		e.Action = int(r.GetAction())
	}
	return e
}

func (c *Client) unaryErrors(ctx context.Context, method string, req, reply any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	return c.fromStatus(method, invoke(ctx, method, req, reply, conn, opts...))
}

// fromStatus reads the details a node gives: google.rpc.ErrorInfo and a sentence in each language. A status without them was made by gRPC.
func (c *Client) fromStatus(method string, err error) error {
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
			e.Reason, e.Field, e.Kind = d.GetReason(), d.GetMetadata()["field"], d.GetMetadata()["kind"]
			e.Rule, e.RuleVietnamese = d.GetMetadata()["rule"], d.GetMetadata()["rule_vi"]
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
	if e.Reason == "" || e.Vietnamese == "" {
		return c.plain(method, s)
	}
	return e
}
