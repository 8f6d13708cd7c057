//go:build linux && amd64

package fault

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/node/client"
	"github.com/ocopledger/ocop/node/config"
	"github.com/ocopledger/ocop/node/cosign"
	"github.com/ocopledger/ocop/node/internal/disk"
	"github.com/ocopledger/ocop/node/internal/process"
	"github.com/ocopledger/ocop/node/replica"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

// startLimit is how long a node that neither leads nor ends is waited for.
const startLimit = 30 * time.Second

// place is where a node with the recorded node's keys is started again and again.
type place struct {
	t       testing.TB
	host    *host
	ocopd   string
	config  []byte
	genesis []byte
}

func (r *recording) elsewhere(t testing.TB, p *ports) *place {
	t.Helper()
	old := r.hosts[0]
	h := &host{number: 1, public: p.take(t), operator: p.take(t), peer: p.take(t)}
	c := config.Default()
	c.Agency = 1
	c.Keys = filepath.Join(old.dir, "keys")
	c.Peer.Listen, c.Public.Listen, c.Operator.Listen = h.peer, h.public, h.operator
	c.Raft.Heartbeat = config.Duration(200 * time.Millisecond)
	h.client = dial(t, h.public)
	t.Cleanup(h.kill)
	return &place{t: t, host: h, ocopd: program(t, "ocopd"), config: c.Write(), genesis: r.Genesis.Bytes()}
}

