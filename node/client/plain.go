package client

import (
	"fmt"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/ocopledger/ocop/ledger/reason"
)

// plain says what a status means that gRPC made, here or at the node, for people who do not know gRPC.
func (c *Client) plain(method string, s *status.Status) *Error {
	var e *Error
	switch s.Code() {
	case codes.Unavailable:
		e = because(s.Code(), reason.Unreachable, "", append(connection(s.Message()).Args(), reason.Text("node", c.address))...)
	case codes.DeadlineExceeded:
		e = because(s.Code(), reason.DeadlineExceeded, "")
	case codes.Canceled:
		e = because(s.Code(), reason.Cancelled, "")
	case codes.Unimplemented:
		e = because(s.Code(), reason.NotServed, "", reason.Text("what", "“"+method+"”"))
	case codes.ResourceExhausted:
		e = exhausted(s.Message())
	default:
		e = c.unexpected(s.Code(), reason.Fault{
			Kind: "grpc_status", Vietnamese: fmt.Sprintf("trạng thái gRPC “%v” không kèm lý do", s.Code()), English: fmt.Sprintf("gRPC status “%v” without a reason", s.Code()),
		})
	}
	e.Detail, e.cause = s.Message(), s.Err()
	return e
}

// because is an error that no node gave the reason of.
func because(code codes.Code, why reason.Code, field string, args ...reason.Arg) *Error {
	info := reason.Of(why)
	e := &Error{Code: code, Reason: info.Name, Field: field, Kind: reason.KindOf(args), Rule: info.Rule.English, RuleVietnamese: info.Rule.Vietnamese, Action: -1}
	e.Vietnamese, e.English = info.Sentences(args)
	return e
}

// unexpected is an answer that the API does not have.
func (c *Client) unexpected(code codes.Code, f reason.Fault) *Error {
	return because(code, reason.UnexpectedAnswer, "", append(f.Args(), reason.Text("node", c.address))...)
}

// exhausted tells a message that is too large, which no second attempt makes smaller, from a node that has too much to do.
func exhausted(message string) *Error {
	_, sizes, tooLarge := strings.Cut(message, "larger than max")
	if !tooLarge {
		return because(codes.ResourceExhausted, reason.Overloaded, "")
	}
	var have, want uint64
	if _, err := fmt.Sscanf(sizes, " (%d vs. %d)", &have, &want); err != nil {
		return because(codes.InvalidArgument, reason.MessageTooLarge, "")
	}
	return because(codes.InvalidArgument, reason.MessageTooLarge, "", reason.Count("have", have), reason.Count("want", want))
}

// connection tells why there is none, as far as the words of the operating system are known.
func connection(message string) reason.Fault {
	said := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(message, w) {
				return true
			}
		}
		return false
	}
	switch {
	case said("connection refused"):
		return reason.Fault{Kind: "connection_refused", Vietnamese: "máy đó không nhận kết nối ở cổng này", English: "that machine takes no connections at this port"}
	case said("no such host", "server misbehaving"):
		return reason.Fault{Kind: "no_such_host", Vietnamese: "không tìm thấy máy có tên đó", English: "there is no machine of that name"}
	case said("x509:", "tls:", "certificate"):
		return reason.Fault{Kind: "tls", Vietnamese: "hai bên không lập được kết nối TLS, hoặc chứng thư không đúng", English: "no TLS connection came about, or the certificate is not the right one"}
	case said("i/o timeout", "deadline exceeded"):
		return reason.Fault{Kind: "timeout", Vietnamese: "máy đó không trả lời", English: "that machine does not answer"}
	}
	return reason.Fault{Kind: "connection_lost", Vietnamese: "không mở được kết nối, hoặc kết nối bị ngắt", English: "the connection could not be opened, or was lost"}
}
