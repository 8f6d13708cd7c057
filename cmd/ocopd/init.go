package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/cmd/ocopd/internal/ceremony"
	"github.com/ocopledger/ocop/cmd/ocopd/internal/newnode"
)

func (a *app) init() *cobra.Command {
	var (
		o      newnode.Options
		ledger string
	)
	cmd := verb.Command(a.lang, verb.Spec{
		Use:   "init --dir DIR --agency N --name NAME --territory CODE --grants … --chain-name NAME --peer HOST:PORT --public HOST:PORT --officer FILE…",
		Short: lang.Text{Vi: "Tạo thư mục của nút: khóa, cấu hình, bản mô tả cơ quan", En: "Make a node's directory: keys, configuration, the agency's descriptor"},
		Long: lang.Text{
			Vi: `Tạo khóa của nút (nút, đồng ký, TLS; thêm khóa nhật ký nếu là nút công bố), config.yaml có chú giải và agency-N.descriptor.
Bản mô tả chỉ có khóa công khai, gửi đi được: một cơ quan ghép tất cả thành tệp khởi nguyên bằng "ocopd genesis assemble".
Khóa cán bộ không ở trên nút: mỗi cán bộ gửi một tệp do "ocopd genesis officer" viết ra.
Không ghi đè bất cứ thứ gì.

Với --genesis TỆP: nút tham gia một sổ cái đã chạy. Cơ quan đã có trên sổ cái nên chỉ cần --dir, --agency, --peer, --public; lệnh viết thêm
agency-N.validator để giao cho cán bộ một cơ quan có quyền quản trị, người này chạy "ocop draft propose-add-validator --validator TỆP".

Thẩm quyền viết ` + ceremony.GrantForm + `
  LEVEL   commune, district, province, ministry (xã, huyện, tỉnh, trung ương)
  POWERS  register, certify, revoke, correct, import, govern, inspect, cách nhau bằng dấu phẩy, hoặc all`,
			En: `Makes the node's keys (node, cosigner, TLS; the log key, too, for the publisher), a commented config.yaml, and agency-N.descriptor.
The descriptor holds public keys alone and may travel: one agency joins all of them to a genesis file with "ocopd genesis assemble".
Officers' keys are never on a node: each officer sends a file that "ocopd genesis officer" writes.
Nothing is overwritten.

With --genesis FILE: a node that joins a running ledger. The agency is on the ledger, so that --dir, --agency, --peer and --public are enough; it also
writes agency-N.validator, for an officer of an agency that may govern, who runs "ocop draft propose-add-validator --validator FILE".

Authority is written ` + ceremony.GrantForm + `
  LEVEL   commune, district, province, ministry
  POWERS  register, certify, revoke, correct, import, govern, inspect with commas between them, or all`},
		Example: `  ocopd init --dir /srv/ocop --agency 1 --name "UBND tỉnh Đắk Nông" --territory 67 \
    --grants province:67:register,certify,revoke,correct,import,govern:01/07/2025 \
    --chain-name ocop-daknong --peer node1.daknong.example:7401 --public ocop.daknong.example:7400 \
    --publisher --officer hoa.officer --officer binh.officer`,
		Run: func(cmd *cobra.Command, _ []string) error {
			if ledger != "" {
				return a.initJoining(cmd, o, ledger)
			}
			if err := verb.Require(cmd, "dir", "agency", "name", "territory", "grants", "chain-name", "peer", "public", "officer"); err != nil {
				return err
			}
			made, err := newnode.Make(a.env.Random, o)
			if err != nil {
				return err
			}
			return a.print(made, func(w io.Writer) { a.madeText(w, made) })
		},
	})
	f := cmd.Flags()
	a.dirFlag(cmd, &o.Dir)
	f.StringVar(&ledger, "genesis", "", a.t(lang.Text{Vi: "`tệp` khởi nguyên của sổ cái đã chạy mà nút sẽ tham gia", En: "genesis `file` of the running ledger that the node is to join"}))
	f.Uint64Var(&o.Agency, "agency", 0, a.t(lang.Text{Vi: "`số` tài khoản của cơ quan, 1 đến 999999", En: "account `number` of the agency, 1 to 999999"}))
	f.StringVar(&o.Name, "name", "", a.t(lang.Text{Vi: "`tên` cơ quan theo văn bản thành lập", En: "`name` of the agency as in the act that founded it"}))
	f.StringVar(&o.Territory, "territory", "", a.t(lang.Text{Vi: "`mã` địa bàn của cơ quan", En: "`code` of the agency's territory"}))
	f.StringArrayVar(&o.Grants, "grants", nil, a.t(lang.Text{Vi: "`thẩm quyền`; lặp lại được", En: "`authority`; may be repeated"}))
	f.StringVar(&o.ChainName, "chain-name", "", a.t(lang.Text{Vi: "`tên` sổ cái mà các cơ quan đã thống nhất", En: "`name` of the ledger that the agencies have agreed on"}))
	f.StringVar(&o.Peer, "peer", "", a.t(lang.Text{Vi: "`host:port` mà các nút khác kết nối đến", En: "`host:port` where the other validators reach the node"}))
	f.StringVar(&o.Public, "public", "", a.t(lang.Text{Vi: "`host:port` công khai", En: "`host:port` where everybody reaches the node"}))
	f.StringVar(&o.Operator, "operator", "", a.t(lang.Text{Vi: "`host:port` nội bộ hoặc unix:ĐƯỜNG-DẪN cho người vận hành (mặc định 127.0.0.1:7402)", En: "loopback `host:port` or unix:PATH for the operator (default 127.0.0.1:7402)"}))
	f.StringVar(&o.CosignerName, "cosigner-name", "", a.t(lang.Text{Vi: "`tên` C2SP của khóa đồng ký (mặc định HOST/TÊN-SỔ-CÁI/SỐ)", En: "C2SP `name` of the cosigner (default HOST/CHAIN-NAME/AGENCY)"}))
	f.BoolVar(&o.Publisher, "publisher", false, a.t(lang.Text{Vi: "nút này công bố nhật ký: tạo thêm khóa nhật ký", En: "this node publishes the log: make the log key, too"}))
	f.StringArrayVar(&o.Officers, "officer", nil, a.t(lang.Text{Vi: "`tệp` chứng thực khóa của một cán bộ; lặp lại được", En: "`file` with an officer's proof; may be repeated"}))
	return cmd
}

