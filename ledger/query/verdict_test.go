package query_test

import (
	"strings"
	"testing"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/query"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

func TestVerdictsAreShortSentences(t *testing.T) {
	for number, name := range apiv1.VerdictKind_name {
		s := query.Sentence(apiv1.VerdictKind(number), 20290220)
		for _, sentence := range []string{s.GetVietnamese(), s.GetEnglish()} {
			if n := len(strings.Fields(sentence)); n == 0 || n > 12 {
				t.Errorf("%s: %q has %d words, want 1 to 12", name, sentence, n)
			}
			if !strings.HasSuffix(sentence, ".") || strings.Contains(sentence, "%") {
				t.Errorf("%s: %q is no sentence", name, sentence)
			}
		}
	}
}

func TestEnglishDate(t *testing.T) {
	for d, want := range map[ledger.Date]string{20201103: "3 November 2020", 20260101: "1 January 2026", 20251231: "31 December 2025", 20251399: "99/13/2025"} {
		if got := query.EnglishDate(d); got != want {
			t.Errorf("%d: %q, want %q", d, got, want)
		}
	}
}
