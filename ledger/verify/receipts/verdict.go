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
	VerdictHeld          VerdictKind = "held"             // đang bị tạm giữ: of lots alone, on whatever date
	VerdictRecalled      VerdictKind = "recalled"         // đã bị thu hồi, không sử dụng: likewise
)

// Verdict is the answer for a date.
type Verdict struct {
	Kind        VerdictKind
	Date        ledger.Date
	Certificate ledger.CertificateID // the one that speaks; zero: none
	Star        uint8
	From, Until ledger.Date // first and last day it counts
	// Day is what one asks next: the last day in force, also of lots that are held or recalled, the first day without force of a revocation, or the first day
	// to come.
	Day ledger.Date
	Lot ledger.LotID // of a lot that is held or recalled: the one that speaks, which is the lot itself or one that it was made of; zero: none
}

var verdictKinds = [...]VerdictKind{
	subject.StandingNotCertified: VerdictNotCertified, subject.StandingInForce: VerdictInForce, subject.StandingExpired: VerdictExpired,
	subject.StandingRevoked: VerdictRevoked, subject.StandingNotYetInForce: VerdictNotYetInForce, subject.StandingSuperseded: VerdictSuperseded,
}

// judge answers for a product by its certificates.
func judge(all []*subject.CertificateValue, on ledger.Date) Verdict {
	c, standing := subject.Speaks(all, on)
	if c == nil {
		return Verdict{Kind: verdictKinds[standing], Date: on}
	}
	return verdict(standing, c, on)
}

func verdict(s subject.Standing, c *subject.CertificateValue, on ledger.Date) Verdict {
	return Verdict{Kind: verdictKinds[s], Date: on, Certificate: c.Certificate, Star: c.Star, From: c.ValidFrom, Until: c.EffectiveLast, Day: c.Day(s)}
}
