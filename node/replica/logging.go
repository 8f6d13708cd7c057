package replica

import (
	"context"
	"fmt"
	"io"
	"log"
	"log/slog"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"
)

// bridge gives raft's messages to the node's logger.
type bridge struct {
	log  *slog.Logger
	args []any
	name string
	said *said
}

// repeatEvery is how often a warning about the same peer is repeated: raft says several a second about one that is down.
const repeatEvery = 30 * time.Second

// said is when warnings were last written.
type said struct {
	mu sync.Mutex
	at map[string]time.Time
}

// maxSaid bounds what is remembered; beyond, everything is written again.
const maxSaid = 256

// again tells whether a warning is to be written, and notes it.
func (s *said) again(key string, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if at, ok := s.at[key]; ok && now.Sub(at) < repeatEvery {
		return false
	}
	if len(s.at) >= maxSaid {
		clear(s.at)
	}
	s.at[key] = now
	return true
}

// about is what a message is about: its text and the peer it names.
func about(msg string, args []any) string {
	for i := 0; i+1 < len(args); i += 2 {
		if key, ok := args[i].(string); ok && (key == "peer" || key == "target" || key == "server-id" || key == "from") {
			return fmt.Sprint(msg, " ", args[i+1])
		}
	}
	return msg
}

var levels = map[hclog.Level]slog.Level{
	hclog.Trace: slog.LevelDebug - 4, hclog.Debug: slog.LevelDebug, hclog.Info: slog.LevelInfo, hclog.Warn: slog.LevelWarn, hclog.Error: slog.LevelError,
}

// tooLoud are raft messages whose level says more than they mean.
var tooLoud = map[string]slog.Level{
	"skipping application of old log": slog.LevelDebug, // at each start, when the ledger has applied all that was committed
}

func newBridge(l *slog.Logger) hclog.Logger {
	return &bridge{log: l, name: "raft", said: &said{at: make(map[string]time.Time)}}
}

func (b *bridge) Log(level hclog.Level, msg string, args ...any) {
	l, ok := tooLoud[msg]
	if !ok {
		l, ok = levels[level]
	}
	if ok && (l < slog.LevelWarn || b.said.again(about(msg, args), time.Now())) {
		b.log.Log(context.Background(), l, "raft: "+msg, expanded(args)...)
	}
}

// expanded puts values into the formats that raft gives as arguments: slog would print them as lists.
func expanded(args []any) []any {
	said := make([]any, len(args))
	for i, a := range args {
		said[i] = a
		if f, ok := a.(hclog.Format); ok && len(f) > 0 {
			if format, ok := f[0].(string); ok {
				said[i] = fmt.Sprintf(format, f[1:]...)
			}
		}
	}
	return said
}

func (b *bridge) Trace(msg string, args ...any) { b.Log(hclog.Trace, msg, args...) }
func (b *bridge) Debug(msg string, args ...any) { b.Log(hclog.Debug, msg, args...) }
func (b *bridge) Info(msg string, args ...any)  { b.Log(hclog.Info, msg, args...) }
func (b *bridge) Warn(msg string, args ...any)  { b.Log(hclog.Warn, msg, args...) }
func (b *bridge) Error(msg string, args ...any) { b.Log(hclog.Error, msg, args...) }

func (b *bridge) enabled(l hclog.Level) bool { return b.log.Enabled(context.Background(), levels[l]) }

func (b *bridge) IsTrace() bool { return b.enabled(hclog.Trace) }
func (b *bridge) IsDebug() bool { return b.enabled(hclog.Debug) }
func (b *bridge) IsInfo() bool  { return b.enabled(hclog.Info) }
func (b *bridge) IsWarn() bool  { return b.enabled(hclog.Warn) }
func (b *bridge) IsError() bool { return b.enabled(hclog.Error) }

func (b *bridge) ImpliedArgs() []any { return b.args }
func (b *bridge) Name() string       { return b.name }

func (b *bridge) With(args ...any) hclog.Logger {
	return &bridge{log: b.log.With(expanded(args)...), args: append(append([]any{}, b.args...), args...), name: b.name, said: b.said}
}
func (b *bridge) Named(name string) hclog.Logger {
	return &bridge{log: b.log, args: b.args, name: b.name + "." + name, said: b.said}
}
func (b *bridge) ResetNamed(name string) hclog.Logger {
	return &bridge{log: b.log, args: b.args, name: name, said: b.said}
}

// The level is the node's logger's own.
func (b *bridge) SetLevel(hclog.Level) {}

func (b *bridge) GetLevel() hclog.Level {
	for l := hclog.Trace; l <= hclog.Error; l++ {
		if b.enabled(l) {
			return l
		}
	}
	return hclog.Off
}

func (b *bridge) StandardLogger(*hclog.StandardLoggerOptions) *log.Logger {
	return slog.NewLogLogger(b.log.Handler(), slog.LevelInfo)
}

func (b *bridge) StandardWriter(o *hclog.StandardLoggerOptions) io.Writer {
	return b.StandardLogger(o).Writer()
}
