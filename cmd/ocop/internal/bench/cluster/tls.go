package cluster

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// lasts is how long the certificate is good for: longer than any measurement.
const lasts = 100 * 24 * time.Hour

// secure gives all nodes a certificate for their public doors, which nobody but this network's own clients believes.
func (n *Network) secure(dir string) error {
	certificate, key := filepath.Join(dir, "public.pem"), filepath.Join(dir, "public.key")
	var err error
	if n.TLS, err = certify(certificate, key); err != nil {
		return err
	}
	for _, node := range n.Nodes {
		if err := set(filepath.Join(node.Dir, "config.yaml"), map[string]string{"tls_certificate": certificate, "tls_key": key}); err != nil {
			return err
		}
	}
	return nil
}

// certify writes a certificate for this machine and its key, and returns what believes it.
func certify(certificate, key string) (*tls.Config, error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(lasts), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, BasicConstraintsValid: true, IsCA: true,
	}
	signed, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		return nil, err
	}
	parsed, err := x509.ParseCertificate(signed)
	if err != nil {
		return nil, err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AddCert(parsed)
	return &tls.Config{MinVersion: tls.VersionTLS13, RootCAs: roots}, errors.Join(
		os.WriteFile(certificate, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: signed}), 0o644),
		os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), 0o600))
}

// errSettings: the node's settings are not written as they were.
var errSettings = errors.New("a setting is not where it is expected")

// set changes settings in a node's file, which has each of them once, empty.
func set(file string, values map[string]string) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	text := string(data)
	for name, value := range values {
		empty := "\n  " + name + `: ""` + "\n"
		if strings.Count(text, empty) != 1 {
			return fmt.Errorf("%w: %s in %s", errSettings, name, file)
		}
		text = strings.Replace(text, empty, fmt.Sprintf("\n  %s: %q\n", name, value), 1)
	}
	return os.WriteFile(file, []byte(text), 0o644)
}
