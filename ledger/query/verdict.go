package query

import (
	"fmt"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/subject"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

var verdictKinds = [...]apiv1.VerdictKind{
	subject.StandingNotCertified:  apiv1.VerdictKind_VERDICT_KIND_NOT_CERTIFIED,
	subject.StandingInForce:       apiv1.VerdictKind_VERDICT_KIND_IN_FORCE,
	subject.StandingExpired:       apiv1.VerdictKind_VERDICT_KIND_EXPIRED,
	subject.StandingRevoked:       apiv1.VerdictKind_VERDICT_KIND_REVOKED,
	subject.StandingNotYetInForce: apiv1.VerdictKind_VERDICT_KIND_NOT_YET_IN_FORCE,
	subject.StandingSuperseded:    apiv1.VerdictKind_VERDICT_KIND_SUPERSEDED,
}

// productVerdict answers for a product.
func (r *reader) productVerdict(p *subject.ProductValue, on ledger.Date) *apiv1.Verdict {
	all := make([]*subject.CertificateValue, len(p.Certificates))
	for i, term := range p.Certificates {
		var err error
		if all[i], err = r.certificateValue(term.Certificate); err != nil {
			// A certificate that cannot be read may have been revoked: nothing may be concluded from the others.
			return bare(apiv1.VerdictKind_VERDICT_KIND_UNKNOWN, on)
		}
	}
	c, standing := subject.Speaks(all, on)
	if c == nil {
		return bare(verdictKinds[standing], on)
	}
	return certified(standing, c, on)
}

// certificateVerdict answers for one certificate.
func certificateVerdict(c *subject.CertificateValue, on ledger.Date) *apiv1.Verdict {
	return certified(c.Standing(on), c, on)
}

func certified(standing subject.Standing, c *subject.CertificateValue, on ledger.Date) *apiv1.Verdict {
	kind := verdictKinds[standing]
	return &apiv1.Verdict{Kind: kind, Date: uint32(on), Sentence: Sentence(kind, c.Day(standing)), Certificate: c.Certificate.String(), Star: uint32(c.Star),
		From: uint32(c.ValidFrom), Until: uint32(c.EffectiveLast)}
}

// bare is a verdict that rests on no certificate.
func bare(kind apiv1.VerdictKind, on ledger.Date) *apiv1.Verdict {
	return &apiv1.Verdict{Kind: kind, Date: uint32(on), Sentence: Sentence(kind, 0)}
}

// Sentence puts a verdict into words, at most 12 in either language. The day is the last day in force, the first day without force, or the
// first day to come, as the verdict asks for.
func Sentence(kind apiv1.VerdictKind, day ledger.Date) *apiv1.Text {
	switch kind {
	case apiv1.VerdictKind_VERDICT_KIND_IN_FORCE:
		return text("Chứng nhận thật, còn hiệu lực đến hết ngày %s.", "Genuine certificate, in force until %s.", day)
	case apiv1.VerdictKind_VERDICT_KIND_EXPIRED:
		return text("Chứng nhận đã hết hạn sau ngày %s.", "Certificate expired after %s.", day)
	case apiv1.VerdictKind_VERDICT_KIND_REVOKED:
		return text("Chứng nhận đã bị thu hồi từ ngày %s.", "Certificate revoked with effect from %s.", day)
	case apiv1.VerdictKind_VERDICT_KIND_NOT_YET_IN_FORCE:
		return text("Chứng nhận chưa có hiệu lực, bắt đầu ngày %s.", "Certificate not yet in force, starts on %s.", day)
	case apiv1.VerdictKind_VERDICT_KIND_NOT_CERTIFIED:
		return &apiv1.Text{Vietnamese: "Sản phẩm này chưa được chứng nhận OCOP.", English: "This product has no OCOP certificate."}
	case apiv1.VerdictKind_VERDICT_KIND_SUPERSEDED:
		return &apiv1.Text{Vietnamese: "Giấy chứng nhận này đã được thay bằng giấy mới.", English: "A newer certificate has replaced this one."}
	case apiv1.VerdictKind_VERDICT_KIND_RECALLED:
		return &apiv1.Text{Vietnamese: "Lô hàng đã bị thu hồi: không sử dụng.", English: "This lot was recalled: do not use it."}
	case apiv1.VerdictKind_VERDICT_KIND_HELD:
		return &apiv1.Text{Vietnamese: "Lô hàng đang bị tạm giữ: chưa được bán, đừng mua.", English: "This lot is on hold: not to be sold, do not buy."}
	}
	return &apiv1.Text{Vietnamese: "Không có trên sổ này: chưa có gì xác nhận.", English: "Not on this ledger: nothing confirms it."}
}

func text(vietnamese, english string, day ledger.Date) *apiv1.Text {
	return &apiv1.Text{Vietnamese: fmt.Sprintf(vietnamese, day), English: fmt.Sprintf(english, EnglishDate(day))}
}

var months = [...]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"}

// EnglishDate writes a date so that no reader takes the day for the month: 3 November 2020.
func EnglishDate(d ledger.Date) string {
	if !d.Valid() {
		return d.String()
	}
	return fmt.Sprintf("%d %s %d", uint32(d)%100, months[uint32(d)/100%100-1], d.Year())
}
