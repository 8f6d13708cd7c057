package rescue

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/flaw"
	"github.com/ocopledger/ocop/ledger/genesis"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/store"
	"github.com/ocopledger/ocop/node/backup"
	"github.com/ocopledger/ocop/node/blobs"
	"github.com/ocopledger/ocop/node/config"
)

// Restore is what an operator wants restored.
type Restore struct {
	From    string // the backup's folder
	Dir     string // the node's directory; may be empty when rehearsing
	Scratch string // rehearse in this folder, which is made, and change nothing else; empty: for real
	// Chain is the ledger it must be; zero: that of the genesis file in Dir.
	Chain    ledger.ChainID
	Verifier ident.Verifier
	Now      func() time.Time
	Progress func(done, size uint64) // in leaves; may be nil
}

// Restored is what was proved of a backup, and what was done with it.
type Restored struct {
	Manifest  *backup.Manifest
	Genesis   *genesis.Genesis
	Head      ledger.Head // derived again from the leaves
	Records   uint64
	Refusals  uint64
	Certified *checkpoint.Certified // of the manifest's head; nil: none was certified
	Floor     Floor                 // what this node has signed
	Refused   error                 // in a rehearsal: why the restore itself would be refused; nil: it would not
	Data      string                // where the ledger is now
	Aside     string                // where the files are that were there before; empty: there were none
	Made      []string              // files that the node's directory did not have
}

const (
	staging    = ".restoring"
	maxGenesis = ledger.MaxGenesisBody + 64<<10
	maxConfig  = 1 << 20
	// evidenceFolder is what a node keeps in its data directory that no backup holds and no ledger tells.
	evidenceFolder = "evidence"
)

// restoring is a restore under way.
type restoring struct {
	Restore
	place   *Place // nil: no directory was named
	bare    bool   // the directory has no settings: those of the backup are taken
	backup  *backup.Backup
	stage   string
	genesis []byte
	config  []byte
	orders  []byte // to erase public blobs
	done    Restored
}

// Run restores, or rehearses it. Errors: *backup.Error, *chain.Finding, chain.ErrOtherChain, ErrBelow, ErrNewer, store.ErrInUse, fs.ErrExist, ctx's, those of
// the disk. After an error the node's directory is as it was.
func (o Restore) Run(ctx context.Context) (done *Restored, err error) {
	r := &restoring{Restore: o}
	if err := r.prepare(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(r.stage), 0o700); err != nil {
		return nil, err
	}
	if err := os.Mkdir(r.stage, 0o700); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(r.stage))
		}
	}()
	if err := r.prove(ctx); err != nil {
		return nil, err
	}
	switch {
	case o.Scratch != "":
		r.done.Data = r.stage
		return &r.done, nil
	case r.done.Refused != nil:
		return nil, r.done.Refused
	}
	if err := r.replace(); err != nil {
		return nil, err
	}
	return &r.done, nil
}

// prepare reads manifest and settings, and refuses what can be refused at once.
func (r *restoring) prepare() (err error) {
	if r.backup, err = backup.Open(r.From); err != nil {
		return err
	}
	r.done.Manifest = r.backup.Manifest
	if r.Dir != "" {
		if r.place, err = OpenPlace(r.Dir); errors.Is(err, fs.ErrNotExist) {
			r.bare = true
			r.place, err = r.fromBackup()
		}
		if err != nil {
			return err
		}
	}
	if err := r.anchor(); err != nil {
		return err
	}
	if have := r.backup.Manifest.Chain; have != r.Chain {
		return fmt.Errorf("%w: the backup is of %v, the node is of %v", chain.ErrOtherChain, have, r.Chain)
	}
	if r.Scratch != "" {
		r.stage = r.Scratch
		return nil
	}
	r.stage = r.place.Data + staging
	if err := os.RemoveAll(r.stage); err != nil { // of a restore that was broken off
		return err
	}
	_, _, err = headOf(r.place.Data) // a node that runs is told before anything is done
	return err
}

// fromBackup is the place that the backup's settings make, where there are none.
func (r *restoring) fromBackup() (*Place, error) {
	data, err := r.backup.Small(backup.ConfigFile, maxConfig)
	if err != nil {
		return nil, err
	}
	c, err := config.Parse(filepath.Join(r.Dir, config.FileName), data)
	if err != nil {
		return nil, err
	}
	return &Place{Config: c, Data: c.Path(c.Data)}, nil
}

// anchor finds the ledger it must be: the backup itself may not say.
func (r *restoring) anchor() error {
	if r.place != nil {
		g, _, err := r.place.genesisOf()
		switch {
		case err == nil && r.Chain == ledger.ChainID{}:
			r.Chain = g.Chain
		case err == nil && r.Chain != g.Chain:
			return fmt.Errorf("%w: the node's genesis file makes %v, %v was asked for", chain.ErrOtherChain, g.Chain, r.Chain)
		case err != nil && !errors.Is(err, fs.ErrNotExist):
			return err
		}
	}
	if r.Chain == (ledger.ChainID{}) {
		return lang.Errorf(lang.Text{
			Vi: "không có tệp khởi nguyên nào của nút cho biết phải là sổ cái nào: hãy đưa --genesis TỆP hoặc --chain-id MÃ",
			En: "no genesis file of the node says which ledger it must be: give --genesis FILE or --chain-id ID"})
	}
	return nil
}

