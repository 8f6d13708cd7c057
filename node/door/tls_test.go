package door_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc"

	"github.com/ocopledger/ocop/node/door"
)

// writePair writes a certificate for names and its key as PEM, both as of a time, and gives the certificate.
func writePair(t *testing.T, dir, name string, at, ends time.Time, names ...string) (door.Pair, *x509.Certificate) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: names, NotBefore: time.Unix(0, 0), NotAfter: ends}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	p := door.Pair{Certificate: filepath.Join(dir, name+".pem"), Key: filepath.Join(dir, name+".key")}
	for path, block := range map[string]*pem.Block{p.Certificate: {Type: "CERTIFICATE", Bytes: der}, p.Key: {Type: "PRIVATE KEY", Bytes: private}} {
		if err := errors.Join(os.WriteFile(path, pem.EncodeToMemory(block), 0o600), os.Chtimes(path, at, at)); err != nil {
			t.Fatal(err)
		}
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return p, c
}

var (
	early = time.Unix(1_700_000_000, 0)
	late  = early.Add(time.Hour)
	never = time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)
)

// shown is the certificate that a door shows to who asks for nothing.
func shown(t *testing.T, config *tls.Config) string {
	t.Helper()
	pair, err := config.GetCertificate(nil)
	if err != nil {
		t.Fatal(err)
	}
	return string(pair.Certificate[0])
}

func TestPublicCertificateIsReadAgain(t *testing.T) {
	dir := t.TempDir()
	var said bytes.Buffer
	p, first := writePair(t, dir, "a", early, never, "ocop.example.vn")
	config, err := door.Reloading([]door.Pair{p}, slog.New(slog.NewTextHandler(&said, nil)))
	if err != nil {
		t.Fatal(err)
	}
	for _, wrong := range [][]door.Pair{nil, {{Certificate: p.Key, Key: p.Certificate}}, {p, {Certificate: p.Certificate + "x", Key: p.Key}}} {
		if _, err := door.Reloading(wrong, slog.New(slog.DiscardHandler)); err == nil {
			t.Errorf("%v: accepted", wrong)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		if shown(t, config) != string(first.Raw) {
			t.Error("not the certificate of the files")
		}
		_, second := writePair(t, dir, "a", late, never, "ocop.example.vn")
		time.Sleep(time.Minute)
		if shown(t, config) != string(second.Raw) {
			t.Error("the old certificate, a minute after it was replaced")
		}
		_, third := writePair(t, dir, "a", early, never, "ocop.example.vn") // files with times of their own, as copies that keep them have
		time.Sleep(time.Minute)
		if shown(t, config) != string(third.Raw) {
			t.Error("files that are older than those before are not read")
		}
		before := said.Len()
		if err := errors.Join(os.WriteFile(p.Key, []byte("half"), 0o600), os.Chtimes(p.Key, late, late)); err != nil {
			t.Fatal(err)
		}
		for range 5 {
			time.Sleep(time.Minute)
			if shown(t, config) != string(third.Raw) {
				t.Error("a broken file took the certificate away")
			}
		}
		if n := strings.Count(said.String()[before:], "stays in use"); n != 1 {
			t.Errorf("the log says %d times that a file is broken:\n%s", n, said.String()[before:])
		}
		_, fourth := writePair(t, dir, "a", late.Add(time.Hour), never, "ocop.example.vn")
		time.Sleep(time.Minute)
		if shown(t, config) != string(fourth.Raw) {
			t.Error("a file that was broken for a while is not read again")
		}
	})
}

// A certificate that is renewed without its key changes one file, whose time may be before the key's.
func TestACertificateThatIsOlderThanItsKeyIsRead(t *testing.T) {
	dir := t.TempDir()
	p, _ := writePair(t, dir, "a", early, never, "a.vn")
	if err := os.Chtimes(p.Key, late.Add(time.Hour), late.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	config, err := door.Reloading([]door.Pair{p}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	pair, err := tls.LoadX509KeyPair(p.Certificate, p.Key)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(2), DNSNames: []string{"a.vn"}, NotBefore: time.Unix(0, 0), NotAfter: never}
	key := pair.PrivateKey.(*ecdsa.PrivateKey)
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.WriteFile(p.Certificate, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600), os.Chtimes(p.Certificate, late, late)); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Minute)
		if shown(t, config) != string(der) {
			t.Error("the certificate that was replaced is still shown")
		}
	})
}

