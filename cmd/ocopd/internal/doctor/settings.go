package doctor

import (
	"strings"
	"time"

	"github.com/ocopledger/ocop/cmd/internal/lang"
)

// safeHeartbeat: heartbeats wait behind disk writes, so that less makes elections out of slow disks.
const safeHeartbeat = 3 * time.Second

var settingKinds = []Kind{
	{"doctor.denied", Warning,
		lang.Text{Vi: "Tài khoản chạy lệnh này không được đọc: {files}.", En: "The account that runs this command may not read: {files}."},
		lang.Text{Vi: "Những gì ở trong đó không xem được, nên không nói gì về chúng.", En: "What is in them was not looked at, and nothing is said of it."},
		lang.Text{Vi: "Chạy lại bằng tài khoản của nút.", En: "Run it again under the node's account."},
		"sudo -u ocop ocopd doctor --dir {dir}"},
	{"config.broken", Critical,
		lang.Text{Vi: "Cấu hình của nút sai: {problems}", En: "The node's configuration is wrong: {problems}"},
		lang.Text{Vi: "Nút không chạy với cấu hình sai, và những phần còn lại không xem được.", En: "A node does not run with it, and the rest could not be looked at."},
		lang.Text{Vi: "Sửa đúng dòng được nêu trong {dir}/config.yaml rồi xem lại.", En: "Mend the line that is named in {dir}/config.yaml, and look again."},
		"ocopd doctor --dir {dir}"},
	{"genesis.broken", Critical,
		lang.Text{Vi: "Tệp khởi nguyên không dùng được: {problem}", En: "The genesis file cannot be used: {problem}"},
		lang.Text{Vi: "Nút không chạy khi không có tệp khởi nguyên mà các cơ quan đã thống nhất.", En: "A node does not run without the genesis that the agencies agreed on."},
		lang.Text{Vi: "Chép lại tệp khởi nguyên từ một cơ quan khác và đối chiếu mã sổ cái.", En: "Copy the genesis file from another agency again, and compare the chain id."},
		"ocopd genesis show {dir}/genesis"},
	{"settings.heartbeat", Warning,
		lang.Text{Vi: "raft.heartbeat là {heartbeat}, ít hơn {safe}.", En: "raft.heartbeat is {heartbeat}, less than {safe}."},
		lang.Text{Vi: "Nhịp báo của nút dẫn đầu chờ sau những lần ghi đĩa: đĩa chậm một lúc là phải bầu lại.", En: "A leader's heartbeats wait behind disk writes: a disk that is slow for a moment costs an election."},
		lang.Text{Vi: "Đặt raft.heartbeat: {safe} trong config.yaml trên mọi nút, rồi chạy lại từng nút một.", En: "Set raft.heartbeat: {safe} in config.yaml on every node, and restart one node after the other."}, ""},
	{"settings.public-plain", Warning,
		lang.Text{Vi: "Cổng công khai {listen} mở ra ngoài mà không có TLS.", En: "The public door {listen} is open to strangers without TLS."},
		lang.Text{Vi: "Ai ở giữa đường cũng đọc và thay được câu trả lời; biên nhận vẫn kiểm tra được, còn trang web thì không.", En: "Whoever is on the way reads answers and can change them; receipts can be verified nevertheless, pages cannot."},
		lang.Text{Vi: "Đặt public.tls_certificate và public.tls_key, hoặc chỉ nghe ở 127.0.0.1 sau một máy chủ web có TLS.", En: "Set public.tls_certificate and public.tls_key, or listen on 127.0.0.1 alone, behind a web server with TLS."}, ""},
	{"settings.socket-open", Warning,
		lang.Text{Vi: "Ai trên máy này cũng dùng được cổng vận hành {operator}.", En: "Everybody on this machine may use the operator's door {operator}."},
		lang.Text{Vi: "Qua cổng ấy xem được trạng thái, bộ nhớ của tiến trình, và xác nhận bằng chứng.", En: "It shows state and memory of the process, and takes acknowledgements of evidence."},
		lang.Text{Vi: "Để ổ cắm vào thư mục chỉ người vận hành vào được.", En: "Put the socket into a directory that the operator alone can enter."}, ""},
	{"settings.no-operator", Note,
		lang.Text{Vi: "Nút không mở cổng vận hành.", En: "The node has no operator's door."},
		lang.Text{Vi: "Không có cổng ấy thì không giám sát được, và không biết vì sao nút dừng phục vụ.", En: "Without it nothing can be monitored, and a node cannot say what it waits for."},
		lang.Text{Vi: "Đặt operator.listen: 127.0.0.1:7402 trong config.yaml và chạy lại nút.", En: "Set operator.listen: 127.0.0.1:7402 in config.yaml, and restart the node."}, ""},
	{"settings.debug", Note,
		lang.Text{Vi: "Nhật ký ở mức debug.", En: "The log is at level debug."},
		lang.Text{Vi: "Nhật ký đầy nhanh, dòng quan trọng bị chìm.", En: "It grows fast, and hides the lines that matter."},
		lang.Text{Vi: "Đặt log.level: info khi đã tìm xong lỗi.", En: "Set log.level: info when the search is over."}, ""},
}

// denied says that the doctor could not look.
func denied(l *list, f *Facts) {
	if len(f.Denied) > 0 {
		l.add("doctor.denied", 0, values{"files": text(strings.Join(f.Denied, ", "))})
	}
}

func settings(l *list, f *Facts) {
	s := &f.Settings
	if s.Unread {
		return
	}
	if len(s.Problems) > 0 {
		l.add("config.broken", 0, values{"problems": text(strings.Join(s.Problems, "; "))})
		return
	}
	if s.Genesis != (lang.Text{}) {
		l.add("genesis.broken", 0, values{"problem": s.Genesis})
	}
	if s.Heartbeat < safeHeartbeat {
		l.add("settings.heartbeat", 0, values{"heartbeat": text(s.Heartbeat.String()), "safe": text(safeHeartbeat.String())})
	}
	if s.PublicOpen && !s.PublicTLS {
		l.add("settings.public-plain", 0, values{"listen": text(s.PublicListen)})
	}
	if s.SocketOpen {
		l.add("settings.socket-open", 0, values{"operator": text(s.Operator)})
	}
	if s.Operator == "" {
		l.add("settings.no-operator", 0, nil)
	}
	if s.LogLevel == "debug" {
		l.add("settings.debug", 0, nil)
	}
}