// prove copies the backup and derives everything again.
func (r *restoring) prove(ctx context.Context) error {
	if err := r.backup.Read(ctx, r.into); err != nil {
		return err
	}
	var err error
	if r.done.Genesis, err = genesis.Parse(r.genesis); err != nil {
		return err
	}
	if r.done.Genesis.Chain != r.Chain {
		return fmt.Errorf("%w: the backup's genesis file makes %v", chain.ErrOtherChain, r.done.Genesis.Chain)
	}
	if _, err := chain.Cut(ctx, r.stage, r.done.Manifest.Size); err != nil { // raft's position goes; no block does
		return err
	}
	report, err := r.derive(ctx)
	if err != nil {
		return err
	}
	if err := r.matches(report); err != nil {
		return err
	}
	if err := r.backup.Signed(report.Policies); err != nil {
		return err
	}
	l, err := r.open(ctx)
	if err != nil {
		return err
	}
	if err := r.certified(l, report.Policies); err != nil {
		return errors.Join(err, l.Close())
	}
	r.done.Refused = r.allowed(l)
	return l.Close()
}

// open does not wait for the disk: replace puts the files on it when they are whole.
func (r *restoring) open(ctx context.Context) (*chain.Ledger, error) {
	return chain.Open(ctx, chain.Options{Dir: r.stage, Genesis: r.genesis, Verifier: r.Verifier, NoSync: true})
}

// memory is a file that is kept in memory.
type memory struct {
	bytes.Buffer
	most int
	keep *[]byte
}

func (m *memory) Write(p []byte) (int, error) {
	if m.Len()+len(p) > m.most {
		return 0, lang.Errorf(lang.Text{Vi: "tệp lớn hơn %d byte", En: "a file is larger than %d bytes"}, m.most)
	}
	return m.Buffer.Write(p)
}

func (m *memory) Close() error {
	*m.keep = m.Bytes()
	return nil
}

// into puts a file of the backup where it belongs.
func (r *restoring) into(name string) (io.WriteCloser, error) {
	switch name {
	case backup.GenesisFile:
		return &memory{most: maxGenesis, keep: &r.genesis}, nil
	case backup.ConfigFile:
		return &memory{most: maxConfig, keep: &r.config}, nil
	case backup.ErasuresFile:
		return &memory{most: blobs.MaxOrders, keep: &r.orders}, nil
	case store.ChainFile, store.HeadsFile:
		return os.OpenFile(filepath.Join(r.stage, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	}
	return nil, nil // documents of epochs: the ledger has them
}

// derive builds the index and checks both files against the leaves.
func (r *restoring) derive(ctx context.Context) (*chain.Report, error) {
	l, err := r.open(ctx)
	if err != nil {
		return nil, err
	}
	if err := l.Close(); err != nil {
		return nil, err
	}
	report, err := chain.Check(ctx, chain.CheckOptions{Dir: r.stage, Genesis: r.genesis, Verifier: r.Verifier, Progress: r.Progress})
	if err != nil {
		return nil, err
	}
	return report, unsound(report)
}

// matches holds the derived ledger against the manifest.
func (r *restoring) matches(report *chain.Report) error {
	m, h := r.done.Manifest, report.Head
	for _, f := range []struct {
		field     string
		got, want any
	}{
		{"height", m.Height, h.Height}, {"size", m.Size, h.Size}, {"root", m.Root, h.Root}, {"block_time", m.BlockTime, h.Time},
		{"policy_epoch", int(m.Epoch), len(report.Policies) - 1},
	} {
		if f.got != f.want {
			return &chain.Finding{File: backup.ManifestFile, NoLeaf: true, Field: f.field, Got: fmt.Sprint(f.got), Want: fmt.Sprint(f.want)}
		}
	}
	for e, p := range report.Policies {
		name := fmt.Sprintf("policy/%d", e)
		document, err := r.backup.Small(name, maxConfig)
		if err != nil {
			return err
		}
		if !bytes.Equal(document, p.Append(nil)) {
			return &chain.Finding{File: name, NoLeaf: true, Field: "document", Want: p.Hash().String()}
		}
	}
	r.done.Head, r.done.Records, r.done.Refusals = h, report.Records, report.Refusals
	return nil
}

// certified checks that the newest certified head of the manifest is one, and of this ledger.
func (r *restoring) certified(l *chain.Ledger, epochs []*ledger.Policy) error {
	c := r.done.Manifest.Certified
	kept, err := backup.CertifiedIn(filepath.Join(r.stage, store.HeadsFile))
	switch {
	case err != nil:
		return err
	case (c == nil) != (kept == nil) || c != nil && *c != *kept:
		return &chain.Finding{File: backup.ManifestFile, NoLeaf: true, Field: "certified", What: flaw.New("differs", "không phải đầu sổ mới nhất trong %s", "it is not the newest head in %s", store.HeadsFile)}
	case c == nil:
		return nil
	}
	finding := func(field string, cause error) error {
		return &chain.Finding{File: backup.ManifestFile, NoLeaf: true, Field: "certified." + field, Cause: cause}
	}
	signed, err := checkpoint.Parse([]byte(c.Checkpoint))
	switch {
	case err != nil:
		return finding("checkpoint", err)
	case int(c.Epoch) >= len(epochs):
		return finding("policy_epoch", fmt.Errorf("the ledger has come to epoch %d", len(epochs)-1))
	case signed.Tree.Size != c.Size || c.Size > r.done.Head.Size:
		return finding("size", fmt.Errorf("%d, the checkpoint is of %d and the ledger of %d leaves", c.Size, signed.Tree.Size, r.done.Head.Size))
	}
	if r.done.Certified, err = signed.Certify(epochs[c.Epoch]); err != nil {
		return finding("checkpoint", err)
	}
	root, err := rootAt(l, c.Size)
	if err == nil && root != signed.Tree.Root {
		err = finding("root", fmt.Errorf("%v is certified, the ledger has %v", signed.Tree.Root, root))
	}
	return err
}
