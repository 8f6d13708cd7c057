package profiles

import (
	"fmt"
	"net"
	"net/http"
	"runtime"
	"runtime/pprof"
	"runtime/trace"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Path is where profiles are served.
const Path = "/debug/pprof/"

const (
	// usualSeconds is for those who name no duration, as go tool pprof does.
	usualSeconds = 30
	// maxSeconds bounds a profile over time: longer says no more, and somebody forgets it.
	maxSeconds = 120
	// traceSeconds bounds an execution trace, which is tens of megabytes a second under load.
	traceSeconds = 5
	// blockRate: waits are sampled in proportion to their time, one on average for so many nanoseconds.
	blockRate = 100_000
	// mutexFraction: one of so many waits for a lock is told.
	mutexFraction = 10
)

// now are the profiles of the moment, by name; gc is worth asking of heap alone.
var now = [...]string{"allocs", "goroutine", "heap", "threadcreate"}

// handler is the profiles of one door.
type handler struct {
	local  bool // the door is loopback
	socket bool
	busy   sync.Mutex // held while a profile over time is taken
}

// Handler serves profiles below Path, at a door that listens on an address.
func Handler(door net.Addr) http.Handler {
	h := &handler{}
	switch a := door.(type) {
	case *net.UnixAddr:
		h.local, h.socket = true, true
	case *net.TCPAddr:
		h.local = a.IP.IsLoopback()
	}
	return h
}

// ServeHTTP implements http.Handler.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	switch {
	case !h.local || !h.socket && !loopback(r.Host):
		refuse(w, http.StatusForbidden, "chỉ xem được số liệu này ngay trên máy của nút (127.0.0.1 hoặc socket)", "profiles are for who is on the node's machine (127.0.0.1 or a socket)")
		return
	case r.Method != http.MethodGet:
		w.Header().Set("Allow", http.MethodGet)
		refuse(w, http.StatusMethodNotAllowed, "chỉ dùng được GET", "only GET")
		return
	}
	switch name := strings.TrimPrefix(r.URL.Path, Path); name {
	case "":
		index(w)
	case "profile":
		h.timed(w, r, name, usualSeconds, maxSeconds, func(w http.ResponseWriter, wait func()) error {
			if err := pprof.StartCPUProfile(w); err != nil {
				return err
			}
			wait()
			pprof.StopCPUProfile()
			return nil
		})
	case "trace":
		h.timed(w, r, name, 1, traceSeconds, func(w http.ResponseWriter, wait func()) error {
			if err := trace.Start(w); err != nil {
				return err
			}
			wait()
			trace.Stop()
			return nil
		})
	case "block":
		h.timed(w, r, name, 0, maxSeconds, func(w http.ResponseWriter, wait func()) error {
			runtime.SetBlockProfileRate(blockRate)
			wait()
			runtime.SetBlockProfileRate(0)
			return pprof.Lookup(name).WriteTo(w, 0)
		})
	case "mutex":
		h.timed(w, r, name, 0, maxSeconds, func(w http.ResponseWriter, wait func()) error {
			before := runtime.SetMutexProfileFraction(mutexFraction)
			wait()
			runtime.SetMutexProfileFraction(before)
			return pprof.Lookup(name).WriteTo(w, 0)
		})
	default:
		h.moment(w, r, name)
	}
}

// loopback tells whether a request names this machine. A page in the operator's browser can reach the door under a name of its own that leads here.
func loopback(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func refuse(w http.ResponseWriter, code int, vietnamese, english string) {
	http.Error(w, vietnamese+"\n"+english, code)
}

// timed takes a profile over the seconds that a request names, or until its sender goes. usual 0: they must be named.
func (h *handler) timed(w http.ResponseWriter, r *http.Request, name string, usual, most int, take func(w http.ResponseWriter, wait func()) error) {
	seconds := usual
	if text := r.URL.Query().Get("seconds"); text != "" || usual == 0 {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > most {
			refuse(w, http.StatusBadRequest, fmt.Sprintf("%s cần ?seconds= từ 1 đến %d", name, most), fmt.Sprintf("%s needs ?seconds= of 1 to %d", name, most))
			return
		}
		seconds = n
	}
	if !h.busy.TryLock() {
		busy(w)
		return
	}
	defer h.busy.Unlock()
	download(w, name)
	err := take(w, func() {
		timer := time.NewTimer(time.Duration(seconds) * time.Second)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-r.Context().Done():
		}
	})
	if err != nil { // another node of this process takes one
		w.Header().Del("Content-Disposition")
		busy(w)
	}
}

func busy(w http.ResponseWriter) {
	w.Header().Set("Retry-After", strconv.Itoa(usualSeconds))
	refuse(w, http.StatusConflict, "đang đo một lần khác, xin đợi", "another profile is being taken: wait for it")
}

func download(w http.ResponseWriter, name string) {
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
}

// moment gives a profile of the moment; debug=1 and 2 are for reading.
func (h *handler) moment(w http.ResponseWriter, r *http.Request, name string) {
	known := false
	for _, n := range now {
		known = known || n == name
	}
	debug, err := strconv.Atoi("0" + r.URL.Query().Get("debug"))
	switch {
	case !known:
		refuse(w, http.StatusNotFound, "không có số liệu này; xem "+Path, "no such profile; see "+Path)
		return
	case err != nil || debug > 2:
		refuse(w, http.StatusBadRequest, "debug là 0, 1 hoặc 2", "debug is 0, 1 or 2")
		return
	}
	if name == "heap" && r.URL.Query().Get("gc") == "1" {
		runtime.GC()
	}
	if debug == 0 {
		download(w, name)
	} else {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	}
	pprof.Lookup(name).WriteTo(w, debug) // what cannot be written has no reader
}

func index(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	fmt.Fprintf(w, `Số liệu của tiến trình, đọc bằng go tool pprof / profiles of the process, for go tool pprof

profile?seconds=N    thời gian CPU / processor time                          N: 1-%[1]d, %[2]d
heap, heap?gc=1      bộ nhớ đang dùng / memory in use
allocs               bộ nhớ đã cấp / memory ever allocated
goroutine?debug=2    ngăn xếp của mọi goroutine / stacks of all goroutines
threadcreate         các luồng / threads
mutex?seconds=N      chờ khóa, chỉ đo khi hỏi / waits for locks, while asked for   N: 1-%[1]d
block?seconds=N      chờ nói chung, chỉ đo khi hỏi / waits of all kinds, likewise  N: 1-%[1]d
trace?seconds=N      diễn biến, đọc bằng go tool trace / execution trace     N: 1-%[3]d, 1
`, maxSeconds, usualSeconds, traceSeconds)
}
