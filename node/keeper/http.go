package keeper

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"strings"
)

// Prefix is where evidence is served, beside the log.
const Prefix = "/log/evidence/"

// Handler serves the names of all pieces under Prefix, one a line, and each piece under its name.
func Handler(k *Keeper, log *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Access-Control-Allow-Origin", "*")
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "only GET and HEAD", http.StatusMethodNotAllowed)
			return
		}
		name := strings.TrimPrefix(r.URL.Path, Prefix)
		if name == "" {
			k.list(w)
			return
		}
		file, err := k.File(name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			w.Header().Set("Cache-Control", "no-store")
			http.Error(w, "không có bằng chứng này / there is no such evidence", http.StatusNotFound)
		case err != nil:
			log.Error("evidence cannot be served", "evidence", name, "error", err)
			w.Header().Set("Cache-Control", "no-store")
			http.Error(w, "bằng chứng không đọc được / the evidence cannot be read", http.StatusInternalServerError)
		default:
			// Another validator may hold the same claim with other signatures: the name promises the claim.
			w.Header().Set("Cache-Control", "public, max-age=60")
			w.Header().Set("Content-Type", "application/octet-stream")
			w.Header().Set("Content-Disposition", `attachment; filename="`+name+suffix+`"`)
			w.Write(file)
		}
	})
}

func (k *Keeper) list(w http.ResponseWriter) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	for _, p := range k.Pieces() {
		fmt.Fprintln(w, p.Name)
	}
}
