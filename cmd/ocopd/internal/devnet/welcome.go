package devnet

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/ocopledger/ocop/cmd/internal/lang"
)

// Welcome says where everything of a network that is up can be found. Field names are an interface: others parse them.
type Welcome struct {
	Notice    string  `json:"notice"`
	ChainID   string  `json:"chain_id"`
	ChainName string  `json:"chain_name"`
	Genesis   string  `json:"genesis"`   // file
	Documents string  `json:"documents"` // directory of the sample's Decisions
	People    string  `json:"people"`    // directory of the keys of officers, producers and traders
	Nodes     []Doors `json:"nodes"`
}

// Doors are a node's addresses, host:port.
type Doors struct {
	Agency   uint64 `json:"agency"`
	Name     string `json:"name"`
	Dir      string `json:"dir"`
	Public   string `json:"public"`
	Peer     string `json:"peer"`
	Operator string `json:"operator"`
}

// Welcome tells of the network.
func (n *Network) Welcome() Welcome {
	w := Welcome{
		Notice: Banner, ChainID: n.Genesis.Chain.String(), ChainName: n.Genesis.Body.GetChainName(), Genesis: n.genesisPath(), Documents: n.DocumentsDir(), People: n.People.dir,
	}
	for _, node := range n.Nodes {
		w.Nodes = append(w.Nodes, Doors{uint64(node.Agency.Account), node.Agency.Name, node.Dir, node.Public, node.Peer, node.Operator})
	}
	return w
}

// WriteJSON writes one JSON object in one line, which a reader knows to be whole while the network goes on.
func (w Welcome) WriteJSON(to io.Writer) error {
	e := json.NewEncoder(to)
	e.SetEscapeHTML(false)
	return e.Encode(w)
}

// WriteText says what to open and what to try next.
func (w Welcome) WriteText(to io.Writer, l lang.Language) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n%s\n", w.Notice, lang.Text{Vi: "các nút", En: "nodes"}.In(l))
	line := lang.Text{Vi: "  %d  %-36s http://%s/   cổng giữa các nút %s   cổng vận hành http://%s/healthz\n", En: "  %d  %-36s http://%s/   peer %s   operator http://%s/healthz\n"}
	for i, node := range w.Nodes {
		b.WriteString(line.F(l, i, node.Name, node.Public, node.Peer, node.Operator))
	}
	b.WriteString(welcomeText.F(l, w.Nodes[0].Public, w.Genesis, w.Documents, w.People))
	_, err := io.WriteString(to, b.String())
	return err
}

var welcomeText = lang.Text{
	Vi: `
mở
  http://%[1]s/                         sản phẩm, tìm kiếm, sắp hết hạn
  http://%[1]s/p/2000001.1              một sản phẩm, như người mua thấy
  http://%[1]s/p/2000015.1              sản phẩm có giấy chứng nhận đã bị thu hồi
  http://%[1]s/l/2000008.2/SCL-01       lô hàng đã bị thu hồi
  http://%[1]s/01/09521234543213/10/BDS-01/21/1   mã QR trên một con tem

thử
  go run ./cmd/ocop trace product 2000001.1 --node %[1]s
  go run ./cmd/ocop search "ca phe dak mil" --node %[1]s
  go run ./cmd/ocop audit --node %[1]s --genesis %[2]s --documents %[3]s

khóa của những người trong dữ liệu mẫu, mở bằng mật khẩu để bên cạnh: %[4]s
dừng bằng Ctrl-C; cùng lệnh này thì chạy tiếp
`,
	En: `
open
  http://%[1]s/                         products, search, expiring soon
  http://%[1]s/p/2000001.1              a product, as a shopper sees it
  http://%[1]s/p/2000015.1              one whose certificate is revoked
  http://%[1]s/l/2000008.2/SCL-01       a lot that was recalled
  http://%[1]s/01/09521234543213/10/BDS-01/21/1   the QR code of a stamp

try
  go run ./cmd/ocop trace product 2000001.1 --node %[1]s
  go run ./cmd/ocop search "ca phe dak mil" --node %[1]s
  go run ./cmd/ocop audit --node %[1]s --genesis %[2]s --documents %[3]s

keys of the sample's people, opened by the password beside them: %[4]s
stop with Ctrl-C; the same command continues
`}
