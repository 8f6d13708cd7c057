package command

import (
	"bytes"
	"errors"

	"golang.org/x/text/unicode/norm"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/password"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/ident/keystore"
)

// minPassword is the least a new password may have, in bytes, unless the key is a light one for samples.
const minPassword = 8

// given is a password from file or variable. ok is false when a person has to be asked.
func (a *app) given(p password.Source) (typed []byte, ok bool, err error) {
	typed, ok, err = p.Given(a.env.Getenv)
	if errors.Is(err, password.ErrEmpty) {
		err = withCode(exitKey, err)
	}
	return typed, ok, err
}

// password is that of an existing key.
func (a *app) password(p password.Source, path string) ([]byte, error) {
	typed, ok, err := a.given(p)
	if ok || err != nil {
		return typed, err
	}
	return a.ask(lang.Text{Vi: "Mật khẩu của %s: ", En: "Password of %s: "}, path)
}

// newPassword is that of a new key, asked for twice.
func (a *app) newPassword(p password.Source, light bool) ([]byte, error) {
	typed, ok, err := a.given(p)
	if err != nil {
		return nil, err
	}
	if !ok {
		if typed, err = a.ask(lang.Text{Vi: "Mật khẩu mới: ", En: "New password: "}); err != nil {
			return nil, err
		}
		again, err := a.ask(lang.Text{Vi: "Nhập lại: ", En: "Again: "})
		if err != nil {
			return nil, err
		}
		if !bytes.Equal(typed, again) {
			return nil, fail(exitKey, lang.Text{Vi: "hai lần nhập không giống nhau", En: "the two are not the same"})
		}
	}
	if len(typed) < minPassword && !light {
		return nil, fail(exitKey, lang.Text{Vi: "mật khẩu cần ít nhất %d ký tự; nên dùng bốn từ không liên quan", En: "a password has at least %d characters; four unrelated words are good"}, minPassword)
	}
	return typed, nil
}

func (a *app) ask(prompt lang.Text, args ...any) ([]byte, error) {
	typed, err := a.env.Password(prompt.F(a.lang, args...))
	if errors.Is(err, password.ErrNoTerminal) {
		return nil, fail(exitUsage, lang.Text{Vi: "không có bàn phím để hỏi mật khẩu: dùng --password-file hoặc --password-env", En: "no terminal to ask for the password at: use --password-file or --password-env"})
	}
	return norm.NFC.Bytes(typed), err
}

// openKey opens a keystore file. The caller wipes the key.
func (a *app) openKey(path string, p password.Source) (*keystore.Key, error) {
	data, err := keystore.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if _, err := keystore.Inspect(data); err != nil { // before anybody is asked for a password
		return nil, a.keyError(path, err)
	}
	typed, err := a.password(p, path)
	if err != nil {
		return nil, err
	}
	defer clear(typed)
	key, err := keystore.Decrypt(data, typed)
	return key, a.keyError(path, err)
}

// openAuthor opens a key that signs records.
func (a *app) openAuthor(path string, p password.Source) (private *ident.PrivateKey, account uint64, err error) {
	key, err := a.openKey(path, p)
	if err != nil {
		return nil, 0, err
	}
	defer key.Zero()
	private, err = key.Author()
	return private, key.Account, a.keyError(path, err)
}

// keyError says in both languages what is wrong with a key.
func (a *app) keyError(path string, err error) error {
	var t lang.Text
	switch {
	case err == nil:
		return nil
	case errors.Is(err, keystore.ErrPassword):
		t = lang.Text{Vi: "%s: sai mật khẩu", En: "%s: wrong password"}
	case errors.Is(err, keystore.ErrDamaged):
		t = lang.Text{Vi: "%s: tệp khóa bị hỏng; khôi phục bằng phiếu: ocop keys restore", En: "%s: the keystore is damaged; restore it from the sheet: ocop keys restore"}
	case errors.Is(err, keystore.ErrUnsupported):
		t = lang.Text{Vi: "%s: tệp khóa thuộc loại không được hỗ trợ", En: "%s: a keystore of a kind that is not supported"}
	case errors.Is(err, keystore.ErrKey):
		t = lang.Text{Vi: "%s: không phải khóa ký bản ghi", En: "%s: not a key that signs records"}
	default:
		return err
	}
	return &coded{code: exitKey, err: lang.Errorf(t, path).Because(err)}
}
