package verify

import (
	"errors"
	"fmt"
)

// Word names what failed. Programs may act on it; a word never changes its meaning.
type Word string

// The words.
const (
	WordFormat      Word = "format"      // bytes or text that are not what the format's writer writes
	WordChain       Word = "chain"       // of another ledger
	WordCosignature Word = "cosignature" // a line by a known key does not verify
	WordSigner      Word = "signer"      // the signature of the one it is about is missing, or by somebody who has no say
	WordQuorum      Word = "quorum"      // too few validators have cosigned
	WordFuture      Word = "future"      // signed later than the verifier's clock allows
	WordTrust       Word = "trust"       // the trust period has passed
	WordPolicy      Word = "policy"      // of a policy epoch that is retired, or unknown
	WordHandover    Word = "handover"    // does not lead from the epoch believed to the next
	WordSeal        Word = "seal"        // not a seal, or not the one that speaks for the head
	WordIndex       Word = "index"       // not of the head's last leaf
	WordSize        Word = "size"        // of a head: no leaves, or too many
	WordPath        Word = "path"        // does not fold to the root
	WordRoot        Word = "root"        // of a tree, another than it must be
	WordConsistency Word = "consistency" // not shown that one head is a beginning of the other
	WordMemory      Word = "memory"      // older than what is remembered
	WordState       Word = "state"       // state proof
	WordHistory     Word = "history"     // entries of a subject's history
	WordSignature   Word = "signature"   // of a record, a draft or a promise
	WordEvidence    Word = "evidence"    // shows nothing against anybody
	WordSubject     Word = "subject"     // about something else than was asked for
	WordStale       Word = "stale"       // the head is older than the caller allows
	WordRecord      Word = "record"      // a record that contradicts itself, or stands where it cannot
	WordAction      Word = "action"      // not the one that was signed, or of a kind this verifier does not know
	WordClosure     Word = "closure"     // a subject that the verdict depends on is missing, or one is there without need
	WordCompetence  Word = "competence"  // an author had no authority for its act
	WordRule        Word = "rule"        // an act breaks another rule of the ledger
)

// Error says what failed first.
type Error struct {
	Word Word
	Text string // what was found, in English; may be empty
	Err  error  // cause; may be nil
}

func (e *Error) Error() string {
	s := string(e.Word)
	if e.Text != "" {
		s += ": " + e.Text
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Failed reports whether err, or an error that it wraps, is an Error with this word: a handover fails as handover and as what is wrong in it.
func Failed(err error, w Word) bool {
	for e := (*Error)(nil); errors.As(err, &e); err = e.Err {
		if e.Word == w {
			return true
		}
	}
	return false
}

func fail(w Word, cause error, format string, args ...any) error {
	return &Error{w, fmt.Sprintf(format, args...), cause}
}

// Sentence says for people, in Vietnamese and in English, what a failure with this word means. Of a word of a newer release it says just that.
func (w Word) Sentence() (vietnamese, english string) {
	for _, row := range sentences {
		if row.word == w {
			return row.vietnamese, row.english
		}
	}
	return "Không đạt: " + string(w) + ".", "Failed: " + string(w) + "."
}

var sentences = [...]struct {
	word                Word
	vietnamese, english string
}{
	{WordFormat, "Tệp không đúng định dạng.", "The file is not in its format."},
	{WordChain, "Thuộc một sổ cái khác.", "It is of another ledger."},
	{WordCosignature, "Có chữ ký đồng ký không đúng.", "A cosignature does not verify."},
	{WordSigner, "Thiếu chữ ký của bên được nêu, hoặc bên ký không có quyền.", "The signature of the one it is about is missing, or the signer has no say."},
	{WordQuorum, "Chưa đủ số cơ quan đồng ký.", "Too few agencies have cosigned."},
	{WordFuture, "Chữ ký ghi thời điểm trong tương lai; hãy kiểm tra đồng hồ của máy này.", "Signed in the future; check the clock of this machine."},
	{WordTrust, "Đã quá thời hạn tin cậy của bộ khoá; hãy xin tệp chính sách mới từ một cơ quan.", "The trust period of these keys has passed; ask an agency for a newer policy file."},
	{WordPolicy, "Thuộc một kỳ chính sách đã hết hiệu lực hoặc chưa biết.", "It is of a policy epoch that is retired or unknown."},
	{WordHandover, "Tệp chuyển giao không dẫn từ kỳ chính sách đang tin sang kỳ kế tiếp.", "The handover does not lead from the policy epoch believed to the next."},
	{WordSeal, "Không phải niêm phong của đầu sổ này.", "It is not the seal that speaks for this head."},
	{WordIndex, "Vị trí không phải là lá cuối của đầu sổ.", "The index is not that of the head's last leaf."},
	{WordSize, "Kích thước của đầu sổ không hợp lệ.", "The size of the head is not valid."},
	{WordPath, "Đường băm không dẫn đến gốc của đầu sổ.", "The path does not lead to the root of the head."},
	{WordRoot, "Gốc băm khác với gốc phải có.", "The root is another than it must be."},
	{WordConsistency, "Không chứng minh được đầu sổ này nối tiếp đầu sổ kia.", "It is not shown that one head continues the other."},
	{WordMemory, "Cũ hơn những gì máy này đã ghi nhớ.", "It is older than what this machine remembers."},
	{WordState, "Chứng minh trạng thái không đúng.", "The state proof does not hold."},
	{WordHistory, "Lịch sử không đúng với gốc đã niêm phong.", "The history is not the one that was sealed."},
	{WordSignature, "Chữ ký không đúng.", "The signature does not verify."},
	{WordSubject, "Biên nhận nói về một đối tượng khác với đối tượng được hỏi.", "The receipt is about something else than was asked for."},
	{WordStale, "Đầu sổ cũ hơn mức cho phép; hãy xin biên nhận mới.", "The head is older than allowed; ask for a newer receipt."},
	{WordRecord, "Bản ghi tự mâu thuẫn hoặc đứng sai chỗ.", "A record contradicts itself, or stands where it cannot."},
	{WordAction, "Hành động không phải là điều đã được ký, hoặc thuộc loại mà phần mềm này chưa biết.", "An action is not the one that was signed, or of a kind this software does not know."},
	{WordClosure, "Thiếu một đối tượng mà kết luận phụ thuộc vào, hoặc thừa một đối tượng không liên quan.", "A subject that the verdict depends on is missing, or one is there without need."},
	{WordCompetence, "Người ký không có thẩm quyền đối với việc đã làm.", "An author had no authority for its act."},
	{WordRule, "Một việc trái với quy tắc khác của sổ cái.", "An act breaks another rule of the ledger."},
	{WordEvidence, "Tệp không chứng minh điều gì chống lại ai.", "The file shows nothing against anybody."},
}
