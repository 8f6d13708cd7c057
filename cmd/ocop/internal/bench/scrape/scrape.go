// Package scrape reads the metrics that a node shows its operator, in the text format of Prometheus: as much of it as numbers by name need.
package scrape

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// Metrics are series and their values, by name with labels as the node writes them.
type Metrics map[string]float64

// Series that a benchmark looks at.
const (
	CPUSeconds    = "process_cpu_seconds_total"
	ResidentBytes = "process_resident_memory_bytes"
	StartSeconds  = "process_start_time_seconds"
	RaftTerm      = "ocop_raft_term"
	QueueRecords  = "ocop_queue_records"
	PageFaults    = "ocop_page_faults_total"
	IndexLag      = "ocop_index_lag_records"
	fileBytes     = "ocop_file_disk_bytes"

	allocatedBytes = "go_memstats_alloc_bytes_total"
)

// most bounds an answer in bytes: some hundred series take 60 KiB.
const most = 8 << 20

// ErrFormat says that an answer is not metrics.
var ErrFormat = errors.New("not metrics in text format")

// Get asks the operator door of a node, host:port.
func Get(ctx context.Context, client *http.Client, operator string) (Metrics, error) {
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+operator+"/metrics", nil)
	if err != nil {
		return nil, err
	}
	a, err := client.Do(q)
	if err != nil {
		return nil, err
	}
	defer a.Body.Close()
	if a.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", q.URL, a.Status)
	}
	data, err := io.ReadAll(io.LimitReader(a.Body, most))
	if err != nil {
		return nil, err
	}
	return Parse(data)
}

// Parse reads series. A line is a name, labels in braces that may hold spaces, a value, and perhaps a time stamp.
func Parse(data []byte) (Metrics, error) {
	m := make(Metrics)
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, most)
	for lines.Scan() {
		line := lines.Text()
		if line == "" || line[0] == '#' {
			continue
		}
		name, rest, ok := strings.Cut(line, " ")
		if end := strings.LastIndexByte(line, '}'); end >= 0 {
			name, rest = line[:end+1], line[end+1:]
		} else if !ok {
			return nil, fmt.Errorf("%w: %.40q", ErrFormat, line)
		}
		fields := strings.Fields(rest)
		if len(fields) == 0 || len(fields) > 2 {
			return nil, fmt.Errorf("%w: %.40q", ErrFormat, line)
		}
		value, err := strconv.ParseFloat(fields[0], 64)
		if err != nil {
			return nil, fmt.Errorf("%w: %.40q", ErrFormat, line)
		}
		m[name] = value
	}
	return m, lines.Err()
}

// SameProcess tells whether two nodes are one process, from metrics of the first, of the second, and of the first again, got in this order. Counters only grow:
// what one process says in between lies in between. Two processes have hardly ever allocated the same number of bytes, give or take what a look at metrics takes.
func SameProcess(before, other, after Metrics) bool {
	for _, name := range []string{CPUSeconds, allocatedBytes} {
		if other[name] < before[name] || after[name] < other[name] {
			return false
		}
	}
	return before[StartSeconds] == other[StartSeconds]
}

// Files are what a node's files take of the disk in bytes, by name.
func (m Metrics) Files() map[string]uint64 {
	files := make(map[string]uint64)
	for series, bytes := range m {
		if label, ok := strings.CutPrefix(series, fileBytes+`{file="`); ok {
			files[strings.TrimSuffix(label, `"}`)] = uint64(bytes)
		}
	}
	return files
}
