package subject

import (
	"testing"

	"github.com/ocopledger/ocop/ledger"
)

func issued(item uint16, from, until ledger.Date) *CertificateValue {
	return &CertificateValue{
		Certificate: ledger.CertificateID{Decision: ledger.DecisionID{Issuer: 1, Year: 2020, Number: "1/QĐ"}, Item: item},
		ValidFrom:   from, ValidUntil: until, EffectiveLast: until, Status: CertificateIssued, Star: 3,
	}
}

func revoked(c *CertificateValue, effective ledger.Date) *CertificateValue {
	c.Status, c.EffectiveLast = CertificateRevoked, effective.AddDays(-1)
	c.Revocation.Effective = effective
	return c
}

func superseded(c *CertificateValue, last ledger.Date) *CertificateValue {
	c.Status, c.EffectiveLast = CertificateSuperseded, last
	return c
}

func TestSpeaks(t *testing.T) {
	type certificates = []*CertificateValue
	for _, c := range []struct {
		name string
		all  certificates
		on   ledger.Date
		want Standing
		item uint16
	}{
		{"never certified", nil, 20260101, StandingNotCertified, 0},
		{"the day before the first", certificates{issued(1, 20260101, 20281231)}, 20251231, StandingNotYetInForce, 1},
		{"the first day", certificates{issued(1, 20260101, 20281231)}, 20260101, StandingInForce, 1},
		{"the last day", certificates{issued(1, 20260101, 20281231)}, 20281231, StandingInForce, 1},
		{"the day after the last", certificates{issued(1, 20260101, 20281231)}, 20290101, StandingExpired, 1},
		{"the day before a revocation takes effect", certificates{revoked(issued(1, 20260101, 20281231), 20270601)}, 20270531, StandingInForce, 1},
		{"the day a revocation takes effect", certificates{revoked(issued(1, 20260101, 20281231), 20270601)}, 20270601, StandingRevoked, 1},
		{"revoked, and past its last day", certificates{revoked(issued(1, 20260101, 20281231), 20270601)}, 20300101, StandingRevoked, 1},
		{"revoked before it began", certificates{revoked(issued(1, 20270101, 20281231), 20260601)}, 20260701, StandingRevoked, 1},
		{"renewed: the new one", certificates{superseded(issued(1, 20230101, 20251231), 20250630), issued(2, 20250701, 20280630)}, 20250701, StandingInForce, 2},
		{"renewed: the old one until then", certificates{superseded(issued(1, 20230101, 20251231), 20250630), issued(2, 20250701, 20280630)}, 20250630, StandingInForce, 1},
		{"renewed, and the new one revoked: the old one does not rise again",
			certificates{superseded(issued(1, 20230101, 20251231), 20250630), revoked(issued(2, 20250701, 20280630), 20250801)}, 20250901, StandingRevoked, 2},
		{"superseded with a gap before the new one", certificates{superseded(issued(1, 20230101, 20251231), 20250630), issued(2, 20250801, 20280630)}, 20250715, StandingExpired, 1},
		{"an old one imported after the new one", certificates{revoked(issued(2, 20250101, 20271231), 20260101), issued(1, 20200101, 20221231)}, 20260201, StandingRevoked, 2},
		{"revoked, then certified anew", certificates{revoked(issued(1, 20230101, 20251231), 20240101), issued(2, 20250101, 20271231)}, 20260101, StandingInForce, 2},
		{"withdrawn before it began, and another coming", certificates{revoked(issued(1, 20270101, 20281231), 20260601), issued(2, 20270201, 20291231)}, 20260701, StandingNotYetInForce, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			speaks, standing := Speaks(c.all, c.on)
			if standing != c.want {
				t.Errorf("%v, want %v", standing, c.want)
			}
			if item := speaks; item == nil && c.item != 0 || item != nil && item.Certificate.Item != c.item {
				t.Errorf("by certificate %v, want item %d", speaks, c.item)
			}
		})
	}
}

// TestStandingOfOne: a certificate that was replaced says so by itself as long as it would have counted.
func TestStandingOfOne(t *testing.T) {
	c := superseded(issued(1, 20230101, 20251231), 20250630)
	for on, want := range map[ledger.Date]Standing{
		20221231: StandingNotYetInForce, 20250630: StandingInForce, 20250701: StandingSuperseded, 20251231: StandingSuperseded, 20260101: StandingExpired,
	} {
		if got := c.Standing(on); got != want {
			t.Errorf("%v: %v, want %v", on, got, want)
		}
	}
	r := revoked(issued(1, 20230101, 20251231), 20240101)
	for s, want := range map[Standing]ledger.Date{StandingInForce: 20231231, StandingRevoked: 20240101, StandingNotYetInForce: 20230101} {
		if got := r.Day(s); got != want {
			t.Errorf("day of %v: %v, want %v", s, got, want)
		}
	}
}
