package command

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"go.yaml.in/yaml/v3"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/ocop/internal/draft"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
)

// secret is a value that is on the ledger only as a commitment.
type secret struct {
	Subject    string `yaml:"subject"` // what it belongs to, for people
	Field      string `yaml:"field"`
	Value      string `yaml:"value"`
	Salt       string `yaml:"salt"`
	Commitment string `yaml:"commitment"`
}

// hide commits to a value and keeps it for the private file.
func (d *drafting) hide(random io.Reader, subject, field, value string) (ledger.Hash, error) {
	var salt compose.Salt
	if _, err := io.ReadFull(random, salt[:]); err != nil {
		return ledger.Hash{}, fmt.Errorf("drawing a salt: %w", err)
	}
	value = draft.Clean(value)
	h := compose.Commit(salt, field, value)
	d.secrets = append(d.secrets, secret{subject, field, value, fmt.Sprintf("%x", salt), h.String()})
	return h, nil
}

// writeSecrets adds the values to the private file, before the draft exists that needs them: a commitment without its salt proves nothing to anybody.
func (a *app) writeSecrets(path string, secrets []secret) (err error) {
	var b bytes.Buffer
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		for _, line := range []lang.Text{
			{Vi: "TỆP RIÊNG: giá trị thật và muối của các mã cam kết. Không gửi lên sổ cái.", En: "PRIVATE: values and salts of commitments. Not for the ledger."},
			{Vi: "Giữ cẩn thận: mất tệp này thì không chứng minh được giá trị với ai nữa.", En: "Keep it: without this file the values can no longer be shown to anybody."},
		} {
			fmt.Fprintf(&b, "# %s\n", line.In(a.lang))
		}
	}
	data, err := yaml.Marshal(secrets)
	if err != nil {
		return err
	}
	b.Write(data)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	if _, err := f.Write(b.Bytes()); err != nil {
		_ = f.Close()
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
