package chain_test

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain/chaintest"
)

const (
	crashDir  = "OCOP_TEST_CRASH_DIR"
	crashSeed = 21
)

func crashDrafts() (*chaintest.Market, []chaintest.Draft) {
	market := chaintest.NewMarket(crashSeed)
	return market, append(market.Story, market.Drafts(150, 8)...)
}

// TestCrashChild is the process that is killed: it applies drafts and says so.
func TestCrashChild(t *testing.T) {
	dir := os.Getenv(crashDir)
	if dir == "" {
		t.Skip("started by TestKilledProcesses")
	}
	market, drafts := crashDrafts()
	o := options(t, market.World)
	o.Dir, o.FlushRecords = dir, 15
	l := open(t, o)
	r := rand.New(rand.NewPCG(uint64(os.Getpid()), 0))
	for _, batch := range groups(r, drafts[l.AppliedIndex():]) {
		apply(t, l, batch...)
		fmt.Printf("applied %d\n", l.AppliedIndex())
	}
}

// A process that is killed at any moment loses nothing that it has answered for, and the next one comes to the same head.
func TestKilledProcesses(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	market, drafts := crashDrafts()
	o := options(t, market.World)
	reference, heads := options(t, market.World), []ledger.Head{}
	l := open(t, reference)
	heads = append(heads, l.Head())
	for _, d := range drafts {
		heads = append(heads, apply(t, l, d)[0].Head)
	}
	r := rand.New(rand.NewPCG(4, 4))
	acknowledged := uint64(0)
	for round := 0; acknowledged < uint64(len(drafts)); round++ {
		got := runAndKill(t, "TestCrashChild", crashDir+"="+o.Dir, 1+r.IntN(14))
		if got < acknowledged {
			t.Fatalf("round %d: acknowledged %d, %d before", round, got, acknowledged)
		}
		acknowledged = max(acknowledged, got)
		l := open(t, o)
		applied := l.AppliedIndex()
		if h := l.Head(); h.Height < heads[acknowledged].Height || h != heads[applied] {
			t.Fatalf("round %d: head %+v, applied %d; acknowledged was %d with %+v", round, h, applied, acknowledged, heads[acknowledged])
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		if round%4 == 0 {
			checkClean(t, o)
		}
	}
	checkClean(t, o)
}

// runAndKill starts a child, kills it when it has said so many lines, and returns the last place it has answered for.
func runAndKill(t *testing.T, child, env string, lines int) (applied uint64) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^"+child+"$", "-test.v")
	cmd.Env = append(os.Environ(), env, "TMPDIR="+t.TempDir()) // what is killed removes nothing
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	scanner := bufio.NewScanner(out)
	for scanner.Scan() {
		all.WriteString(scanner.Text() + "\n")
		if n, _ := fmt.Sscanf(scanner.Text(), "applied %d", &applied); n == 1 {
			if lines--; lines == 0 {
				_ = cmd.Process.Kill()
			}
		}
	}
	_ = cmd.Wait()
	if strings.Contains(all.String(), "FAIL") {
		t.Fatalf("the child failed:\n%s", all.String())
	}
	return applied
}
