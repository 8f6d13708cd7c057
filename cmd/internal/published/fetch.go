// Package published gets the files that nodes and their mirrors publish of a ledger, from a server or a folder. It believes nothing of them and looks into none.
package published

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/ocopledger/ocop/ledger/tiles"
)

// UnreachableError says that a server of published files gave no answer, or none that is a file or its absence.
type UnreachableError struct{ Err error }

func (e *UnreachableError) Error() string { return e.Err.Error() }

// Unwrap gives the cause.
func (e *UnreachableError) Unwrap() error { return e.Err }

// Fetcher gets files below an http(s) URL or a folder.
func Fetcher(where string) tiles.Fetch {
	if strings.HasPrefix(where, "http://") || strings.HasPrefix(where, "https://") {
		return Over(http.DefaultClient, where)
	}
	return func(_ context.Context, path string, limit int) ([]byte, error) {
		return fromDisk(filepath.Join(where, filepath.FromSlash(path)), limit)
	}
}

// Over gets files below an http(s) URL by a client.
func Over(client *http.Client, url string) tiles.Fetch {
	base := strings.TrimSuffix(url, "/") + "/"
	return func(ctx context.Context, path string, limit int) ([]byte, error) {
		return overHTTP(ctx, client, base+path, limit)
	}
}

// fromDisk opens regular files alone: to open another, such as a pipe, may wait for ever.
func fromDisk(name string, limit int) ([]byte, error) {
	info, err := os.Stat(name)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return nil, fmt.Errorf("%w: %w", tiles.ErrNotFound, err)
	}
	if err != nil {
		return nil, err
	}
	switch {
	case info.IsDir():
		return nil, tiles.Malformed("đó là thư mục, không phải tệp", "it is a folder, not a file")
	case !info.Mode().IsRegular():
		return nil, tiles.Malformed("đó không phải tệp thường mà là thiết bị, ống dẫn hoặc ổ cắm", "it is no regular file but a device, pipe or socket")
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return bounded(f, limit)
}

func overHTTP(ctx context.Context, client *http.Client, url string, limit int) ([]byte, error) {
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	a, err := client.Do(q)
	if err != nil {
		return nil, &UnreachableError{err}
	}
	defer a.Body.Close()
	switch a.StatusCode {
	case http.StatusOK:
		data, err := bounded(a.Body, limit)
		if err != nil && !errors.Is(err, tiles.ErrMalformed) {
			err = &UnreachableError{fmt.Errorf("%s: %w", url, err)}
		}
		return data, err
	case http.StatusNotFound:
		return nil, fmt.Errorf("%w: %s", tiles.ErrNotFound, url)
	}
	return nil, &UnreachableError{fmt.Errorf("%s: %s", url, a.Status)}
}

func bounded(r io.Reader, limit int) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, int64(limit)+1))
	if err == nil && len(data) > limit {
		err = tiles.Malformed("tệp lớn hơn %d byte", "it is larger than %d bytes", limit)
	}
	return data, err
}
