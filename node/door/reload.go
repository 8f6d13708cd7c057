package door

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

const (
	reloadEvery = 10 * time.Second    // how often a public certificate's files are looked at, at most
	endsSoon    = 14 * 24 * time.Hour // before its last day a certificate is warned about
	warnEvery   = 24 * time.Hour
)

// Pair names the PEM files of a certificate chain and its private key.
type Pair struct{ Certificate, Key string }

// Reloading is the TLS of a public door whose certificates are read again when their files change, without a restart. A pair that cannot be read leaves the
// one before in use; the log says so. Of several pairs a client gets the first that fits the name it asks for and what it can verify, and the first of all
// when none does, so that it can say itself what is wrong.
func Reloading(pairs []Pair, log *slog.Logger) (*tls.Config, error) {
	if len(pairs) == 0 {
		return nil, errors.New("public TLS certificate: none is named")
	}
	r := &reloader{log: log}
	for _, p := range pairs {
		f := &files{Pair: p}
		if err := f.read(); err != nil {
			return nil, err
		}
		r.files = append(r.files, f)
	}
	return &tls.Config{
		MinVersion:     tls.VersionTLS12, // of browsers and phones, not of ours
		GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) { return r.get(hello, time.Now()), nil },
		NextProtos:     []string{"h2", "http/1.1"},
	}, nil
}

type reloader struct {
	log *slog.Logger

	mu     sync.Mutex
	files  []*files
	looked time.Time
}

// files are a pair as it was read.
type files struct {
	Pair
	loaded *tls.Certificate
	stamps stamps // of the files that loaded came from
	failed stamps // of files that could not be read, and were told of
	warned time.Time
}

// stamps tell whether files are still those that were read. Both have their own: a new certificate may be older than its key, which stays.
type stamps [2]struct {
	change time.Time
	size   int64
}

func (r *reloader) get(hello *tls.ClientHelloInfo, now time.Time) *tls.Certificate {
	r.mu.Lock()
	defer r.mu.Unlock()
	if now.Sub(r.looked) >= reloadEvery {
		r.looked = now
		for _, f := range r.files {
			f.look(now, r.log)
		}
	}
	if hello != nil {
		for _, f := range r.files {
			if hello.SupportsCertificate(f.loaded) == nil {
				return f.loaded
			}
		}
	}
	return r.files[0].loaded
}

// look reads the pair again if its files have changed.
func (f *files) look(now time.Time, log *slog.Logger) {
	if have, err := f.stamp(); err == nil && have != f.stamps {
		switch err := f.read(); {
		case err == nil:
			log.Info("public TLS certificate read again", "file", f.Certificate, "last_day", f.loaded.Leaf.NotAfter.Format(time.DateOnly))
			f.warned = time.Time{}
		case have != f.failed: // in the middle of being replaced, perhaps: the next look tells
			f.failed = have
			log.Warn("public TLS certificate not read; the one before stays in use", "error", err)
		}
	}
	if end := f.loaded.Leaf.NotAfter; end.Sub(now) < endsSoon && now.Sub(f.warned) >= warnEvery {
		f.warned = now
		log.Warn("public TLS certificate ends", "file", f.Certificate, "last_day", end.Format(time.DateOnly))
	}
}

func (f *files) stamp() (s stamps, err error) {
	for i, path := range []string{f.Certificate, f.Key} {
		info, err := os.Stat(path)
		if err != nil {
			return s, err
		}
		s[i].change, s[i].size = info.ModTime(), info.Size()
	}
	return s, nil
}

func (f *files) read() error {
	have, err := f.stamp() // before reading: what changes meanwhile is read next time
	if err != nil {
		return fmt.Errorf("public TLS certificate: %w", err)
	}
	pair, err := tls.LoadX509KeyPair(f.Certificate, f.Key)
	if err != nil {
		return fmt.Errorf("public TLS certificate: %w", err)
	}
	f.loaded, f.stamps = &pair, have
	return nil
}
