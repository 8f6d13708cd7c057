package sync

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/ocopledger/ocop/ledger/tiles"
)

// ofFile sorts what kept a published file from being read.
func ofFile(err error) error {
	var given *SourceError
	switch {
	case errors.As(err, &given):
		return err
	case errors.Is(err, tiles.ErrMalformed):
		return fault(Malformed, err)
	}
	return fault(Unreachable, err) // also one that is missing: it may come, as when a mirror is being copied
}

func newHTTP() *http.Client {
	return &http.Client{Transport: &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		TLSClientConfig:     &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12}, //nolint:gosec // see Tiles
		ForceAttemptHTTP2:   true,
		TLSHandshakeTimeout: handshake, ResponseHeaderTimeout: defaultPace.answer, IdleConnTimeout: time.Minute, MaxIdleConnsPerHost: bundlesAhead,
	}}
}

func overHTTP(client *http.Client, base string) tiles.Fetch {
	return func(ctx context.Context, path string, limit int) ([]byte, error) {
		q, err := http.NewRequestWithContext(ctx, http.MethodGet, base+path, nil)
		if err != nil {
			return nil, err
		}
		a, err := client.Do(q)
		if err != nil {
			return nil, err
		}
		defer a.Body.Close()
		switch a.StatusCode {
		case http.StatusOK:
			return bounded(a.Body, limit)
		case http.StatusNotFound:
			return nil, fmt.Errorf("%w: %s", tiles.ErrNotFound, path)
		case http.StatusTooManyRequests, http.StatusServiceUnavailable:
			return nil, fault(Busy, fmt.Errorf("%s: %s", path, a.Status))
		}
		return nil, fmt.Errorf("%s: %s", path, a.Status)
	}
}

// fromFolder opens regular files alone: to open another, such as a pipe, may wait for ever.
func fromFolder(dir string) tiles.Fetch {
	return func(_ context.Context, path string, limit int) ([]byte, error) {
		name := filepath.Join(dir, filepath.FromSlash(path))
		info, err := os.Stat(name)
		switch {
		case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
			return nil, fmt.Errorf("%w: %w", tiles.ErrNotFound, err)
		case err != nil:
			return nil, err
		case !info.Mode().IsRegular():
			return nil, tiles.Malformed("%s không phải tệp thường", "%s is no regular file", path)
		}
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		return bounded(f, limit)
	}
}

func bounded(r io.Reader, limit int) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, int64(limit)+1))
	if err == nil && len(data) > limit {
		err = tiles.Malformed("tệp lớn hơn %d byte", "it is larger than %d bytes", limit)
	}
	return data, err
}
