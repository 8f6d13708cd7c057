package subject

import "github.com/ocopledger/ocop/ledger"

// Standing is how a certificate, or a product by its certificates, stands on a date.
type Standing uint8

// Standings. The page of a node and a receipt name them by words of their own.
const (
	StandingNotCertified  Standing = iota // chưa được chứng nhận
	StandingInForce                       // còn hiệu lực
	StandingExpired                       // hết hiệu lực
	StandingRevoked                       // đã bị thu hồi
	StandingNotYetInForce                 // chưa có hiệu lực
	StandingSuperseded                    // đã được thay bằng giấy mới
)

// Standing is how the certificate by itself stands on a date, never StandingNotCertified.
func (v *CertificateValue) Standing(on ledger.Date) Standing {
	switch {
	case v.InForce(on):
		return StandingInForce
	case v.Status == CertificateRevoked:
		return StandingRevoked
	case on < v.ValidFrom:
		return StandingNotYetInForce
	case v.Status == CertificateSuperseded && on <= v.ValidUntil:
		return StandingSuperseded
	}
	return StandingExpired
}

// Speaks finds the certificate that speaks for a product on a date, and what it says: the one in force; else the newest one that had begun, so that a
// revocation or an expiry is told; else one that is to begin; else one that was revoked before it began. Without certificates it is nil. What was
// superseded by a certificate that is not in force has expired.
func Speaks(all []*CertificateValue, on ledger.Date) (*CertificateValue, Standing) {
	var begun, coming, withdrawn *CertificateValue
	for _, c := range all {
		switch {
		case c.InForce(on):
			return c, StandingInForce
		case c.ValidFrom <= on:
			if begun == nil || c.ValidFrom >= begun.ValidFrom {
				begun = c
			}
		case c.Status == CertificateRevoked:
			withdrawn = c
		default:
			coming = c
		}
	}
	for _, c := range []*CertificateValue{begun, coming, withdrawn} {
		if c == nil {
			continue
		}
		if s := c.Standing(on); s != StandingSuperseded {
			return c, s
		}
		return c, StandingExpired
	}
	return nil, StandingNotCertified
}

// Day is what one asks of a standing next: the last day in force, the first day without force of a revocation, or the first day to come.
func (v *CertificateValue) Day(s Standing) ledger.Date {
	switch s {
	case StandingRevoked:
		return v.Revocation.Effective
	case StandingNotYetInForce:
		return v.ValidFrom
	}
	return v.EffectiveLast
}

// LastDay is the last day on which the certificate counts. successorFrom is the first day of its successor, if it has one.
func (v *CertificateValue) LastDay(successorFrom ledger.Date) ledger.Date {
	last := v.ValidUntil
	if !v.Successor.IsZero() {
		last = min(last, successorFrom.AddDays(-1))
	}
	if v.Status == CertificateRevoked {
		last = min(last, v.Revocation.Effective.AddDays(-1))
	}
	return last
}