// ofTheAgency are flags about an agency that is on no ledger yet.
var ofTheAgency = []string{"name", "territory", "grants", "chain-name", "officer", "publisher"}

// initJoining makes the node of a ledger that exists.
func (a *app) initJoining(cmd *cobra.Command, o newnode.Options, path string) (err error) {
	if err := verb.Require(cmd, "dir", "agency", "peer", "public"); err != nil {
		return err
	}
	for _, name := range ofTheAgency {
		if cmd.Flags().Changed(name) {
			return verb.Usage(lang.Text{Vi: "--%s không dùng cùng --genesis: cơ quan đã có trên sổ cái", En: "--%s does not go with --genesis: the agency is on the ledger"}, name)
		}
	}
	g, _, err := readGenesis(path)
	if err != nil {
		return err
	}
	defer func() { err = ceremony.OfLedger(g, err) }()
	made, err := newnode.Join(a.env.Random, o, g)
	if err != nil {
		return err
	}
	return a.print(made, func(w io.Writer) { a.joinedText(w, made) })
}

func (a *app) joinedText(w io.Writer, made *newnode.Joined) {
	if made.Notice != "" {
		fmt.Fprintln(w, made.Notice)
	}
	a.say(w, lang.Text{Vi: "Đã tạo nút của cơ quan %d cho sổ cái %s trong %s", En: "Made the node of agency %d for ledger %s in %s"}, made.Agency, made.Chain, made.Dir)
	a.say(w, lang.Text{Vi: "  %s  cấu hình, xem lại trước khi chạy", En: "  %s  settings: look at them before the node runs"}, made.Config)
	a.say(w, lang.Text{Vi: "  %s  khóa riêng của nút: sao lưu, không gửi cho ai", En: "  %s  the node's private keys: back them up, give them to nobody"}, made.Keys)
	a.say(w, lang.Text{Vi: "  %s  tệp khởi nguyên của sổ cái", En: "  %s  the ledger's genesis file"}, made.Genesis)
	a.say(w, lang.Text{Vi: "  %s  giao cho cán bộ; trong đó không có bí mật", En: "  %s  hand it to the officer; there is no secret in it"}, made.Validator)
	a.say(w, lang.Text{
		Vi: "Cán bộ của cơ quan có quyền quản trị: ocop draft propose-add-validator --validator %s --quorum SỐ, ký và nộp; rồi các cơ quan biểu quyết.",
		En: "An officer of an agency that may govern: ocop draft propose-add-validator --validator %s --quorum N, signed and submitted; then the agencies vote."}, made.Validator)
}

func (a *app) madeText(w io.Writer, made *newnode.Made) {
	a.say(w, lang.Text{Vi: "Đã tạo nút của cơ quan %d trong %s", En: "Made the node of agency %d in %s"}, made.Agency.Account, made.Dir)
	a.say(w, lang.Text{Vi: "  %s  cấu hình, xem lại trước khi chạy", En: "  %s  settings: look at them before the node runs"}, made.Config)
	a.say(w, lang.Text{Vi: "  %s  khóa riêng của nút: sao lưu, không gửi cho ai", En: "  %s  the node's private keys: back them up, give them to nobody"}, made.Keys)
	a.say(w, lang.Text{Vi: "  %s  gửi cho cơ quan ghép tệp khởi nguyên", En: "  %s  send it to the agency that assembles the genesis"}, made.Descriptor)
	io.WriteString(w, "\n")
	made.Agency.Text(w, a.lang)
	io.WriteString(w, "\n")
	a.say(w, lang.Text{
		Vi: "Khi có tệp khởi nguyên đủ chữ ký, chép vào %s rồi: ocopd run --dir %s",
		En: "When you have the countersigned genesis file, copy it to %s, and then: ocopd run --dir %s"}, made.Genesis, made.Dir)
}
