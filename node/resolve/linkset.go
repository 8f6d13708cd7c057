package resolve

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
)

// jsonContext is the JSON-LD context that makes a linkset RDF. It is named and not fetched.
const jsonContext = "https://ref.gs1.org/standards/resolver/linkset-context"

// pointer is the Link header: where the list of links is.
func (f *found) pointer() string {
	return "<" + f.base + f.link.Path() + "?linkType=linkset>; rel=\"linkset\"; type=\"" + linksetMedia + "\""
}

// target is a link as RFC 9264 writes it.
type target struct {
	Href     string   `json:"href"`
	Title    string   `json:"title"`
	Type     string   `json:"type,omitempty"`
	Hreflang []string `json:"hreflang,omitempty"`
}

// set is one link context object: an anchor with its links by relation. Maps are written in the order of their keys.
type set map[string]any

// linkset answers with all links: those of the lowest level that the ledger has, and of all above, each under its own anchor.
func (s *resolver) linkset(w http.ResponseWriter, r *http.Request, f *found) {
	var sets []set
	for _, v := range f.levels() {
		sets = append(sets, s.setOf(f, v))
	}
	w.Header().Add("Link", "<"+jsonContext+">; rel=\"http://www.w3.org/ns/json-ld#context\"; type=\"application/ld+json\"")
	s.data(w, r, linksetMedia, map[string]any{"linkset": sets})
}

func (s *resolver) setOf(f *found, v level) set {
	description := f.name
	if s.Notice != "" { // RFC 9264 has no other place for words of ours
		description = s.Notice + ": " + description
	}
	of := set{"anchor": f.base + v.link.Path(), "description": description}
	byRelation := make(map[string][]target)
	for _, l := range v.links {
		name := titles[l.rel]
		if l.media != html {
			byRelation[l.rel] = append(byRelation[l.rel], target{f.base + l.target, name.English, l.media, []string{"vi", "en"}})
			continue
		}
		byRelation[l.rel] = append(byRelation[l.rel],
			target{f.base + l.target, name.Vietnamese, l.media, []string{"vi"}},
			target{f.base + inEnglish(l.target), name.English, l.media, []string{"en"}})
	}
	for rel, targets := range byRelation {
		of[vocabulary+rel] = targets
	}
	first := byRelation[pip]
	of[vocabulary+"defaultLink"] = []target{{Href: first[0].Href, Title: first[0].Title}}
	of[vocabulary+"defaultLinkMulti"] = first
	return of
}

// inEnglish is a page of this node in the other language.
func inEnglish(page string) string {
	if strings.Contains(page, "?") {
		return page + "&lang=en"
	}
	return page + "?lang=en"
}

// data writes JSON that a client may keep as long as it asks again.
func (s *resolver) data(w http.ResponseWriter, r *http.Request, media string, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		s.Log.Error("an answer cannot be written", "path", r.URL.Path, "error", err)
		s.problem(w, r, unreadable())
		return
	}
	sum := sha256.Sum256(body)
	tag := `"` + hex.EncodeToString(sum[:8]) + `"`
	h := w.Header()
	h.Set("Cache-Control", "no-cache")
	h.Set("ETag", tag)
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", media)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method == http.MethodGet {
		w.Write(body)
	}
}
