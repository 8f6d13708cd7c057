package command

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/password"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/cmd/ocop/internal/draft"
	"github.com/ocopledger/ocop/cmd/ocop/internal/keyproof"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/subject"
	"github.com/ocopledger/ocop/node/client"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

func (a *app) keysProof() *cobra.Command {
	var (
		where   placeFlags
		account ledger.AccountID
		epoch   uint32
		roles   uint64
		p       password.Source
	)
	cmd := a.command(verb.Spec{
		Use:   "proof FILE",
		Short: lang.Text{Vi: "Chứng thực mình giữ khóa, để cơ quan gắn khóa vào tài khoản", En: "Prove possession of a key, so that an agency can bind it to an account"},
		Long: lang.Text{
			Vi: `Viết một dòng chứng thực: khóa này, tài khoản này, kỳ khóa này, quyền này, trên sổ cái này; dùng được một lần và không ở nơi khác.
Gửi dòng đó cho cơ quan đăng ký (thư, tin nhắn đều được: trong dòng không có bí mật). Cơ quan dùng nó với "ocop draft account" hoặc "ocop draft key".`,
			En: `Writes one line of proof: this key, this account, this key epoch, these roles, on this ledger; it is good once and nowhere else.
Send the line to the registering agency by letter or message: there is no secret in it. The agency uses it with "ocop draft account" or "ocop draft key".`},
		Example: "  ocop keys proof chu-the.json --account 2000001 --roles trade,govern",
		Least:   1, Most: 1,
		Run: func(cmd *cobra.Command, args []string) error {
			if err := verb.Require(cmd, "account", "roles"); err != nil {
				return err
			}
			at, err := a.where(cmd.Context(), where)
			if err != nil {
				return err
			}
			if epoch == 0 {
				if epoch, err = a.nextEpoch(cmd.Context(), where, account); err != nil {
					return err
				}
			}
			private, owner, err := a.openAuthor(args[0], p)
			if err != nil {
				return err
			}
			defer private.Zero()
			if owner != 0 && owner != uint64(account) {
				return fail(exitKey, lang.Text{Vi: "khóa này được tạo cho tài khoản %d, không phải %v", En: "this key was made for account %d, not %v"}, owner, account)
			}
			proof, err := keyproof.New(compose.Possession{Chain: at.chain, Account: account, Epoch: epoch, Roles: uint16(roles)}, private)
			if err != nil {
				return err
			}
			n := noticeOf(at.sample)
			return a.print(n, struct {
				notice
				Proof   string `json:"proof"`
				Chain   string `json:"chain_id"`
				Account uint64 `json:"account"`
				Epoch   uint32 `json:"epoch"`
				Roles   uint64 `json:"roles"`
				Public  string `json:"public_key"`
			}{n, proof.String(), at.chain.String(), uint64(account), epoch, roles, proof.Key.String()}, func(w io.Writer) { fmt.Fprintln(w, proof) })
		},
	})
	idFlag(a, cmd, &account, "account", accountExample, ledger.ParseAccountID, lang.Text{Vi: "tài khoản mà khóa sẽ được gắn vào", En: "account the key is to be bound to"})
	cmd.Flags().Uint32Var(&epoch, "epoch", 0, a.t(lang.Text{Vi: "kỳ khóa sau khi gắn; mặc định hỏi nút, không có mạng thì 1", En: "key epoch after binding; by default the node is asked, without one it is 1"}))
	bitsFlag(a, cmd, &roles, "roles", draft.KeyRoles, lang.Text{Vi: "khóa được ký những gì", En: "what the key may sign"})
	a.placeFlags(cmd, &where)
	p.Flags(a.lang, cmd)
	return cmd
}

// nextEpoch is the key epoch the account will have after the next binding: 1 for an account not yet registered.
func (a *app) nextEpoch(ctx context.Context, where placeFlags, account ledger.AccountID) (uint32, error) {
	if where.offline() {
		return 1, nil
	}
	c, ctx, done, err := a.dial(ctx)
	if err != nil {
		return 0, err
	}
	defer done()
	v, err := readSubject(ctx, c, subject.Account(account), subject.ParseAccount)
	if exitCode(err) == exitNotFound {
		return 1, nil
	}
	return v.Epoch + 1, err
}

// readSubject reads a subject's value from a node.
func readSubject[T any](ctx context.Context, c *client.Client, id subject.ID, parse func([]byte) (T, error)) (v T, err error) {
	answer, err := c.Ledger.GetSubject(ctx, &apiv1.GetSubjectRequest{Kind: uint32(id.Kind), Id: []byte(id.Name), MaxEntries: 1})
	if err != nil {
		return v, err
	}
	return parse(answer.GetValue())
}
