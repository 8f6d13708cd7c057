package command

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/ocop/internal/audit"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/chain/chaintest"
)

// A failed audit says where, in which record and field, and how far everything was right, in both languages and as JSON.
func TestReportOfADivergence(t *testing.T) {
	g := chaintest.NewMarket(1).Genesis
	result := &audit.Result{Head: ledger.Head{Height: 41, Size: 93}, Records: 50, Refusals: 2, Divergence: &audit.Divergence{
		Leaf: 94, Height: new(uint64(42)), Record: strings.Repeat("0a", 32), Field: "actions[3].certify.scores.a", Got: "0x20", Want: "0x21", Kind: "differs", Vietnamese: "lá 94 …", English: "leaf 94 …",
	}}
	for l, want := range map[lang.Language][]string{
		lang.English: {
			"DIVERGENCE: leaf 94 …", "Leaf 94", "Record 0a0a", "Field actions[3].certify.scores.a", "Have 0x20", "Want 0x21",
			"Height 41", "Size 93", "Accepted 50", "Refused 2 ", "Audited at 07:00 01/01/1970, 0.0 s",
		},
		lang.Vietnamese: {"KHÔNG ĐÚNG: lá 94 …", "Lá 94", "Bản ghi 0a0a", "Trường actions[3].certify.scores.a", "Độ cao 41", "Số lá 93", "Bản ghi nhận 50", "Từ chối 2 ", "Kiểm lúc 07:00 01/01/1970, 0,0 s"},
	} {
		var out bytes.Buffer
		a := &app{env: Env{Out: &out, Now: func() time.Time { return time.Unix(0, 0) }}, lang: l}
		if err := a.finishAudit(a.auditReport(g, result, a.env.Now()), ""); exitCode(err) != exitDivergence {
			t.Errorf("%v", err)
		}
		text := strings.Join(strings.Fields(out.String()), " ")
		for _, words := range want {
			if !strings.Contains(text, words) {
				t.Errorf("the report does not say %q:\n%s", words, out.String())
			}
		}
		data, err := json.Marshal(a.auditReport(g, result, a.env.Now()))
		if err != nil || !strings.Contains(string(data), `"field":"actions[3].certify.scores.a"`) || !strings.Contains(string(data), `"records":50`) ||
			!strings.Contains(string(data), `"vietnamese":"lá 94 …"`) || !strings.Contains(string(data), `"english":"leaf 94 …"`) ||
			!strings.Contains(string(data), `"started":"1970-01-01T07:00:00+07:00"`) {
			t.Errorf("%s, %v", data, err)
		}
	}
}
