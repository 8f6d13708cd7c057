// Package config is a node's one file of settings.
//
// Every setting is a field of [Config] with its comment in its tags: the file that `ocopd init` writes is made from them, so that the manual and
// the program cannot disagree. Unknown keys are refused, with their line: a misspelt setting is not silently a default.
package config

import (
	"path/filepath"
	"time"
)

// FileName is the name of the file in a node's directory.
const FileName = "config.yaml"

// Config is a node's settings. Paths are relative to the directory of the file.
type Config struct {
	Role    string `yaml:"role" doc:"validator: orders, executes and cosigns, once the ledger has given the agency a seat. replica: follows certified heads and serves all that a validator serves, with no keys and no vote." vi:"validator: nút xác thực, xếp thứ tự, thực thi và đồng ký khi sổ cái đã cho cơ quan một ghế. replica: bản sao chỉ đọc, theo các đầu sổ được chứng thực, không có khóa, không bỏ phiếu."`
	Agency  uint64 `yaml:"agency" doc:"Account number of the agency that runs this node, 1 to 999999; 0 for a replica." vi:"Số tài khoản của cơ quan vận hành nút này, 1 đến 999999; bản sao ghi 0."`
	Genesis string `yaml:"genesis" doc:"The genesis file that all agencies agreed on." vi:"Tệp khởi nguyên mà các cơ quan đã thống nhất."`
	Keys    string `yaml:"keys" doc:"Directory of this node's own keys (node, cosigner, TLS; log key on the publisher). Officers' keys are never kept here. Empty for a replica." vi:"Thư mục khóa của riêng nút này. Khóa của cán bộ không bao giờ để ở đây. Bản sao để trống."`
	Data    string `yaml:"data" doc:"Directory of the ledger: chain.db, index.db, raft.db, raft.journal. It wants a disk that keeps what it has confirmed." vi:"Thư mục dữ liệu sổ cái."`

	Peer     Peer     `yaml:"peer" doc:"Door for the other validators. Its address on the ledger is fixed by genesis; this is where the node listens on this machine." vi:"Cổng dành cho các nút xác thực khác."`
	Public   Public   `yaml:"public" doc:"Door for everyone: gRPC, HTTP and web pages." vi:"Cổng công khai: gRPC, HTTP và trang web."`
	Sync     Sync     `yaml:"sync" doc:"Where the ledger is had from when raft does not bring it: a new node, one that was away for long, a replica. Nothing that a source says is believed." vi:"Nơi lấy sổ cái khi nhóm xác thực không gửi đến: nút mới, nút vắng lâu, bản sao. Không tin điều gì nguồn nói mà không tự kiểm chứng."`
	Publish  Publish  `yaml:"publish" doc:"How the ledger is shown to strangers beside the public door." vi:"Cách công bố sổ cái cho người ngoài, ngoài cổng công khai."`
	Blobs    Blobs    `yaml:"blobs" doc:"Public blobs: names of natural persons and photos, which the ledger has by their hashes alone, and which can be erased." vi:"Dữ liệu công khai xóa được: tên cá nhân và ảnh; sổ cái chỉ giữ mã băm."`
	Operator Operator `yaml:"operator" doc:"Door for the operator: health and profiles." vi:"Cổng dành cho người vận hành."`
	Raft     Raft     `yaml:"raft" doc:"How patient the node is with its peers and its disk." vi:"Thời hạn chờ các nút khác và đĩa."`
	Limits   Limits   `yaml:"limits" doc:"How much work the node takes on before it answers that it is overloaded." vi:"Giới hạn công việc trước khi nút báo quá tải."`
	Log      Log      `yaml:"log" doc:"What the node writes to standard error." vi:"Nhật ký."`

	dir   string
	lines map[string]int // key path → line
	file  string
}

// Peer is the peer door.
type Peer struct {
	Listen string `yaml:"listen" doc:"host:port to listen on; empty for a replica, which has no such door." vi:"Địa chỉ lắng nghe; bản sao để trống vì không có cổng này."`
}

