package door

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/ocopledger/ocop/ledger/ident"
)

// Protocols of the peer door, as ALPN names.
const (
	ProtocolRaft = "ocop-raft/1"
	ProtocolGRPC = "h2"
)

// ErrKey: the other end of a connection does not hold the key it must hold.
var ErrKey = errors.New("peer's TLS key is not the pinned one")

// Certificate makes the certificate of a TLS key. It says nothing but the key. The dates are those RFC 5280 gives to "no expiry".
func Certificate(key *ident.Ed25519PrivateKey) (tls.Certificate, error) {
	signer, err := key.Signer()
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("TLS certificate: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: "ocop node"},
		NotBefore:    time.Unix(0, 0),
		NotAfter:     time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, signer.Public(), signer)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("TLS certificate: %w", err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: signer}, nil
}

// KeyOf is the Ed25519 key that the other end has proved to hold.
func KeyOf(state *tls.ConnectionState) (key ident.Ed25519Key, err error) {
	if len(state.PeerCertificates) != 1 {
		return key, fmt.Errorf("%w: %d certificates, want 1", ErrKey, len(state.PeerCertificates))
	}
	public, ok := state.PeerCertificates[0].PublicKey.(ed25519.PublicKey)
	if !ok {
		return key, fmt.Errorf("%w: not an Ed25519 key", ErrKey)
	}
	return ident.Ed25519Key(public), nil
}

// config is what both ends have in common. TLS proves that the other end holds the key of its certificate; check decides whether that is enough.
func config(own func() *tls.Certificate, check func(ident.Ed25519Key) error) *tls.Config {
	return &tls.Config{
		MinVersion:             tls.VersionTLS13,
		GetCertificate:         func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return own(), nil },
		GetClientCertificate:   func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return own(), nil },
		ClientAuth:             tls.RequireAnyClientCert,
		SessionTicketsDisabled: true, // a resumed session would outlive its pin
		InsecureSkipVerify:     true, // chains and names: VerifyConnection checks the key itself, on every connection
		VerifyConnection: func(state tls.ConnectionState) error {
			key, err := KeyOf(&state)
			if err != nil {
				return err
			}
			return check(key)
		},
	}
}
