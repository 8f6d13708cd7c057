package keeper

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/evidence"
	"github.com/ocopledger/ocop/ledger/verify"
	"github.com/ocopledger/ocop/ledger/verify/verifytest"
)

// bench is a keeper with a ledger that it speaks of.
type bench struct {
	*Keeper
	t     *testing.T
	world *verifytest.World
	log   bytes.Buffer
	o     Options
}

func newBench(t *testing.T) *bench {
	b := &bench{t: t, world: verifytest.New()}
	b.o = Options{
		Dir: filepath.Join(t.TempDir(), "evidence"), Genesis: b.world.Policies[0], Now: func() time.Time { return time.Unix(int64(b.world.Now), 0) },
		Log: slog.New(slog.NewTextHandler(&b.log, nil)),
		Epoch: func(n uint32) (*ledger.Policy, bool) {
			if int(n) >= len(b.world.Policies) {
				return nil, false
			}
			return b.world.Policies[n], true
		},
	}
	b.open()
	return b
}

func (b *bench) open() {
	b.t.Helper()
	var err error
	if b.Keeper, err = Open(b.o); err != nil {
		b.t.Fatal(err)
	}
}

// proposer is evidence against an agency: two drafts of one place.
func (b *bench) proposer(a ledger.AccountID, sequence uint64) *evidence.Evidence {
	first := b.world.Draft(ledger.DraftHeader{Proposer: a, Term: 3, Sequence: sequence, Time: 1})
	second := b.world.Draft(ledger.DraftHeader{Proposer: a, Term: 3, Sequence: sequence, Time: 2})
	if x, y := first.Header.Hash(), second.Header.Hash(); bytes.Compare(x[:], y[:]) > 0 {
		first, second = second, first
	}
	return &evidence.Evidence{Proposer: &evidence.Proposer{Drafts: [2]evidence.SignedDraft{first, second}}}
}

// diverged is evidence that an agency's node contradicts a head that others certified.
func (b *bench) diverged(a ledger.AccountID, root byte, others ...ledger.AccountID) *evidence.Evidence {
	head := b.world.Head(others...)
	wrong := head.Tree
	wrong.Root = ledger.Hash{root}
	return &evidence.Evidence{Diverged: &evidence.Heads{
		Agency: a, Heads: [2]*checkpoint.Signed{b.world.Cosign(&checkpoint.Signed{Tree: wrong}, a), head}, Root: head.Tree.Root,
	}}
}

func (b *bench) names() (names []string) {
	for _, p := range b.Pieces() {
		names = append(names, p.Name)
	}
	return names
}

func (b *bench) add(e *evidence.Evidence) string {
	b.t.Helper()
	name, err := b.Add(e)
	if err != nil {
		b.t.Fatal(err)
	}
	return name
}

func TestKept(t *testing.T) {
	b := newBench(t)
	var told []string
	b.o.Kept = func(p Piece, e *evidence.Evidence) {
		if Name(e) != p.Name {
			t.Errorf("%s is %s", p.Name, Name(e))
		}
		told = append(told, p.Name)
	}
	b.open()
	one := b.add(b.proposer(2, 7))
	two := b.add(b.diverged(3, 9, 1, 2))
	if !strings.HasPrefix(one, "proposer-2-") || !strings.HasPrefix(two, "diverged-3-") {
		t.Errorf("named %s and %s", one, two)
	}
	if got := strings.Count(b.log.String(), "ALARM"); got != 2 {
		t.Errorf("%d alarms\n%s", got, b.log.String())
	}
	b.log.Reset()
	b.open() // as after a restart
	if want := []string{one, two, two, one}; !slices.Equal(told, want) {
		t.Errorf("told of %v, want %v", told, want)
	}
	if got := b.names(); !slices.Equal(got, []string{two, one}) {
		t.Errorf("after a restart: %v", got)
	}
	if got := strings.Count(b.log.String(), "ALARM"); got != 2 {
		t.Errorf("%d alarms after a restart", got)
	}
	file, err := b.File(one)
	if err != nil {
		t.Fatal(err)
	}
	e, err := evidence.Parse(file)
	if err != nil || Name(e) != one {
		t.Errorf("%v, %v", e, err)
	}
	for _, strange := range []string{"", "../genesis", "proposer-2-0000000000000000", one + suffix} {
		if _, err := b.File(strange); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%q: %v", strange, err)
		}
	}
}

