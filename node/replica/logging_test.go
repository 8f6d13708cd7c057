package replica

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/go-hclog"
)

func TestRaftSpeaksThroughTheNodesLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		b := newBridge(slog.New(slog.NewTextHandler(&out, nil)))
		lines := func(want int, part string) {
			t.Helper()
			if n := strings.Count(out.String(), part); n != want {
				t.Errorf("%q stands %d times, want %d:\n%s", part, n, want, out.String())
			}
			out.Reset()
		}
		b.Debug("silent")
		b.Info("election won", "term", 3)
		b.Info("election won", "term", 4)
		lines(2, "raft: election won")
		for range 100 {
			b.Error("failed to heartbeat to", "peer", "a:1", "error", "refused")
			b.With("id", 1).Error("failed to heartbeat to", "peer", "b:1")
		}
		lines(2, "failed to heartbeat to")
		time.Sleep(repeatEvery)
		b.Error("failed to heartbeat to", "peer", "a:1")
		lines(1, "level=ERROR")
		b.Warn("skipping application of old log", "index", 7)
		lines(0, "skipping")
		b.Info("initial configuration", "servers", hclog.Fmt("%+v", []struct{ ID string }{{"v1"}}))
		lines(1, `servers=[{ID:v1}]`)
		b.With("servers", hclog.Fmt("%+v", []struct{ ID string }{{"v2"}})).Info("entering follower state", "leader", hclog.Format{})
		lines(1, `servers=[{ID:v2}]`)
		for i := range 10 * maxSaid {
			b.Warn("odd", "peer", fmt.Sprint(i))
		}
		lines(10*maxSaid, "odd")
		if n := len(b.(*bridge).said.at); n > maxSaid {
			t.Errorf("%d warnings remembered", n)
		}
		if b.IsDebug() || !b.IsInfo() || b.GetLevel().String() != "info" {
			t.Errorf("level %v", b.GetLevel())
		}
	})
}
