package node

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/ocopledger/ocop/ledger/flaw"
	"github.com/ocopledger/ocop/node/backup"
	"github.com/ocopledger/ocop/node/blobs"
	"github.com/ocopledger/ocop/node/config"
)

// maxBackupOrder bounds the request for a backup: a path.
const maxBackupOrder = 8 << 10

// orderBackup answers POST /backup. The node writes the folder itself, at the speed of the disk: a reader that falls behind would hold pages of chain.db for as
// long. The type of the body is demanded, since browsers send no JSON to another site unasked.
func (n *Node) orderBackup(w http.ResponseWriter, r *http.Request) {
	answer := func(status int, v any) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		if err := json.NewEncoder(w).Encode(v); err != nil {
			n.log.Warn("the answer about a backup was not taken", "error", err)
		}
	}
	refuse := func(status int, why flaw.Flaw) {
		answer(status, backup.Refused{Exists: status == http.StatusConflict, Reason: why})
	}
	if kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";"); kind != "application/json" {
		refuse(http.StatusUnsupportedMediaType, flaw.New("media_type", "cần Content-Type: application/json", "want Content-Type: application/json"))
		return
	}
	var order backup.Order
	d := json.NewDecoder(io.LimitReader(r.Body, maxBackupOrder))
	d.DisallowUnknownFields()
	if err := d.Decode(&order); err != nil {
		refuse(http.StatusBadRequest, flaw.New("malformed", "yêu cầu không đọc được: %v", "the request cannot be read: %v", err))
		return
	}
	if why, ok := n.mayHold(order.To); !ok {
		refuse(http.StatusBadRequest, why)
		return
	}
	if !n.backingUp.TryLock() {
		refuse(http.StatusTooManyRequests, flaw.New("busy", "nút đang tạo một bản sao lưu khác", "the node is making another backup"))
		return
	}
	defer n.backingUp.Unlock()
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(n.leaving, cancel)()
	made, err := n.backup(ctx, order.To)
	switch {
	case err == nil:
		n.log.Info("backup made", "to", order.To, "height", made.Height, "size", made.Size)
		answer(http.StatusOK, made)
		return
	case errors.Is(err, fs.ErrExist):
		refuse(http.StatusConflict, flaw.New("exists", "%s đã có", "%s exists", order.To))
	default:
		refuse(http.StatusInternalServerError, flaw.Of(err))
	}
	n.log.Error("no backup was made", "to", order.To, "error", err)
}

// mayHold refuses folders in which a backup would be lost with the node, or in the node's way.
func (n *Node) mayHold(dir string) (why flaw.Flaw, ok bool) {
	if !filepath.IsAbs(dir) || filepath.Clean(dir) != dir {
		return flaw.New("path", "%q không phải đường dẫn tuyệt đối", "%q is no absolute path", dir), false
	}
	c := &n.o.Config
	for _, own := range []string{c.Path(c.Data), c.Path(c.Keys)} {
		if own, err := filepath.Abs(own); err == nil && (dir == own || strings.HasPrefix(dir, own+string(filepath.Separator))) {
			return flaw.New("path", "%s nằm trong thư mục của nút", "%s is inside a directory of the node", dir), false
		}
	}
	return flaw.Flaw{}, true
}

func (n *Node) backup(ctx context.Context, dir string) (*backup.Manifest, error) {
	settings, err := os.ReadFile(n.o.Config.Path(config.FileName))
	if err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	if err := n.heads.write(); err != nil {
		return nil, err
	}
	orders, err := blobs.Orders(n.o.Config.Path(n.o.Config.Data))
	if err != nil {
		return nil, err
	}
	return backup.Write(ctx, dir, backup.Source{
		Agency: n.agency, Software: n.o.Version, Ledger: n.ledger, Heads: n.heads.store, Genesis: n.o.Genesis, Config: settings, Erasures: orders,
		Key: n.o.Keys.Nodes, Now: n.o.Now,
	})
}
