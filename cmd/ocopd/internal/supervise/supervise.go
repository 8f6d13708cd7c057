// Package supervise tells systemd how the process is: when it serves, that it is alive, that it stops. It is the protocol of sd_notify(3), which is a
// datagram of a few words to a socket that the environment names. Without the socket nobody is told.
//
// What "alive" means is for the node to say, and not for a timer of ours: a process in which a timer still runs can be as good as dead.
package supervise

import (
	"net"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Supervisor is who started the process.
type Supervisor struct {
	socket   string        // "": nobody
	watchdog time.Duration // it wants to be told so often that the process lives; 0: it does not
}

// State is how the process is.
type State struct {
	Started bool   // it serves
	Alive   bool   // it can go on
	Says    string // for people
}

// From reads the environment that systemd sets.
func From(getenv func(string) string) *Supervisor {
	s := &Supervisor{socket: getenv("NOTIFY_SOCKET")}
	if us, err := strconv.ParseInt(getenv("WATCHDOG_USEC"), 10, 64); err == nil && us > 0 {
		s.watchdog = time.Duration(us) * time.Microsecond
	}
	return s
}

// lookEvery is how often the process is looked at: a start is told soon, and the shortest sensible watchdog is a few seconds.
const lookEvery = time.Second

// Watch looks at the process until stop is called, which tells that it stops.
func (s *Supervisor) Watch(look func() State) (stop func()) {
	if s.socket == "" {
		return func() {}
	}
	every := lookEvery
	if s.watchdog > 0 {
		every = min(every, s.watchdog/3)
	}
	done := make(chan struct{})
	var running sync.WaitGroup
	running.Go(func() {
		ticker := time.NewTicker(every)
		defer ticker.Stop()
		var told State
		for {
			told = s.tell(told, look())
			select {
			case <-ticker.C:
			case <-done:
				s.send("STOPPING=1")
				return
			}
		}
	})
	return func() {
		close(done)
		running.Wait()
	}
}

// tell sends what is new, and that the process lives.
func (s *Supervisor) tell(told, now State) State {
	var words []string
	if now.Started && !told.Started {
		words = append(words, "READY=1")
	}
	if now.Says != told.Says {
		words = append(words, "STATUS="+strings.ReplaceAll(now.Says, "\n", " "))
	}
	if now.Alive && s.watchdog > 0 {
		words = append(words, "WATCHDOG=1")
	}
	if len(words) > 0 && !s.send(words...) {
		return told // it is told again
	}
	now.Started = now.Started || told.Started
	return now
}

// send sends words in one datagram. A supervisor that cannot be reached is no reason to do anything else.
func (s *Supervisor) send(words ...string) bool {
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: s.socket, Net: "unixgram"})
	if err != nil {
		return false
	}
	defer conn.Close()
	_, err = conn.Write([]byte(strings.Join(words, "\n")))
	return err == nil
}
