package rescue

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/store"
	"github.com/ocopledger/ocop/node/backup"
	"github.com/ocopledger/ocop/node/blobs"
	"github.com/ocopledger/ocop/node/config"
	"github.com/ocopledger/ocop/node/keys"
)

// ErrNoNode: no node answers at the operator's door of the configuration.
var ErrNoNode = errors.New("no node runs that could be asked")

// maxAnswer bounds what a node answers: a manifest.
const maxAnswer = 4 << 20

// OrderBackup has the running node, which must be of the configuration's agency and of a ledger, make a backup. It takes as long as the disk does. Errors: ErrNoNode, fs.ErrExist, what the node says.
func OrderBackup(ctx context.Context, c *config.Config, chainID ledger.ChainID, to string) (*backup.Manifest, error) {
	if c.Operator.Listen == "" {
		return nil, ErrNoNode
	}
	body, err := json.Marshal(backup.Order{To: to})
	if err != nil {
		return nil, err
	}
	q, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://operator"+backup.OrderPath, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	q.Header.Set("Content-Type", "application/json")
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return dialOperator(ctx, c) }}
	defer transport.CloseIdleConnections()
	a, err := (&http.Client{Transport: transport}).Do(q)
	switch {
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, os.ErrNotExist):
		return nil, ErrNoNode
	case err != nil:
		return nil, lang.Errorf(lang.Text{Vi: "nút không trả lời qua cổng vận hành: %v", En: "the node does not answer at its operator door: %v"}, err)
	}
	defer func() { _ = a.Body.Close() }()
	d := json.NewDecoder(http.MaxBytesReader(nil, a.Body, maxAnswer))
	if a.StatusCode == http.StatusOK {
		m := new(backup.Manifest)
		if err := d.Decode(m); err != nil {
			return nil, err
		}
		if uint64(m.Agency) != c.Agency || m.Chain != chainID { // several nodes on a machine, and one door between them
			return nil, lang.Errorf(lang.Text{
				Vi: "ở cổng vận hành %s là nút của cơ quan %v, sổ cái %v: bản sao lưu trong %s là của nút ấy",
				En: "at the operator door %s is the node of agency %v, ledger %v: the backup in %s is that node's"}, c.Operator.Listen, m.Agency, m.Chain, to)
		}
		return m, nil
	}
	var refused backup.Refused
	if err := d.Decode(&refused); err != nil {
		return nil, lang.Errorf(lang.Text{
			Vi: "tiến trình ở cổng vận hành %s không nhận yêu cầu sao lưu (%s)", En: "the process at the operator door %s takes no orders of backups (%s)"}, c.Operator.Listen, a.Status)
	}
	if refused.Exists {
		return nil, &os.PathError{Op: "backup", Path: to, Err: os.ErrExist}
	}
	return nil, &NodeError{lang.Text{Vi: refused.Reason.Vietnamese, En: refused.Reason.English}}
}

// NodeError is what a node says of why it made no backup.
type NodeError struct{ text lang.Text }

func (e *NodeError) Error() string { return e.In(lang.English) }

// In implements lang.Sayer.
func (e *NodeError) In(l lang.Language) string {
	return lang.Text{Vi: "nút không sao lưu được: %s", En: "the node made no backup: %s"}.F(l, e.text)
}

func dialOperator(ctx context.Context, c *config.Config) (net.Conn, error) {
	network, address := "tcp", c.Operator.Listen
	if path, ok := strings.CutPrefix(address, "unix:"); ok {
		network, address = "unix", c.Path(path)
	}
	return new(net.Dialer).DialContext(ctx, network, address)
}

// Stopped is what a backup of a stopped node takes beside its directory.
type Stopped struct {
	Verifier ident.Verifier
	Software string
	Now      func() time.Time
}

// BackUp makes a backup of a stopped node's files: it opens them as the node would, so that what is damaged is not copied, and no node can run meanwhile.
// Errors: store.ErrInUse, chain.ErrNoLedger, *chain.Finding, and those of backup.Write.
func BackUp(ctx context.Context, c *config.Config, genesis []byte, to string, s Stopped) (m *backup.Manifest, err error) {
	data := c.Path(c.Data)
	if _, err := os.Stat(filepath.Join(data, store.ChainFile)); errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", data, chain.ErrNoLedger)
	}
	settings, err := os.ReadFile(c.Path(config.FileName))
	if err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	held, err := keys.Load(c.Path(c.Keys))
	if err != nil {
		return nil, err
	}
	l, err := chain.Open(ctx, chain.Options{Dir: data, Genesis: genesis, Verifier: s.Verifier})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	h, err := store.OpenHeads(filepath.Join(data, store.HeadsFile), store.Options{})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	orders, err := blobs.Orders(data)
	if err != nil {
		return nil, err
	}
	return backup.Write(ctx, to, backup.Source{
		Agency: ledger.AccountID(c.Agency), Software: s.Software, Ledger: l, Heads: h, Genesis: genesis, Config: settings, Erasures: orders, Key: held.Nodes, Now: s.Now,
	})
}
