package command

import (
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"
)

// TestAuditOfPublishedFilesThatCannotBeRead: what is wrong with them is a finding, what keeps them from being read is not.
func TestAuditOfPublishedFilesThatCannotBeRead(t *testing.T) {
	m := newMachine(t)
	p := newProver(m)
	p.publish(m, "files")
	genesis := []string{"audit", "--tiles", "files", "--genesis", "genesis"}
	var sound auditReport
	if m.json(&sound, genesis...); sound.Audit != "ok" || sound.Height == nil || *sound.Height != p.now.height {
		t.Fatalf("%+v", sound)
	}

	for _, l := range []struct{ lang, unreachable, none, checkpoint string }{
		{"en", "cannot be fetched", "has no file genesis: give the genesis file with --genesis FILE", "the file checkpoint is missing"},
		{"vi", "không tải được tệp công bố từ", "không có tệp genesis: hãy đưa tệp khởi nguyên bằng --genesis TỆP", "thiếu tệp checkpoint"},
	} {
		m.fails(exitUnreachable, l.unreachable, "audit", "--tiles", "http://127.0.0.1:1", "--genesis", "genesis", "--lang", l.lang)
		m.fails(exitInput, l.none, "audit", "--tiles", "files", "--chain-id", sound.Chain, "--lang", l.lang)
		m.fails(exitInput, l.checkpoint, "audit", "--tiles", ".", "--genesis", "genesis", "--lang", l.lang)
	}
	files := http.FileServer(http.Dir("files"))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/tile/0/") {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		files.ServeHTTP(w, r)
	}))
	defer server.Close()
	m.fails(exitUnreachable, "502 Bad Gateway", "audit", "--tiles", server.URL, "--genesis", "genesis")
	check(t, os.Mkdir("files/genesis", 0o755))
	m.fails(exitDivergence, "it is a folder, not a file", "audit", "--tiles", "files", "--chain-id", sound.Chain)

	tile := "files/tile/0/000.p/" + strconv.FormatUint(p.now.signed.Tree.Size, 10)
	data := m.read(tile)
	check(t, os.Remove(tile))
	m.fails(exitDivergence, strings.TrimPrefix(tile, "files/")+" is missing", genesis...)
	for _, not := range []string{"What comes before", "Height", "Root", "01/01/1970", "block 0"} {
		if strings.Contains(m.out, not) {
			t.Errorf("nothing was derived, and yet %q is said:\n%s", not, m.out)
		}
	}
	var r map[string]any
	if code := m.json(&r, genesis...); code != exitDivergence || r["size"] != 0.0 || r["height"] != nil || r["root"] != nil || r["block_time"] != nil {
		t.Errorf("%d, %v", code, r)
	}
	check(t, os.Mkdir(tile, 0o755))
	m.fails(exitDivergence, "đó là thư mục, không phải tệp", append(genesis, "--lang", "vi")...)
	check(t, os.Remove(tile))
	m.write(tile, strings.Repeat(data, 256))
	m.fails(exitDivergence, "it is larger than 8192 bytes", genesis...)

	check(t, os.Remove("files/checkpoint"))
	check(t, os.Mkdir("files/checkpoint", 0o755))
	m.fails(exitInput, "đó là thư mục, không phải tệp", append(genesis, "--lang", "vi")...)
}