func TestACertificateThatEndsIsWarnedAbout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var said bytes.Buffer
		p, _ := writePair(t, t.TempDir(), "a", early, time.Now().Add(15*24*time.Hour), "a.vn")
		config, err := door.Reloading([]door.Pair{p}, slog.New(slog.NewTextHandler(&said, nil)))
		if err != nil {
			t.Fatal(err)
		}
		for day := range 4 {
			for range 3 {
				shown(t, config)
				time.Sleep(8 * time.Hour)
			}
			if n := strings.Count(said.String(), "certificate ends"); n > day || day == 3 && n < 2 {
				t.Errorf("day %d: %d warnings", day, n)
			}
		}
	})
}

// open is a public door with TLS for two hosts, and a client of one of them.
func openTLS(t *testing.T, hsts time.Duration, handler http.Handler) (address string, client func(name string, change func(*tls.Config)) *http.Client) {
	t.Helper()
	dir := t.TempDir()
	roots := x509.NewCertPool()
	var pairs []door.Pair
	for _, name := range []string{"ocop.example.vn", "ma.example.vn"} {
		p, c := writePair(t, dir, name, early, never, name)
		roots.AddCert(c)
		pairs = append(pairs, p)
	}
	config, err := door.Reloading(pairs, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d := door.NewPublic(l, config, grpc.NewServer(), door.Hygiene(handler, hsts), slog.New(slog.DiscardHandler))
	t.Cleanup(func() {
		if err := d.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return l.Addr().String(), func(name string, change func(*tls.Config)) *http.Client {
		c := &tls.Config{RootCAs: roots, ServerName: name}
		if change != nil {
			change(c)
		}
		transport := &http.Transport{TLSClientConfig: c, ForceAttemptHTTP2: true}
		t.Cleanup(transport.CloseIdleConnections)
		return &http.Client{Transport: transport}
	}
}

// Each host's name gets its own certificate; browsers get HTTP/2, and nothing older than TLS 1.2.
func TestPublicTLS(t *testing.T) {
	address, client := openTLS(t, time.Hour, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.Proto) }))
	for _, name := range []string{"ocop.example.vn", "ma.example.vn"} {
		a, err := client(name, nil).Get("https://" + address)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(a.Body)
		a.Body.Close()
		if err != nil || string(body) != "HTTP/2.0" || a.TLS.PeerCertificates[0].DNSNames[0] != name || a.Header.Get("Strict-Transport-Security") != "max-age=3600" {
			t.Errorf("%s: %q %v %v, %v", name, body, a.TLS.PeerCertificates[0].DNSNames, a.Header, err)
		}
	}
	if _, err := client("elsewhere.vn", nil).Get("https://" + address); err == nil || !strings.Contains(err.Error(), "ocop.example.vn") {
		t.Errorf("a name that is none of ours: %v", err)
	}
	for _, c := range []struct {
		version uint16
		ok      bool
	}{{tls.VersionTLS11, false}, {tls.VersionTLS12, true}, {tls.VersionTLS13, true}} {
		a, err := client("ma.example.vn", func(t *tls.Config) { t.MinVersion, t.MaxVersion = c.version, c.version }).Get("https://" + address)
		if (err == nil) != c.ok {
			t.Errorf("TLS %x: %v", c.version, err)
		}
		if err == nil {
			a.Body.Close()
		}
	}
}

// What is said of TLS is said over TLS alone, whatever a header claims.
func TestHygiene(t *testing.T) {
	own := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/page" {
			w.Header().Set("Content-Security-Policy", "default-src 'self'")
		}
		http.NotFound(w, r)
	})
	address, client := openTLS(t, 0, own)
	a, err := client("ma.example.vn", nil).Get("https://" + address)
	if err != nil {
		t.Fatal(err)
	}
	a.Body.Close()
	if a.Header.Get("Strict-Transport-Security") != "" {
		t.Error("TLS alone is asked for though the setting is 0")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d := door.NewPublic(l, nil, grpc.NewServer(), door.Hygiene(own, time.Hour), slog.New(slog.DiscardHandler))
	defer d.Close(context.Background())
	for _, path := range []string{"/", "/page"} {
		r, err := http.NewRequest(http.MethodGet, "http://"+l.Addr().String()+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Forwarded-Proto", "https")
		transport := new(http.Transport)
		a, err := transport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		a.Body.Close()
		transport.CloseIdleConnections()
		policy := "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
		if path == "/page" {
			policy = "default-src 'self'"
		}
		for name, want := range map[string]string{
			"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin",
			"Permissions-Policy": "camera=(), geolocation=(), microphone=()", "Strict-Transport-Security": "",
		} {
			if got := a.Header.Get(name); got != want {
				t.Errorf("%s: %s: %q, want %q", path, name, got, want)
			}
		}
	}
}
