package command

import (
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/cmd/ocop/internal/bench"
	"github.com/ocopledger/ocop/cmd/ocop/internal/bench/cluster"
)

func (a *app) benchFlags(cmd *cobra.Command, b *benching) {
	f := cmd.Flags()
	b.Mode = bench.Unary
	flag(a, cmd, &b.Mode, "mode", "unary|stream|actions|receipts", parseMode, lang.Text{
		Vi: "unary: mỗi lần gọi một bản ghi (mặc định); stream: nhiều bản ghi trên đường cùng lúc; actions: như stream, mỗi bản ghi nhiều hành động; receipts: hỏi biên nhận",
		En: "unary: a call a record (default); stream: many on their way at once; actions: as stream, with many actions a record; receipts: ask for receipts"})
	f.IntVar(&b.Clients, "clients", 16, a.t(lang.Text{
		Vi: "`số` máy khách, hay số luồng, hay số người hỏi; 1: từng cái một; với --rate trong unary chỉ là số kết nối, ít nhất",
		En: "`number` of clients, of streams, or of those who ask; 1: one after the other; with --rate in unary of connections only, at least"}))
	f.DurationVar(&b.Duration, "duration", 10*time.Second, a.t(lang.Text{Vi: "`thời gian` đo", En: "`time` that is measured"}))
	f.DurationVar(&b.Warmup, "warmup", 2*time.Second, a.t(lang.Text{
		Vi: "`thời gian` chạy đà trước đó, không tính",
		En: "`time` before it, which does not count"}))
	f.IntVar(&b.Actions, "actions", 0, a.t(lang.Text{
		Vi: "`số` hành động trong một bản ghi, 1 đến 256; mặc định 1, với --mode actions là 100",
		En: "`number` of actions in a record, 1 to 256; by default 1, and 100 with --mode actions"}))
	f.Float64Var(&b.Rate, "rate", 0, a.t(lang.Text{
		Vi: "`số` bản ghi đến hạn mỗi giây, với receipts là câu hỏi; 0: chờ trả lời",
		En: "`number` of records due a second, with receipts of questions; 0: wait for answers"}))
	f.IntVar(&b.InFlight, "in-flight", 0, a.t(lang.Text{
		Vi: "nhiều nhất bao nhiêu `cuộc` gọi cùng lúc; mặc định 4096 với --rate, 32768 với --overload, khi ấy theo từng kết nối 256 cuộc, ít nhất một kết nối mỗi nút; chỉ với unary",
		En: "most `calls` at once; by default 4096 with --rate, 32768 with --overload, there in whole connections of 256 calls, one a node at least; with unary only"}))
	f.IntVar(&b.Window, "window", 0, a.t(lang.Text{
		Vi: "nhiều nhất bao nhiêu `bản` ghi chưa được báo nhận trong một luồng; 0: mặc định của luồng; chỉ với stream, actions",
		En: "most `records` without acknowledgement in a stream; 0: the stream's default; with stream and actions only"}))
	f.IntVar(&b.Producers, "producers", 300, a.t(lang.Text{
		Vi: "`số` chủ thể bán hàng, được đăng ký trước, mỗi chủ thể hai sản phẩm và mười lô",
		En: "`number` of producers who sell; they are registered first, each with two products and ten lots"}))
	f.BoolVar(&b.SignLate, "sign", false, a.t(lang.Text{Vi: "ký trong lúc chạy", En: "sign while the clock runs"}))
	f.BoolVar(&b.Certified, "certified", false, a.t(lang.Text{
		Vi: "chờ đến khi được chứng thực, có biên nhận; kiểm một phần các biên nhận",
		En: "wait until certified, with receipts; some of them are verified"}))
	f.BoolVar(&b.Overload, "overload", false, a.t(lang.Text{
		Vi: "đo mức cao nhất, rồi đưa vào gấp mười lần: mười lần số cuộc gọi, hoặc mười lần số luồng",
		En: "measure the peak, then offer ten times that: ten times the calls, or ten times the streams"}))
	f.BoolVar(&b.KillLeader, "kill-leader", false, a.t(lang.Text{
		Vi: "giết tiến trình của nút dẫn đầu giữa lúc đo; cần --processes; không nút nào thay thì mã thoát 6",
		En: "kill the leader's process while measuring; needs --processes; exit code 6 when nobody takes its place"}))
	a.receiptsFlags(cmd, b)
	f.StringVar(&b.operators, "operator", "", a.t(lang.Text{
		Vi: "cổng vận hành của các nút, `host:port`, cách nhau bằng dấu phẩy; mặc định: như devnet, nếu nút ở máy này",
		En: "operator doors of the nodes, `host:port`, comma between them; by default as in a devnet, for nodes on this machine"}))
	f.StringVar(&b.dir, "dir", "", a.t(lang.Text{
		Vi: "`thư mục` của devnet: khóa của cán bộ mẫu, và đĩa để đo; mặc định: nơi ocopd devnet để",
		En: "`directory` of a devnet: its officers' keys, and the disk to measure; by default where ocopd devnet has it"}))
	f.StringVar(&b.keys, "keys", "", a.t(lang.Text{
		Vi: "`thư mục` khóa của cán bộ và tệp password.txt; mặc định: people trong --dir",
		En: "`directory` of officers' keys and their password.txt; by default people in --dir"}))
	f.StringSliceVar(&b.officers, "officer", nil, a.t(lang.Text{
		Vi: "`tệp` khóa của cán bộ được đăng ký chủ thể, sản phẩm; ghi nhiều lần được (thêm người được chứng nhận)",
		En: "keystore `file` of an officer who may register producers; can be given again (one who may certify)"}))
	b.Flags(a.lang, cmd)
	f.StringVar(&b.policy, "policy", "", a.t(lang.Text{
		Vi: "`tệp` chính sách hoặc khởi nguyên mà bạn tin; mặc định: khởi nguyên của chính nút",
		En: "policy or genesis `file` that you believe; by default the node's own genesis"}))
	f.BoolVar(&b.Forever, "yes-write-for-ever", false, a.t(lang.Text{
		Vi: "đo cả khi sổ cái không phải dữ liệu mẫu: bản ghi nằm lại mãi",
		En: "measure a ledger that is not sample data: the records stay for ever"}))
	f.IntVar(&b.processes, "processes", 0, a.t(lang.Text{
		Vi: "lập một mạng `số` tiến trình ocopd trong thư mục tạm (TMPDIR), đo rồi xóa; 0: đo mạng của --node",
		En: "make a network of a `number` of ocopd processes in the temporary directory (TMPDIR), measure and remove it; 0: measure that of --node"}))
	f.StringVar(&b.ocopd, "ocopd", "", a.t(lang.Text{
		Vi: "`tệp` chương trình ocopd; mặc định: bên cạnh ocop, hoặc trong PATH",
		En: "`file` of the program ocopd; by default the one beside ocop, or in the PATH"}))
	f.IntVar(&b.basePort, "base-port", 7500, a.t(lang.Text{
		Vi: "tiến trình i nghe ở `cổng`+10i, +10i+1, +10i+2",
		En: "process i listens on `port`+10i, +10i+1, +10i+2"}))
}

