package serve

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/ocopledger/ocop/node/config"
)

// certificate makes a certificate of ocop.example.vn with its key, and what a client believes that knows it.
func certificate(t *testing.T, dir string) (certificate, key string, client *tls.Config) {
	t.Helper()
	drawn, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"ocop.example.vn"}, NotAfter: time.Now().AddDate(1, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &drawn.PublicKey, drawn)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(drawn)
	if err != nil {
		t.Fatal(err)
	}
	certificate, key = filepath.Join(dir, "c.pem"), filepath.Join(dir, "k.pem")
	if err := errors.Join(os.WriteFile(certificate, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600),
		os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600)); err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(parsed)
	return certificate, key, &tls.Config{RootCAs: roots, ServerName: "ocop.example.vn"}
}

// TestTLSAlone: a node with a certificate tells browsers to come over TLS alone, for as long as its settings say, and its codes lead to https.
func TestTLSAlone(t *testing.T) {
	n := network(t)
	dir := t.TempDir()
	c, err := config.Load(filepath.Join(n.Nodes[0].Dir, config.FileName))
	if err != nil {
		t.Fatal(err)
	}
	var client *tls.Config
	c.Public.TLSCertificate, c.Public.TLSKey, client = certificate(t, dir)
	s, err := Open(t.Context(), c, options(t))
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
	for _, path := range []string{"/", "/log/nothing", "/v1/nothing", "/01/x", "/.well-known/gs1resolver"} {
		q, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+n.Nodes[0].Public+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		a, err := transport.RoundTrip(q)
		if err != nil {
			t.Fatal(err)
		}
		a.Body.Close()
		if a.Header.Get("Strict-Transport-Security") != "max-age=31536000" || a.ProtoMajor != 2 {
			t.Errorf("%s: %s %v", path, a.Proto, a.Header)
		}
	}
	if want := "https://" + n.Nodes[0].Public; s.BaseURL() != want {
		t.Errorf("codes lead to %s, want %s", s.BaseURL(), want)
	}
}
