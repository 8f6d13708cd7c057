package web

import (
	"crypto/sha256"
	"crypto/sha512"
	"embed"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
)

// What is bundled from script/, by scripts/web.sh. It is committed, so that the node is built without Node.js.
//
//go:embed dist/page.js dist/rules.js dist/words.json dist/verify.html
var bundled embed.FS

// scripts are those of the verification page, and verify.html, as they are served.
type scripts struct {
	page, rules script
	words       map[string]json.RawMessage // what they say, by language
	offline     []byte                     // verify.html
	sum         [sha256.Size]byte          // of verify.html
}

// script is one script of the page. The first answers; the second, the rules of the ledger, is loaded by the first when the answer is there.
type script struct {
	path      string // its name changes with what is in it
	integrity string // of subresource integrity
	code      []byte
	squeezed  []byte // as gzip
}

func loadScript(file string) (s script, err error) {
	if s.code, err = bundled.ReadFile(file); err != nil {
		return s, err
	}
	s.squeezed = newSqueezer().squeeze(s.code)
	sum := sha256.Sum256(s.code)
	s.path = "/script-" + hex.EncodeToString(sum[:8]) + ".js"
	strong := sha512.Sum384(s.code)
	s.integrity = "sha384-" + base64.StdEncoding.EncodeToString(strong[:])
	return s, nil
}

func loadScripts() (s scripts, err error) {
	if s.page, err = loadScript("dist/page.js"); err != nil {
		return s, err
	}
	if s.rules, err = loadScript("dist/rules.js"); err != nil {
		return s, err
	}
	if s.offline, err = bundled.ReadFile("dist/verify.html"); err != nil {
		return s, err
	}
	words, err := bundled.ReadFile("dist/words.json")
	if err != nil {
		return s, err
	}
	if err := json.Unmarshal(words, &s.words); err != nil {
		return s, fmt.Errorf("words of the script: %w", err)
	}
	s.sum = sha256.Sum256(s.offline)
	return s, nil
}

// serve answers with the script. Its name is its hash, so that it may be kept for ever.
func (s script) serve(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
	send(w, r, http.StatusOK, s.code, func() []byte { return s.squeezed })
}

// serveOffline answers with verify.html. Its own policy, which goes with the file wherever it is kept, allows less than the site's: with both in force it
// could not run.
func (s *site) serveOffline(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", "connect-src 'none'; frame-ancestors 'none'")
	h.Set("Cache-Control", "no-cache")
	h.Set("ETag", `"`+hex.EncodeToString(s.scripts.sum[:8])+`"`)
	h.Set("Repr-Digest", "sha-256=:"+base64.StdEncoding.EncodeToString(s.scripts.sum[:])+":") // RFC 9530
	if r.Header.Get("If-None-Match") == h.Get("ETag") {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	serveBytes(w, r, "text/html; charset=utf-8", s.scripts.offline)
}

// serveSum answers with the hash of verify.html, as sha256sum prints and reads it.
func (s *site) serveSum(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-cache")
	serveBytes(w, r, "text/plain; charset=utf-8", []byte(s.OfflineSum()+"  verify.html\n"))
}

// OfflineSum is the SHA-256 of verify.html in hexadecimal digits.
func (s *site) OfflineSum() string { return hex.EncodeToString(s.scripts.sum[:]) }

func serveBytes(w http.ResponseWriter, r *http.Request, kind string, data []byte) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		w.Write(data)
	}
}
