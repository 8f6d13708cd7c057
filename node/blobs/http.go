package blobs

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/blob"
)

const (
	// Prefix is where blobs are served.
	Prefix = "/blob/"
	// listName is the list of what was erased, under Prefix.
	listName = "erasures"
	// recentName is the list of what has come to the node of late.
	recentName = "recent"
)

// How long an answer may be kept. Blobs never change, and may go: a cache that nobody can reach shows one for an hour longer. Orders and reports are for
// ever, but another report may come.
const (
	cacheBlob  = "public, max-age=3600, must-revalidate"
	cacheOrder = "public, max-age=60"
	cacheNever = "no-store"
)

// Serves tells whether a path of a URL is one that Handler answers.
func Serves(path string) bool { return strings.HasPrefix(path, Prefix) }

// listed is the list of what was erased, made when it is asked for and something has changed.
type listed struct {
	made bool
	body []byte
	tag  string
}

func (l *listed) stale() { l.made = false }

// Handler serves, under Prefix: ID, the content; ID.blob, the container with the salt, from which the id is recomputed; ID.erasure, the order that it was
// erased by; ID-AGENCY.report, an agency's node's report; erasures, a line for each that was erased: id, and the
// agencies that have reported; recent, the ids of what has come to this node of late. The notice
// stands in every answer that is made of words. Empty: none.
//
// Content is what strangers made. It comes with exactly the type that was checked, and under a policy that lets nothing in it run, load or frame, should it
// ever be opened as a page.
func Handler(b *Blobs, notice string, log *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
		h.Set("Cross-Origin-Resource-Policy", "cross-origin")
		h.Set("Access-Control-Allow-Origin", "*")
		h.Set("Referrer-Policy", "no-referrer")
		a := answering{b, w, r, notice, log}
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			h.Set("Allow", "GET, HEAD")
			a.refuse(http.StatusMethodNotAllowed, cacheNever, "chỉ nhận GET và HEAD; gửi dữ liệu bằng “ocop blob put”", "only GET and HEAD are served; bring blobs with “ocop blob put”")
			return
		}
		a.route(strings.TrimPrefix(r.URL.Path, Prefix))
	})
}

// answering is one request.
type answering struct {
	*Blobs
	w      http.ResponseWriter
	r      *http.Request
	notice string
	log    *slog.Logger
}

func (a *answering) route(name string) {
	if name == listName {
		body, tag := a.erasures(a.notice)
		a.give(body, "text/plain; charset=utf-8", tag, "no-cache")
		return
	}
	if name == recentName {
		body, tag := a.recentList()
		a.give(body, "text/plain; charset=utf-8", tag, "no-cache")
		return
	}
	text, ending := name, ""
	if i := strings.IndexByte(name, '.'); i >= 0 {
		text, ending = name[:i], name[i:]
	}
	number := ledger.AccountID(0)
	if ending == reportEnding {
		var digits string
		text, digits, _ = strings.Cut(text, "-")
		n, err := strconv.ParseUint(digits, 10, 64)
		if err != nil || ledger.AccountID(n).String() != digits {
			text = ""
		}
		number = ledger.AccountID(n)
	}
	id, err := ParseID(text)
	if err != nil {
		a.refuse(http.StatusBadRequest, cacheNever, "mã không đúng: cần 64 chữ số thập lục phân viết thường", "not an id: want 64 lower-case hexadecimal digits")
		return
	}
	switch ending {
	case "", blobEnding:
		a.blob(id, ending != "")
	case erasureEnding:
		if order, _, ok := a.Erasure(id); ok {
			a.file(order.Append(nil), name, order.Hash())
			return
		}
		a.notThere()
	case reportEnding:
		_, reports, _ := a.Erasure(id)
		if i := slices.IndexFunc(reports, func(r *blob.SignedReport) bool { return r.Agency == number }); i >= 0 {
			data := reports[i].Append(nil)
			a.file(data, name, sha256.Sum256(data))
			return
		}
		a.notThere()
	default:
		a.notThere()
	}
}

func (a *answering) blob(id ledger.Hash, container bool) {
	file, made, err := a.Get(id)
	switch gone, _ := errors.AsType[*ErasedError](err); {
	case gone != nil:
		agency, day := gone.Order.Agency, ledger.DateAt(gone.Order.Time)
		a.refuse(http.StatusGone, cacheBlob, fmt.Sprintf("đã xóa theo lệnh của cơ quan %v ngày %v", agency, day), fmt.Sprintf("erased by order of agency %v of %v", agency, day))
	case errors.Is(err, ErrNotHeld):
		a.notThere()
	case errors.Is(err, ErrNotReady):
		a.w.Header().Set("Retry-After", "1")
		a.refuse(http.StatusServiceUnavailable, cacheNever, "nút đang hỏi các nút khác xem có gì đã bị xóa; hãy thử lại sau giây lát", "the node is asking the others what was erased; try again in a moment")
	case err != nil:
		a.log.Error("a blob cannot be served", "blob", id, "error", err)
		a.refuse(http.StatusInternalServerError, cacheNever, "dữ liệu không đọc được", "the blob cannot be read")
	case container:
		a.w.Header().Set("Content-Disposition", `attachment; filename="`+id.String()+blobEnding+`"`)
		a.give(file, "application/octet-stream", `"`+id.String()+blobEnding+`"`, cacheBlob)
	default:
		a.give(made.Content, made.Media, `"`+id.String()+`"`, cacheBlob)
	}
}

func (a *answering) notThere() {
	a.refuse(http.StatusNotFound, cacheNever, "nút này không có dữ liệu đó", "this node does not have it")
}

func (a *answering) file(data []byte, name string, hash ledger.Hash) {
	a.w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	a.give(data, "application/octet-stream", `"`+hash.String()+`"`, cacheOrder)
}

// give answers with bytes, or says that whoever asks has them.
func (a *answering) give(body []byte, media, tag, cache string) {
	h := a.w.Header()
	h.Set("Cache-Control", cache)
	h.Set("ETag", tag)
	for has := range strings.SplitSeq(a.r.Header.Get("If-None-Match"), ",") {
		if has = strings.TrimPrefix(strings.TrimSpace(has), "W/"); has == tag {
			a.w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	h.Set("Content-Type", media)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if a.r.Method == http.MethodGet {
		_, _ = a.w.Write(body) // whoever hangs up has had enough
	}
}

func (a *answering) refuse(status int, cache, vietnamese, english string) {
	body := strings.TrimLeft(a.notice+"\n"+vietnamese+" / "+english+"\n", "\n")
	h := a.w.Header()
	h.Set("Cache-Control", cache)
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	a.w.WriteHeader(status)
	if a.r.Method != http.MethodHead {
		_, _ = a.w.Write([]byte(body))
	}
}

// erasures is the list of what was erased, with its entity tag.
func (b *Blobs) erasures(notice string) (body []byte, tag string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.list.made {
		var text strings.Builder
		if notice != "" {
			fmt.Fprintln(&text, "#", notice)
		}
		for _, id := range slices.SortedFunc(maps.Keys(b.erased), func(x, y ledger.Hash) int { return slices.Compare(x[:], y[:]) }) {
			text.WriteString(id.String())
			for i, agency := range slices.Sorted(maps.Keys(b.erased[id].reports)) {
				text.WriteString(" ,"[min(i, 1):min(i, 1)+1] + agency.String())
			}
			text.WriteByte('\n')
		}
		sum := sha256.Sum256([]byte(text.String()))
		b.list = listed{true, []byte(text.String()), `"` + hex.EncodeToString(sum[:16]) + `"`}
	}
	return b.list.body, b.list.tag
}
