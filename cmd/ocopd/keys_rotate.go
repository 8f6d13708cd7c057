package main

import (
	"bytes"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/rotation"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/cmd/ocopd/internal/ceremony"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/genesis"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/node"
	"github.com/ocopledger/ocop/node/config"
	"github.com/ocopledger/ocop/node/keys"
)

func (a *app) keysRotate() *cobra.Command {
	var (
		dir, out, name      string
		cosigner, node, tls bool
	)
	cmd := verb.Command(a.lang, verb.Spec{
		Use:   "rotate --dir DIR [--cosigner] [--node] [--tls]",
		Short: lang.Text{Vi: "Tạo khóa kế tiếp của nút và in phần giao cho cán bộ", En: "Make the node's next keys and print what to hand to the officer"},
		Long: lang.Text{
			Vi: `Tạo cosigner.next.key, node.next.key, tls.next.key cạnh khóa đang dùng, không đụng đến khóa đang dùng; nút vẫn chạy. Khóa kế tiếp đã có thì giữ nguyên và in lại.
In ra khóa công khai kèm bằng chứng do chính khóa mới ký. Trong đó không có bí mật: giao tệp cho cán bộ, cán bộ chạy
"ocop draft rotate-validator --keys TỆP", ký bằng khóa có quyền quản trị rồi nộp. Sao lưu tệp khóa mới trước khi nộp.`,
			En: `Makes cosigner.next.key, node.next.key, tls.next.key beside the present keys and touches nothing else; the node goes on running. A next key that is there
is kept and printed again. Prints the public keys with proofs that the new keys themselves signed. There is no secret in it: hand the file to an officer,
who runs "ocop draft rotate-validator --keys FILE", signs with a key that may govern, and submits. Back the new key files up before that.`},
		Example: "  ocopd keys rotate --dir /srv/ocop --cosigner -o khoa-moi.txt",
		Run: func(cmd *cobra.Command, _ []string) error {
			if err := verb.Require(cmd, "dir"); err != nil {
				return err
			}
			var purposes []ident.Purpose
			if cosigner {
				purposes = append(purposes, ident.PurposeCosigner)
			}
			if node {
				purposes = append(purposes, ident.PurposeNode)
			}
			if tls {
				purposes = append(purposes, ident.PurposeTLS)
			}
			if len(purposes) == 0 {
				return verb.Usage(lang.Text{Vi: "cần ít nhất một trong --cosigner, --node, --tls", En: "want at least one of --cosigner, --node, --tls"})
			}
			return a.rotate(dir, out, name, purposes)
		},
	})
	a.dirFlag(cmd, &dir)
	cmd.Flags().BoolVar(&cosigner, "cosigner", false, a.t(lang.Text{Vi: "thay khóa đồng ký", En: "rotate the cosigner key"}))
	cmd.Flags().BoolVar(&node, "node", false, a.t(lang.Text{Vi: "thay khóa ký bản thảo", En: "rotate the key that signs drafts"}))
	cmd.Flags().BoolVar(&tls, "tls", false, a.t(lang.Text{Vi: "thay khóa kết nối giữa các nút", En: "rotate the key that connects the node with its peers"}))
	a.keyFlags(cmd, &out, &name)
	return cmd
}

// nextKey is a next key as JSON.
type nextKey struct {
	Role   string `json:"role"`
	File   string `json:"key_file"`
	New    bool   `json:"new"`
	Public string `json:"public_key"`
	Line   string `json:"line"`
}

type rotationMade struct {
	Notice   string    `json:"notice,omitempty"`
	Chain    string    `json:"chain_id"`
	Agency   uint64    `json:"agency"`
	Cosigner string    `json:"cosigner_name"`
	File     string    `json:"file,omitempty"`
	Keys     []nextKey `json:"keys"`
}

func (a *app) rotate(dir, out, name string, purposes []ident.Purpose) (err error) {
	c, err := config.Load(filepath.Join(dir, config.FileName))
	if err != nil {
		return err
	}
	g, _, err := readGenesis(c.Path(c.Genesis))
	if err != nil {
		return err
	}
	defer func() { err = ceremony.OfLedger(g, err) }()
	place, err := placeOf(g, c, name, purposes)
	if err != nil {
		return err
	}
	if err := vacant(out); err != nil { // before a key is made
		return err
	}
	r := &rotation.Rotation{Place: place}
	made := rotationMade{Notice: g.Notice(), Chain: place.Chain.String(), Agency: c.Agency, Cosigner: place.CosignerName, File: out}
	for _, purpose := range purposes {
		key, isNew, err := a.createKey(c.Path(c.Keys), purpose)
		if err != nil {
			return err
		}
		if err := r.Add(purpose, key); err != nil {
			return err
		}
		made.Keys = append(made.Keys, nextKey{
			Role: purpose.String(), File: keyFile(c.Path(c.Keys), purpose), New: isNew, Public: key.Public().String(),
		})
	}
	lines := r.Lines()
	for i := range made.Keys {
		made.Keys[i].Line = lines[i]
	}
	if out != "" {
		text := fmt.Sprintf("# Khóa mới của nút cơ quan %v, sổ cái %s / new keys of the validator of agency %v, ledger %s\n", place.Agency, place.Chain, place.Agency, place.Chain)
		if made.Notice != "" {
			text = "# " + made.Notice + "\n" + text
		}
		if err := writeNew(out, []byte(text+strings.Join(lines, "\n")+"\n")); err != nil {
			return err
		}
	}
	return a.print(made, func(w io.Writer) { a.rotationText(w, &made) })
}