// Public is the public door.
type Public struct {
	Listen         string   `yaml:"listen" doc:"host:port to listen on." vi:"Địa chỉ lắng nghe."`
	URL            string   `yaml:"url" doc:"What QR codes and printed links begin with, such as https://ocop.example.vn: for a node behind a reverse proxy, or one that people know by a better name. Empty: the node's public address on the ledger, with https when tls_certificate is set and http when not. The host that a request names is never used, as its sender can name any." vi:"Phần đầu của mã QR và liên kết in ra, ví dụ https://ocop.example.vn; để trống: địa chỉ công khai của nút ghi trên sổ cái. Không bao giờ lấy tên máy do yêu cầu gửi đến, vì người gửi ghi gì cũng được."`
	TLSCertificate string   `yaml:"tls_certificate" doc:"PEM file with the certificate chain; empty: no TLS, for a reverse proxy in front. Read again when it changes, without a restart. A node that also answers for another host, such as an earlier agency's, names several files, comma between them; a client gets the one of the name that it asks for." vi:"Tệp chứng thư PEM, được đọc lại khi thay đổi; để trống: không TLS, dùng máy chủ web đứng trước. Nút trả lời cho nhiều tên máy thì ghi nhiều tệp, cách nhau bằng dấu phẩy."`
	TLSKey         string   `yaml:"tls_key" doc:"PEM file with the certificate's private key; as many as certificates, in the same order." vi:"Tệp khóa riêng PEM của chứng thư; số lượng và thứ tự như chứng thư."`
	HSTS           Duration `yaml:"hsts" doc:"For how long browsers that came over TLS come back over TLS alone (Strict-Transport-Security), 0s to 17520h; 0s: nothing is said. Without tls_certificate nothing is ever said." vi:"Thời gian trình duyệt đã vào bằng TLS chỉ được vào lại bằng TLS; 0s: không yêu cầu."`
}

// Sync is where the ledger is had from beside raft.
type Sync struct {
	From   string `yaml:"from" doc:"Sources, the best first, comma between them: public doors of nodes as host:port, and published files as the URL of /log/ or a folder with a slash in it. The validators' public doors on the ledger are asked as well. A replica needs one at least to begin with." vi:"Các nguồn, ưu tiên trước, cách nhau bằng dấu phẩy: cổng công khai của nút dạng host:port, tệp công bố dạng URL của /log/ hoặc thư mục có dấu gạch chéo. Cổng công khai của các nút xác thực ghi trên sổ cái cũng được hỏi. Bản sao cần ít nhất một nguồn để bắt đầu."`
	Policy string `yaml:"policy" doc:"Policy file that an agency handed to this node's operator (/log/policy). It is believed to have been current on the date of the file, and needed when genesis, or what the node has of the ledger, is older than the trust period. Empty: none." vi:"Tệp chính sách do một cơ quan trao cho người vận hành (/log/policy); được tin là còn hiệu lực vào ngày ghi của tệp; cần khi tệp khởi nguyên hoặc phần sổ cái nút đang có đã quá thời hạn tin cậy; để trống: không có."`
}

// Roles of a node.
const (
	Validator = "validator"
	Replica   = "replica"
)

// Publish is how the log is published.
type Publish struct {
	Mirror    string `yaml:"mirror" doc:"Folder that is kept a copy of /log/, for a web server or a CDN: certified heads, tiles, policy epochs, genesis. Whoever has it can audit the whole ledger. Empty: none." vi:"Thư mục sao chép /log/ cho máy chủ web hoặc CDN; ai có nó đều kiểm tra lại được toàn bộ sổ cái; để trống: không sao chép."`
	Witnesses string `yaml:"witnesses" doc:"Where the outside witnesses of the policy answer, as NAME=URL, comma between them; the URL is the witness's submission prefix. Only the publisher asks them." vi:"Địa chỉ các nhân chứng ngoài, dạng TÊN=URL, cách nhau bằng dấu phẩy; chỉ nút công bố hỏi họ."`
}

// Blobs is how much room public blobs get.
type Blobs struct {
	QuotaMiB   int `yaml:"quota_mib" doc:"For blobs that the ledger names, in MiB, 16 to 1048576. When it is full no more are taken or fetched, and /status and the metrics show how many are missing. A picture has up to half a MiB." vi:"Dung lượng cho dữ liệu mà sổ cái đã ghi tên, tính bằng MiB; đầy thì nút không nhận thêm và báo số còn thiếu."`
	PendingMiB int `yaml:"pending_mib" doc:"For blobs that an account has brought and no record names yet, in MiB, 1 to 65536. One that is not named in 15 days is deleted." vi:"Dung lượng cho dữ liệu gửi trước khi có bản ghi, tính bằng MiB; sau 15 ngày không có bản ghi thì bị xóa."`
}

// Operator is the operator's door.
type Operator struct {
	Listen string `yaml:"listen" doc:"Loopback host:port, or unix:PATH for a socket; empty: no door." vi:"Địa chỉ nội bộ hoặc unix:ĐƯỜNG-DẪN; để trống: không mở."`
}

