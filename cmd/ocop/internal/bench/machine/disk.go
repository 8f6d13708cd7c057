package machine

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/ocopledger/ocop/cmd/ocop/internal/bench/latency"
)

// Disk is how long a disk takes to keep 4 KiB.
type Disk struct {
	Dir     string  `json:"dir"`
	Samples int     `json:"samples"`
	P50     float64 `json:"p50_ms"`
	P99     float64 `json:"p99_ms"`
}

const (
	page = 4096
	// syncs are enough for a 99th percentile that is not the one worst value.
	syncs = 300
	// longest bounds the measurement on a slow disk.
	longest = 5 * time.Second
)

// MeasureDisk appends pages to a new file in a directory, and waits for the disk after each. The file is removed.
func MeasureDisk(ctx context.Context, dir string) (_ *Disk, err error) {
	f, err := os.CreateTemp(dir, ".ocop-bench-*")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(f.Name())) }()
	var h latency.Histogram
	data := make([]byte, page)
	for begun := time.Now(); h.Count() < syncs && time.Since(begun) < longest; {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		from := time.Now()
		if _, err := f.Write(data); err != nil {
			return nil, err
		}
		if err := syncData(f); err != nil {
			return nil, err
		}
		h.Record(time.Since(from))
	}
	return &Disk{Dir: dir, Samples: int(h.Count()), P50: Ms(h.Quantile(0.5)), P99: Ms(h.Quantile(0.99))}, nil
}

// Ms is a duration in milliseconds.
func Ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
