package admit

import (
	"errors"
	"fmt"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/rules"
)

func refuse(code reason.Code, field string, args ...reason.Arg) *rules.Refusal {
	return &rules.Refusal{Reason: code, Action: ledger.WholeRecord, Field: field, Args: args}
}

// malformed says of an envelope that does not parse what is wrong with it first.
func malformed(err error) *rules.Refusal {
	e, ok := errors.AsType[*ledger.EnvelopeError](err)
	if !ok {
		return refuse(reason.MalformedEnvelope, "")
	}
	return refuse(reason.MalformedEnvelope, e.Field, faultOf(e).Args()...)
}

func faultOf(e *ledger.EnvelopeError) reason.Fault {
	vietnamese, english := words(e)
	return reason.Fault{Kind: string(e.Fault), Vietnamese: vietnamese, English: english}
}

func words(e *ledger.EnvelopeError) (vietnamese, english string) {
	switch e.Fault {
	case ledger.EnvelopeTooLong:
		return "dài quá mức cho phép", "it is longer than allowed"
	case ledger.EnvelopeTruncated:
		return "dữ liệu bị cắt cụt", "the data is cut short"
	case ledger.BytesLeftOver:
		return "thừa byte ở cuối", "there are bytes left over at the end"
	case ledger.NoEnvelope:
		return "dữ liệu này không phải là bản ghi", "these bytes are no record"
	case ledger.UnknownVersion:
		return "phiên bản khuôn dạng mà nút này chưa biết", "its layout is of a version that this node does not know"
	case ledger.HeaderMalformed:
		return "phần đầu sai độ dài, sai phiên bản hoặc có thời điểm lập ngoài giới hạn", "the header has a wrong size or version, or an issue time out of bounds"
	case ledger.SchemaZero:
		return fmt.Sprintf("phiên bản giao thức ghi %d, phải từ 1 trở lên", e.Have), fmt.Sprintf("the header says protocol version %d, at least 1 is wanted", e.Have)
	case ledger.ActionCount:
		return fmt.Sprintf("có %d hành động, phải từ 1 đến %d", e.Have, ledger.MaxActions), fmt.Sprintf("it has %d actions, 1 to %d are wanted", e.Have, ledger.MaxActions)
	case ledger.ActionEmpty:
		return "có một hành động rỗng", "an action is empty"
	case ledger.ActionsDiffer:
		return "các hành động không khớp với phần đầu đã ký", "the actions are not those of the signed header"
	case ledger.KeyDiffers:
		return "khóa công khai không phải khóa mà phần đầu đã ký nêu", "the public key is not the one that the signed header names"
	}
	return "khuôn dạng không đọc được", "the layout cannot be read"
}

func signatureRefusal(verdict error) *rules.Refusal {
	switch {
	case errors.Is(verdict, ident.ErrPublicKey):
		return refuse(reason.PublicKeyMalformed, "public_key")
	case errors.Is(verdict, ident.ErrSignatureRange):
		return refuse(reason.SignatureOutOfRange, "signature")
	case errors.Is(verdict, ident.ErrHighS):
		return refuse(reason.SignatureHighS, "signature")
	}
	return refuse(reason.BadSignature, "signature")
}