func parseMode(s string) (bench.Mode, error) {
	if m := bench.Mode(s); slices.Contains([]bench.Mode{bench.Unary, bench.Stream, bench.Actions, bench.Reads}, m) {
		return m, nil
	}
	return "", lang.Errorf(lang.Text{Vi: "%q không phải là unary, stream, actions hay receipts", En: "%q is none of unary, stream, actions and receipts"}, s)
}

const (
	// manyActions are in a record of --mode actions.
	manyActions = 100
	// callsAtRate are more than a network that keeps up ever has under way, and callsOverload more than three nodes take in.
	callsAtRate   = 4096
	callsOverload = 32_768
	// The ports of a network of its own, as ocopd devnet makes it.
	firstPort, mostPort, portsEach = 1024, 65_535, 10
)

func (b *benching) check(cmd *cobra.Command) error {
	if err := b.checkReceipts(cmd); err != nil {
		return err
	}
	if b.Actions == 0 {
		b.Actions = 1
		if b.Mode == bench.Actions {
			b.Actions = manyActions
		}
	}
	if b.InFlight == 0 {
		b.InFlight = callsAtRate
		if b.Overload {
			b.InFlight = callsOverload
		}
	}
	if err := b.fits(cmd); err != nil {
		return err
	}
	if err := b.fitsNetwork(cmd); err != nil {
		return err
	}
	out := func(name string, value, least, most any) error {
		return verb.Usage(lang.Text{Vi: "--%s %v: cần %v đến %v", En: "--%s %v: want %v to %v"}, name, value, least, most)
	}
	const second = time.Second
	switch {
	case b.Clients < 1 || b.Clients > bench.MaxClients:
		return out("clients", b.Clients, 1, bench.MaxClients)
	case b.Duration < second/10 || b.Duration > bench.MaxDuration:
		return out("duration", b.Duration, second/10, bench.MaxDuration)
	case b.Warmup < 0 || b.Warmup > bench.MaxDuration:
		return out("warmup", b.Warmup, 0, bench.MaxDuration)
	case b.Actions < 1 || b.Actions > 256:
		return out("actions", b.Actions, 1, 256)
	case b.Producers < 1 || b.Producers > bench.MaxProducers:
		return out("producers", b.Producers, 1, bench.MaxProducers)
	case !(b.Rate >= 0 && b.Rate <= bench.MaxRate): // NaN is neither
		return out("rate", b.Rate, 0, bench.MaxRate)
	case b.InFlight < 1 || b.InFlight > bench.MaxInFlight:
		return out("in-flight", b.InFlight, 1, bench.MaxInFlight)
	case b.Window < 0 || b.Window > bench.MaxInFlight:
		return out("window", b.Window, 0, bench.MaxInFlight)
	case b.processes < 0 || b.processes > cluster.MaxNodes:
		return out("processes", b.processes, 0, cluster.MaxNodes)
	case b.processes > 0 && (b.basePort < firstPort || b.basePort > mostPort-portsEach*b.processes):
		return out("base-port", b.basePort, firstPort, mostPort-portsEach*b.processes)
	case b.KillLeader && b.processes < 3:
		return verb.Usage(lang.Text{
			Vi: "--kill-leader cần --processes 3 trở lên: chỉ giết được tiến trình của mình",
			En: "--kill-leader needs --processes 3 or more: only processes of its own can be killed"})
	case b.Overload && (b.Rate > 0 || b.KillLeader):
		return verb.Usage(lang.Text{Vi: "--overload không dùng cùng --rate hay --kill-leader", En: "--overload goes with neither --rate nor --kill-leader"})
	case b.processes > 0 && cmd.Flags().Changed("node"):
		return verb.Usage(lang.Text{Vi: "dùng --node hoặc --processes", En: "give --node or --processes"})
	}
	return nil
}

