package reason

// Reasons of public blobs. They are answered by a node and never recorded; their numbers are apart, since the ledger's own go on without them.
const (
	BlobMalformed Code = 1000 + iota
	BlobNotNamed
	BlobErased
	BlobNotHeld
	BlobNoRoom
	ErasureRefused
)

var ruleBlobs = Rule{
	"ledger/FORMAT.md §14: dữ liệu công khai ngoài sổ cái, có mã băm trên sổ cái và xóa được",
	"ledger/FORMAT.md §14: public blobs, which the ledger has by their hashes and which can be erased"}

var blobReasons = []Info{
	{BlobMalformed, "blob_malformed", Admission, false,
		"Dữ liệu không được nhận: {detail}.",
		"The blob is not taken: {detail}.",
		"Dữ liệu không được nhận vì không đúng khuôn dạng.",
		"The blob is not taken because it is malformed.", ruleBlobs},
	{BlobNotNamed, "blob_not_named", Admission, false,
		"Sổ cái chưa có bản ghi nào nêu dữ liệu này: {detail}. Hãy gửi kèm chữ ký của tài khoản sẽ lập bản ghi, hoặc gửi bản ghi trước.",
		"No record on the ledger names this blob: {detail}. Bring it with the signature of the account that will name it, or submit the record first.",
		"Sổ cái chưa có bản ghi nào nêu dữ liệu này. Hãy gửi kèm chữ ký của tài khoản sẽ lập bản ghi, hoặc gửi bản ghi trước.",
		"No record on the ledger names this blob. Bring it with the signature of the account that will name it, or submit the record first.", ruleBlobs},
	{BlobErased, "blob_erased", Admission, false,
		"Dữ liệu này đã bị xóa theo lệnh của cơ quan {agency} ngày {day}, và không được nhận lại.",
		"This blob was erased by order of agency {agency} of {day}, and is not taken again.",
		"Dữ liệu này đã bị xóa theo lệnh của một cơ quan, và không được nhận lại.",
		"This blob was erased by order of an agency, and is not taken again.", ruleBlobs},
	{BlobNotHeld, "blob_not_held", Read, false,
		"Nút này không có dữ liệu mang mã đó. Hãy hỏi nút khác.",
		"This node does not have a blob of that id. Ask another node.",
		"", "", ruleBlobs},
	{BlobNoRoom, "blob_no_room", Admission, false,
		"Nút không còn chỗ cho dữ liệu này: {detail}. Hãy gửi cho nút khác hoặc báo cho người vận hành.",
		"The node has no room for this blob: {detail}. Bring it to another node, or tell the operator.",
		"Nút không còn chỗ cho dữ liệu này. Hãy gửi cho nút khác hoặc báo cho người vận hành.",
		"The node has no room for this blob. Bring it to another node, or tell the operator.", ruleBlobs},
	{ErasureRefused, "erasure_refused", Admission, false,
		"Lệnh xóa không được thực hiện: {detail}.",
		"The order to erase is not carried out: {detail}.",
		"Lệnh xóa không được thực hiện.",
		"The order to erase is not carried out.", ruleBlobs},
}
