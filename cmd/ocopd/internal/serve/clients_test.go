package serve

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/status"

	"github.com/ocopledger/ocop/node/config"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
	"github.com/ocopledger/ocop/proto/ocop/api/v1/alpn"
	"github.com/ocopledger/ocop/proto/ocop/api/v1/apigrpc"
)

// TestClientsHaveALimit: whichever way a client asks a real node, by gRPC's own server, by HTTP's, in JSON or for pages, it is counted once, and told when to come
// back; published files are for all. The node's clock stands still but for what the test says.
func TestClientsHaveALimit(t *testing.T) {
	const rate = 3
	n := network(t)
	c, err := config.Load(filepath.Join(n.Nodes[0].Dir, config.FileName))
	if err != nil {
		t.Fatal(err)
	}
	c.Limits.Client = rate
	var client *tls.Config
	c.Public.TLSCertificate, c.Public.TLSKey, client = certificate(t, t.TempDir())
	o := options(t)
	var later atomic.Int64 // than the beginning
	begun := time.Now()
	o.Now = func() time.Time { return begun.Add(time.Duration(later.Load())) }
	s, err := Open(t.Context(), c, o)
	if err != nil {
		t.Fatal(err)
	}
	r := s.Start(context.WithoutCancel(t.Context()))
	defer func() {
		if err := r.Close(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	if !answers(t, n.Nodes[0].Public, r.Done()) {
		t.Fatal("the node ended")
	}
	transport := &http.Transport{TLSClientConfig: client, ForceAttemptHTTP2: true}
	defer transport.CloseIdleConnections()
	get := func(url string) (status int, again, body string) {
		t.Helper()
		a, err := (&http.Client{Transport: transport}).Get(url)
		if err != nil {
			t.Fatal(err)
		}
		defer a.Body.Close()
		all, err := io.ReadAll(a.Body)
		if err != nil {
			t.Fatal(err)
		}
		return a.StatusCode, a.Header.Get("Retry-After"), string(all)
	}
	over := func(protocols ...string) func() error {
		config := client.Clone()
		config.NextProtos = protocols
		conn, err := grpc.NewClient(n.Nodes[0].Public, grpc.WithTransportCredentials(credentials.NewTLS(config)))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		genesis := apigrpc.NewLedgerServiceClient(conn)
		return func() error {
			_, err := genesis.GetGenesis(t.Context(), &apiv1.GetGenesisRequest{}, grpc.WaitForReady(true))
			return limited(err)
		}
	}
	over429 := func(path string, says ...string) func() error {
		return func() error {
			code, again, body := get("https://" + n.Nodes[0].Public + path)
			if code != http.StatusTooManyRequests {
				return nil
			}
			for _, text := range says {
				if !strings.Contains(body, text) {
					return fmt.Errorf("%s says %s", path, body)
				}
			}
			if again != "1" {
				return fmt.Errorf("%s: Retry-After %q", path, again)
			}
			return errLimited
		}
	}
	ways := map[string]func() error{
		"gRPC's own server": over(alpn.OfCalls()...),
		"HTTP's server":     over("h2"),
		"JSON":              over429("/v1/genesis", `"reason":"too_many_calls"`, "hỏi nút quá nhiều lần", "asks the node too often"),
		"pages":             over429("/"),
	}
	ask := ways["JSON"]
	asked := 0
	for err := ask(); !errors.Is(err, errLimited); err = ask() {
		if asked++; err != nil || asked > 10*rate {
			t.Fatalf("%v after %d questions", err, asked)
		}
	}
	told := 1
	for name, ask := range ways {
		later.Add(int64(time.Second))
		let := 0
		for range rate {
			if err := ask(); err == nil {
				let++
			} else {
				t.Errorf("%s, within the limit: %v", name, err)
			}
		}
		if err := ask(); !errors.Is(err, errLimited) {
			t.Errorf("%s, beyond the limit: %v", name, err)
		}
		if told++; let != rate {
			t.Errorf("%s: let in %d times", name, let)
		}
	}
	if code, _, _ := get("https://" + n.Nodes[0].Public + "/log/genesis"); code != http.StatusOK {
		t.Errorf("published files are counted: %d", code)
	}
	_, _, metrics := get("http://" + n.Nodes[0].Operator + "/metrics")
	if want := fmt.Sprintf(`ocop_overloads_total{step="client"} %d`, told); !strings.Contains(metrics, want) {
		t.Errorf("no %s", want)
	}
}

var errLimited = errors.New("asked too often")

// limited tells a refusal of who asks too often from other errors, and wants it to say when to come back.
func limited(err error) error {
	if status.Code(err) != codes.ResourceExhausted {
		return err
	}
	var reason string
	var again time.Duration
	for _, d := range status.Convert(err).Details() {
		switch d := d.(type) {
		case *errdetails.ErrorInfo:
			reason = d.GetReason()
		case *errdetails.RetryInfo:
			again = d.GetRetryDelay().AsDuration()
		}
	}
	if reason != "too_many_calls" || again <= 0 || again > time.Second {
		return fmt.Errorf("%s, come back after %v: %w", reason, again, err)
	}
	return errLimited
}