// TestOneClaimOnce: what two validators found of one lie is one piece, although certified heads and handovers differ.
func TestOneClaimOnce(t *testing.T) {
	b, other := newBench(t), newBench(t)
	name := b.add(b.diverged(3, 9, 1, 2))
	b.world.Now += 30 // signed again
	if again := b.add(b.diverged(3, 9, 2, 1)); again != name {
		t.Errorf("named %s and %s", name, again)
	}
	if got := b.names(); len(got) != 1 || b.Wants(name) {
		t.Errorf("kept %v", got)
	}
	if !other.Wants(name) {
		t.Error("what is not kept is not wanted")
	}
	file, err := b.File(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Take(name, file); err != nil || !slices.Equal(other.names(), b.names()) {
		t.Errorf("%v, %v", err, other.names())
	}
}

func TestNotKept(t *testing.T) {
	b := newBench(t)
	good := b.proposer(2, 7)
	honest := &evidence.Evidence{Proposer: &evidence.Proposer{Drafts: [2]evidence.SignedDraft{good.Proposer.Drafts[0], good.Proposer.Drafts[0]}}}
	forged := b.proposer(2, 7)
	forged.Proposer.Drafts[1].Signature[5] ^= 1
	late := b.proposer(2, 7)
	other := newBench(t)
	late.Handovers = []*checkpoint.Handover{other.world.EndedBy(func() { other.world.Rotate(2) }, 1, 2)}
	for name, c := range map[string]struct {
		e    *evidence.Evidence
		name string
		want func(error) bool
	}{
		"the same draft twice":          {honest, "", func(err error) bool { return verify.Failed(err, verify.WordEvidence) }},
		"a forged signature":            {forged, "", func(err error) bool { return verify.Failed(err, verify.WordSignature) }},
		"another name":                  {good, "proposer-2-0000000000000000", func(err error) bool { return errors.Is(err, ErrName) }},
		"an epoch that this has not":    {late, "", func(err error) bool { return errors.Is(err, ErrEpoch) }},
		"of a quorum with the diverged": {b.diverged(3, 9, 1, 3), "", func(err error) bool { return verify.Failed(err, verify.WordSigner) }},
	} {
		if c.name == "" {
			c.name = Name(c.e)
		}
		if err := b.Take(c.name, c.e.Append(nil)); err == nil || !c.want(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := b.Take(Name(good), []byte("OCOPEVID nothing")); !errors.Is(err, ledger.ErrMalformed) {
		t.Errorf("no evidence: %v", err)
	}
	if err := b.Take(Name(good), make([]byte, MaxFile+1)); !errors.Is(err, ledger.ErrMalformed) {
		t.Errorf("too large: %v", err)
	}
	if files, _ := os.ReadDir(b.o.Dir); len(files) != 0 || len(b.Pieces()) != 0 {
		t.Errorf("kept %v, files %v", b.names(), files)
	}
}

// TestFloodOfEvidence: a liar fills neither the disk nor the place for others.
func TestFloodOfEvidence(t *testing.T) {
	b := newBench(t)
	for i := range uint64(3 * MaxPieces) {
		_, err := b.Add(b.proposer(2, i))
		if full := i >= MaxPieces; full != errors.Is(err, ErrFull) || !full && err != nil {
			t.Fatalf("piece %d: %v", i, err)
		}
	}
	b.add(b.proposer(1, 0))
	b.add(b.diverged(2, 1, 1, 3))
	files, err := os.ReadDir(b.o.Dir)
	if err != nil || len(files) != MaxPieces+2 || len(b.Pieces()) != MaxPieces+2 {
		t.Errorf("%d files, %d pieces, %v", len(files), len(b.Pieces()), err)
	}
	if more := Name(b.proposer(2, 1000)); b.Wants(more) {
		t.Error("more is asked for than is kept")
	}
}

// TestStrangeFiles: what stands in the folder and does not hold is neither evidence, nor overwritten, nor in the way of a start.
func TestStrangeFiles(t *testing.T) {
	b := newBench(t)
	name := b.add(b.proposer(2, 7))
	path := filepath.Join(b.o.Dir, name+suffix)
	damaged, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	damaged[len(damaged)-1] ^= 1
	for path, data := range map[string][]byte{path: damaged, filepath.Join(b.o.Dir, "notes.txt"): []byte("ours"), filepath.Join(b.o.Dir, "x"+suffix): nil} {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	b.open()
	if got := b.names(); len(got) != 0 {
		t.Errorf("kept %v", got)
	}
	if got := strings.Count(b.log.String(), "is no evidence"); got != 2 {
		t.Errorf("%d files told of\n%s", got, b.log.String())
	}
	if _, err := b.Add(b.proposer(2, 7)); !errors.Is(err, fs.ErrExist) {
		t.Errorf("over a damaged file: %v", err)
	}
	if now, _ := os.ReadFile(path); !bytes.Equal(now, damaged) {
		t.Error("a file was overwritten")
	}
}

func TestAlarmIsRepeated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { b.Run(ctx); close(ended) }()
		one, two := b.add(b.proposer(2, 7)), b.add(b.proposer(3, 7))
		count := func(name string) int { return strings.Count(b.log.String(), "evidence="+name) }
		time.Sleep(2*Repeat + time.Second)
		synctest.Wait()
		if count(one) != 3 || count(two) != 3 {
			t.Errorf("told %d and %d times, want 3", count(one), count(two))
		}
		if !b.Acknowledge(one) || b.Acknowledge(fmt.Sprint(one, "0")) {
			t.Error("acknowledged what is not there, or not what is")
		}
		time.Sleep(2 * Repeat)
		synctest.Wait()
		if count(one) != 3 || count(two) != 5 {
			t.Errorf("told %d and %d times after the first was acknowledged, want 3 and 5", count(one), count(two))
		}
		cancel()
		<-ended
	})
}
