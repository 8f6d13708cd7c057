package doctor

import (
	"strings"
	"time"

	"github.com/ocopledger/ocop/cmd/internal/lang"
)

const (
	// behindLeaves is from when on a difference is no difference of the moments in which nodes were asked: twice what a leader lets drafts hold.
	behindLeaves = 2048
	// quietInbound is how long a peer that asks four times a second may be silent.
	quietInbound = 5 * time.Second
	// longHeld: under full load a leader waits for moments, for any of the others.
	longHeld = 10 * time.Second
)

// reaches are what came of trying to reach a door, as half a sentence.
var reaches = map[Reach]lang.Text{
	Untried:           {Vi: "chưa thử", En: "not tried"},
	Reached:           {Vi: "tới được", En: "reached"},
	ConnectionRefused: {Vi: "từ chối kết nối", En: "connection refused"},
	TimedOut:          {Vi: "hết thời hạn chờ", En: "timed out"},
	Unresolved:        {Vi: "tên máy không có địa chỉ", En: "the name has no address"},
	NoRoute:           {Vi: "không có đường đến", En: "no route"},
	NotTLS:            {Vi: "không nói TLS", En: "does not speak TLS"},
	WrongKey:          {Vi: "khóa TLS khác", En: "another TLS key"},
	RefusesUs:         {Vi: "từ chối khóa của nút này", En: "refuses this node's key"},
	WrongProtocol:     {Vi: "không có giao thức này", En: "does not know the protocol"},
	Silent:            {Vi: "mở cổng nhưng im lặng", En: "takes the connection and is silent"},
	Failed:            {Vi: "lỗi", En: "failed"},
}

// Text is what came of it, for people.
func (r Reach) Text() lang.Text { return reaches[r] }

