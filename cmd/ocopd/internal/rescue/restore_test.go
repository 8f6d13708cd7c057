package rescue_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ocopledger/ocop/cmd/ocopd/internal/rescue"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/chain/chaintest"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/store"
	"github.com/ocopledger/ocop/node/backup"
	"github.com/ocopledger/ocop/node/config"
)

// A new machine with the node's keys and a backup comes to the same ledger; what it was told is all there.
func TestRestoreOnANewMachine(t *testing.T) {
	w := newWorld(t, 1)
	n := w.newNode(t, w.newest())
	folder := n.backUp()
	bare := w.bareNode(t)
	if _, err := bare.restore(folder); err == nil || !strings.Contains(err.Error(), "--chain-id") {
		t.Errorf("a backup says itself which ledger it is: %v", err)
	}
	done, err := rescue.Restore{From: folder, Dir: bare.dir, Chain: w.Chain(), Verifier: w.pool, Now: now}.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if done.Head != w.newest().Head || done.Certified == nil || len(done.Certified.Validators) != 3 || !done.Floor.None || done.Aside != "" || len(done.Made) != 2 {
		t.Errorf("%+v", done)
	}
	if r := w.check(t, bare.data); !r.OK() || r.Head != w.newest().Head {
		t.Errorf("%+v", r)
	}
	mark, err := backup.ReadMark(bare.data)
	if err != nil || *mark != (backup.Mark{Height: done.Head.Height, Size: done.Head.Size, Root: done.Head.Root, Time: clock}) {
		t.Errorf("mark %+v, %v", mark, err)
	}
	for _, name := range []string{config.FileName, "genesis"} {
		was, _ := os.ReadFile(filepath.Join(n.dir, name))
		is, err := os.ReadFile(filepath.Join(bare.dir, name))
		if err != nil || !bytes.Equal(was, is) {
			t.Errorf("%s: %v", name, err)
		}
	}
	l := w.open(t, bare.data)
	if l.AppliedIndex() != 0 {
		t.Errorf("raft's position is %d", l.AppliedIndex())
	}
	apply(t, l, w.drafts...) // raft delivers all again
	if l.Head() != w.newest().Head {
		t.Errorf("head %+v", l.Head())
	}
}

// What was there is kept under another name, evidence goes along, and a backup of a node restored so is restored again.
func TestRestoreKeepsWhatWasThere(t *testing.T) {
	w := newWorld(t, 2)
	early := w.points[25]
	n := w.newNode(t, early)
	n.write("data/evidence/one", []byte("against somebody"))
	n.write("data/raft.db", []byte("votes"))
	later := w.newNode(t, w.newest())
	n.sign(early.Size, early.Root)
	was := tree(t, n.data)
	done, err := n.restore(later.backUp())
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.ReplaceAll(tree(t, done.Aside), done.Aside, n.data); got != was {
		t.Errorf("aside is\n%s\nwas\n%s", got, was)
	}
	if _, err := os.Stat(filepath.Join(n.data, "raft.db")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("raft's store came along: %v", err)
	}
	if data, err := os.ReadFile(filepath.Join(n.data, "evidence", "one")); err != nil || string(data) != "against somebody" {
		t.Errorf("%s, %v", data, err)
	}
	if done.Floor.Size != early.Size || !done.Floor.Sure {
		t.Errorf("%+v", done.Floor)
	}
	clock = clock.Add(time.Hour)
	if _, err := n.restore(n.backUp()); err != nil {
		t.Error(err)
	}
	if r := w.check(t, n.data); !r.OK() || r.Head != w.newest().Head {
		t.Errorf("%+v", r)
	}
}

// A restore never goes back, and says so in both languages; nothing of the node changes.
func TestRestoreNeverGoesBack(t *testing.T) {
	w := newWorld(t, 3)
	early := w.points[25]
	folder := w.newNode(t, early).backUp()
	for name, c := range map[string]struct {
		make func() *node
		want error
		says []string
	}{
		"behind what it has cosigned": {func() *node {
			n := w.newNode(t, w.points[10])
			n.sign(w.newest().Size, w.newest().Root)
			return n
		}, rescue.ErrBelow, []string{fmt.Sprint(w.newest().Size), fmt.Sprint(early.Size), "ocopd repair"}},
		"beside what it has cosigned": {func() *node {
			n := w.newNode(t, w.points[10])
			n.sign(w.points[9].Size, ledger.Hash{7})
			return n
		}, rescue.ErrBelow, []string{fmt.Sprint(w.points[9].Size)}},
		"behind its own ledger": {func() *node { return w.newNode(t, w.points[26]) }, rescue.ErrNewer, []string{fmt.Sprint(w.points[26].Size), fmt.Sprint(early.Size)}},
		"while it runs": {func() *node {
			n := w.newNode(t, w.points[10])
			w.open(t, n.data)
			return n
		}, store.ErrInUse, nil},
		"of another ledger": {func() *node {
			n := w.newNode(t, w.points[10])
			n.write("genesis", chaintest.NewAt(chaintest.Start.AddDate(0, 0, 1)).Genesis.Bytes())
			return n
		}, chain.ErrOtherChain, nil},
	} {
		t.Run(name, func(t *testing.T) {
			n := c.make()
			before := tree(t, n.dir)
			_, err := n.restore(folder)
			if !errors.Is(err, c.want) {
				t.Errorf("%v, want %v", err, c.want)
			}
			for _, word := range c.says {
				if !strings.Contains(err.Error(), word) {
					t.Errorf("%v does not say %s", err, word)
				}
			}
			if after := tree(t, n.dir); after != before {
				t.Errorf("the node's directory is\n%s\nwas\n%s", after, before)
			}
		})
	}
}

