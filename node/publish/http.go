package publish

import (
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/tiles"
)

// Prefix is where the log is served. It is the log's URL prefix in the sense of c2sp.org/tlog-tiles.
const Prefix = "/log/"

// Source is what a node publishes.
type Source interface {
	// Published is the newest certified head that bears the log's signature; nil: there is none yet.
	Published() *checkpoint.Signed
	// Log reads the log as it is, which is at least as large as the published head. It must be short.
	Log(read func(tiles.Log) error) error
	// Policy is the current policy epoch as a C2SP policy file.
	Policy() ([]byte, error)
	// Epoch is the document of an epoch: for 0 a policy file, for others the handover that began it. It wraps tiles.ErrNotFound when there is none.
	Epoch(number uint32) ([]byte, error)
	// Genesis is the genesis file.
	Genesis() []byte
}

// Files that never change may be kept for a year; the newest head for as long as a cosign point lasts when nothing happens, and no longer.
const (
	immutable = "public, max-age=31536000, immutable"
	fresh     = "public, max-age=1, must-revalidate"
)

// Serves tells whether a path of a URL is one of those that Handler answers, be there such a file or not.
func Serves(path string) bool {
	name, ok := strings.CutPrefix(path, Prefix)
	return ok && (name == tiles.CheckpointPath || name == "genesis" || name == "policy" || strings.HasPrefix(name, "policy/") || tiles.IsTile(name))
}

// Handler serves /log/… exactly as c2sp.org/tlog-tiles says: checkpoint, tiles, entry bundles; and policy, policy/<e>, genesis beside them. The notice
// stands in every answer that is made of words, a line in each language; empty: none.
func Handler(s Source, notice string, log *slog.Logger) http.Handler {
	refuse := func(w http.ResponseWriter, status int, what string) {
		w.Header().Set("Cache-Control", "no-store")
		http.Error(w, strings.TrimLeft(notice+"\n"+what, "\n"), status)
	}
	k := newKept()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Access-Control-Allow-Origin", "*")
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			refuse(w, http.StatusMethodNotAllowed, "chỉ dùng được GET và HEAD\nonly GET and HEAD")
			return
		}
		f, err := k.file(s, strings.TrimPrefix(r.URL.Path, Prefix), strings.Contains(r.Header.Get("Accept-Encoding"), "gzip"))
		switch {
		case errors.Is(err, merkle.ErrEncoding), errors.Is(err, tiles.ErrNotFound):
			refuse(w, http.StatusNotFound, "không có tệp này trong các tệp công bố của sổ cái, hoặc chưa có\nno such file among the published files of the ledger, or not yet")
		case err != nil:
			log.Error("a file of the log cannot be served", "path", r.URL.Path, "error", err)
			refuse(w, http.StatusInternalServerError, "không đọc được sổ cái\nthe ledger cannot be read")
		default:
			f.serve(w, r)
		}
	})
}

// served is a file with how it is served.
type served struct {
	data     []byte
	kind     string // media type
	cache    string
	squeeze  bool // worth compressing
	squeezed bool // and compressed
}

const (
	octets = "application/octet-stream"
	text   = "text/plain; charset=utf-8"
)

// file finds a file, compressed if that is asked for and worth it.
func (k *kept) file(s Source, path string, squeezed bool) (f served, err error) {
	epoch, isEpoch := strings.CutPrefix(path, "policy/")
	switch {
	case tiles.IsTile(path):
		f = served{kind: octets, cache: immutable, squeeze: strings.HasPrefix(path, "tile/entries/")}
		f.squeezed = f.squeeze && squeezed
		f.data, err = k.tile(s, path, f.squeezed)
		return f, err
	case path == tiles.CheckpointPath:
		head := s.Published()
		if head == nil {
			return f, tiles.ErrNotFound
		}
		return served{data: head.Append(nil), kind: text, cache: fresh}, nil
	case path == "genesis":
		return served{data: s.Genesis(), kind: octets, cache: immutable}, nil
	case path == "policy":
		f = served{kind: text, cache: fresh}
		f.data, err = s.Policy()
		return f, err
	case isEpoch:
		n, err := strconv.ParseUint(epoch, 10, 32)
		if err != nil || strconv.FormatUint(n, 10) != epoch {
			return f, tiles.ErrNotFound
		}
		f = served{kind: text, cache: immutable}
		f.data, err = s.Epoch(uint32(n))
		return f, err
	}
	return f, tiles.ErrNotFound
}

func (f *served) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("Cache-Control", f.cache)
	if f.squeeze {
		h.Set("Vary", "Accept-Encoding")
		if f.squeezed {
			h.Set("Content-Encoding", "gzip")
		}
	}
	h.Set("Content-Length", strconv.Itoa(len(f.data)))
	if r.Method == http.MethodGet {
		w.Write(f.data)
	}
}
