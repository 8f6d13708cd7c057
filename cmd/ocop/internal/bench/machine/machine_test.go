package machine

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

func TestLook(t *testing.T) {
	f := Look()
	if f.Cores < 1 || f.System != runtime.GOOS+"/"+runtime.GOARCH || f.Go != runtime.Version() {
		t.Errorf("%+v", f)
	}
	if runtime.GOOS == "linux" && (f.Kernel == "" || f.Load == nil) {
		t.Errorf("%+v", f)
	}
}

func TestField(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cpuinfo")
	if err := os.WriteFile(path, []byte("processor\t: 0\nmodel name\t: One: two\nmodel name\t: other\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if got := field(path, "model name"); got != "One: two" {
		t.Errorf("%q", got)
	}
	if got := field(path, "none") + field(path+"0", "model name") + line(path+"0"); got != "" {
		t.Errorf("%q", got)
	}
}

// TestDisk: the file that was written is gone afterwards, also when the measurement was given up.
func TestDisk(t *testing.T) {
	dir := t.TempDir()
	d, err := MeasureDisk(t.Context(), dir)
	if err != nil || d.Samples < 1 || d.P50 <= 0 || d.P99 < d.P50 || d.Dir != dir {
		t.Errorf("%+v, %v", d, err)
	}
	given, up := context.WithCancel(t.Context())
	up()
	if _, err := MeasureDisk(given, dir); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("%v, %v", left, err)
	}
	if _, err := MeasureDisk(t.Context(), filepath.Join(dir, "none")); err == nil {
		t.Error("a disk that is not there was measured")
	}
}

func TestPages(t *testing.T) {
	p, err := MeasurePages()
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS == "windows" {
		t.Skip("not known there")
	}
	if p.Size < 2048 || p.First <= 0 {
		t.Errorf("%+v", p)
	}
}

func TestSignatures(t *testing.T) {
	s, err := MeasureSignatures(t.Context(), runtime.GOMAXPROCS(0), time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	for _, speed := range []Speed{s.Library, s.Tables} {
		if speed.OneCore <= 0 || speed.AllCores <= 0 || runtime.GOOS != "windows" && speed.CPU <= 0 {
			t.Errorf("%+v", s)
		}
	}
}
