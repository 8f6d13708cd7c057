package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/cmd/ocopd/internal/ceremony"
	"github.com/ocopledger/ocop/cmd/ocopd/internal/newnode"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/genesis"
	"github.com/ocopledger/ocop/ledger/verify"
	"github.com/ocopledger/ocop/node/config"
	"github.com/ocopledger/ocop/node/sync"
)

// joining is what the operator says of a node that is to join a ledger.
type joining struct {
	newnode.Options
	genesis, policy string // files
}

func (a *app) join() *cobra.Command {
	var o joining
	cmd := verb.Command(a.lang, verb.Spec{
		Use:   "join --dir DIR --genesis FILE --from SOURCE[,…] [--agency N --peer HOST:PORT] [--public HOST:PORT] [--policy FILE]",
		Short: lang.Text{Vi: "Tạo thư mục của nút tham gia một sổ cái đang chạy", En: "Make the directory of a node that joins a running ledger"},
		Long: lang.Text{
			Vi: `Tạo thư mục DIR của một nút lấy sổ cái từ các nguồn SOURCE: cổng công khai host:port của nút nào cũng được, URL của /log/, hoặc thư mục tệp công bố.
Không nguồn nào phải được tin: đầu sổ phải do đủ số cơ quan đồng ký, mọi lá được kiểm chứng và tính lại trước khi ghi.
Lệnh hỏi từng nguồn, kiểm chứng đầu sổ mới nhất của nguồn rồi in ra.

Không có --agency: bản sao chỉ đọc. Nút không có khóa, không bỏ phiếu, phục vụ mọi thứ một nút xác thực phục vụ.
Có --agency: nút xác thực. Lệnh tạo khóa của nút và agency-N.validator để giao cho cán bộ của một cơ quan có quyền quản trị; nút theo sổ cái ngay,
và vào nhóm xác thực khi các cơ quan đã biểu quyết.

Khi tệp khởi nguyên cũ hơn thời hạn tin cậy, cần --policy: tệp chính sách hiện hành (/log/policy) do một cơ quan trao tận tay. Tệp được tin là còn hiệu lực
vào ngày ghi của tệp. Không ghi đè bất cứ thứ gì.`,
			En: `Makes DIR, the directory of a node that has the ledger from the sources SOURCE: the public door host:port of any node, the URL of a /log/, or a folder of
published files. No source need be trusted: heads must be cosigned by a quorum of the agencies, and every leaf is proved and executed again before it is kept.
The command asks each source, verifies its newest head, and prints it.

Without --agency: a read replica. It has no keys and no vote, and serves all that a validator serves.
With --agency: a validator. The command makes the node's keys, and agency-N.validator to hand to an officer of an agency that may govern; the node follows the
ledger at once, and takes its seat when the agencies have voted.

When the genesis file is older than the trust period, --policy is needed: the present policy file (/log/policy), handed over by an agency. It is believed to
have been current on the date of the file. Nothing is overwritten.`},
		Example: `  ocopd join --dir /srv/ocop --genesis genesis --from ocop.daknong.example:7400,ocop.daklak.example:7400 --public ocop.school.example:7400
  ocopd join --dir /srv/ocop --genesis genesis --from ocop.daknong.example:7400 --agency 4 --peer node4.example:7401 --public ocop4.example:7400`,
		Run: func(cmd *cobra.Command, _ []string) error {
			if err := o.complete(cmd); err != nil {
				return err
			}
			g, _, err := readGenesis(o.genesis)
			if err != nil {
				return err
			}
			return ceremony.OfLedger(g, a.joinLedger(cmd, &o, g))
		},
	})
	f := cmd.Flags()
	a.dirFlag(cmd, &o.Dir)
	f.StringVar(&o.genesis, "genesis", "", a.t(lang.Text{Vi: "`tệp` khởi nguyên của sổ cái", En: "genesis `file` of the ledger"}))
	f.StringVar(&o.From, "from", "", a.t(lang.Text{Vi: "`các nguồn` của sổ cái, cách nhau bằng dấu phẩy", En: "`sources` of the ledger, comma between them"}))
	f.StringVar(&o.policy, "policy", "", a.t(lang.Text{Vi: "`tệp` chính sách hiện hành do một cơ quan trao", En: "present policy `file`, handed over by an agency"}))
	f.Uint64Var(&o.Agency, "agency", 0, a.t(lang.Text{Vi: "`số` tài khoản của cơ quan vận hành nút xác thực", En: "account `number` of the agency that runs the validator"}))
	f.StringVar(&o.Peer, "peer", "", a.t(lang.Text{Vi: "`host:port` mà các nút khác kết nối đến", En: "`host:port` where the other validators reach the node"}))
	f.StringVar(&o.Public, "public", "", a.t(lang.Text{
		Vi: "`host:port` công khai; bản sao không ghi thì chỉ nghe trên máy này (127.0.0.1:7400)", En: "`host:port` where everybody reaches the node; a replica without it listens on this machine alone (127.0.0.1:7400)"}))
	f.StringVar(&o.Operator, "operator", "", a.t(lang.Text{Vi: "`host:port` nội bộ hoặc unix:ĐƯỜNG-DẪN cho người vận hành (mặc định 127.0.0.1:7402)", En: "loopback `host:port` or unix:PATH for the operator (default 127.0.0.1:7402)"}))
	f.StringVar(&o.CosignerName, "cosigner-name", "", a.t(lang.Text{Vi: "`tên` C2SP của khóa đồng ký (mặc định HOST/TÊN-SỔ-CÁI/SỐ)", En: "C2SP `name` of the cosigner (default HOST/CHAIN-NAME/AGENCY)"}))
	return cmd
}