var peerKinds = []Kind{
	{"peer.diverged", Critical,
		lang.Text{Vi: "Nút của cơ quan {agency} tự nói rằng sổ cái của nó trái với điều đã được ký (diverged).", En: "The node of agency {agency} says of itself that its ledger contradicts what was signed (diverged)."},
		lang.Text{Vi: "Máy ấy hỏng hoặc dữ liệu bị sửa; nó không ký nữa.", En: "Its machine is damaged, or its data was altered; it signs no more."},
		lang.Text{Vi: "Báo cho người vận hành của cơ quan {agency}: trên máy ấy chạy", En: "Tell the operator of agency {agency}: on that machine run"},
		"ocopd check --dir DIR"},
	{"peer.shut", Critical,
		lang.Text{Vi: "Nút này không nghe nút của cơ quan {agency} trong raft: kho raft ở đó không phải kho từng gặp, hoặc là bản cũ.", En: "This node does not listen to that of agency {agency} in raft: the raft store there is not the one that was met, or an older one."},
		lang.Text{Vi: "Kho bị mất hoặc chép lại có thể bỏ hai phiếu trong một nhiệm kỳ. Đến khi có lần lập mới, nút ấy không tính vào đa số.", En: "A store that was lost or copied back could vote twice in a term. Until it has a new incarnation that node counts for no majority."},
		lang.Text{Vi: "Cán bộ của cơ quan {agency} soạn, ký và nộp lần lập mới (incarnation) của nút:", En: "An officer of agency {agency} drafts, signs and submits a new incarnation of the node:"},
		"ocop draft update-node --author {agency} --new-store -o nut-moi.yaml"},
	{"peer.shuts-us", Critical,
		lang.Text{Vi: "Nút của cơ quan {agency} không nghe nút này trong raft: kho raft ở đây không phải kho mà nó từng gặp, hoặc là bản cũ.", En: "The node of agency {agency} does not listen to this one in raft: the raft store here is not the one it has met, or an older one."},
		lang.Text{Vi: "Với nút ấy, nút này không bỏ phiếu và không dẫn đầu được.", En: "For that node this one neither votes nor leads."},
		lang.Text{Vi: "Chạy doctor ở cả hai nút; nếu dữ liệu ở đây từng được chép lại, cán bộ của cơ quan {self} ký lần lập mới:", En: "Run doctor on both nodes; if the data here was ever put back, an officer of agency {self} signs a new incarnation:"},
		"ocop draft update-node --author {self} --new-store -o nut-moi.yaml"},
	{"peer.wrong-key", Warning,
		lang.Text{Vi: "Ở {address}, nơi phải là nút của cơ quan {agency}, trả lời là người giữ khóa TLS khác. {detail}", En: "At {address}, where the node of agency {agency} must be, answers somebody with another TLS key. {detail}"},
		lang.Text{Vi: "Địa chỉ trỏ nhầm máy, nút ấy chạy với khóa khác, hoặc có kẻ đứng giữa. Nút này không nói chuyện với nó.", En: "The address leads to another machine, the node runs with another key, or somebody is in between. This node does not talk to it."},
		lang.Text{Vi: "Hỏi cơ quan {agency} qua kênh khác; so khóa TLS trên máy ấy với sổ cái.", En: "Ask agency {agency} over another channel, and compare the TLS key of its machine with the ledger."},
		"ocopd doctor --dir DIR"},
	{"peer.refuses-us", Warning,
		lang.Text{Vi: "Nút của cơ quan {agency} ở {address} từ chối khóa TLS của nút này. {detail}", En: "The node of agency {agency} at {address} refuses this node's TLS key. {detail}"},
		lang.Text{Vi: "Sổ cái mà nút ấy có nêu khóa khác cho cơ quan {self}: khóa ở đây không phải khóa đã ghi, hoặc nút ấy còn ở trước lúc đổi khóa.", En: "Its ledger names another key for agency {self}: the key here is not the one recorded, or that node is behind the rotation."},
		lang.Text{Vi: "So khóa trong thư mục keys với sổ cái; nếu đúng, chờ nút kia bắt kịp.", En: "Compare the key in the keys directory with the ledger; when it is right, wait until the other node has caught up."},
		"ocopd doctor --dir {dir}"},
	{"peer.blocked", Warning,
		lang.Text{
			Vi: "Chiều đi bị chặn: cổng giữa các nút của cơ quan {agency}, {address} ({why}); máy ấy thì đang chạy: cổng công khai {public} trả lời.",
			En: "Outbound is blocked: the peer door of agency {agency}, {address} ({why}); its machine runs: the public door {public} answers."},
		lang.Text{Vi: "Hai nút không trao đổi bản thảo và chữ ký; tường lửa hoặc cấu hình, không phải máy hỏng.", En: "The two nodes exchange neither drafts nor signatures; it is a firewall or a setting, not a dead machine."},
		lang.Text{Vi: "Mở cổng TCP {port} từ máy này đến {host} trên cả hai tường lửa, rồi thử:", En: "Open TCP port {port} from this machine to {host} in both firewalls, then try:"},
		"timeout 3 bash -c '</dev/tcp/{host}/{port}' && echo open"},
	{"peer.refused", Warning,
		lang.Text{Vi: "Cổng giữa các nút của cơ quan {agency}, {address}: từ chối kết nối.", En: "The peer door of agency {agency}, {address}: connection refused."},
		lang.Text{Vi: "Máy ấy chạy mà nút thì không: nút dừng, hoặc nghe ở cổng khác.", En: "The machine is up and its node is not: it is stopped, or listens on another port."},
		lang.Text{Vi: "Người vận hành của cơ quan {agency} chạy trên máy ấy:", En: "The operator of agency {agency} runs on that machine:"},
		"ocopd doctor --dir DIR"},
	{"peer.timeout", Warning,
		lang.Text{Vi: "Cổng giữa các nút của cơ quan {agency}, {address}: không có gì trả lời trong thời hạn.", En: "The peer door of agency {agency}, {address}: nothing answers in time."},
		lang.Text{Vi: "Máy ấy tắt, mạng đứt, hoặc tường lửa nuốt gói tin (chiều từ đây đi).", En: "The machine is off, the network is cut, or a firewall swallows the packets (the direction from here)."},
		lang.Text{Vi: "Xem máy ấy còn chạy không; rồi thử cổng từ máy này:", En: "Find out whether the machine is up; then try the port from this machine:"},
		"timeout 3 bash -c '</dev/tcp/{host}/{port}' && echo open"},
	{"peer.unresolved", Warning,
		lang.Text{Vi: "Tên {host} của nút cơ quan {agency} không có địa chỉ. {detail}", En: "The name {host} of agency {agency}'s node has no address. {detail}"},
		lang.Text{Vi: "DNS của máy này hỏng, hoặc tên đã đổi; nút không tới được.", En: "This machine's DNS is broken, or the name has changed; the node cannot be reached."},
		lang.Text{Vi: "Xem DNS của máy này; địa chỉ trên sổ cái chỉ đổi được bằng bản ghi của cơ quan {agency}.", En: "Look at this machine's DNS; the address on the ledger changes by a record of agency {agency} alone."},
		"getent hosts {host}"},
	{"peer.no-route", Warning,
		lang.Text{Vi: "Không có đường đến nút của cơ quan {agency}, {address}. {detail}", En: "There is no route to the node of agency {agency}, {address}. {detail}"},
		lang.Text{Vi: "Mạng của máy này hoặc VPN đứt.", En: "This machine's network or a VPN is down."},
		lang.Text{Vi: "Xem đường đi từ máy này:", En: "Look at the route from this machine:"},
		"ip route get {host}"},
	{"peer.not-tls", Warning,
		lang.Text{Vi: "Ở {address} (cơ quan {agency}) không nói TLS, hoặc bắt tay TLS không xong. {detail}", En: "What listens at {address} (agency {agency}) does not speak TLS, or its handshake fails. {detail}"},
		lang.Text{Vi: "Một chương trình khác giữ cổng, hoặc thiết bị ở giữa chặn TLS.", En: "Another program has the port, or a box in between breaks TLS."},
		lang.Text{Vi: "Xem chương trình nào nghe cổng {port} trên máy của cơ quan {agency}.", En: "Find out which program listens on port {port} of agency {agency}'s machine."},
		"ss -ltnp"},
	{"peer.protocol", Warning,
		lang.Text{Vi: "Cổng {address} của cơ quan {agency} nói TLS nhưng không biết giao thức giữa các nút. {detail}", En: "The door {address} of agency {agency} speaks TLS and does not know the nodes' protocol. {detail}"},
		lang.Text{Vi: "Đó không phải cổng giữa các nút: thường là cổng công khai, hoặc máy chủ web.", En: "It is no peer door: usually the public door, or a web server."},
		lang.Text{Vi: "So địa chỉ trên sổ cái với peer.listen trên máy ấy.", En: "Compare the address on the ledger with peer.listen on that machine."},
		"ss -ltnp"},
	{"peer.silent", Warning,
		lang.Text{Vi: "Cổng {address} của cơ quan {agency} nhận kết nối rồi im lặng. {detail}", En: "The door {address} of agency {agency} takes the connection and is silent. {detail}"},
		lang.Text{Vi: "Nút ấy bị treo (đĩa treo, tiến trình bị dừng), hoặc thiết bị ở giữa nhận thay rồi không chuyển đi.", En: "The node hangs (its disk, or the process is halted), or a box in between takes connections and passes nothing on."},
		lang.Text{Vi: "Người vận hành của cơ quan {agency} xem tiến trình và đĩa trên máy ấy:", En: "The operator of agency {agency} looks at process and disk of that machine:"},
		"ocopd doctor --dir DIR"},
	{"peer.failed", Warning,
		lang.Text{Vi: "Không tới được cổng {address} của cơ quan {agency}: {detail}", En: "The door {address} of agency {agency} cannot be reached: {detail}"},
		lang.Text{Vi: "Hai nút không trao đổi bản thảo và chữ ký.", En: "The two nodes exchange neither drafts nor signatures."},
		lang.Text{Vi: "Thử cổng từ máy này:", En: "Try the port from this machine:"},
		"timeout 3 bash -c '</dev/tcp/{host}/{port}' && echo open"},
	{"peer.inbound", Warning,
		lang.Text{
			Vi: "Chiều đến bị chặn: nút này tới được cơ quan {agency}, còn nút của cơ quan {agency} {when} không gọi đến đây.",
			En: "Inbound is blocked: this node reaches agency {agency}, and agency {agency}'s node has not called here {when}."},
		lang.Text{Vi: "Nếu nút ấy dẫn đầu, nút này không nhận được bản thảo; chữ ký của nó không đến đây.", En: "When that node leads, this one gets no drafts; its signatures do not arrive here."},
		lang.Text{Vi: "Mở chiều từ máy của cơ quan {agency} đến cổng giữa các nút của máy này ({listen}). Trên máy ấy thử:", En: "Open the direction from agency {agency}'s machine to this one's peer door ({listen}). On that machine try:"},
		"ocopd doctor --dir DIR"},
	{"node.behind", Warning,
		lang.Text{Vi: "Nút này chậm {leaves} lá, {heights} khối so với nút của cơ quan {agency}: {why}.", En: "This node is {leaves} leaves, {heights} blocks behind agency {agency}'s: {why}."},
		lang.Text{Vi: "Nó trả lời theo trạng thái cũ và không đồng ký đầu mới.", En: "It answers as of an old state, and cosigns no new heads."},
		lang.Text{Vi: "Xem lại sau một phút: số lá phải giảm. Nếu không, xem đĩa và chiều đến.", En: "Look again in a minute: the number must fall. If it does not, look at the disk and at the inbound direction."},
		"ocopd doctor --dir {dir}"},
	{"peer.behind", Warning,
		lang.Text{Vi: "Nút của cơ quan {agency} chậm {leaves} lá, {heights} khối: {why}.", En: "The node of agency {agency} is {leaves} leaves, {heights} blocks behind: {why}."},
		lang.Text{Vi: "Khi đa số chậm quá 16.384 lá, nút dẫn đầu ngừng nhận thêm; đầu mới thiếu chữ ký của nút ấy.", En: "When a majority is more than 16,384 leaves behind, the leader takes no more; new heads lack that node's signature."},
		lang.Text{Vi: "Người vận hành của cơ quan {agency} chạy trên máy ấy:", En: "The operator of agency {agency} runs on that machine:"},
		"ocopd doctor --dir DIR"},
	{"peer.holds", Warning,
		lang.Text{Vi: "Nút này dẫn đầu và đang chờ nút của cơ quan {agency}, vốn chậm hơn 16.384 lá; từ khi khởi động đã chờ {held}.", En: "This node leads and waits for agency {agency}'s, which is more than 16,384 leaves behind; since its start it has waited for {held}."},
		lang.Text{
			Vi: "Trong lúc chờ không bản ghi nào được xếp thứ tự. Đĩa hoặc bộ xử lý của máy ấy chậm, hoặc nó khai sai; nếu đa số không chậm thì vẫn còn khoảng 3.000 bản ghi mỗi giây.",
			En: "Nothing is ordered meanwhile. The disk or processor of that machine is slow, or it says what is not so; unless a majority is behind, some 3,000 records a second go on."},
		lang.Text{Vi: "Người vận hành của cơ quan {agency} chạy trên máy ấy:", En: "The operator of agency {agency} runs on that machine:"},
		"ocopd doctor --dir DIR"},
	{"software.differs", Warning,
		lang.Text{Vi: "Các nút chạy phiên bản khác nhau: {versions}.", En: "The nodes run different versions: {versions}."},
		lang.Text{Vi: "Khi nâng cấp thì đúng như vậy; để lâu thì nút cũ sẽ dừng khi một phiên bản giao thức mới có hiệu lực.", En: "That is right during an upgrade; left so, the old ones stop when a new protocol version comes into force."},
		lang.Text{Vi: "Nâng cấp nốt, từng nút một.", En: "Finish the upgrade, one node after the other."},
		"ocopd version"},
	{"host.shared", Warning,
		lang.Text{Vi: "Nhiều nút xác thực ở cùng một máy: {who}.", En: "Several validators are on one machine: {who}."},
		lang.Text{Vi: "Máy ấy hỏng, hoặc người có quyền quản trị máy ấy gian dối, thì mất tất cả cùng lúc: q trên n không còn ý nghĩa.", En: "When that machine fails, or whoever has its root account lies, all of them do: q of n means nothing then."},
		lang.Text{Vi: "Mạng thử thì không sao. Mạng thật: mỗi cơ quan một máy của mình.", En: "It is fine for a trial. In earnest every agency has a machine of its own."}, ""},
}

