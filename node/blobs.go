package node

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/subject"
	"github.com/ocopledger/ocop/node/blobs"
	"github.com/ocopledger/ocop/node/disk"
)

// keptBlobs are the node's public blobs while it runs.
type keptBlobs struct {
	*blobs.Blobs
	stop    context.CancelFunc
	running sync.WaitGroup
}

// openBlobs opens the folders of blobs and orders in the data directory.
func (n *Node) openBlobs(dir string) error {
	const mib = 1 << 20
	c := &n.o.Config.Blobs
	kept, err := blobs.Open(blobs.Options{
		Dir: dir, Ledger: named{n}, Quota: uint64(c.QuotaMiB) * mib, Pending: uint64(c.PendingMiB) * mib, Agency: n.agency, Key: n.draftKey,
		Free: func() (uint64, bool) {
			room, err := disk.Of(dir)
			return room.Free, err == nil
		},
		Sources: n.blobSources, Grown: n.Grown, Now: n.o.Now, Log: n.log,
	})
	n.blobs = &keptBlobs{Blobs: kept}
	return err
}

func (k *keptBlobs) start() {
	ctx, stop := context.WithCancel(context.Background())
	k.stop = stop
	k.running.Go(func() { k.Run(ctx) })
}

func (k *keptBlobs) close() {
	if k.stop != nil {
		k.stop()
		k.running.Wait()
	}
}

// Blobs are the public blobs that the node keeps.
func (n *Node) Blobs() *blobs.Blobs { return n.blobs.Blobs }

// named is the node's ledger as its blobs ask it.
type named struct{ node *Node }

// Chain implements blobs.Ledger.
func (l named) Chain() ledger.ChainID { return l.node.ledger.Chain() }

// View implements blobs.Ledger.
func (l named) View(fn func(blobs.View) error) error {
	return l.node.ledger.View(func(v *chain.View) error { return fn(v) })
}

// NodeKey implements blobs.Ledger: a report stands when its key is rotated.
func (l named) NodeKey(agency ledger.AccountID, key ident.Ed25519Key) bool {
	return slices.Contains(l.node.nodeKeys(agency), key)
}

// blobSources are the public doors of the other nodes: those that the configuration names, and those of the ledger's validators. Published files hold no blobs.
func (n *Node) blobSources() (doors []string) {
	names, err := n.o.Config.Sync.Sources()
	if err != nil {
		n.log.Error("the nodes to have blobs from", "error", err)
	}
	names = slices.DeleteFunc(names, func(name string) bool { return strings.ContainsAny(name, `/\`) })
	for _, name := range append(names, n.validatorDoors()...) {
		if name != "" && !slices.Contains(doors, name) {
			doors = append(doors, name)
		}
	}
	return doors
}

// validatorDoors are the public doors of the other validators, as the ledger has them.
func (n *Node) validatorDoors() (doors []string) {
	policy := n.ledger.Policy()
	if err := n.ledger.View(func(v *chain.View) error {
		for _, validator := range policy.Validators {
			data, ok := v.Value(subject.Node(validator.Agency))
			if !ok || validator.Agency == n.agency {
				continue
			}
			node, err := subject.ParseNode(data)
			if err != nil {
				return err
			}
			doors = append(doors, node.PublicAddress)
		}
		return nil
	}); err != nil {
		n.log.Error("the validators' public doors", "error", err)
	}
	return doors
}
