package receipts

import (
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/subject"
)

// VerdictKind is how a product or certificate stands on a date. The words are stable.
type VerdictKind string

// Kinds of verdicts.
const (
	VerdictInForce       VerdictKind = "in_force"         // còn hiệu lực
	VerdictExpired       VerdictKind = "expired"          // hết hiệu lực
	VerdictRevoked       VerdictKind = "revoked"          // đã bị thu hồi
	VerdictNotYetInForce VerdictKind = "not_yet_in_force" // chưa có hiệu lực
	VerdictSuperseded    VerdictKind = "superseded"       // đã được thay bằng giấy mới
	VerdictNotCertified  VerdictKind = "not_certified"    // chưa được chứng nhận
	VerdictUnknown       VerdictKind = "unknown"          // not on the ledger at the height asked for
)

// Verdict is the answer for a date.
type Verdict struct {
	Kind        VerdictKind
	Date        ledger.Date
	Certificate ledger.CertificateID // the one that speaks; zero: none
	Star        uint8
	From, Until ledger.Date // first and last day it counts
	// Day is what one asks next: the last day in force, the first day without force of a revocation, or the first day to come.
	Day ledger.Date
}

// judge finds the certificate that speaks for a product on a date: the one in force; else the newest one that had begun, so that a revocation or an
// expiry is told; else one that is to begin; else one that was revoked before it began.
func judge(all []*subject.CertificateValue, on ledger.Date) Verdict {
	var begun, coming, withdrawn *subject.CertificateValue
	for _, c := range all {
		switch {
		case c.InForce(on):
			return verdict(VerdictInForce, c, on)
		case c.ValidFrom <= on:
			if begun == nil || c.ValidFrom >= begun.ValidFrom {
				begun = c
			}
		case c.Status == subject.CertificateRevoked:
			withdrawn = c
		default:
			coming = c
		}
	}
	for _, c := range []*subject.CertificateValue{begun, coming, withdrawn} {
		if c == nil {
			continue
		}
		kind := standing(c, on)
		if kind == VerdictSuperseded { // and what replaced it is not in force
			kind = VerdictExpired
		}
		return verdict(kind, c, on)
	}
	return Verdict{Kind: VerdictNotCertified, Date: on}
}

// standing is how a certificate by itself stands on a date.
func standing(c *subject.CertificateValue, on ledger.Date) VerdictKind {
	switch {
	case c.InForce(on):
		return VerdictInForce
	case c.Status == subject.CertificateRevoked:
		return VerdictRevoked
	case on < c.ValidFrom:
		return VerdictNotYetInForce
	case c.Status == subject.CertificateSuperseded && on <= c.ValidUntil:
		return VerdictSuperseded
	}
	return VerdictExpired
}

func verdict(kind VerdictKind, c *subject.CertificateValue, on ledger.Date) Verdict {
	v := Verdict{Kind: kind, Date: on, Certificate: c.Certificate, Star: c.Star, From: c.ValidFrom, Until: c.EffectiveLast, Day: c.EffectiveLast}
	switch kind {
	case VerdictRevoked:
		v.Day = c.Revocation.Effective
	case VerdictNotYetInForce:
		v.Day = c.ValidFrom
	}
	return v
}
