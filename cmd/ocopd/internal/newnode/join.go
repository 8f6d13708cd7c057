package newnode

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/rotation"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/genesis"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/node/config"
	"github.com/ocopledger/ocop/node/keys"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// Joined is the node of a ledger that exists already.
type Joined struct {
	Notice       string `json:"notice,omitempty"`
	Dir          string `json:"dir"`
	Config       string `json:"config"`
	Keys         string `json:"keys"`
	Genesis      string `json:"genesis"`
	Policy       string `json:"policy,omitempty"`
	Validator    string `json:"validator"` // the file for the officer who proposes the node
	Chain        string `json:"chain_id"`
	Agency       uint64 `json:"agency"`
	CosignerName string `json:"cosigner_name"`
}

// Join makes the directory of a node that is to join a ledger: keys, configuration, a copy of the genesis file, and what an officer needs to propose the
// node. Of the options, those about the agency are not asked: it is on the ledger. Errors are those of Make.
func Join(random io.Reader, o Options, g *genesis.Genesis) (*Joined, error) {
	cfg := o.config()
	made := &Joined{
		Notice: g.Notice(), Dir: o.Dir, Config: filepath.Join(o.Dir, config.FileName), Keys: filepath.Join(o.Dir, cfg.Keys), Genesis: filepath.Join(o.Dir, cfg.Genesis),
		Validator: filepath.Join(o.Dir, fmt.Sprintf("agency-%d.validator", o.Agency)), Chain: g.Chain.String(), Agency: o.Agency, CosignerName: o.CosignerName,
	}
	if err := settings(cfg.Validate()); err != nil {
		return nil, err
	}
	if err := o.fits(g); err != nil {
		return nil, err
	}
	if made.CosignerName == "" {
		host, _, _ := net.SplitHostPort(o.Public)
		made.CosignerName = fmt.Sprintf("%s/%s/%d", host, g.Body.ChainName, o.Agency)
	}
	if cfg.Sync.Policy != "" {
		made.Policy = filepath.Join(o.Dir, cfg.Sync.Policy)
	}
	if err := vacant(made.Config, made.Keys, made.Validator, made.Genesis, filepath.Join(o.Dir, policyFile), filepath.Join(o.Dir, cfg.Data)); err != nil {
		return nil, err
	}
	_, err := os.Stat(o.Dir)
	isNew := errors.Is(err, fs.ErrNotExist)
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, err
	}
	if err = o.join(random, g, made, cfg.Write()); err != nil && isNew {
		_ = os.Remove(o.Dir) // which fails if anything is in it
	}
	return made, err
}

// join draws the keys aside, so that they go when something turns out to be wrong.
func (o *Options) join(random io.Reader, g *genesis.Genesis, made *Joined, configFile []byte) error {
	aside, err := os.MkdirTemp(o.Dir, ".init-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(aside) }()
	set, err := keys.Create(filepath.Join(aside, "keys"), random, false)
	if err != nil {
		return err
	}
	text, err := o.proposal(made, set, g)
	if err != nil {
		return err
	}
	if err := os.Rename(filepath.Join(aside, "keys"), made.Keys); err != nil {
		return err
	}
	if err := o.Policy.place(made.Policy); err != nil {
		return err
	}
	for _, file := range []struct {
		path string
		data []byte
	}{{made.Config, configFile}, {made.Genesis, g.Bytes()}, {made.Validator, text}} {
		if err := writeNew(file.path, file.data); err != nil {
			return err
		}
	}
	return nil
}

// fits checks what can be known before the officer is asked.
func (o *Options) fits(g *genesis.Genesis) error {
	for _, address := range []struct{ flag, value string }{{"peer", o.Peer}, {"public", o.Public}} {
		if err := reachable(address.flag, address.value); err != nil {
			return err
		}
	}
	if err := linkable(o.Public); err != nil {
		return err
	}
	if g.Body.Protocol < compose.SchemaMembership {
		return lang.Errorf(lang.Text{
			Vi: "sổ cái này theo giao thức phiên bản %d: các nút xác thực đã định từ khối khởi đầu, không thêm được", En: "this ledger has protocol version %d: its validators are those of genesis, and none can join"}, g.Body.Protocol)
	}
	if !slices.ContainsFunc(g.Body.Agencies, func(a *recordv1.Agency) bool { return a.Account == o.Agency }) {
		return verb.Usage(lang.Text{Vi: "--agency %d: sổ cái không có cơ quan này", En: "--agency %d: the ledger has no such agency"}, o.Agency)
	}
	return nil
}

// proposal is the file for the officer.
func (o *Options) proposal(made *Joined, set *keys.Set, g *genesis.Genesis) ([]byte, error) {
	j := &rotation.Joining{
		Rotation: rotation.Rotation{Place: rotation.Place{Chain: g.Chain, Agency: ledger.AccountID(o.Agency), CosignerName: made.CosignerName}}, Peer: o.Peer, Public: o.Public,
	}
	for _, k := range []struct {
		purpose ident.Purpose
		key     *ident.Ed25519PrivateKey
	}{{ident.PurposeNode, set.Node}, {ident.PurposeCosigner, set.Cosigner}, {ident.PurposeTLS, set.TLS}} {
		if err := j.Add(k.purpose, k.key); err != nil {
			return nil, err
		}
	}
	var b bytes.Buffer
	if made.Notice != "" {
		fmt.Fprintf(&b, "# %s\n", made.Notice)
	}
	fmt.Fprintf(&b, "# Nút xin tham gia: cơ quan %d, sổ cái %s / a node that wants to join: agency %d, ledger %s\n%s\n", o.Agency, g.Chain, o.Agency, g.Chain, strings.Join(j.Lines(), "\n"))
	_, err := rotation.ParseJoining(b.String())
	if err == nil {
		a := compose.Act(&recordv1.ProposeChange{Lapses: 1, Change: &recordv1.ProposeChange_AddValidator{
			AddValidator: &recordv1.AddValidator{Agency: o.Agency, Validator: j.Validator(), Quorum: 1},
		}})
		_, err = compose.Marshal(compose.SchemaMembership, []*recordv1.Action{a})
	}
	if err != nil {
		return nil, lang.Errorf(lang.Text{Vi: "tên hoặc địa chỉ của nút không dùng được: %v", En: "the node's name or addresses cannot be used: %v"}, err)
	}
	return b.Bytes(), nil
}
