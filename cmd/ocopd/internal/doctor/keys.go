package doctor

import (
	"strings"
	"time"

	"github.com/ocopledger/ocop/cmd/internal/lang"
)

const (
	// forgottenKey is how long a next key may lie unannounced: drafts of a rotation expire within 30 days.
	forgottenKey = 30 * 24 * time.Hour
	// nearKeys in percent of the keys that a validator may ever have, and nearTrust of the time for which an epoch is believed.
	nearKeys  = 90
	nearTrust = 80
)

var keyKinds = []Kind{
	{"keys.broken", Critical,
		lang.Text{Vi: "Khóa của nút không dùng được: {problems}", En: "A key of the node cannot be used: {problems}"},
		lang.Text{Vi: "Nút không chạy khi thiếu khóa, khóa hỏng, hay người khác đọc được khóa.", En: "A node does not run when a key is missing, damaged, or readable by others."},
		lang.Text{Vi: "Tệp người khác đọc được: chmod 600. Tệp mất hoặc hỏng: lấy từ bản sao khóa riêng; không tạo khóa mới đè lên.", En: "Readable by others: chmod 600. Missing or damaged: take the copy of the keys; do not make new ones in their place."},
		"ls -l {dir}/keys"},
	{"keys.unnamed", Critical,
		lang.Text{Vi: "Khóa {purposes} ở đây không phải khóa mà sổ cái nêu cho cơ quan {self}.", En: "The {purposes} key held here is not the one that the ledger names for agency {self}."},
		lang.Text{
			Vi: "Nút khác từ chối kết nối (tls), bản thảo (node) hay chữ ký (cosigner) của nút này. Hoặc sổ cái ở đây còn cũ.",
			En: "Others refuse this node's connections (tls), drafts (node) or signatures (cosigner). Or the ledger here is old."},
		lang.Text{Vi: "Đặt đúng bộ khóa của nút này vào thư mục keys; nếu đã mất, đổi khóa bằng một bản ghi.", En: "Put this node's own keys into the directory; when they are lost, rotate them by a record."},
		"ocopd keys rotate --help"},
	{"keys.open", Warning,
		lang.Text{Vi: "Người khác trên máy này xem được thư mục khóa.", En: "Others on this machine can look into the directory of keys."},
		lang.Text{Vi: "Khóa của nút ký bản thảo và đầu sổ cái.", En: "The node's keys sign drafts and heads."},
		lang.Text{Vi: "Chỉ để chủ sở hữu vào được:", En: "Let its owner alone in:"},
		"chmod 700 {dir}/keys"},
	{"keys.left", Warning,
		lang.Text{Vi: "Khóa cũ lẽ ra đã hủy vẫn còn: {files}.", En: "Old keys that should have been destroyed are still there: {files}."},
		lang.Text{Vi: "Khóa đồng ký cũ bị lấy cắp thì ký được một quá khứ khác.", En: "With stolen old cosigner keys another past can be signed."},
		lang.Text{Vi: "Chạy lại nút: nó làm nốt việc đổi khóa và hủy tệp.", En: "Restart the node: it finishes the rotation and destroys them."},
		"{run}"},
	{"keys.forgotten", Warning,
		lang.Text{Vi: "Khóa {purpose} tiếp theo đã tạo {age} trước mà chưa được nêu trên sổ cái.", En: "The next {purpose} key was made {age} ago, and the ledger does not name it."},
		lang.Text{Vi: "Bản nháp đổi khóa đã hết hạn, hoặc chưa từng nộp; khóa nằm không trên đĩa.", En: "The draft of its rotation has expired, or was never submitted; the key lies about."},
		lang.Text{Vi: "Soạn lại và nộp bản ghi đổi khóa.", En: "Draft the rotation again, and submit it."},
		"ocopd keys rotate --help"},
	{"keys.limit", Warning,
		lang.Text{Vi: "Nút của cơ quan {self} đã dùng {used} trên {most} khóa mà sổ cái cho phép.", En: "Agency {self}'s validator has used {used} of the {most} keys that the ledger allows."},
		lang.Text{Vi: "Hết số ấy thì không đổi khóa được nữa.", En: "Beyond that no key can be rotated."},
		lang.Text{Vi: "Đổi khóa thưa hơn, và bàn với các cơ quan về một nút xác thực mới.", En: "Rotate less often, and talk to the other agencies about a new validator."}, ""},
	{"trust.ending", Warning,
		lang.Text{
			Vi: "Kỳ chính sách {epoch} bắt đầu {age} trước; thời hạn tin khóa là {period}.",
			En: "Policy epoch {epoch} began {age} ago; keys are believed for {period}."},
		lang.Text{
			Vi: "Ai chỉ biết chính sách từ lúc đó và chưa xem lại thì sắp không kiểm tra được đầu mới, trừ khi có nhân chứng ngoài.",
			En: "Whoever knows the policy from that time alone, and has not looked since, will soon verify no new head without an outside witness."},
		lang.Text{Vi: "Đổi khóa đồng ký, công bố lại /log/policy và bản in mã của nó.", En: "Rotate cosigner keys, and publish /log/policy and its printed hash anew."},
		"ocopd keys rotate --help"},
	{"keys.next", Note,
		lang.Text{Vi: "Khóa {purpose} tiếp theo đã tạo, sổ cái chưa nêu.", En: "The next {purpose} key is made, and the ledger does not name it yet."},
		lang.Text{Vi: "Việc đổi khóa đang dở.", En: "A rotation is under way."},
		lang.Text{Vi: "Ký và nộp bản ghi đổi khóa trước khi bản nháp hết hạn.", En: "Sign and submit the rotation before its draft expires."},
		"ocop submit --help"},
}

func keys(l *list, f *Facts) {
	k := &f.Keys
	if len(k.Problems) > 0 {
		l.add("keys.broken", 0, values{"problems": text(strings.Join(k.Problems, "; "))})
	}
	if len(k.Unnamed) > 0 {
		l.add("keys.unnamed", 0, values{"purposes": text(strings.Join(k.Unnamed, ", "))})
	}
	if k.Open {
		l.add("keys.open", 0, nil)
	}
	if len(k.Left) > 0 {
		l.add("keys.left", 0, values{"files": text(strings.Join(k.Left, ", "))})
	}
	for _, next := range k.Next {
		code := "keys.next"
		if next.Age > forgottenKey {
			code = "keys.forgotten"
		}
		l.add(code, 0, values{"purpose": text(next.Purpose), "age": span(next.Age)})
	}
	at := f.Ledger
	if at == nil {
		return
	}
	if at.KeysMost > 0 && at.KeysUsed*100 >= at.KeysMost*nearKeys {
		l.add("keys.limit", 0, values{"used": number(at.KeysUsed), "most": number(at.KeysMost)})
	}
	if age := f.At.Sub(at.Began); !at.Began.IsZero() && at.TrustPeriod > 0 && age >= at.TrustPeriod/100*nearTrust {
		l.add("trust.ending", 0, values{"epoch": number(at.Epoch), "age": span(age), "period": span(at.TrustPeriod)})
	}
}
