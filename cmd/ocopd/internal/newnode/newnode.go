// Package newnode makes the directory of a node that is to stand in a genesis: keys, configuration, and the agency's descriptor.
//
// All of it is made or none: what can be wrong is found before the first file stands in its place, and nothing is ever overwritten. A key that was
// named on a ledger must not be lost to a second attempt.
package newnode

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/cmd/ocopd/internal/ceremony"
	"github.com/ocopledger/ocop/ledger/genesis"
	"github.com/ocopledger/ocop/node/config"
	"github.com/ocopledger/ocop/node/keys"
)

// Options is what the operator says.
type Options struct {
	Dir          string
	Agency       uint64
	Name         string
	Territory    string
	Grants       []string // ceremony.GrantForm
	ChainName    string
	Peer, Public string // host:port, as others reach them
	Operator     string // listen address; empty: the default
	CosignerName string // empty: made of the rest
	Publisher    bool
	Officers     []string // files that package officer reads
	From         string   // sources of the ledger, see config.Sync; empty: none
	Policy       *Policy  // that is pinned; nil: none
}

// Policy is a policy file that the operator believes, and since when.
type Policy struct {
	Data  []byte
	Since time.Time
}

// policyFile is where it is kept in the node's directory.
const policyFile = "policy"

// place writes the file with its own date: trust counts from then on, and a copy makes nothing newer.
func (p *Policy) place(path string) error {
	if p == nil {
		return nil
	}
	if err := writeNew(path, p.Data); err != nil {
		return err
	}
	return os.Chtimes(path, time.Time{}, p.Since)
}

// Made is what was made.
type Made struct {
	Dir        string          `json:"dir"`
	Config     string          `json:"config"`
	Keys       string          `json:"keys"`
	Descriptor string          `json:"descriptor"`
	Genesis    string          `json:"genesis"` // where the node will look for it
	ChainName  string          `json:"chain_name"`
	Agency     ceremony.Agency `json:"agency"`
}

// Make makes the directory. Errors wrap fs.ErrExist when something is there already, and those of config, keys and genesis.
func Make(random io.Reader, o Options) (*Made, error) {
	cfg := o.config()
	made := &Made{
		Dir: o.Dir, Config: filepath.Join(o.Dir, config.FileName), Keys: filepath.Join(o.Dir, cfg.Keys), Genesis: filepath.Join(o.Dir, cfg.Genesis),
		Descriptor: filepath.Join(o.Dir, fmt.Sprintf("agency-%d.descriptor", o.Agency)), ChainName: o.ChainName,
	}
	if err := settings(cfg.Validate()); err != nil {
		return nil, err
	}
	if err := vacant(made.Config, made.Keys, made.Descriptor, made.Genesis, filepath.Join(o.Dir, cfg.Data)); err != nil {
		return nil, err
	}
	agency, err := o.agency()
	if err != nil {
		return nil, err
	}
	_, err = os.Stat(o.Dir)
	isNew := errors.Is(err, fs.ErrNotExist)
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, err
	}
	if err = o.make(random, agency, made, cfg.Write()); err != nil && isNew {
		_ = os.Remove(o.Dir) // which fails if anything is in it
	}
	return made, err
}

// flagOf is the flag that a setting comes from.
var flagOf = map[string]string{"agency": "agency", "peer.listen": "peer", "public.listen": "public", "operator.listen": "operator", "sync.from": "from"}

// settings says what is wrong with a configuration in the words of the command line that it is made of.
func settings(err error) error {
	if e, ok := errors.AsType[*config.Error](err); ok && flagOf[e.Key] != "" {
		return verb.Usage(lang.Text{Vi: "--%s không hợp lệ: %s", En: "--%s: %s"}, flagOf[e.Key], e.Message)
	}
	return err
}

// make draws the keys aside, so that they go when something turns out to be wrong.
func (o *Options) make(random io.Reader, agency *draft, made *Made, configFile []byte) error {
	aside, err := os.MkdirTemp(o.Dir, ".init-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(aside) }()
	keysAside := filepath.Join(aside, "keys")
	set, err := keys.Create(keysAside, random, o.Publisher)
	if err != nil {
		return err
	}
	descriptor, err := agency.descriptor(set)
	if err != nil {
		return err
	}
	data, err := descriptor.Marshal()
	if err == nil {
		descriptor, err = genesis.ParseDescriptor(data)
	}
	if err != nil {
		return lang.Errorf(lang.Text{Vi: "không thành bản mô tả đúng: %v", En: "these do not make a sound descriptor: %v"}, err)
	}
	made.Agency = ceremony.DescribeAgency(descriptor)
	return place(keysAside, made, configFile, data)
}

// config is the node's configuration.
func (o *Options) config() *config.Config {
	c := config.Default()
	c.Agency = o.Agency
	c.Peer.Listen, c.Public.Listen = listen(o.Peer), listen(o.Public)
	if o.Operator != "" {
		c.Operator.Listen = o.Operator
	}
	o.sync(&c)
	return &c
}

// sync sets where the ledger is had from.
func (o *Options) sync(c *config.Config) {
	c.Sync.From = o.From
	if o.Policy != nil {
		c.Sync.Policy = policyFile
	}
}

// listen is where a node listens that others reach at an address: at the same port of all interfaces, but of no more than this machine if that is
// what the address means.
func listen(address string) string {
	host, port, err := net.SplitHostPort(address)
	if ip := net.ParseIP(host); err != nil || host == "localhost" || ip != nil && ip.IsLoopback() {
		return address
	}
	return net.JoinHostPort("", port)
}

// vacant refuses when any of the paths is taken.
func vacant(paths ...string) error {
	for _, path := range paths {
		switch _, err := os.Lstat(path); {
		case err == nil:
			return &fs.PathError{Op: "init", Path: path, Err: fs.ErrExist}
		case !errors.Is(err, fs.ErrNotExist):
			return err
		}
	}
	return nil
}

// reachable refuses an address that nobody could connect to.
func reachable(flag, address string) error {
	host, port, err := net.SplitHostPort(address)
	if n, bad := strconv.ParseUint(port, 10, 16); err != nil || bad != nil || n == 0 || host == "" || net.ParseIP(host).IsUnspecified() {
		return verb.Usage(lang.Text{
			Vi: "--%s %q: cần host:port mà nơi khác kết nối được", En: "--%s %q: want a host:port that others can connect to"}, flag, address)
	}
	return nil
}

// linkable refuses a public address that links and QR codes cannot begin with: it stays on the ledger, and they do unless the node is told better.
func linkable(public string) error {
	if _, err := new(config.Config).BaseURL(public); err != nil {
		return verb.Usage(lang.Text{
			Vi: "--public %q: không dùng được cho liên kết và mã QR", En: "--public %q: links and QR codes cannot begin with it"}, public)
	}
	return nil
}

// place moves everything where it belongs, the descriptor last: whoever has it has all.
func place(keysAside string, made *Made, configFile, descriptor []byte) error {
	if err := os.Rename(keysAside, made.Keys); err != nil {
		return err
	}
	if err := writeNew(made.Config, configFile); err != nil {
		return err
	}
	return writeNew(made.Descriptor, descriptor)
}

func writeNew(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Sync(), f.Close())
}