// createKey makes a key that is to be named on the ledger: the next one of its purpose, or a log key, of which the directory need not have one yet.
func (a *app) createKey(dir string, purpose ident.Purpose) (key *ident.Ed25519PrivateKey, isNew bool, err error) {
	if purpose == ident.PurposeLog {
		return keys.CreateLog(dir, a.env.Random)
	}
	return keys.CreateNext(dir, a.env.Random, purpose)
}

// placeOf is the validator that the directory's keys are of. Genesis tells the cosigner's name of those who were there from the beginning, and which TLS
// keys are others'; of those who joined later, the operator tells it.
func placeOf(g *genesis.Genesis, c *config.Config, name string, purposes []ident.Purpose) (p rotation.Place, err error) {
	for _, purpose := range purposes {
		needed := uint32(compose.SchemaRotation)
		if purpose == ident.PurposeTLS || purpose == ident.PurposeLog {
			needed = compose.SchemaMembership
		}
		if g.Body.Protocol < needed {
			return p, fail(exitInput, lang.Text{
				Vi: "sổ cái này theo giao thức phiên bản %d, chưa có việc thay khóa %s của nút", En: "this ledger has protocol version %d, which has no rotation of a validator's %s key"},
				g.Body.Protocol, purpose)
		}
	}
	set, err := keys.Load(c.Path(c.Keys))
	if err != nil {
		return p, err
	}
	agency := ledger.AccountID(c.Agency)
	tls := set.TLS.Public()
	for _, a := range g.Body.Agencies {
		switch {
		case a.Validator == nil:
		case ledger.AccountID(a.Account) == agency && name == "":
			name = a.Validator.CosignerName
		case ledger.AccountID(a.Account) != agency && bytes.Equal(a.Validator.TlsKey, tls[:]):
			return p, fmt.Errorf("%w: agency %v", node.ErrNotValidator, agency)
		}
	}
	if name == "" {
		return p, verb.Usage(lang.Text{
			Vi: "tệp khởi nguyên chưa có nút của cơ quan %v: cần --cosigner-name, tên đồng ký ghi trên sổ cái", En: "genesis has no validator of agency %v: want --cosigner-name, its name on the ledger"}, agency)
	}
	return rotation.Place{Chain: g.Chain, Agency: agency, CosignerName: name}, nil
}

func (a *app) rotationText(w io.Writer, made *rotationMade) {
	if made.Notice != "" {
		fmt.Fprintln(w, made.Notice)
	}
	for _, k := range made.Keys {
		a.say(w, keptOrNew[k.New], k.File, k.Public[:16]) // as much as the officer is shown
	}
	file := made.File
	if file == "" {
		file = a.t(lang.Text{Vi: "TỆP", En: "FILE"})
	}
	next := lang.Text{
		Vi: "Sao lưu, không gửi khóa riêng cho ai. Cán bộ: ocop draft rotate-validator --keys %s, ký bằng khóa có quyền quản trị, rồi nộp.",
		En: "Back them up, give private keys to nobody. The officer: ocop draft rotate-validator --keys %s, signed with a key that may govern, then submitted."}
	if made.Keys[0].Role == ident.PurposeLog.String() {
		next = lang.Text{
			Vi: "Sao lưu, không gửi khóa riêng cho ai. Cán bộ: ocop draft propose-remove-validator … --log-key %s, ký bằng khóa có quyền quản trị, rồi nộp.",
			En: "Back it up, give private keys to nobody. The officer: ocop draft propose-remove-validator … --log-key %s, signed with a key that may govern, then submitted."}
	}
	a.say(w, next, file)
	if made.File == "" {
		a.say(w, lang.Text{Vi: "Giao cho cán bộ:", En: "Hand to the officer:"})
		for _, k := range made.Keys {
			fmt.Fprintln(w, k.Line)
		}
	}
}

var keptOrNew = map[bool]lang.Text{
	true:  {Vi: "Đã tạo %s; khóa công khai %s…", En: "Made %s; public key %s…"},
	false: {Vi: "Đã có sẵn %s; khóa công khai %s…", En: "Kept %s, which was there; public key %s…"},
}
