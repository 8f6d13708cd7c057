package reads

import (
	"encoding/base64"
	"strings"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/ocopledger/ocop/ledger/reason"
)

// Reasons that are this side's.
var (
	unreachable = reason.Of(reason.Unreachable).Name
	unexpected  = reason.Of(reason.UnexpectedAnswer).Name
)

// why is a refusal's reason, from a status as gRPC sends it.
func why(code uint32, details string) string {
	s := new(spb.Status)
	if data, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(details, "=")); err == nil && proto.Unmarshal(data, s) == nil {
		for _, d := range s.GetDetails() {
			info := new(errdetails.ErrorInfo)
			if d.UnmarshalTo(info) == nil && info.GetReason() != "" {
				return info.GetReason()
			}
		}
	}
	return strings.ToLower(codes.Code(code).String())
}
