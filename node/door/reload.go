package door

import (
	"crypto/tls"
	"fmt"
	"os"
	"sync"
	"time"
)

// reloadEvery is how often a public certificate's files are looked at, at most.
const reloadEvery = 10 * time.Second

// Reloading is the TLS of a public door whose certificate is read again when its files change. A pair that cannot be read leaves the old one in use.
func Reloading(certificate, key string) (*tls.Config, error) {
	r := &reloader{certificate: certificate, key: key}
	if err := r.read(); err != nil {
		return nil, err
	}
	return &tls.Config{
		MinVersion:     tls.VersionTLS12, // of browsers and phones, not of ours
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return r.get(time.Now()), nil },
		NextProtos:     []string{"h2", "http/1.1"},
	}, nil
}

type reloader struct {
	certificate, key string

	mu     sync.Mutex
	pair   *tls.Certificate
	change time.Time // of the newer of the files, when they were read
	looked time.Time
}

func (r *reloader) get(now time.Time) *tls.Certificate {
	r.mu.Lock()
	defer r.mu.Unlock()
	if now.Sub(r.looked) >= reloadEvery {
		r.looked = now
		if change, err := r.changed(); err == nil && !change.Equal(r.change) {
			r.read() // in the middle of being replaced, perhaps: the next look tells
		}
	}
	return r.pair
}

func (r *reloader) changed() (newest time.Time, err error) {
	for _, path := range []string{r.certificate, r.key} {
		info, err := os.Stat(path)
		if err != nil {
			return newest, err
		}
		if info.ModTime().After(newest) {
			newest = info.ModTime()
		}
	}
	return newest, nil
}

func (r *reloader) read() error {
	change, err := r.changed()
	if err != nil {
		return fmt.Errorf("public TLS certificate: %w", err)
	}
	pair, err := tls.LoadX509KeyPair(r.certificate, r.key)
	if err != nil {
		return fmt.Errorf("public TLS certificate: %w", err)
	}
	r.pair, r.change = &pair, change
	return nil
}