// Raft is the patience of a node.
type Raft struct {
	Heartbeat Duration `yaml:"heartbeat" doc:"A follower that hears nothing from the leader for so long stands for election, 200ms to 60s. Heartbeats wait behind disk writes, so that less than 3s costs elections on slow disks. The same on every node." vi:"Thời gian không nghe thấy nút dẫn đầu trước khi bầu lại."`
	Commit    Duration `yaml:"commit" doc:"Followers are told at once that a draft is committed; when that word is lost, or the term is new, they hear it after so long, 1ms to 100ms. Less costs CPU while nothing happens." vi:"Thời gian chậm nhất để các nút khác biết bản thảo đã được chấp nhận, khi tin báo ngay bị mất."`
	Request   Duration `yaml:"request" doc:"For one message between validators and its answer, 1s to 5m. A message holds up to 9 MB." vi:"Thời hạn cho một thông điệp giữa các nút."`
	LogMiB    int      `yaml:"log_mib" doc:"Raft's log is cut when it has more, in MiB, 1 to 65536; its file, raft.db, may be twice as large. Half of it stays, and the newest 64 entries in any case: validators that were away find there what they missed, and otherwise fetch it from anybody." vi:"Giới hạn nhật ký raft, tính bằng MiB; tệp raft.db có thể lớn gấp đôi."`
	Write     Duration `yaml:"write" doc:"A write to the raft log that takes longer ends the node, so that a dead disk cannot lead, 1s to 5m." vi:"Thời hạn ghi đĩa; quá thời hạn nút tự dừng."`
}

// Limits bounds what a node takes on.
type Limits struct {
	Workers int `yaml:"workers" doc:"Signatures verified at one time; 0: one for each core." vi:"Số chữ ký kiểm tra đồng thời; 0: bằng số nhân."`
	Queue   int `yaml:"queue" doc:"Verified records waiting to be ordered, 1024 to 1048576." vi:"Số bản ghi chờ xếp thứ tự."`
	Client  int `yaml:"client_rate" doc:"Calls, /v1/ requests and pages a second that one IPv4 address, or one IPv6 network of 64 bits, may ask of the public door, and ten seconds' worth at once; 0 to 1000000. Beyond that it is told when to come back (too_many_calls). Published files under /log/ are not counted. 0: no limit, as behind a reverse proxy, where everybody has the proxy's address." vi:"Số lần mỗi giây một địa chỉ IPv4, hoặc một mạng IPv6 64 bit, được hỏi cổng công khai, dồn tối đa mười giây; quá mức thì được báo khi nào hỏi lại. Không tính tệp dưới /log/. 0: không giới hạn, như khi đứng sau máy chủ web trung gian, vì mọi người cùng một địa chỉ."`
	Memory  int `yaml:"memory_mib" doc:"Memory in MiB, 256 to 1048576, from which on the node collects garbage more often, so as to stay below; what the ledger needs it takes in any case. 0: half of what the machine, or the node's control group, has. The environment's GOMEMLIMIT comes first." vi:"Mức bộ nhớ, tính bằng MiB, từ đó nút dọn bộ nhớ thường xuyên hơn; 0: nửa bộ nhớ của máy."`
}

// Log is the node's log.
type Log struct {
	Level  string `yaml:"level" doc:"debug, info, warn or error." vi:"Mức độ chi tiết."`
	Format string `yaml:"format" doc:"text or json." vi:"Dạng: text hoặc json."`
}

// Duration is a time.Duration that is written as text: 3s, 2ms.
type Duration time.Duration

// MarshalText implements encoding.TextMarshaler.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	*d = Duration(v)
	return err
}

func (d Duration) String() string { return time.Duration(d).String() }

// Default is every default of a validator. Only the agency has none.
func Default() Config {
	return Config{
		Role:     Validator,
		Genesis:  "genesis",
		Keys:     "keys",
		Data:     "data",
		Peer:     Peer{Listen: "0.0.0.0:7401"},
		Public:   Public{Listen: "0.0.0.0:7400", HSTS: Duration(365 * 24 * time.Hour)},
		Blobs:    Blobs{QuotaMiB: 4096, PendingMiB: 256},
		Operator: Operator{Listen: "127.0.0.1:7402"},
		Raft: Raft{
			Heartbeat: Duration(3 * time.Second), Commit: Duration(20 * time.Millisecond),
			Request: Duration(30 * time.Second), Write: Duration(30 * time.Second), LogMiB: 480,
		},
		Limits: Limits{Queue: 16384},
		Log:    Log{Level: "info", Format: "text"},
	}
}

// At is the configuration as if it had been read from a file in dir.
func (c Config) At(dir string) Config {
	c.dir = dir
	return c
}

// Path is a path of the configuration, made relative to the directory of the file unless it is absolute.
func (c *Config) Path(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(c.dir, path)
}
