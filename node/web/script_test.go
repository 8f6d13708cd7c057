package web

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"html"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/query/querytest"
)

// What a page loads before it has its verdict, script and style together, before compression: a cheap phone parses it all before it checks anything. What it
// loads afterwards, to derive every act anew, costs data.
const (
	budget   = 60_000
	maxRules = 32_000
)

func TestScriptAndStyleAreSmall(t *testing.T) {
	s, err := loadScripts()
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range []string{"product", "certificate", "lot"} {
		style, err := styleOf(page)
		if err != nil {
			t.Fatal(err)
		}
		first := len(s.page.code) + len(style)
		t.Logf("%s: script %d + style %d = %d bytes, of %d; rules %d bytes", page, len(s.page.code), len(style), first, budget, len(s.rules.code))
		if first > budget {
			t.Errorf("script and style of the page of a %s have %d bytes, more than %d", page, first, budget)
		}
	}
	if len(s.rules.code) > maxRules {
		t.Errorf("the rules have %d bytes, more than %d", len(s.rules.code), maxRules)
	}
}

// pinnedSite is a site of a ledger with a certified head and two other agencies' nodes.
func pinnedSite(t *testing.T) (http.Handler, *ledger.Policy) {
	t.Helper()
	world := querytest.NewStory(t).World
	policy := &ledger.Policy{Number: 3, Chain: world.Chain, Origin: "log.example.vn/daknong", Quorum: 1, TrustPeriod: 86400,
		Validators: []ledger.PolicyValidator{{Agency: querytest.ProvinceAgency, NodeKey: ident.Ed25519Key{1}, CosignerName: "a", CosignerKey: ident.Ed25519Key{2}}}}
	return newSite(t, world, func(o *Options) {
		o.Policy = func() *ledger.Policy { return policy }
		o.URL = func(ledger.AccountID, string) string { return "https://other.example.vn" }
	}), policy
}

// element is what stands in the page's element of an id.
func element(t *testing.T, page, id string) string {
	t.Helper()
	m := regexp.MustCompile(`(?s)id="` + id + `">(.*?)</`).FindStringSubmatch(page)
	if m == nil {
		t.Fatalf("no element %s", id)
	}
	return strings.TrimSpace(m[1])
}

// Everything that a page's script is given is of the page's height and day: with one ETag there is one pin.
func TestPageBringsWhatItsScriptChecksAgainst(t *testing.T) {
	h, policy := pinnedSite(t)
	for path, want := range map[string]struct{ kind, id, receipt string }{
		"/p/1000001.1":                          {"product", "1000001.1", "/v1/products/1000001.1/receipt?format=file"},
		"/l/1000001.1/L-2026-03":                {"lot", "1000001.1/L-2026-03", "/v1/lots/1000001.1/L-2026-03/receipt?format=file"},
		"/c/1:2026:77%2FQ%C4%90-UBND:2":         {"certificate", "1:2026:77/QĐ-UBND:2", "/v1/certificates/1:2026:77%2FQ%C4%90-UBND:2/receipt?format=file"},
		"/c/1:2026:77%2FQ%C4%90-UBND:2?lang=en": {"certificate", "1:2026:77/QĐ-UBND:2", "/v1/certificates/1:2026:77%2FQ%C4%90-UBND:2/receipt?format=file"},
	} {
		w := get(h, path)
		var got struct {
			pinned
			Policy []byte `json:"policy"`
		}
		if err := json.Unmarshal([]byte(element(t, w.Body.String(), "pin")), &got); err != nil {
			t.Fatal(err)
		}
		if got.Kind != want.kind || got.ID != want.id || got.Receipt != want.receipt || !slices.Equal(got.Policy, policy.Append(nil)) || got.Chain != policy.Chain.String() {
			t.Errorf("%s pins %+v", path, got)
		}
		if got.Said.Product == "" || got.Said.Producer == "" {
			t.Errorf("%s says nothing to compare: %+v", path, got.Said)
		}
		if day := ledger.DateAt(got.Since * 1000); day != got.Day {
			t.Errorf("%s is of %v, and knows its policy since %v", path, got.Day, day)
		}
		var words map[string]string
		if err := json.Unmarshal([]byte(element(t, w.Body.String(), "words")), &words); err != nil || len(words) == 0 {
			t.Errorf("%s: words %v, %v", path, words, err)
		}
		if english := strings.Contains(path, "lang=en"); (words["node"] == "This node") != english {
			t.Errorf("%s speaks of %q", path, words["node"])
		}
		policy := w.Header().Get("Content-Security-Policy")
		for _, part := range []string{"script-src 'self'", "connect-src 'self'", "require-trusted-types-for 'script'", "trusted-types 'none'", "default-src 'none'"} {
			if !strings.Contains(policy, part) {
				t.Errorf("%s: the content security policy %q lacks %s", path, policy, part)
			}
		}
	}
	if w := get(newSite(t, querytest.NewStory(t).World, nil), "/p/1000001.1"); element(t, w.Body.String(), "pin") != "null" {
		t.Error("without a certified head something is pinned")
	}
}

// Pages without a proof run no script and ask nobody.
func TestOtherPagesAllowNoScript(t *testing.T) {
	h, _ := pinnedSite(t)
	for _, path := range []string{"/", "/expiring", "/p/1000001.77", "/p/x", "/nowhere"} {
		w := get(h, path)
		if policy := w.Header().Get("Content-Security-Policy"); strings.Contains(policy, "script-src") || strings.Contains(policy, "connect-src") || strings.Contains(w.Body.String(), "<script") {
			t.Errorf("%s allows %q", path, policy)
		}
	}
}

