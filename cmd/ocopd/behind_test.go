package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/ident/keystore"
	"github.com/ocopledger/ocop/node"
	"github.com/ocopledger/ocop/node/client"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// The long form: go test ./cmd/ocopd -run TestFarBehind -timeout 30m -behind.records 200000
var behind = flag.Int("behind.records", 6000, "records that a node misses while it is away")

// load is a client that registers accounts, many in a call.
type load struct {
	n      *network
	author compose.Author
	next   atomic.Uint64
	done   atomic.Uint64 // records on the ledger
}

func (n *network) newLoad() *load {
	n.t.Helper()
	data, err := keystore.ReadFile(n.keys(0))
	if err != nil {
		n.t.Fatal(err)
	}
	kept, err := keystore.Decrypt(data, []byte(testPassword))
	if err != nil {
		n.t.Fatal(err)
	}
	private, err := kept.Author()
	if err != nil {
		n.t.Fatal(err)
	}
	g, _, err := readGenesis(n.path("genesis"))
	if err != nil {
		n.t.Fatal(err)
	}
	l := &load{n: n, author: compose.Author{Chain: g.Chain, Account: 1, Schema: uint16(g.Body.Protocol), Key: private}}
	l.next.Store(uint64(ledger.AccountRange) + 10_000)
	return l
}

// some submits so many records through a node.
func (l *load) some(ctx context.Context, c *client.Client, records int) error {
	envelopes := make([][]byte, records)
	for i := range envelopes {
		account := l.next.Add(1)
		actions, err := compose.Marshal(l.author.Schema, []*recordv1.Action{compose.Act(&recordv1.RegisterAccount{
			Account: account, Kind: recordv1.AccountKind_ACCOUNT_KIND_COOPERATIVE, Roles: 1, Name: compose.RegisterName(fmt.Sprint("HTX thử ", account)), Territory: 67,
		})})
		if err != nil {
			return err
		}
		signed, err := l.author.Sign(actions, uint64(time.Now().UnixMilli()), time.Hour)
		if err != nil {
			return err
		}
		envelopes[i] = signed.Envelope
	}
	outcomes, err := c.Submit(ctx, envelopes, nil)
	if err != nil {
		return err
	}
	for _, o := range outcomes {
		if o == nil || o.GetRefused() != nil {
			return fmt.Errorf("not accepted: %v", o)
		}
	}
	l.done.Add(uint64(records))
	return nil
}

// atOnce is how many records a call has: few enough that a raft log of a MiB has many entries.
const atOnce = 60

// TestFarBehind: a node that was away while the others' raft logs were cut fetches what it missed by leaves, while the load goes on; and a fourth validator
// joins the loaded network from nothing.
func TestFarBehind(t *testing.T) {
	n := newNetworkOf(t, 4)
	for i := range 4 {
		n.setting(n.node(i), "log_mib: 480", "log_mib: 1")
	}
	all := n.launchAll()
	n.fill(all[0], 2)
	n.elected(removal(4, 2), 0, 1, 2)
	all[3].becomes("the fourth is out", func(s *node.Status) bool { return s.Place == node.Outside })
	all[3].end()
	voters(all[:3], "1-1", "2-1", "3-1")
	last := all[2].becomes("the end of its log", ready).LastIndex
	all[2].end()
	c, err := client.New(n.public(0), client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	l := n.newLoad()
	for l.done.Load() < uint64(*behind) {
		if err := l.some(t.Context(), c, atOnce); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range all[:2] {
		p.becomes("its log is cut beyond what the third has", func(s *node.Status) bool { return s.FirstIndex > last+1 })
	}
	ctx, stop := context.WithCancel(t.Context())
	var loading sync.WaitGroup
	loading.Go(func() {
		for ctx.Err() == nil {
			if err := l.some(ctx, c, atOnce); err != nil && ctx.Err() == nil {
				t.Error(err)
				return
			}
		}
	})
	began, missed := time.Now(), l.done.Load()
	all[2] = n.launch(n.node(2), n.address(2, 2))
	caughtUp := func(what string, p *launched) {
		t.Helper()
		limit := patience + time.Duration(*behind)*time.Millisecond
		s := p.becomesWithin(limit, what, func(s *node.Status) bool {
			return seated(s) && s.Size >= all[0].becomes("a head", ready).Size-4*atOnce && s.Cosign.State == "signing"
		})
		t.Logf("%s: %d leaves after %v, under load", what, s.Size, time.Since(began).Round(time.Millisecond))
	}
	caughtUp(fmt.Sprint("the third, behind by ", missed, " records"), all[2])
	began = time.Now()
	fourth, change := n.joins("fourth", 3, 3)
	fourth.becomes("it follows", func(s *node.Status) bool { return s.Cosign.Height > 0 })
	n.elected(change, 0, 1) // two of three suffice
	caughtUp("the fourth, from nothing", fourth)
	voters([]*launched{all[0], all[1], all[2], fourth}, "1-1", "2-1", "3-1", "4-2")
	stop()
	loading.Wait()
	all[0].end() // three of four certify
	height := n.fillAt(1, 2)
	for _, p := range []*launched{all[1], all[2], fourth} {
		p.becomes("certified by three of four", at(height))
	}
	if s := all[2].becomes("its raft log", ready); s.FirstIndex <= last+1 {
		t.Errorf("the third found all it missed in the others' raft logs: its own goes on from %d to %d", s.FirstIndex, s.LastIndex)
	}
	for _, p := range []*launched{all[1], all[2], fourth} {
		p.end()
	}
	for _, dir := range []string{n.node(1), n.node(2), n.path("fourth")} {
		report := read[checkReport](t, n.must("check", "--json", "--dir", dir))
		if !report.OK || uint64(report.Records) < l.done.Load() {
			t.Errorf("%s: %+v", dir, report)
		}
	}
}

// fillAt registers some accounts through a node, and gives the height it is at then.
func (n *network) fillAt(i, records int) (height uint64) {
	n.t.Helper()
	for range records {
		n.registered++
		n.submit(0, n.public(i), compose.Act(&recordv1.RegisterAccount{
			Account: uint64(ledger.AccountRange) + uint64(1000+n.registered), Kind: recordv1.AccountKind_ACCOUNT_KIND_COOPERATIVE, Roles: 1,
			Name: compose.RegisterName(fmt.Sprint("HTX thử ", n.registered)), Territory: 67,
		}))
	}
	p := &launched{network: n, dir: n.node(i), operator: n.address(i, 2), ended: make(chan result)}
	return p.becomes("a height", ready).Height
}

// setting changes a line of a node's settings.
func (n *network) setting(dir, from, to string) {
	n.t.Helper()
	file := dir + "/config.yaml"
	data, err := os.ReadFile(file)
	if err != nil || bytes.Count(data, []byte(from)) != 1 {
		n.t.Fatalf("%v: %q in %s", err, from, data)
	}
	if err := os.WriteFile(file, bytes.Replace(data, []byte(from), []byte(to), 1), 0o644); err != nil {
		n.t.Fatal(err)
	}
}