// A rehearsal proves the same, changes nothing, and says whether the restore would be refused. The node may run.
func TestRehearse(t *testing.T) {
	w := newWorld(t, 4)
	early := w.points[25]
	folder := w.newNode(t, early).backUp()
	n := w.newNode(t, w.points[15])
	scratch := filepath.Join(t.TempDir(), "scratch")
	before := tree(t, n.dir)
	rehearse := func() (*rescue.Restored, error) {
		return rescue.Restore{From: folder, Dir: n.dir, Scratch: scratch, Verifier: w.pool, Now: now}.Run(t.Context())
	}
	done, err := rehearse()
	if err != nil || done.Head != early.Head || done.Refused != nil || done.Data != scratch {
		t.Fatalf("%+v, %v", done, err)
	}
	if tree(t, n.dir) != before {
		t.Error("the node's directory has changed")
	}
	if r := w.check(t, scratch); !r.OK() {
		t.Errorf("%+v", r)
	}
	if _, err := rehearse(); !errors.Is(err, fs.ErrExist) {
		t.Errorf("into a folder that is there: %v", err)
	}
	n.sign(w.newest().Size, w.newest().Root)
	w.open(t, n.data)
	scratch += "2"
	if done, err = rehearse(); err != nil || !errors.Is(done.Refused, rescue.ErrBelow) {
		t.Errorf("%+v, %v", done, err)
	}
	done, err = rescue.Restore{From: folder, Scratch: scratch + "3", Chain: w.Chain(), Verifier: w.pool, Now: now}.Run(t.Context())
	if err != nil || done.Head != early.Head {
		t.Errorf("without a node: %+v, %v", done, err)
	}
}

// What makes no backup: a place that is taken, a node that runs, a damaged ledger, keys that are not the node's. Nothing is left where it should have been.
func TestNoBackup(t *testing.T) {
	w := newWorld(t, 7)
	for name, c := range map[string]struct {
		prepare func(n *node, folder string)
		want    func(error) bool
	}{
		"the folder is there": {func(n *node, folder string) { os.Mkdir(folder, 0o700) }, func(err error) bool { return errors.Is(err, fs.ErrExist) }},
		"its parent is not":   {func(n *node, folder string) { os.Remove(filepath.Dir(folder)) }, func(err error) bool { return errors.Is(err, fs.ErrNotExist) }},
		"the node runs":       {func(n *node, folder string) { w.open(t, n.data) }, func(err error) bool { return errors.Is(err, store.ErrInUse) }},
		"no ledger":           {func(n *node, folder string) { os.RemoveAll(n.data) }, func(err error) bool { return errors.Is(err, chain.ErrNoLedger) }},
		"a damaged ledger":    {func(n *node, folder string) { flipRow(t, filepath.Join(n.data, store.ChainFile), "seals", 2) }, is[*chain.Finding]},
		"another node's keys": {func(n *node, folder string) {
			os.Remove(filepath.Join(n.dir, "keys", "node.key"))
			key := chaintest.NodeKey(chaintest.Ministry, ident.PurposeNode)
			n.write("keys/node.key", fmt.Appendf(nil, "ocop node %x %s\n", key.Secret(), key.Public()))
		}, func(err error) bool { return errors.Is(err, backup.ErrNoKey) }},
	} {
		t.Run(name, func(t *testing.T) {
			n := w.newNode(t, w.newest())
			folder := filepath.Join(t.TempDir(), "parent", "backup")
			if err := os.Mkdir(filepath.Dir(folder), 0o700); err != nil {
				t.Fatal(err)
			}
			c.prepare(n, folder)
			if err := n.tryBackUp(folder); !c.want(err) {
				t.Errorf("%v", err)
			}
			left, _ := os.ReadDir(filepath.Dir(folder))
			for _, e := range left {
				inside, _ := os.ReadDir(filepath.Join(filepath.Dir(folder), e.Name()))
				if len(inside) > 0 {
					t.Errorf("left behind: %s with %d files", e.Name(), len(inside))
				}
			}
		})
	}
}
