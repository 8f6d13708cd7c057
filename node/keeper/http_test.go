package keeper

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ocopledger/ocop/ledger/evidence"
)

func TestServed(t *testing.T) {
	b := newBench(t)
	one, two := b.add(b.proposer(2, 7)), b.add(b.diverged(3, 9, 1, 2))
	const notice = "DỮ LIỆU MẪU – không có giá trị"
	ask := func(method, path string) (int, string, http.Header) {
		t.Helper()
		w := httptest.NewRecorder()
		Handler(b.Keeper, notice, b.o.Log).ServeHTTP(w, httptest.NewRequest(method, path, nil))
		return w.Code, w.Body.String(), w.Header()
	}
	if code, list, _ := ask("GET", Prefix); code != http.StatusOK || list != "# "+notice+"\n"+two+"\n"+one+"\n" {
		t.Errorf("%d, list %q", code, list)
	}
	code, file, header := ask("GET", Prefix+one)
	if e, err := evidence.Parse([]byte(file)); code != http.StatusOK || err != nil || Name(e) != one {
		t.Errorf("%d, %v", code, err)
	}
	if got := header.Get("Content-Disposition"); got != `attachment; filename="`+one+`.evidence"` {
		t.Errorf("offered as %s", got)
	}
	for _, c := range []struct {
		method, path string
		code         int
	}{{"GET", Prefix + "proposer-9-0000000000000000", 404}, {"GET", Prefix + "../genesis", 404}, {"POST", Prefix, 405}} {
		if code, text, _ := ask(c.method, c.path); code != c.code || !strings.HasPrefix(text, notice+"\n") {
			t.Errorf("%s %s: %d %q", c.method, c.path, code, text)
		}
	}
	if !Serves(Prefix) || !Serves(Prefix+one) || Serves("/log/policy/1") {
		t.Error("paths")
	}
}
