package serve

import (
	"errors"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/blob"
	"github.com/ocopledger/ocop/ledger/flaw"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/rules"
	"github.com/ocopledger/ocop/node/blobs"
)

// explainBlob says what a client is told of a blob, an offer or an order that was not taken; nil: nothing of its cause.
func explainBlob(err error) *rules.Refusal {
	erased, _ := errors.AsType[*blobs.ErasedError](err)
	room, _ := errors.AsType[*blobs.RoomError](err)
	refused, _ := errors.AsType[*blobs.RefusedError](err)
	malformed, _ := errors.AsType[*blob.Error](err)
	switch {
	case erased != nil:
		return refuse(reason.BlobErased, "blob", reason.Text("agency", erased.Order.Agency.String()), reason.Day("day", ledger.DateAt(erased.Order.Time)))
	case room != nil:
		return refuse(reason.BlobNoRoom, "container", because(room.Flaw())...)
	case refused != nil && errors.Is(err, blobs.ErrMayNot):
		return refuse(reason.ErasureRefused, "order", because(refused.Flaw)...)
	case refused != nil:
		return refuse(reason.BlobNotNamed, "offer", because(refused.Flaw)...)
	case errors.Is(err, blobs.ErrNotNamed):
		return refuse(reason.BlobNotNamed, "offer", because(flaw.New("no_offer", "không có chữ ký của tài khoản nào gửi kèm", "no account's offer came with it"))...)
	case errors.Is(err, blobs.ErrNotHeld):
		return refuse(reason.BlobNotHeld, "blob")
	case errors.Is(err, blobs.ErrNotReady):
		return refuse(reason.Unavailable, "")
	case malformed != nil:
		return refuse(reason.BlobMalformed, "", because(malformed.Flaw)...)
	case errors.Is(err, ledger.ErrMalformed), errors.Is(err, ident.ErrSignature), errors.Is(err, ident.ErrPublicKey), errors.Is(err, ident.ErrHighS), errors.Is(err, ident.ErrSignatureRange):
		return refuse(reason.BlobMalformed, "", because(flaw.Of(err))...)
	case errors.Is(err, blobs.ErrTooMany):
		return refuse(reason.ErasureRefused, "order", because(flaw.New("too_many", "nút đã giữ tối đa %d lệnh xóa", "the node keeps %d orders to erase, and no more", blobs.MaxErasures))...)
	}
	return nil
}

// because is what is wrong as an argument of a reason.
func because(f flaw.Flaw) []reason.Arg {
	return reason.Fault{Kind: f.Kind, Vietnamese: f.Vietnamese, English: f.English}.Args()
}