// A browser that has the page keeps the policy that the page came with: another one beside an answer without a page would take its script away.
func TestNotModifiedKeepsThePolicyOfThePage(t *testing.T) {
	h, _ := pinnedSite(t)
	tag := get(h, "/p/1000001.1").Header().Get("ETag")
	w := get(h, "/p/1000001.1", "If-None-Match", tag)
	if w.Code != http.StatusNotModified || w.Header().Get("Content-Security-Policy") != "" {
		t.Errorf("%d with policy %q", w.Code, w.Header().Get("Content-Security-Policy"))
	}
}

// The second script is in a template, so that nothing loads it until the first one does.
func TestScriptsAreNamedByTheirHashes(t *testing.T) {
	h, _ := pinnedSite(t)
	page := html.UnescapeString(get(h, "/p/1000001.1").Body.String())
	const script = `<script src="(/script-[0-9a-f]{16}\.js)" integrity="sha384-([A-Za-z0-9+/]{64})"`
	found := make(map[string]bool)
	for _, pattern := range []string{script + ` defer></script>`, `<template id="rules">` + script + `></script></template>`} {
		m := regexp.MustCompile(pattern).FindStringSubmatch(page)
		if m == nil {
			t.Fatalf("the page has no %s", pattern)
		}
		w := get(h, m[1])
		sum := sha512.Sum384(w.Body.Bytes())
		if w.Code != http.StatusOK || base64.StdEncoding.EncodeToString(sum[:]) != m[2] || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/javascript") {
			t.Errorf("%d, %v", w.Code, w.Header())
		}
		found[m[1]] = true
	}
	if len(found) != 2 || strings.Count(page, "<script src=") != 2 {
		t.Errorf("scripts %v", found)
	}
	if w := get(h, "/script-0000000000000000.js"); w.Code != http.StatusNotFound {
		t.Errorf("another script: %d", w.Code)
	}
}

// What the page, the file beside it, the header and the README say of verify.html is what it hashes to.
func TestHashOfTheOfflineVerifier(t *testing.T) {
	h, _ := pinnedSite(t)
	w := get(h, "/verify.html")
	sum := sha256.Sum256(w.Body.Bytes())
	hash := hex.EncodeToString(sum[:])
	if got := w.Header().Get("Repr-Digest"); got != "sha-256=:"+base64.StdEncoding.EncodeToString(sum[:])+":" {
		t.Errorf("Repr-Digest %s", got)
	}
	if got := get(h, "/verify.html.sha256").Body.String(); got != hash+"  verify.html\n" {
		t.Errorf("the hash beside it: %q", got)
	}
	if !strings.Contains(get(h, "/p/1000001.1").Body.String(), hash) {
		t.Error("the page shows another hash")
	}
	if w := get(h, "/verify.html", "If-None-Match", w.Header().Get("ETag")); w.Code != http.StatusNotModified {
		t.Errorf("the same file again: %d", w.Code)
	}
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(readme), "`"+hash+"`") {
		t.Error("README names another hash: run scripts/web.sh")
	}
}

// The file must run wherever it is kept, and reach nothing from there: its policy is its own, with the hashes of its own script and style.
func TestOfflineVerifierReachesNothing(t *testing.T) {
	s, err := loadScripts()
	if err != nil {
		t.Fatal(err)
	}
	file := string(s.offline)
	m := regexp.MustCompile(`<meta http-equiv="Content-Security-Policy" content="([^"]*)">`).FindStringSubmatch(file)
	if m == nil {
		t.Fatal("verify.html has no policy")
	}
	for tag, directive := range map[string]string{"style": "style-src", "script": "script-src"} {
		_, rest, _ := strings.Cut(file, "<"+tag+">")
		text, _, found := strings.Cut(rest, "</"+tag+">")
		sum := sha256.Sum256([]byte(text))
		if want := directive + " 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; !found || !strings.Contains(m[1], want) {
			t.Errorf("policy %q, want %s", m[1], want)
		}
		if strings.Count(file, "<"+tag) != 1 {
			t.Errorf("more than one %s", tag)
		}
	}
	for _, part := range []string{"default-src 'none'", "base-uri 'none'", "form-action 'none'", "trusted-types 'none'"} {
		if !strings.Contains(m[1], part) {
			t.Errorf("policy %q lacks %s", m[1], part)
		}
	}
	for _, never := range []string{"connect-src", "unsafe", "src=", "href=", "@import"} {
		if _, head, _ := strings.Cut(file, "<head>"); strings.Contains(head[:strings.Index(head, "<script>")], never) {
			t.Errorf("verify.html holds %s", never)
		}
	}
}

// Both languages have the same words, and every value has its place in both.
func TestWordsOfTheScript(t *testing.T) {
	s, err := loadScripts()
	if err != nil {
		t.Fatal(err)
	}
	words := make(map[string]map[string]string)
	for l, raw := range s.words {
		var table map[string]string
		if err := json.Unmarshal(raw, &table); err != nil {
			t.Fatal(err)
		}
		words[l] = table
	}
	if len(words) != 2 || len(words["vi"]) != len(words["en"]) || len(words["vi"]) < 40 {
		t.Fatalf("%d languages, %d and %d words", len(words), len(words["vi"]), len(words["en"]))
	}
	places := regexp.MustCompile(`\{\d\}`)
	for key, vi := range words["vi"] {
		en := words["en"][key]
		a, b := places.FindAllString(vi, -1), places.FindAllString(en, -1)
		slices.Sort(a)
		slices.Sort(b)
		if vi == "" || en == "" || !slices.Equal(a, b) {
			t.Errorf("%s: %q and %q", key, vi, en)
		}
	}
}