// ofValidators are flags that a replica has no use for.
var ofValidators = []string{"peer", "cosigner-name"}

// complete checks what is known from the command line alone.
func (o *joining) complete(cmd *cobra.Command) error {
	wanted := []string{"dir", "genesis", "from"}
	if cmd.Flags().Changed("agency") {
		wanted = append(wanted, "peer", "public")
	} else {
		for _, name := range ofValidators {
			if cmd.Flags().Changed(name) {
				return verb.Usage(lang.Text{Vi: "--%s là của nút xác thực: cần --agency", En: "--%s is for a validator: want --agency"}, name)
			}
		}
	}
	if err := verb.Require(cmd, wanted...); err != nil {
		return err
	}
	sources, err := (&config.Sync{From: o.From}).Sources()
	switch {
	case err != nil:
		return verb.Usage(lang.Text{Vi: "--from không hợp lệ: %v", En: "--from: %v"}, err)
	case len(sources) == 0:
		return verb.Usage(lang.Text{Vi: "--from: cần một nguồn", En: "--from: want a source"})
	}
	return nil
}

// joinLedger asks the sources, and makes the directory.
func (a *app) joinLedger(cmd *cobra.Command, o *joining, g *genesis.Genesis) error {
	trust, err := a.pinned(o, g)
	if err != nil {
		return err
	}
	sources, err := (&config.Sync{From: o.From}).Sources()
	if err != nil {
		return err
	}
	found, err := a.look(cmd.Context(), sources, trust)
	if err != nil {
		return err
	}
	if !cmd.Flags().Changed("agency") {
		made, err := newnode.Replicate(o.Options, g)
		if err != nil {
			return err
		}
		v := struct {
			*newnode.Replica
			Sources []*foundHead `json:"sources"`
		}{made, found}
		return a.print(v, func(w io.Writer) { a.replicaText(w, made, found) })
	}
	made, err := newnode.Join(a.env.Random, o.Options, g)
	if err != nil {
		return err
	}
	v := struct {
		*newnode.Joined
		Sources []*foundHead `json:"sources"`
	}{made, found}
	return a.print(v, func(w io.Writer) {
		a.joinedText(w, made)
		a.foundText(w, found)
		a.say(w, lang.Text{
			Vi: "Chạy nút ngay được: ocopd run --dir %s. Nút theo sổ cái và vào nhóm xác thực khi biểu quyết xong.",
			En: "The node can run at once: ocopd run --dir %s. It follows the ledger, and takes its seat when the vote is through."}, made.Dir)
	})
}

