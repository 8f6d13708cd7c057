//go:build linux

package rescue_test

import (
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

const (
	fullDisk = "OCOP_TEST_FULL_DISK" // what to do, with which files, and how large one may become
	fullSeed = 21
)

// TestFullDiskChild is the process whose disk is full: no file can be larger than it is told.
func TestFullDiskChild(t *testing.T) {
	words := strings.Fields(os.Getenv(fullDisk))
	if len(words) == 0 {
		t.Skip("started by TestFullDisk")
	}
	most, err := strconv.ParseUint(words[3], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, fullSeed)
	n := &node{t, w, words[1], filepath.Join(words[1], "data")}
	signal.Ignore(syscall.SIGXFSZ) // the write fails instead
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: most, Max: most}); err != nil {
		t.Fatal(err)
	}
	switch words[0] {
	case "backup":
		err = n.tryBackUp(words[2])
	case "restore":
		_, err = n.restore(words[2])
	case "repair":
		_, err = n.repair(words[2])
	}
	fmt.Printf("\nfull: %v %v\n", err != nil && strings.Contains(err.Error(), syscall.EFBIG.Error()), err) // bbolt does not wrap it
}

// A disk that gets full ends a backup, a restore and a repair with its error; nothing half-made is left, and the node's directory is what it was.
func TestFullDisk(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	w := newWorld(t, fullSeed)
	folder := w.newNode(t, w.newest()).backUp()
	source := w.published(t, w.newest())
	for _, what := range []string{"backup", "restore", "repair"} {
		for _, most := range []int{0, 30_000, 100_000, 200_000} {
			at := map[bool]point{true: w.newest(), false: w.points[30]}[what == "backup"]
			n := w.newNode(t, at)
			place := map[string]string{"backup": filepath.Join(t.TempDir(), "backup"), "restore": folder, "repair": source}[what]
			before := tree(t, n.data)
			cmd := exec.Command(os.Args[0], "-test.run=^TestFullDiskChild$", "-test.v")
			cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s %s %s %d", fullDisk, what, n.dir, place, most))
			out, err := cmd.CombinedOutput()
			if err != nil || !strings.Contains(string(out), "\nfull: true ") {
				t.Fatalf("%s with files of %d bytes: %v\n%s", what, most, err, out)
			}
			if left, _ := filepath.Glob(place + ".*"); what == "backup" && (len(left) > 0 || exists(place)) {
				t.Errorf("%s with files of %d bytes leaves %v", what, most, left)
			}
			if left, _ := filepath.Glob(n.data + ".*"); len(left) > 0 {
				t.Errorf("%s with files of %d bytes leaves %v", what, most, left)
			}
			if what != "backup" && tree(t, n.data) != before {
				t.Errorf("%s with files of %d bytes changes the node", what, most)
			}
			if r := w.check(t, n.data); !r.OK() || r.Head != at.Head {
				t.Errorf("%s with files of %d bytes: %+v", what, most, r)
			}
		}
	}
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
