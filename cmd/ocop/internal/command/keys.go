package command

import (
	"encoding/hex"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/password"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/ident/keystore"
)

func (a *app) keys() *cobra.Command {
	return a.group(verb.Spec{
		Use:   "keys",
		Short: lang.Text{Vi: "Tạo, xem, kiểm tra, sao lưu và khôi phục khóa ký", En: "Make, show, check, back up and restore signing keys"},
		Long: lang.Text{
			Vi: `Khóa ký nằm trong một tệp có mật khẩu (keystore v3, dùng chung với geth). Ai có tệp và mật khẩu thì ký được thay chủ khóa.
Mất tệp hoặc quên mật khẩu thì chỉ còn phiếu khôi phục giấy: hãy in bằng "ocop keys backup" ngay khi tạo khóa.`,
			En: `A signing key is a file under a password (keystore v3, as geth has it). Whoever has file and password can sign for its owner.
When the file is lost or the password forgotten only the paper sheet is left: print it with "ocop keys backup" as soon as the key is made.`},
	}, a.keysNew(), a.keysShow(), a.keysCheck(), a.keysBackup(), a.keysRestore(), a.keysProof())
}

// keyInfo is a key as it is shown.
type keyInfo struct {
	File    string `json:"file"`
	Purpose string `json:"purpose"`
	Account uint64 `json:"account,omitempty"`
	Public  string `json:"public_key,omitempty"`
	ID      string `json:"key_id,omitempty"`
	Address string `json:"address,omitempty"`
}

func newKeyInfo(path string, purpose ident.Purpose, account uint64, public []byte) keyInfo {
	info := keyInfo{File: path, Purpose: purpose.String(), Account: account, Public: hex.EncodeToString(public)}
	if k, err := ident.NewPublicKey(public); err == nil {
		info.ID = k.ID().String()
		if address, err := k.Address(); err == nil {
			info.Address = address.String()
		}
	}
	return info
}

func (a *app) keyText(w io.Writer, k keyInfo) {
	line := func(name lang.Text, value string) {
		if value != "" {
			fmt.Fprintf(w, "%s%s\n", pad(a.t(name), 16), value)
		}
	}
	line(lang.Text{Vi: "Tệp", En: "File"}, k.File)
	line(lang.Text{Vi: "Mục đích", En: "Purpose"}, k.Purpose)
	if k.Account != 0 {
		line(lang.Text{Vi: "Tài khoản", En: "Account"}, fmt.Sprint(k.Account))
	}
	line(lang.Text{Vi: "Khóa công khai", En: "Public key"}, k.Public)
	line(lang.Text{Vi: "Mã khóa", En: "Key id"}, k.ID)
	line(lang.Text{Vi: "Địa chỉ", En: "Address"}, k.Address)
}

// storeKey writes a key to a new file under a password that is asked for, and shows it.
func (a *app) storeKey(path string, key *keystore.Key, p password.Source, light bool, next lang.Text) error {
	typed, err := a.newPassword(p, light)
	if err != nil {
		return err
	}
	defer clear(typed)
	params := keystore.Standard()
	if light {
		params = keystore.Light()
	}
	data, err := keystore.Encrypt(a.env.Random, typed, key, params)
	if err != nil {
		return err
	}
	if err := keystore.WriteFile(path, data); err != nil {
		return err
	}
	public, err := key.Public()
	if err != nil {
		return err
	}
	info := newKeyInfo(path, key.Purpose, key.Account, public)
	return a.print(notice{}, info, func(w io.Writer) {
		a.keyText(w, info)
		fmt.Fprintf(w, "\n%s\n", next.F(a.lang, path))
	})
}

func (a *app) lightFlag(cmd *cobra.Command, light *bool) {
	cmd.Flags().BoolVar(light, "light", false, a.t(lang.Text{Vi: "mã hóa nhẹ, chỉ cho dữ liệu mẫu và thử nghiệm", En: "light key derivation, for samples and tests only"}))
}