// pinned is what the operator believes: genesis, or the policy file if it is of a later epoch. A policy file bears no date: it is believed since it came to
// this machine.
func (a *app) pinned(o *joining, g *genesis.Genesis) (verify.Trust, error) {
	now := uint64(max(a.env.Now().Unix(), 0))
	first := verify.Trust{Policy: g.Policy(), Since: g.Body.GetTime() / 1000, Now: now}
	if o.policy == "" {
		return first, nil
	}
	info, err := os.Stat(o.policy)
	if err != nil {
		return first, err
	}
	data, err := readFile(o.policy, checkpoint.MaxPolicyFile)
	if err != nil {
		return first, err
	}
	p, err := checkpoint.ParsePolicy(data)
	if err != nil {
		return first, fail(exitInput, lang.Text{Vi: "%s không phải tệp chính sách đúng: %v", En: "%s is not a sound policy file: %v"}, o.policy, err)
	}
	if p.Chain != g.Chain {
		return first, fail(exitInput, lang.Text{Vi: "%s thuộc sổ cái khác: %s", En: "%s is of another ledger: %s"}, o.policy, p.Chain)
	}
	o.Policy = &newnode.Policy{Data: data, Since: info.ModTime()}
	given := verify.Trust{Policy: p, Since: min(uint64(max(info.ModTime().Unix(), 0)), now), Now: now}
	return sync.Newest(first, given), nil
}

func (a *app) foundText(w io.Writer, found []*foundHead) {
	for _, h := range found {
		if h.Error != "" {
			a.say(w, lang.Text{Vi: "  %s", En: "  %s"}, h.Error)
			continue
		}
		a.say(w, lang.Text{
			Vi: "  %s: khối %d, %d lá, kỳ chính sách %d, %d/%d cơ quan đồng ký (cần %d), %d giây trước",
			En: "  %s: block %d, %d leaves, policy epoch %d, cosigned by %d of %d agencies (%d needed), %d seconds ago"},
			h.Source, h.Height, h.Size, h.Epoch, len(h.Agencies), h.Validators, h.Quorum, h.Age)
	}
}

func (a *app) replicaText(w io.Writer, made *newnode.Replica, found []*foundHead) {
	if made.Notice != "" {
		fmt.Fprintln(w, made.Notice)
	}
	a.say(w, lang.Text{Vi: "Đã tạo bản sao chỉ đọc của sổ cái %s trong %s", En: "Made a read replica of ledger %s in %s"}, made.Chain, made.Dir)
	a.foundText(w, found)
	a.say(w, lang.Text{Vi: "  %s  cấu hình, xem lại trước khi chạy", En: "  %s  settings: look at them before the node runs"}, made.Config)
	if made.Policy != "" {
		a.say(w, lang.Text{Vi: "  %s  tệp chính sách được tin, giữ nguyên ngày của tệp", En: "  %s  the policy file that is believed, with its own date"}, made.Policy)
	}
	a.say(w, lang.Text{Vi: "Tiếp theo: ocopd run --dir %s. Trang web và API ở %s.", En: "Next: ocopd run --dir %s. Pages and API will be at %s."}, made.Dir, made.URL)
}

// refused says why a source is not followed, or why none can be.
func refused(err error) error {
	if e, ok := errors.AsType[*sync.SourceError](err); ok {
		t := sentences(e)
		return fail(exitInput, lang.Text{Vi: t.Vi + " (%s)", En: t.En + " (%s)"}, e.Cause())
	}
	if e, ok := errors.AsType[*sync.ExpiredError](err); ok {
		return fail(exitInput, lang.Text{
			Vi: "%s: dùng --policy với tệp chính sách hiện hành do một cơ quan trao", En: "%s: use --policy with the present policy file, handed over by an agency"}, sentences(e))
	}
	return err
}

// sentences are an error's own sentences.
func sentences(err interface{ Sentences() (string, string) }) lang.Text {
	vietnamese, english := err.Sentences()
	return lang.Text{Vi: vietnamese, En: english}
}