func peers(l *list, f *Facts) {
	for i := range f.Peers {
		p := &f.Peers[i]
		unreachable(l, f, p)
		if p.View != nil && p.View.Diverged {
			l.add("peer.diverged", p.Agency, nil)
		}
		if p.Shut {
			l.add("peer.shut", p.Agency, nil)
		}
		if p.ShutsUs {
			l.add("peer.shuts-us", p.Agency, nil)
		}
		if p.Holds && p.Held >= longHeld {
			l.add("peer.holds", p.Agency, values{"held": span(p.Held)})
		}
		if in := p.In; p.reachable() && in != nil && (!in.Ever || in.Ago > quietInbound) && f.Node != nil && f.Node.Role != "starting" {
			when := lang.Text{Vi: "từ khi nút này khởi động", En: "since this node started"}
			if in.Ever {
				when = lasting(in.Ago)
			}
			l.add("peer.inbound", p.Agency, values{"when": when, "listen": text(ownPeerDoor(f))})
		}
	}
	behind(l, f)
	versions(l, f)
	shared(l, f)
}

// unreachable says what came of trying to reach a peer's door.
func unreachable(l *list, f *Facts, p *Peer) {
	host, port := split(p.PeerAddress)
	v := values{"address": text(p.PeerAddress), "public": text(p.PublicAddress), "host": text(host), "port": text(port), "why": p.Peer.Text(), "detail": text(p.PeerDetail)}
	switch p.Peer {
	case Untried, Reached:
		return
	case ConnectionRefused, TimedOut, Failed, NoRoute:
		if p.Public == Reached {
			l.add("peer.blocked", p.Agency, v)
			return
		}
	}
	code := map[Reach]string{
		ConnectionRefused: "peer.refused", TimedOut: "peer.timeout", Unresolved: "peer.unresolved", NoRoute: "peer.no-route", NotTLS: "peer.not-tls",
		WrongKey: "peer.wrong-key", RefusesUs: "peer.refuses-us", WrongProtocol: "peer.protocol", Silent: "peer.silent", Failed: "peer.failed",
	}[p.Peer]
	l.add(code, p.Agency, v)
}

// split takes an address apart; brackets around an IPv6 address are for the port's sake.
func split(address string) (host, port string) {
	i := strings.LastIndexByte(address, ':')
	if i < 0 {
		return address, ""
	}
	return strings.Trim(address[:i], "[]"), address[i+1:]
}
