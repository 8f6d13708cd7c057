package examine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/ocopd/internal/doctor"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/genesis"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/store"
	"github.com/ocopledger/ocop/node/config"
	"github.com/ocopledger/ocop/node/cosign"
	"github.com/ocopledger/ocop/node/keys"
	"github.com/ocopledger/ocop/node/replica"
)

// Options of an examination.
type Options struct {
	Now     func() time.Time
	Wait    time.Duration // for each door that is tried
	Backups string        // folder of backups; empty: none is looked at
}

// Names in the data directory, beside those of package store: raft's log, and the mark that a restore leaves.
const (
	raftFile     = "raft.db"
	restoredMark = "restored"
)

// directory is what is needed of a node's directory while it is looked at.
type directory struct {
	o       Options
	dir     string
	config  *config.Config
	data    string
	genesis *genesis.Genesis // nil: it cannot be read
	keys    keys.Found
	facts   *doctor.Facts
}

// Directory looks at the node of a directory, whether it runs or not.
func Directory(ctx context.Context, dir string, o Options) *doctor.Facts {
	f := &doctor.Facts{At: o.Now(), Mode: doctor.Stopped, Dir: dir}
	d := &directory{o: o, dir: dir, facts: f}
	var err error
	if d.config, err = config.Load(filepath.Join(dir, config.FileName)); err != nil {
		if f.Settings.Unread = d.denied(filepath.Join(dir, config.FileName), err); !f.Settings.Unread {
			f.Settings.Problems = strings.Split(err.Error(), "\n")
		}
		return f
	}
	d.data = d.config.Path(d.config.Data)
	f.Agency = ledger.AccountID(d.config.Agency)
	f.Service = service(dir)
	d.settings()
	status := d.mode(ctx)
	l := d.learn(status)
	d.lookAtKeys(l)
	f.Peers = d.probe(ctx, l)
	if status != nil {
		d.heard(status, l)
	}
	f.Machine = machine(d.data)
	f.Backups = backups(o.Backups, d.data, f.At)
	return f
}

func (d *directory) settings() {
	c, f := d.config, d.facts
	f.Settings = doctor.Settings{
		Heartbeat: time.Duration(c.Raft.Heartbeat), PeerListen: c.Peer.Listen, PublicListen: c.Public.Listen, PublicOpen: !loopback(c.Public.Listen),
		PublicTLS: c.Public.TLSCertificate != "", Operator: c.Operator.Listen, LogLevel: c.Log.Level,
	}
	if path, ok := strings.CutPrefix(c.Operator.Listen, "unix:"); ok {
		if info, err := os.Stat(c.Path(path)); err == nil {
			f.Settings.SocketOpen = info.Mode().Perm()&0o002 != 0 && openDirectory(filepath.Dir(c.Path(path)))
		}
	}
	file, err := os.ReadFile(c.Path(c.Genesis))
	if err == nil {
		d.genesis, err = genesis.Parse(file)
	}
	if err != nil {
		if !d.denied(c.Path(c.Genesis), err) {
			f.Settings.Genesis = said(err)
		}
		return
	}
	f.Notice = d.genesis.Notice()
}

// denied tells whether an error is that this account may not look, and notes where.
func (d *directory) denied(path string, err error) bool {
	if !errors.Is(err, fs.ErrPermission) {
		return false
	}
	if !slices.Contains(d.facts.Denied, path) {
		d.facts.Denied = append(d.facts.Denied, path)
	}
	return true
}

// openDirectory tells whether everybody may enter a directory; those above it are not looked at.
func openDirectory(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().Perm()&0o001 != 0
}

// said is an error in both languages, or twice in the one it knows.
func said(err error) lang.Text {
	return lang.Text{Vi: lang.Say(lang.Vietnamese, err), En: lang.Say(lang.English, err)}
}

func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	ip := net.ParseIP(host)
	return err == nil && (host == "localhost" || ip != nil && ip.IsLoopback())
}

