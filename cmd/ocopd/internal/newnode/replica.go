package newnode

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/ocopledger/ocop/ledger/genesis"
	"github.com/ocopledger/ocop/node/config"
)

// Replica is a node that follows a ledger and has no keys.
type Replica struct {
	Notice  string `json:"notice,omitempty"`
	Dir     string `json:"dir"`
	Config  string `json:"config"`
	Genesis string `json:"genesis"`
	Policy  string `json:"policy,omitempty"`
	Chain   string `json:"chain_id"`
	Public  string `json:"public"` // where it listens
	URL     string `json:"url"`    // what links to it begin with
}

// privately is where a replica listens of which nobody is to know: on this machine alone.
const privately = "127.0.0.1:7400"

// Replicate makes the directory of a node that follows a ledger: configuration, and copies of the genesis file and of the policy that is pinned. Of the
// options, those about an agency and its keys are not asked. Errors are those of Make.
func Replicate(o Options, g *genesis.Genesis) (*Replica, error) {
	if o.Public == "" {
		o.Public = privately
	}
	if err := reachable("public", o.Public); err != nil {
		return nil, err
	}
	if err := linkable(o.Public); err != nil {
		return nil, err
	}
	cfg := o.replica()
	made := &Replica{
		Notice: g.Notice(), Dir: o.Dir, Config: filepath.Join(o.Dir, config.FileName), Genesis: filepath.Join(o.Dir, cfg.Genesis), Chain: g.Chain.String(),
		Public: cfg.Public.Listen, URL: cfg.Public.URL,
	}
	if cfg.Sync.Policy != "" {
		made.Policy = filepath.Join(o.Dir, cfg.Sync.Policy)
	}
	if err := settings(cfg.Validate()); err != nil {
		return nil, err
	}
	if err := vacant(made.Config, made.Genesis, filepath.Join(o.Dir, policyFile), filepath.Join(o.Dir, cfg.Data)); err != nil {
		return nil, err
	}
	_, err := os.Stat(o.Dir)
	isNew := errors.Is(err, fs.ErrNotExist)
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, err
	}
	if err := o.replicate(made, cfg, g); err != nil {
		if isNew {
			_ = os.RemoveAll(o.Dir) // there is nothing in it that another attempt would not write again
		}
		return nil, err
	}
	return made, nil
}

// replicate writes the files, the configuration last: whoever has it has all.
func (o *Options) replicate(made *Replica, cfg *config.Config, g *genesis.Genesis) error {
	if err := writeNew(made.Genesis, g.Bytes()); err != nil {
		return err
	}
	if err := o.Policy.place(made.Policy); err != nil {
		return err
	}
	return writeNew(made.Config, cfg.Write())
}

// replica is the configuration of a replica. The ledger names no address of it, so that links need one.
func (o *Options) replica() *config.Config {
	c := config.Default()
	c.Role, c.Keys, c.Peer.Listen = config.Replica, "", ""
	c.Public.Listen, c.Public.URL = listen(o.Public), "http://"+o.Public
	if o.Operator != "" {
		c.Operator.Listen = o.Operator
	}
	o.sync(&c)
	return &c
}
