package doctor

import (
	"strings"
	"time"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/ledger"
)

// outsideClock is what can be told by the dates of HTTP answers, which are whole seconds, beside the bound itself.
const outsideClock = 2 * time.Second

var outsideKinds = []Kind{
	{"outside.other", Critical,
		lang.Text{Vi: "Nút ở {address} thuộc sổ cái khác: {chain}.", En: "The node at {address} is of another ledger: {chain}."},
		lang.Text{Vi: "Nó không thuộc mạng lưới này, hoặc các nút kia không thuộc.", En: "It does not belong to this network, or the others do not."},
		lang.Text{Vi: "Kiểm tra địa chỉ; so mã sổ cái với bản in lúc khởi nguyên.", En: "Check the address; compare the chain id with what was printed at genesis."},
		"ocop head --node {address}"},
	{"outside.fork", Critical,
		lang.Text{Vi: "Ở khối {height}, nút {address} và nút {other} có gốc khác nhau.", En: "At block {height} the nodes {address} and {other} have different roots."},
		lang.Text{Vi: "Ít nhất một nút hỏng hoặc nói dối; đầu đã chứng thực cho biết nút nào.", En: "One of them at least is damaged or lies; the certified head tells which."},
		lang.Text{Vi: "Kiểm toán cả hai với tệp khởi nguyên, và giữ kết quả.", En: "Audit both with the genesis file, and keep what it says."},
		"ocop audit --node {address} --genesis FILE"},
	{"outside.leaderless", Critical,
		lang.Text{Vi: "Không nút nào trong {k} nút trả lời biết nút dẫn đầu; mạng lưới có {n} nút xác thực, cần {m}.", En: "None of the {k} nodes that answer knows a leader; the network has {n} validators and needs {m}."},
		lang.Text{Vi: "Không bản ghi nào được nhận; đọc và kiểm tra vẫn được.", En: "No record is accepted; reading and verifying go on."},
		lang.Text{Vi: "Từng cơ quan chạy trên máy của mình:", En: "Each agency runs on its own machine:"},
		"ocopd doctor --dir DIR"},
	{"outside.certification-old", Critical,
		lang.Text{Vi: "Đầu đã chứng thực mới nhất mà các nút có đã cũ {age}.", En: "The newest certified head that the nodes have is {age} old."},
		lang.Text{Vi: "Biên nhận dừng ở đầu ấy; cần {q} trên {n} nút đồng ký.", En: "Receipts stay at that head; {q} of {n} nodes must cosign."},
		lang.Text{Vi: "Từng cơ quan chạy trên máy của mình:", En: "Each agency runs on its own machine:"},
		"ocopd doctor --dir DIR"},
	{"outside.unreachable", Warning,
		lang.Text{Vi: "Nút ở {address} không trả lời: {why}. {detail}", En: "The node at {address} does not answer: {why}. {detail}"},
		lang.Text{Vi: "Người dùng của nút ấy không xem, không nộp được gì qua nó; họ dùng nút khác được.", En: "Its users can neither look nor submit through it; they can use another node."},
		lang.Text{Vi: "Người vận hành nút ấy chạy trên máy của mình:", En: "Its operator runs on that machine:"},
		"ocopd doctor --dir DIR"},
	{"outside.behind", Warning,
		lang.Text{Vi: "Nút ở {address} (cơ quan {agency}) chậm {leaves} lá, {heights} khối.", En: "The node at {address} (agency {agency}) is {leaves} leaves, {heights} blocks behind."},
		lang.Text{Vi: "Ai hỏi nó thì nhận trạng thái cũ.", En: "Whoever asks it gets an old state."},
		lang.Text{Vi: "Người vận hành của cơ quan {agency} chạy trên máy ấy:", En: "The operator of agency {agency} runs on that machine:"},
		"ocopd doctor --dir DIR"},
	{"outside.clock", Warning,
		lang.Text{Vi: "Đồng hồ của nút ở {address} {direction} khoảng {skew} giây so với máy này.", En: "The clock of the node at {address} is about {skew} s {direction} of this machine's."},
		lang.Text{Vi: "Quá {bound} giây thì nút ấy không dẫn đầu được, hoặc từ chối nút dẫn đầu. Cũng có thể máy này sai.", En: "Beyond {bound} s it cannot lead, or refuses the leader. It may be this machine that is wrong."},
		lang.Text{Vi: "Xem đồng hồ của cả hai máy:", En: "Look at the clocks of both:"},
		"timedatectl status"},
	{"outside.incomplete", Note,
		lang.Text{Vi: "Mạng lưới có {n} nút xác thực, lệnh này chỉ hỏi {asked}: chưa hỏi nút của {who}.", En: "The network has {n} validators, and {asked} were asked: the nodes of {who} were not."},
		lang.Text{Vi: "Không nói được gì về những nút không hỏi.", En: "Nothing can be said of those that were not asked."},
		lang.Text{Vi: "Thêm --node cho từng nút.", En: "Add --node for each of them."},
		"ocopd doctor --network --help"},
}

