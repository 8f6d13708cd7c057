package query_test

import (
	"strings"
	"testing"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/query"
	"github.com/ocopledger/ocop/ledger/subject"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

func issued(item uint16, from, until ledger.Date) *subject.CertificateValue {
	return &subject.CertificateValue{
		Certificate: ledger.CertificateID{Decision: ledger.DecisionID{Issuer: 1, Year: 2020, Number: "1/QĐ"}, Item: item},
		ValidFrom:   from, ValidUntil: until, EffectiveLast: until, Status: subject.CertificateIssued, Star: 3,
	}
}

func revoked(c *subject.CertificateValue, effective ledger.Date) *subject.CertificateValue {
	c.Status, c.EffectiveLast = subject.CertificateRevoked, effective.AddDays(-1)
	c.Revocation.Effective = effective
	return c
}

func superseded(c *subject.CertificateValue, last ledger.Date) *subject.CertificateValue {
	c.Status, c.EffectiveLast = subject.CertificateSuperseded, last
	return c
}

func TestProductVerdict(t *testing.T) {
	const (
		inForce   = apiv1.VerdictKind_VERDICT_KIND_IN_FORCE
		expired   = apiv1.VerdictKind_VERDICT_KIND_EXPIRED
		gone      = apiv1.VerdictKind_VERDICT_KIND_REVOKED
		coming    = apiv1.VerdictKind_VERDICT_KIND_NOT_YET_IN_FORCE
		uncertain = apiv1.VerdictKind_VERDICT_KIND_NOT_CERTIFIED
	)
	type certificates = []*subject.CertificateValue
	for _, c := range []struct {
		name string
		all  certificates
		on   ledger.Date
		want apiv1.VerdictKind
		item uint16
	}{
		{"never certified", nil, 20260101, uncertain, 0},
		{"the day before the first", certificates{issued(1, 20260101, 20281231)}, 20251231, coming, 1},
		{"the first day", certificates{issued(1, 20260101, 20281231)}, 20260101, inForce, 1},
		{"the last day", certificates{issued(1, 20260101, 20281231)}, 20281231, inForce, 1},
		{"the day after the last", certificates{issued(1, 20260101, 20281231)}, 20290101, expired, 1},
		{"the day before a revocation takes effect", certificates{revoked(issued(1, 20260101, 20281231), 20270601)}, 20270531, inForce, 1},
		{"the day a revocation takes effect", certificates{revoked(issued(1, 20260101, 20281231), 20270601)}, 20270601, gone, 1},
		{"revoked, and past its last day", certificates{revoked(issued(1, 20260101, 20281231), 20270601)}, 20300101, gone, 1},
		{"revoked before it began", certificates{revoked(issued(1, 20270101, 20281231), 20260601)}, 20260701, gone, 1},
		{"renewed: the new one", certificates{superseded(issued(1, 20230101, 20251231), 20250630), issued(2, 20250701, 20280630)}, 20250701, inForce, 2},
		{"renewed: the old one until then", certificates{superseded(issued(1, 20230101, 20251231), 20250630), issued(2, 20250701, 20280630)}, 20250630, inForce, 1},
		{"renewed, and the new one revoked: the old one does not rise again",
			certificates{superseded(issued(1, 20230101, 20251231), 20250630), revoked(issued(2, 20250701, 20280630), 20250801)}, 20250901, gone, 2},
		{"superseded with a gap before the new one", certificates{superseded(issued(1, 20230101, 20251231), 20250630), issued(2, 20250801, 20280630)}, 20250715, expired, 1},
		{"an old one imported after the new one", certificates{revoked(issued(2, 20250101, 20271231), 20260101), issued(1, 20200101, 20221231)}, 20260201, gone, 2},
		{"revoked, then certified anew", certificates{revoked(issued(1, 20230101, 20251231), 20240101), issued(2, 20250101, 20271231)}, 20260101, inForce, 2},
		{"withdrawn before it began, and another coming", certificates{revoked(issued(1, 20270101, 20281231), 20260601), issued(2, 20270201, 20291231)}, 20260701, coming, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			kind, speaks := query.Judge(c.all, c.on)
			if kind != c.want {
				t.Errorf("%v, want %v", kind, c.want)
			}
			if item := speaks; item == nil && c.item != 0 || item != nil && item.Certificate.Item != c.item {
				t.Errorf("by certificate %v, want item %d", speaks, c.item)
			}
		})
	}
}

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