// mode finds out whether the node runs. A node that answers for another agency is not this one.
func (d *directory) mode(ctx context.Context) *stands {
	f := d.facts
	if f.Settings.Operator != "" {
		s, err := status(ctx, d.config, d.o.Wait)
		switch {
		case err != nil:
			f.Settings.OperatorError = err.Error()
		case s.Agency != f.Agency:
			f.Settings.OperatorOther = s.Agency
			f.Settings.OperatorError = fmt.Sprintf("agency %v answers there", s.Agency)
		default:
			f.Mode = doctor.Live
			return s
		}
	}
	if d.replica() {
		if f.Mode = doctor.Stopped; d.chainInUse() {
			f.Mode = doctor.Hidden
		}
		return nil
	}
	raft := filepath.Join(d.data, raftFile)
	if _, err := replica.Inspect(raft); errors.Is(err, replica.ErrInUse) {
		f.Mode = doctor.Hidden
	} else if d.denied(raft, err) {
		f.Mode = doctor.Unknown
	}
	return nil
}

// replica tells that the node is nobody's validator: it has no keys and no raft.
func (d *directory) replica() bool { return d.config.Agency == 0 }

// chainInUse tells whether a process holds the ledger, of a node without raft.
func (d *directory) chainInUse() bool {
	c, err := store.OpenChain(filepath.Join(d.data, store.ChainFile), read)
	if err == nil {
		_ = c.Close()
	}
	return errors.Is(err, store.ErrInUse)
}

// place is a validator as the ledger has it.
type place struct {
	agency       ledger.AccountID
	incarnation  uint32
	peer, public string
	tls          ident.Ed25519Key
	named        map[ident.Purpose]ident.Ed25519Key
}

// learned is what the ledger says, from whichever source could be read.
type learned struct {
	places []place
	ledger *doctor.Ledger
}

// learn reads what the ledger says of the network: from the running node, else from the files, else from genesis.
func (d *directory) learn(s *stands) learned {
	var l learned
	switch {
	case s != nil:
		d.facts.Node = nodeFacts(s, d.o.Now())
		l = fromStatus(s)
	case d.facts.Mode == doctor.Stopped:
		l = d.files()
	}
	if len(l.places) == 0 && d.genesis != nil {
		l = fromGenesis(d.genesis)
	}
	d.facts.Ledger = l.ledger
	return l
}

// lookAtKeys compares the held keys with those that the ledger names.
func (d *directory) lookAtKeys(l learned) {
	if d.replica() {
		return
	}
	d.keys = keys.Inspect(d.config.Path(d.config.Keys))
	k := &d.facts.Keys
	k.Open, k.Left = d.keys.Open, d.keys.Left
	for _, problem := range d.keys.Problems {
		if !d.denied(d.config.Path(d.config.Keys), problem) {
			k.Problems = append(k.Problems, problem.Error())
		}
	}
	for _, p := range l.places {
		if p.agency != d.facts.Agency {
			continue
		}
		for _, purpose := range []ident.Purpose{ident.PurposeNode, ident.PurposeCosigner, ident.PurposeTLS} {
			held, ok := d.keys.Held[purpose]
			if want := p.named[purpose]; ok && held != want && d.keys.Next[purpose].Public != want {
				k.Unnamed = append(k.Unnamed, purpose.String())
			}
		}
		if n := d.facts.Node; n != nil && n.Cosign.State == cosign.Watching && d.keys.Held[ident.PurposeCosigner] == p.named[ident.PurposeCosigner] {
			n.Cosign.State = doctor.Resting
		}
		for _, purpose := range []ident.Purpose{ident.PurposeNode, ident.PurposeCosigner, ident.PurposeTLS} {
			if next, ok := d.keys.Next[purpose]; ok && p.named[purpose] != next.Public {
				k.Next = append(k.Next, doctor.NextKey{Purpose: purpose.String(), Age: max(0, d.facts.At.Sub(next.Made))})
			}
		}
	}
}