// outside examines a network through its public doors.
func outside(l *list, f *Facts) {
	var answered []Peer
	for _, p := range f.Peers {
		if p.View != nil {
			answered = append(answered, p)
			continue
		}
		l.add("outside.unreachable", p.Agency, values{"address": text(p.PublicAddress), "why": p.Public.Text(), "detail": text(p.PublicDetail)})
	}
	versions(l, f)
	if len(answered) == 0 {
		return
	}
	different(l, answered)
	best := newest(f)
	for i := range answered {
		p := &answered[i]
		if late(best.size, p.View.Size, p.View.Leader == 0) {
			l.add("outside.behind", p.Agency, values{
				"address": text(p.PublicAddress), "leaves": number(best.size - p.View.Size), "heights": number(best.height - min(best.height, p.View.Height))})
		}
		if d := p.View.Ahead; p.View.ClockKnown && d.Abs() > outsideClock {
			l.add("outside.clock", p.Agency, values{
				"address": text(p.PublicAddress), "direction": direction(d), "skew": seconds(d.Abs()), "bound": seconds(clockBound(f))})
		}
	}
	if f.Ledger == nil {
		return
	}
	n := f.Ledger.Validators
	v := values{"k": number(len(answered)), "n": number(n), "m": number(majority(n)), "q": number(f.Ledger.Quorum), "asked": number(len(f.Peers))}
	if len(leaders(f)) == 0 {
		l.add("outside.leaderless", 0, v)
	}
	if age, ok := freshest(answered); ok && age > oldHead {
		v["age"] = span(age)
		l.add("outside.certification-old", 0, v)
	}
	if len(f.Unasked) > 0 {
		v["who"] = agencies(f.Unasked)
		l.add("outside.incomplete", 0, v)
	}
}

// different says that nodes are of different ledgers, or contradict each other at one height.
func different(l *list, answered []Peer) {
	first := &answered[0]
	for i := range answered[1:] {
		p := &answered[1+i]
		if p.View.Chain != first.View.Chain {
			l.add("outside.other", p.Agency, values{"address": text(p.PublicAddress), "chain": text(p.View.Chain)})
			continue
		}
		for j := range answered[:1+i] {
			o := &answered[j]
			if o.View.Height == p.View.Height && o.View.Root != p.View.Root && o.View.Chain == p.View.Chain {
				l.add("outside.fork", p.Agency, values{"height": number(p.View.Height), "address": text(p.PublicAddress), "other": text(o.PublicAddress)})
				break
			}
		}
	}
}

// freshest is the age of the newest certified head that any node has.
func freshest(answered []Peer) (age time.Duration, ok bool) {
	for _, p := range answered {
		if p.View.Certified > 0 && (!ok || p.View.CertifiedAge < age) {
			age, ok = p.View.CertifiedAge, true
		}
	}
	return age, ok
}

func agencies(list []ledger.AccountID) lang.Text {
	names := make([]string, len(list))
	for i, a := range list {
		names[i] = a.String()
	}
	all := strings.Join(names, ", ")
	return lang.Text{Vi: "cơ quan " + all, En: "agencies " + all}
}