// make lays out the directory of a node as the disk holds it after a crash.
func (p *place) make(r *recording, c *disk.Crash) (err error) {
	if p.host.dir, err = os.MkdirTemp("", "ocop-disk-"); err != nil {
		return err
	}
	data := filepath.Join(p.host.dir, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		return err
	}
	if err := r.log.Files(*c, data); err != nil {
		return err
	}
	for _, beside := range []string{cosign.SlotFile, replica.SeatFile} {
		if err := os.Rename(filepath.Join(data, beside), filepath.Join(p.host.dir, beside)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return errors.Join(
		os.WriteFile(filepath.Join(p.host.dir, config.FileName), p.config, 0o600),
		os.WriteFile(filepath.Join(p.host.dir, "genesis"), p.genesis, 0o600))
}

// try starts a node on what a crash left. It gives the outcome in a word, or what is wrong.
func (p *place) try(r *recording, c *diskCase) (outcome string, err error) {
	defer p.clean(&err)
	if err := p.make(r, &c.Crash); err != nil {
		return "", err
	}
	told := r.at(c.Point)
	if !c.lied {
		if err := p.slot(r, told); err != nil {
			return "", err
		}
	}
	found, err := p.check()
	if err != nil {
		return "", err
	}
	if !c.lied && found != "" && len(told) > 0 {
		return "", fmt.Errorf("check after a power cut: %s", found)
	}
	switch refusal, err := p.start(); {
	case err != nil:
		return "", err
	case refusal != "" && !c.lied && len(told) > 0:
		return "", fmt.Errorf("does not start after a power cut: %s", refusal)
	case refusal != "":
		if len(told) == 0 {
			return "refuses, by name, before it was heard of", nil
		}
		return "refuses, by name", nil
	}
	named, err := p.holds(r, told)
	switch {
	case err != nil && (found == "" || !c.lied):
		return "", fmt.Errorf("wrong in silence: %w", err)
	case err != nil:
		return "", fmt.Errorf("wrong beyond what check names (%s): %w", found, err)
	case found != "" || named != "":
		if len(told) == 0 {
			return "runs; was not heard of before", nil
		}
		return "runs; check names it", nil
	}
	return "all is there", nil
}

// clean ends the node and removes its directory, unless something is wrong: then it is left to be looked at.
func (p *place) clean(err *error) {
	p.host.kill()
	if *err == nil {
		*err = os.RemoveAll(p.host.dir)
	} else {
		*err = fmt.Errorf("%w (left in %s)", *err, p.host.dir)
	}
}

// slot wants the cosigner's file to say no less than was signed, or to say that it does not know.
func (p *place) slot(r *recording, told []known) error {
	if len(told) == 0 {
		return nil
	}
	s, err := cosign.OpenSlot(filepath.Join(p.host.dir, cosign.SlotFile), r.Genesis.Chain)
	if err != nil {
		return err
	}
	if signed := told[len(told)-1].signed; s.Sure() && s.Mark().Size < signed {
		return fmt.Errorf("the slot file is sure of size %d, and %d was signed", s.Mark().Size, signed)
	}
	return s.Close()
}

// check is what ocopd check finds; empty: nothing.
func (p *place) check() (found string, err error) {
	var said, failed bytes.Buffer
	cmd := exec.Command(p.ocopd, "check", "--dir", p.host.dir, "--json", "--lang", "en")
	cmd.Stdout, cmd.Stderr = &said, &failed
	err = cmd.Run()
	if err == nil {
		return "", nil
	}
	var report struct {
		Findings  []struct{ English string }
		Unchecked []struct{ English string }
	}
	if crashed(failed.String()) {
		return "", fmt.Errorf("check crashes:\n%s", failed.String())
	}
	if json.Unmarshal(said.Bytes(), &report) == nil {
		for _, f := range append(report.Findings, report.Unchecked...) {
			found += f.English + " "
		}
	}
	if found == "" {
		found = strings.TrimSpace(said.String() + failed.String())
	}
	if found == "" {
		return "", fmt.Errorf("check fails and says nothing: %w", err)
	}
	return found, nil
}

func crashed(said string) bool {
	return strings.Contains(said, "panic:") || strings.Contains(said, "fatal error:") || strings.Contains(said, "goroutine ") || strings.Contains(said, "SIGBUS")
}

// start runs the node until it leads, or until it has ended: then refusal is what it says, which must name a file.
func (p *place) start() (refusal string, err error) {
	process, err := process.Start(p.host.log(), p.ocopd, "run", "--dir", p.host.dir)
	if err != nil {
		return "", err
	}
	p.host.set(process)
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	for {
		select {
		case <-process.Ended():
			said := p.host.logEnd()
			if crashed(said) {
				return "", fmt.Errorf("the node crashes:\n%s", said)
			}
			for _, name := range append([]string{"raft log"}, diskFiles...) {
				if strings.Contains(said, name) {
					return said, nil
				}
			}
			return "", fmt.Errorf("the node ends without naming a file:\n%s", said)
		case <-ctx.Done():
			return "", fmt.Errorf("the node neither leads nor ends in %v:\n%s", startLimit, p.host.logEnd())
		case <-time.After(look):
		}
		if head, err := p.host.head(ctx); err == nil && head.GetNode().GetLeader() != 0 {
			return "", nil
		}
		if why := p.host.unseated(); why != "" { // it serves, and takes no part: what it refuses is to vote
			return why, nil
		}
	}
}

// unseated is why a node that runs does not vote with the raft store it found; empty: it does, or will.
func (h *host) unseated() string {
	answer, err := http.Get("http://" + h.operator + "/status")
	if err != nil {
		return ""
	}
	defer answer.Body.Close()
	var s struct {
		Place    string
		PlaceWhy struct{ English string } `json:"place_why"`
	}
	if json.NewDecoder(answer.Body).Decode(&s) != nil || s.Place != "store_lost" {
		return ""
	}
	return s.PlaceWhy.English
}

// holds wants everything that was told, as it was told, and a head that the ledger once had. named is an answer that says that the file is damaged.
func (p *place) holds(r *recording, told []known) (named string, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	least := uint64(0)
	if len(told) > 0 {
		least = told[len(told)-1].head.GetHeight()
	}
	head, err := p.host.client.Ledger.GetHead(ctx, &apiv1.GetHeadRequest{MinHeight: least})
	if err != nil {
		return "", fmt.Errorf("height %d: %w\n%s", least, err, p.host.logEnd())
	}
	at := head.GetHead()
	if was, ok := r.truth.roots[at.GetSize()]; !ok || string(was[:]) != string(at.GetRoot()) || r.truth.heights[at.GetSize()] != at.GetHeight() {
		return "", fmt.Errorf("at height %d, size %d the root is %x, was %v", at.GetHeight(), at.GetSize(), at.GetRoot(), was)
	}
	if c := head.GetCertified(); c != nil && r.truth.roots[c.GetSize()] != ledger.Hash(c.GetRoot()) {
		return "", fmt.Errorf("size %d is certified with root %x, was %v", c.GetSize(), c.GetRoot(), r.truth.roots[c.GetSize()])
	}
	for _, k := range told {
		a, err := p.host.client.Ledger.GetRecord(ctx, &apiv1.GetRecordRequest{Record: k.record})
		if e, ok := errors.AsType[*client.Error](err); ok && e.Code == codes.Internal {
			named = e.English
			continue
		}
		if err != nil {
			return "", fmt.Errorf("record %s: %w", k.record, err)
		}
		if refused := a.GetOutcome().GetRefused() != nil; refused != k.refused || !refused && !bytes.Equal(a.GetEnvelope(), k.envelope) {
			return "", fmt.Errorf("record %s: %v", k.record, a)
		}
	}
	return named, nil
}