// fits refuses what would have no effect.
func (b *benching) fits(cmd *cobra.Command) error {
	switch set := cmd.Flags().Changed; {
	case b.Mode == bench.Unary && set("window"):
		return verb.Usage(lang.Text{
			Vi: "--window là của luồng: dùng --mode stream hoặc actions, hoặc bỏ đi",
			En: "--window is a stream's: give --mode stream or actions, or leave it out"})
	case b.Mode != bench.Unary && set("in-flight"):
		return verb.Usage(lang.Text{
			Vi: "--in-flight là của các cuộc gọi: dùng --mode unary, hoặc --window với luồng",
			En: "--in-flight is of calls: give --mode unary, or --window with streams"})
	case b.Mode == bench.Unary && set("in-flight") && b.Rate == 0 && !b.Overload:
		return verb.Usage(lang.Text{
			Vi: "--in-flight cần --rate hoặc --overload: nếu không, mỗi máy khách chỉ có một cuộc gọi",
			En: "--in-flight needs --rate or --overload: without them each client has one call"})
	}
	return nil
}

// What a network of its own has of its own, and what only such a network takes.
var (
	ofOthersNetwork = []string{"operator", "dir", "keys", "officer", "policy"}
	ofOwnNetwork    = []string{"ocopd", "base-port"}
)

// fitsNetwork refuses what would have no effect on the network that is measured.
func (b *benching) fitsNetwork(cmd *cobra.Command) error {
	set := cmd.Flags().Changed
	flags, text := ofOwnNetwork, lang.Text{Vi: "--%s cần --processes: chỉ mạng tự lập mới dùng", En: "--%s needs --processes: it is of a network of its own"}
	if b.processes > 0 {
		flags, text = ofOthersNetwork, lang.Text{
			Vi: "--%s không dùng với --processes: mạng tự lập có thư mục, khóa và khởi nguyên của chính nó", En: "--%s says nothing with --processes: such a network has a directory, keys and a genesis of its own"}
	}
	for _, name := range flags {
		if set(name) {
			return verb.Usage(text, name)
		}
	}
	for _, name := range []string{"password-file", "password-env"} {
		if set(name) && len(b.officers) == 0 {
			return verb.Usage(lang.Text{
				Vi: "--%s cần --officer: khóa trong một thư mục có password.txt bên cạnh", En: "--%s needs --officer: keys in a directory have password.txt beside them"}, name)
		}
	}
	doors := strings.Split(b.operators, ",")
	for i, door := range doors {
		if slices.Contains(doors[:i], door) { // two of three nodes would be taken for three
			return verb.Usage(lang.Text{Vi: "--operator: %s được ghi hai lần", En: "--operator: %s is given twice"}, door)
		}
	}
	return nil
}

// fitsStreams refuses more streams than the nodes have places for: they would take turns. The error is nil when all have a place.
func (b *benching) fitsStreams() error {
	o := b.Options
	if b.processes > 0 {
		o.Nodes = make([]string, b.processes)
	}
	n := o.AtOneNode()
	if n <= bench.NodeStreams {
		return nil
	}
	text := lang.Text{
		Vi: "--clients %d: một nút sẽ có %d luồng, mà chỉ nhận %d: bớt --clients hoặc thêm nút",
		En: "--clients %d: a node would have %d streams, and takes %d: give fewer --clients or more nodes"}
	switch {
	case b.Overload:
		text.Vi, text.En = text.Vi+" (--overload dùng gấp mười)", text.En+" (--overload uses ten times as many)"
	case b.KillLeader:
		text.Vi, text.En = text.Vi+" (luồng của nút bị giết chuyển sang nút khác)", text.En+" (those of the node that is killed go on at another)"
	}
	return verb.Usage(text, b.Clients, n, bench.NodeStreams)
}
