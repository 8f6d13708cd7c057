package serve

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"

	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
	"github.com/ocopledger/ocop/proto/ocop/api/v1/apigrpc"
)

// proxy is a web server that the operators' page has settings for.
type proxy struct {
	name     string
	settings func(block, dir, address, certificate, key string) string // around the page's block
	command  func(program, dir, file string) []string
}

var proxies = []proxy{
	{"nginx", func(block, dir, address, certificate, key string) string {
		block = strings.NewReplacer("listen 443", "listen "+address, "/etc/ssl/ocop.pem", certificate, "/etc/ssl/private/ocop.key", key).Replace(block)
		temporary := ""
		for _, of := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
			temporary += fmt.Sprintf("%s_temp_path %s/%s;\n", of, dir, of)
		}
		return fmt.Sprintf("daemon off;\nmaster_process off;\nerror_log stderr;\npid %s/pid;\nevents {}\nhttp {\naccess_log off;\n%s%s}\n", dir, temporary, block)
	}, func(program, dir, file string) []string {
		return []string{program, "-p", dir, "-e", "stderr", "-c", file}
	}},
	{"caddy", func(block, dir, address, certificate, key string) string {
		_, port, _ := net.SplitHostPort(address)
		block = strings.Replace(block, "ocop.example.vn {", "ocop.example.vn {\n    bind 127.0.0.1\n    tls "+certificate+" "+key, 1)
		return "{\n    admin off\n    auto_https disable_redirects\n    https_port " + port + "\n}\n" + block
	}, func(program, dir, file string) []string {
		return []string{program, "run", "--adapter", "caddyfile", "--config", file}
	}},
}

// answers waits until a port is open; false: whoever was to open it has ended.
func answers(t *testing.T, address string, ended <-chan struct{}) bool {
	t.Helper()
	for {
		if c, err := net.Dial("tcp", address); err == nil {
			c.Close()
			return true
		}
		select {
		case <-ended:
			return false
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// behind runs a web server with the settings of the operators' page before the node.
func (d *doors) behind(t *testing.T, p proxy) {
	program, err := exec.LookPath(p.name)
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("%s is not installed", p.name)
		}
		t.Skipf("%s is not installed: its settings on the operators' page are not tried", p.name)
	}
	page, err := os.ReadFile("../../../../node/operating/public-door.md")
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?ms)^```" + p.name + "\n(.*?)^```").FindSubmatch(page)
	if block == nil {
		t.Fatalf("the page has no settings of %s", p.name)
	}
	dir := t.TempDir()
	pem, key, client := certificate(t, dir)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	file := filepath.Join(dir, "settings")
	settings := p.settings(strings.ReplaceAll(string(block[1]), "127.0.0.1:7400", strings.TrimPrefix(d.base, "http://")), dir, address, pem, key)
	if err := os.WriteFile(file, []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	args := p.command(program, dir, file)
	server := exec.Command(args[0], args[1:]...)
	server.Env = append(os.Environ(), "HOME="+dir, "XDG_DATA_HOME="+dir, "XDG_CONFIG_HOME="+dir)
	var said bytes.Buffer
	server.Stdout, server.Stderr = &said, &said
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		server.Wait() // it is told to end, which some call an error
		close(ended)
	}()
	defer func() {
		server.Process.Signal(syscall.SIGTERM)
		<-ended
	}()
	if !answers(t, address, ended) {
		t.Fatalf("%s ended\n%s", p.name, &said)
	}
	transport := &http.Transport{TLSClientConfig: client, ForceAttemptHTTP2: true}
	defer transport.CloseIdleConnections()
	for path, leads := range map[string]string{
		"/id/" + avocado + "/10/A%2FB":         "/l/" + avocado + "/A%2FB", // a slash that is none of the path's
		"/id/" + avocado + "/10/BO-01/21/7":    "/l/" + avocado + "/BO-01?serial=7",
		"/01/" + gtin + "/":                    "/p/2000006.7",
		"/l/" + avocado + "/A%2FB":             "",
		"/v1/lots/" + avocado + "/A%2FB":       "",
		"/c/1:2020:MẪU-01%2FQĐ-UBND:1":         "",
		"/log/checkpoint":                      "",
		"/.well-known/gs1resolver?x=%2F%2e":    "",
		"/id/" + avocado + "?linkType=linkset": "",
	} {
		q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+address+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		q.Host = "ocop.example.vn"
		q.Header.Set("X-Forwarded-Host", "evil.example.com")
		a, err := transport.RoundTrip(q)
		if err != nil {
			t.Fatalf("%s: %v\n%s", path, err, &said)
		}
		a.Body.Close()
		want := http.StatusOK
		if leads != "" {
			want = http.StatusTemporaryRedirect
		}
		if a.StatusCode != want || a.Header.Get("Location") != leads {
			t.Errorf("%s: %d %q, want %d %q", path, a.StatusCode, a.Header.Get("Location"), want, leads)
		}
		if a.Header.Get("Strict-Transport-Security") != "max-age=31536000" || a.Header.Get("X-Content-Type-Options") != "nosniff" || a.ProtoMajor != 2 {
			t.Errorf("%s: %s %v", path, a.Proto, a.Header)
		}
	}
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(credentials.NewTLS(client)), grpc.WithAuthority("ocop.example.vn"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := apigrpc.NewLedgerServiceClient(conn).GetHead(t.Context(), new(apiv1.GetHeadRequest)); err != nil {
		t.Errorf("gRPC: %v\n%s", err, &said)
	}
}
