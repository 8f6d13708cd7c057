package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"html/template"
	"net/http"
	"regexp"
	"strings"

	"github.com/ocopledger/ocop/ledger"
)

//go:embed page
var files embed.FS

// pages are the templates, parsed once, and what belongs to them.
type pages struct {
	templates map[string]*template.Template
	policies  map[string]string // content security policies
	version   string            // changes with what the pages are made of
}

// parsePages reads the templates. What pages show beside them and the ledger changes their version.
func parsePages(shown ...string) (p pages, err error) {
	p.templates = make(map[string]*template.Template)
	p.policies = make(map[string]string)
	sum := sha256.New()
	entries, err := files.ReadDir("page")
	if err != nil {
		return p, err
	}
	for _, e := range entries {
		data, err := files.ReadFile("page/" + e.Name())
		if err != nil {
			return p, err
		}
		sum.Write(data)
	}
	fmt.Fprintf(sum, "%v%q", phrases, shown) // maps are printed in order
	p.version = hex.EncodeToString(sum.Sum(nil)[:6])
	for _, name := range []string{"home", "expiring", "product", "certificate", "lot", "message", "notice"} {
		style, err := styleOf(name)
		if err != nil {
			return p, err
		}
		p.policies[name] = contentPolicy(style)
		t, err := template.New("frame.html").Funcs(functions(template.CSS(style))).
			ParseFS(files, "page/frame.html", "page/parts.html", "page/serial.html", "page/supply.html", "page/"+name+".html")
		if err != nil {
			return p, fmt.Errorf("page %s: %w", name, err)
		}
		p.templates[name] = t
	}
	return p, nil
}

// styleOf is the style sheet of a page. Pages to search and to choose on have rules of their own, which a page that a code leads to need not load.
func styleOf(page string) (string, error) {
	style, err := files.ReadFile("page/style.css")
	if err != nil {
		return "", err
	}
	switch page {
	case "home", "expiring", "message", "notice":
		lists, err := files.ReadFile("page/lists.css")
		if err != nil {
			return "", err
		}
		style = append(style, lists...)
	}
	return squeezed(style), nil
}

// between is white space that a style sheet can do without: no value and no selector of ours has a brace, colon, semicolon or comma with white space that
// means something.
var between = regexp.MustCompile(`\s*([{};,])\s*|(:)\s+|[\n\t]+`)

// squeezed is the style sheet in as few bytes as reading it allows to write it with: a phone loads it with every page.
func squeezed(style []byte) string {
	return strings.ReplaceAll(string(between.ReplaceAll(style, []byte("$1$2"))), ";}", "}")
}

// functions are what templates call beside the methods of a language. Parts of a page get the language with what they show.
func functions(style template.CSS) template.FuncMap {
	return template.FuncMap{
		"style":  func() template.CSS { return style },
		"say":    func(l language, v any) said { return said{l, v} },
		"choice": func(name, title string, options []option) choice { return choice{name, title, options} },
	}
}

type said struct {
	L language
	V any
}

type choice struct {
	Name, Title string
	Options     []option
}

// contentPolicy allows the page's style sheet, which stands in the page itself so that a page is one request, pictures and forms of this site, and
// nothing else.
func contentPolicy(style string) string {
	hash := sha256.Sum256([]byte(style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) +
		"'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
}

// tag is the ETag of a page: it is of one height, one day, one version of the templates, and of what else changes with none of them, if anything. It is weak: the
// same whether compressed or not.
func (p *pages) tag(height uint64, day ledger.Date, beside string) string {
	if beside != "" {
		beside = "-" + beside
	}
	return fmt.Sprintf(`W/"%d-%d-%s%s"`, height, day, p.version, beside)
}

func (p *pages) write(w http.ResponseWriter, r *http.Request, v *visit) {
	var b bytes.Buffer
	if err := p.templates[v.page].Execute(&b, v.frame); err != nil {
		v.Log.Error("page not rendered", "path", r.URL.Path, "error", err)
		text := v.frame.L.T("error.500")
		if v.frame.Sample {
			text = v.frame.L.T("sample") + "\n" + text
		}
		http.Error(w, text, http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", v.frame.L.Code())
	send(w, r, v.status, b.Bytes(), func() []byte { return v.squeeze(b.Bytes()) })
}
