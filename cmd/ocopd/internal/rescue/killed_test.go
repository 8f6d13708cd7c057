package rescue_test

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ocopledger/ocop/node/backup"
)

const (
	killed     = "OCOP_TEST_KILLED" // what to do, with which files
	killedSeed = 22
)

// TestKilledChild is the process that is killed while it does its work.
func TestKilledChild(t *testing.T) {
	words := strings.Fields(os.Getenv(killed))
	if len(words) == 0 {
		t.Skip("started by TestKilled")
	}
	w := newWorld(t, killedSeed)
	n := &node{t, w, words[1], filepath.Join(words[1], "data")}
	fmt.Println("begins")
	if err := n.work(words[0], words[2]); err != nil {
		t.Fatal(err)
	}
}

func (n *node) work(what, place string) (err error) {
	switch what {
	case "backup":
		err = n.tryBackUp(place)
	case "restore":
		_, err = n.restore(place)
	case "repair":
		_, err = n.repair(place)
	}
	return err
}

// Whenever a backup, a restore or a repair is killed, there is no backup or a whole one, the ledger is the old one or the new one, and the same command then does
// the work.
func TestKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	w := newWorld(t, killedSeed)
	old, newest := w.points[30], w.newest()
	folder := w.newNode(t, newest).backUp()
	source := w.published(t, newest)
	r := rand.New(rand.NewPCG(8, 8))
	ends := make(map[string]int)
	for _, what := range []string{"backup", "restore", "repair"} {
		for round := range 6 {
			n := w.newNode(t, old)
			place := map[string]string{"backup": filepath.Join(t.TempDir(), "backup"), "restore": folder, "repair": source}[what]
			n.kill(what, place, time.Duration(round*130+r.IntN(130))*time.Millisecond)
			report := w.check(t, n.data)
			if !report.OK() && !(len(report.Findings) == 0 && report.Head == old.Head) || report.Head != old.Head && report.Head != newest.Head {
				t.Fatalf("%s: %+v", what, report)
			}
			if _, err := backup.ReadMark(n.data); what == "restore" && (err == nil) != (report.Head == newest.Head) {
				t.Errorf("restore: head %+v, mark %v", report.Head, err)
			}
			if what == "backup" {
				n.wholeOrNone(place)
			}
			ends[fmt.Sprintf("%s, head %d", what, report.Head.Height)]++
			clock = clock.Add(time.Minute)
			if err := n.work(what, place); err != nil && !(what == "backup" && errors.Is(err, fs.ErrExist)) {
				t.Fatalf("%s, once more: %v", what, err)
			}
			if what == "backup" {
				continue
			}
			if report := w.check(t, n.data); !report.OK() || report.Head != newest.Head {
				t.Fatalf("%s, once more: %+v", what, report)
			}
		}
	}
	t.Log(ends)
}

// kill starts the work and kills it some time after it has begun.
func (n *node) kill(what, place string, after time.Duration) {
	n.t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestKilledChild$", "-test.v")
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s %s %s", killed, what, n.dir, place), "TMPDIR="+n.t.TempDir()) // what is killed removes nothing
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		n.t.Fatal(err)
	}
	var said strings.Builder
	buffer := make([]byte, 1024)
	for !strings.Contains(said.String(), "begins") {
		k, err := out.Read(buffer)
		if said.Write(buffer[:k]); err != nil {
			n.t.Fatalf("the child ends: %s", said.String())
		}
	}
	time.Sleep(after) // any moment will do
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
}

// wholeOrNone checks that a folder is a whole backup, or not there.
func (n *node) wholeOrNone(folder string) {
	n.t.Helper()
	b, err := backup.Open(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	if err == nil {
		err = b.Read(n.t.Context(), nil)
	}
	if err != nil {
		n.t.Errorf("a backup that is not whole: %v", err)
	}
}
