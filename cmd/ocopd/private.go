package main

import (
	"errors"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/password"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/ident/keystore"
)

// openAuthor opens the keystore of a person. The caller wipes the key; account is 0 when the file does not say whose it is.
func (a *app) openAuthor(path string, source password.Source) (private *ident.PrivateKey, account uint64, err error) {
	data, err := keystore.ReadFile(path)
	if err != nil {
		return nil, 0, keyError(path, err)
	}
	if _, err := keystore.Inspect(data); err != nil { // before anybody is asked for a password
		return nil, 0, keyError(path, err)
	}
	secret, ok, err := source.Given(a.env.Getenv)
	if err == nil && !ok {
		secret, err = a.env.Password(lang.Text{Vi: "Mật khẩu của %s: ", En: "Password of %s: "}.F(a.lang, path))
	}
	if err != nil {
		return nil, 0, err
	}
	defer clear(secret)
	kept, err := keystore.Decrypt(data, secret)
	if err != nil {
		return nil, 0, keyError(path, err)
	}
	defer kept.Zero()
	private, err = kept.Author()
	return private, kept.Account, keyError(path, err)
}

// keyError says why a keystore is of no use.
func keyError(path string, err error) error {
	for _, k := range keyReasons {
		if errors.Is(err, k.target) {
			return &coded{code: exitKey, err: lang.Errorf(lang.Text{Vi: "%s: %s", En: "%s: %s"}, path, k.text).Because(err)}
		}
	}
	return err
}

var keyReasons = []struct {
	target error
	text   lang.Text
}{
	{keystore.ErrPassword, lang.Text{Vi: "sai mật khẩu", En: "wrong password"}},
	{keystore.ErrDamaged, lang.Text{Vi: "tệp khóa bị hỏng; khôi phục bằng phiếu: ocop keys restore", En: "the keystore is damaged; restore it from the sheet: ocop keys restore"}},
	{keystore.ErrUnsupported, lang.Text{Vi: "tệp khóa thuộc loại không được hỗ trợ", En: "a keystore of a kind that is not supported"}},
	{keystore.ErrKey, lang.Text{Vi: "không phải khóa ký của một người", En: "not a key that a person signs with"}},
}
