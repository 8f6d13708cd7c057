package devnet

import (
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/blob"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/ident/keystore"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// Files among the people's keys.
const (
	passwordFile    = "password.txt"
	password        = "mau" // protects nothing: it stands beside the keys
	commitmentsFile = "commitments.csv"
	blobSuffix      = ".blob"
)

// People are the keys of the network's officers, producers and traders, one keystore a handle. They are drawn when first asked for.
type People struct {
	dir    string
	chain  ledger.ChainID
	random io.Reader
	open   map[string]*ident.PrivateKey
}

func newPeople(dir string, random io.Reader) (*People, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(dir, passwordFile), []byte(password+"\n"), 0o600); err != nil {
		return nil, err
	}
	return &People{dir: dir, random: random, open: make(map[string]*ident.PrivateKey)}, nil
}

func (p *People) path(handle string) string { return filepath.Join(p.dir, handle+".json") }

// Private is the key of a handle that has one.
func (p *People) Private(handle string) (*ident.PrivateKey, error) {
	if key := p.open[handle]; key != nil {
		return key, nil
	}
	data, err := keystore.ReadFile(p.path(handle))
	if err != nil {
		return nil, err
	}
	kept, err := keystore.Decrypt(data, []byte(password))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.path(handle), err)
	}
	key, err := kept.Author()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.path(handle), err)
	}
	p.open[handle] = key
	return key, nil
}

// own is the key of a handle, drawn now if it has none.
func (p *People) own(handle string, account ledger.AccountID) (*ident.PrivateKey, error) {
	key, err := p.Private(handle)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	if key, err = ident.GeneratePrivateKey(p.random); err != nil {
		return nil, err
	}
	data, err := keystore.Encrypt(p.random, []byte(password), keystore.FromAuthor(uint64(account), key), keystore.Light())
	if err != nil {
		return nil, err
	}
	p.open[handle] = key
	return key, keystore.WriteFile(p.path(handle), data)
}

// Grant implements sample.Keys.
func (p *People) Grant(handle string, account ledger.AccountID, roles uint16) (*recordv1.KeyGrant, error) {
	key, err := p.own(handle, account)
	if err != nil {
		return nil, err
	}
	place := compose.Possession{Chain: p.chain, Account: account, Epoch: 1, Roles: roles}
	proof, err := place.Prove(key)
	if err != nil {
		return nil, err
	}
	return place.Grant(key.Public(), proof), nil
}

// Commit implements sample.Keys. Salt and value go into a file beside the keys: without them nobody can ever show what was committed to.
func (p *People) Commit(field, value string) (h ledger.Hash, err error) {
	var salt compose.Salt
	if _, err := io.ReadFull(p.random, salt[:]); err != nil {
		return h, err
	}
	h = compose.Commit(salt, field, value)
	f, err := os.OpenFile(filepath.Join(p.dir, commitmentsFile), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return h, err
	}
	w := csv.NewWriter(f)
	err = errors.Join(w.Write([]string{h.String(), field, value, hex.EncodeToString(salt[:])}))
	w.Flush()
	return h, errors.Join(err, w.Error(), f.Close())
}

// Show implements sample.Keys. The blob is kept beside the keys until nodes have it.
func (p *People) Show(media string, content []byte) (ledger.Hash, error) {
	b := &blob.Blob{Media: media, Content: content}
	if _, err := io.ReadFull(p.random, b.Salt[:]); err != nil {
		return ledger.Hash{}, err
	}
	if err := b.Check(); err != nil {
		return ledger.Hash{}, err
	}
	return b.ID(), writeWhole(filepath.Join(p.dir, b.ID().String()+blobSuffix), b.Append(nil))
}
