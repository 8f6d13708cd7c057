package examine

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

const mountinfo = `22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw,errors=remount-ro
30 22 0:25 / /srv rw,noatime shared:2 master:1 - nfs4 10.0.0.9:/export rw,vers=4.2
31 30 8:17 / /srv/du\040lieu rw - ext4 /dev/sdb1 rw,data=writeback
32 22 0:30 / /srv2 ro - tmpfs tmpfs rw,size=1g
33 31 8:33 /sub /srv/du\040lieu rw - xfs /dev/sdc1 rw
a line that is none
`

func TestMountOfAPath(t *testing.T) {
	list := parseMounts(mountinfo)
	if len(list) != 5 {
		t.Fatalf("%+v", list)
	}
	for path, want := range map[string]string{
		"/": "/dev/sda1", "/home/x": "/dev/sda1", "/srv": "10.0.0.9:/export", "/srv/ocop": "10.0.0.9:/export", "/srv2/ocop": "tmpfs", "/srv22": "/dev/sda1",
		"/srv/du lieu/ocop": "/dev/sdc1", // the later mount hides the earlier one
	} {
		if m, ok := mountOf(list, path); !ok || m.device != want {
			t.Errorf("%s lies on %q, want %q", path, m.device, want)
		}
	}
	if m, _ := mountOf(list, "/srv2"); m.kind != "tmpfs" || !slices.Contains(m.options, "ro") || !slices.Contains(m.options, "size=1g") {
		t.Errorf("%+v", m)
	}
	if _, ok := mountOf(nil, "/"); ok {
		t.Error("a mount out of nothing")
	}
}

func TestPathsThatAreNotThereYet(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if got := existing(filepath.Join(dir, "a", "b", "c")); got != dir {
		t.Errorf("%q, want %q", got, dir)
	}
	if err := os.Symlink(dir, filepath.Join(dir, "link")); err != nil {
		t.Skip(err)
	}
	if got := existing(filepath.Join(dir, "link", "x")); got != dir {
		t.Errorf("%q through a link", got)
	}
}

func TestMachine(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "chain.db"), make([]byte, 1234), 0o600); err != nil {
		t.Fatal(err)
	}
	m := machine(dir)
	if m.Sizes["chain.db"] != 1234 || len(m.Sizes) != 1 {
		t.Errorf("sizes %v", m.Sizes)
	}
	if m.Disk != nil && (m.Disk.Total == 0 || m.Disk.Free > m.Disk.Total) {
		t.Errorf("%+v", m.Disk)
	}
}
