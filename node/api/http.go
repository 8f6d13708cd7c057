package api

import (
	"encoding/hex"
	"net/http"
	"strconv"

	"github.com/ocopledger/ocop/ledger/genesis"
)

// GenesisPath is where the genesis file is served over HTTP.
const GenesisPath = "/log/genesis"

// Genesis serves the genesis file. It never changes, and its ETag is the chain id.
func Genesis(g *genesis.Genesis) http.Handler {
	file, tag := g.Bytes(), `"`+hex.EncodeToString(g.Chain[:])+`"`
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			h.Set("Allow", "GET, HEAD")
			w.WriteHeader(http.StatusMethodNotAllowed)
			return
		}
		h.Set("ETag", tag)
		h.Set("Cache-Control", "public, max-age=86400")
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		h.Set("Content-Type", "application/octet-stream")
		h.Set("Content-Length", strconv.Itoa(len(file)))
		if r.Method == http.MethodGet {
			w.Write(file)
		}
	})
}
