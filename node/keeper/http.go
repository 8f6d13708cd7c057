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

// Serves tells whether a path of a URL is one that Handler answers.
func Serves(path string) bool { return strings.HasPrefix(path, Prefix) }

// Handler serves the names of all pieces under Prefix, one a line, and each piece under its name. The notice stands in every answer that is made of
// words, in the list as a remark: a line that begins with #. Empty: none.
func Handler(k *Keeper, notice string, log *slog.Logger) http.Handler {
	refuse := func(w http.ResponseWriter, status int, what string) {
		w.Header().Set("Cache-Control", "no-store")
		http.Error(w, strings.TrimLeft(notice+"\n"+what, "\n"), status)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Access-Control-Allow-Origin", "*")
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			refuse(w, http.StatusMethodNotAllowed, "only GET and HEAD")
			return
		}
		name := strings.TrimPrefix(r.URL.Path, Prefix)
		if name == "" {
			k.list(w, notice)
			return
		}
		file, err := k.File(name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			refuse(w, http.StatusNotFound, "không có bằng chứng này / there is no such evidence")
		case err != nil:
			log.Error("evidence cannot be served", "evidence", name, "error", err)
			refuse(w, http.StatusInternalServerError, "bằng chứng không đọc được / the evidence cannot be read")
		default:
			// Another validator may hold the same claim with other signatures: the name promises the claim.
			w.Header().Set("Cache-Control", "public, max-age=60")
			w.Header().Set("Content-Type", "application/octet-stream")
			w.Header().Set("Content-Disposition", `attachment; filename="`+name+suffix+`"`)
			w.Write(file)
		}
	})
}

func (k *Keeper) list(w http.ResponseWriter, notice string) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if notice != "" {
		fmt.Fprintln(w, "#", notice)
	}
	for _, p := range k.Pieces() {
		fmt.Fprintln(w, p.Name)
	}
}
