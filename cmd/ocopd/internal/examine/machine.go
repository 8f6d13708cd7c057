package examine

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/ocopledger/ocop/cmd/ocopd/internal/doctor"
	"github.com/ocopledger/ocop/ledger/store"
)

// machine looks at the disk under the data. A directory that is not there yet lies where the one above it does.
func machine(data string) doctor.Machine {
	m := doctor.Machine{Sizes: make(map[string]int64)}
	for _, name := range []string{store.ChainFile, store.IndexFile, store.HeadsFile, raftFile} {
		if info, err := os.Stat(filepath.Join(data, name)); err == nil {
			m.Sizes[name] = info.Size()
		}
	}
	path := existing(data)
	m.Disk, m.FileSystem = room(path), fileSystem(path)
	if m.Disk != nil && m.FileSystem != nil {
		m.Disk.ReadOnly = m.Disk.ReadOnly || contains(m.FileSystem.Options, "ro")
	}
	return m
}

func contains(list []string, one string) bool {
	for _, s := range list {
		if s == one {
			return true
		}
	}
	return false
}

func existing(path string) string {
	if absolute, err := filepath.Abs(path); err == nil {
		path = absolute
	}
	for {
		if resolved, err := filepath.EvalSymlinks(path); err == nil {
			return resolved
		}
		above := filepath.Dir(path)
		if above == path {
			return path
		}
		path = above
	}
}

// mounted is a line of /proc/self/mountinfo.
type mounted struct {
	at, device, kind string
	options          []string
}

// parseMounts reads the kernel's list of mounts: id, parent, major:minor, root, mount point, options, optional fields, "-", type, device, options of the file
// system. Blanks in paths are written \040.
func parseMounts(text string) (list []mounted) {
	for line := range strings.SplitSeq(text, "\n") {
		before, after, ok := strings.Cut(line, " - ")
		first, rest := strings.Fields(before), strings.Fields(after)
		if !ok || len(first) < 6 || len(rest) < 3 {
			continue
		}
		list = append(list, mounted{
			at: unescaped.Replace(first[4]), kind: rest[0], device: unescaped.Replace(rest[1]), options: append(strings.Split(first[5], ","), strings.Split(rest[2], ",")...),
		})
	}
	return list
}

var unescaped = strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`)

// mountOf is the mount that a path lies on: the one with the longest mount point, and of several there the last, which hides the others.
func mountOf(list []mounted, path string) (m mounted, ok bool) {
	for _, one := range list {
		below := one.at == "/" || path == one.at || strings.HasPrefix(path, one.at+"/")
		if below && len(one.at) >= len(m.at) {
			m, ok = one, true
		}
	}
	return m, ok
}
