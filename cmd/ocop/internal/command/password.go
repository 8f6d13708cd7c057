package command

import (
	"bytes"
	"errors"
	"io"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/text/unicode/norm"

	"github.com/ocopledger/ocop/cmd/ocop/internal/lang"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/ident/keystore"
)

// maxPassword bounds a password file: it holds one line.
const maxPassword = 4096

// minPassword is the least a new password may have, in bytes, unless the key is a light one for samples.
const minPassword = 8

// passwords is where a password comes from.
type passwords struct{ file, env string }

func (a *app) passwordFlags(cmd *cobra.Command, p *passwords) {
	cmd.Flags().StringVar(&p.file, "password-file", "", a.t(lang.Text{Vi: "`tệp` có mật khẩu ở dòng đầu", En: "`file` with the password in its first line"}))
	cmd.Flags().StringVar(&p.env, "password-env", "", a.t(lang.Text{Vi: "`tên` biến môi trường có mật khẩu", En: "`name` of the environment variable with the password"}))
}

// given is a password from file or variable. ok is false when a person has to be asked. Passwords are in NFC, so that they are the same bytes
// whatever machine they are typed on.
func (a *app) given(p passwords) (password []byte, ok bool, err error) {
	switch {
	case p.file != "" && p.env != "":
		return nil, false, fail(exitUsage, lang.Text{Vi: "chỉ dùng một trong --password-file và --password-env", En: "only one of --password-file and --password-env"})
	case p.file != "":
		f, err := os.Open(p.file)
		if err != nil {
			return nil, false, err
		}
		defer func() { _ = f.Close() }()
		data, err := io.ReadAll(io.LimitReader(f, maxPassword))
		if err != nil {
			return nil, false, err
		}
		line, _, _ := bytes.Cut(data, []byte{'\n'})
		return norm.NFC.Bytes(bytes.TrimSuffix(line, []byte{'\r'})), true, nil
	case p.env != "":
		value := a.env.Getenv(p.env)
		if value == "" {
			return nil, false, fail(exitKey, lang.Text{Vi: "biến %s trống", En: "the variable %s is empty"}, p.env)
		}
		return norm.NFC.Bytes([]byte(value)), true, nil
	}
	return nil, false, nil
}

// password is that of an existing key.
func (a *app) password(p passwords, path string) ([]byte, error) {
	password, ok, err := a.given(p)
	if ok || err != nil {
		return password, err
	}
	return a.ask(lang.Text{Vi: "Mật khẩu của %s: ", En: "Password of %s: "}, path)
}

// newPassword is that of a new key, asked for twice.
func (a *app) newPassword(p passwords, light bool) ([]byte, error) {
	password, ok, err := a.given(p)
	if err != nil {
		return nil, err
	}
	if !ok {
		if password, err = a.ask(lang.Text{Vi: "Mật khẩu mới: ", En: "New password: "}); err != nil {
			return nil, err
		}
		again, err := a.ask(lang.Text{Vi: "Nhập lại: ", En: "Again: "})
		if err != nil {
			return nil, err
		}
		if !bytes.Equal(password, again) {
			return nil, fail(exitKey, lang.Text{Vi: "hai lần nhập không giống nhau", En: "the two are not the same"})
		}
	}
	if len(password) < minPassword && !light {
		return nil, fail(exitKey, lang.Text{Vi: "mật khẩu cần ít nhất %d ký tự; nên dùng bốn từ không liên quan", En: "a password has at least %d characters; four unrelated words are good"}, minPassword)
	}
	return password, nil
}

func (a *app) ask(prompt lang.Text, args ...any) ([]byte, error) {
	password, err := a.env.Password(prompt.F(a.lang, args...))
	if errors.Is(err, errNoTerminal) {
		return nil, fail(exitUsage, lang.Text{Vi: "không có bàn phím để hỏi mật khẩu: dùng --password-file hoặc --password-env", En: "no terminal to ask for the password at: use --password-file or --password-env"})
	}
	return norm.NFC.Bytes(password), err
}

// openKey opens a keystore file. The caller wipes the key.
func (a *app) openKey(path string, p passwords) (*keystore.Key, error) {
	data, err := keystore.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if _, err := keystore.Inspect(data); err != nil { // before anybody is asked for a password
		return nil, a.keyError(path, err)
	}
	password, err := a.password(p, path)
	if err != nil {
		return nil, err
	}
	defer clear(password)
	key, err := keystore.Decrypt(data, password)
	return key, a.keyError(path, err)
}

// openAuthor opens a key that signs records.
func (a *app) openAuthor(path string, p passwords) (private *ident.PrivateKey, account uint64, err error) {
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
