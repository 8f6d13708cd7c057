package web

import (
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

// sign is how a verdict looks: never by colour alone, always with a sign of its own shape and in words.
type sign struct {
	Class string // of the style sheet
	Icon  string // id of the symbol
	Word  string
}

func (l language) sign(k apiv1.VerdictKind) sign {
	switch k {
	case apiv1.VerdictKind_VERDICT_KIND_IN_FORCE:
		return sign{"good", "check", l.T("status.in_force")}
	case apiv1.VerdictKind_VERDICT_KIND_EXPIRED:
		return sign{"past", "clock", l.T("status.expired")}
	case apiv1.VerdictKind_VERDICT_KIND_REVOKED:
		return sign{"bad", "cross", l.T("status.revoked")}
	case apiv1.VerdictKind_VERDICT_KIND_NOT_CERTIFIED:
		return sign{"none", "dash", l.T("status.not_certified")}
	case apiv1.VerdictKind_VERDICT_KIND_NOT_YET_IN_FORCE:
		return sign{"none", "clock", l.T("status.coming")}
	case apiv1.VerdictKind_VERDICT_KIND_SUPERSEDED:
		return sign{"past", "clock", l.T("status.superseded")}
	case apiv1.VerdictKind_VERDICT_KIND_RECALLED:
		return sign{"bad", "stop", l.T("status.recalled")}
	case apiv1.VerdictKind_VERDICT_KIND_HELD:
		return sign{"past", "pause", l.T("status.held")}
	}
	return sign{"none", "question", l.T("status.unknown")}
}

// verdictView is the answer at the top of a page.
type verdictView struct {
	Sign     sign
	Sentence string
	AsOf     string
	Reason   string
	Stars    *starsView
	Said     bool // it is this node's word until the script has checked it
}

// starsView is a star rank. One that counts no longer is shown without colour, and said to be past.
type starsView struct {
	Count uint32
	Past  bool
	Text  string
}

func (l language) stars(star uint32, k apiv1.VerdictKind) *starsView {
	switch {
	case star == 0, k == apiv1.VerdictKind_VERDICT_KIND_RECALLED, k == apiv1.VerdictKind_VERDICT_KIND_HELD: // no praise for what must not be used
		return nil
	case k == apiv1.VerdictKind_VERDICT_KIND_IN_FORCE, k == apiv1.VerdictKind_VERDICT_KIND_NOT_YET_IN_FORCE:
		return &starsView{Count: star, Text: l.T("stars", star)}
	}
	return &starsView{Count: star, Past: true, Text: l.T("stars.past", star)}
}

func (l language) verdict(v *apiv1.Verdict, revocation *apiv1.Revocation) *verdictView {
	view := &verdictView{Sign: l.sign(v.GetKind()), Sentence: l.text(v.GetSentence()), AsOf: l.T("verdict.as_of", l.Date(v.GetDate())), Stars: l.stars(v.GetStar(), v.GetKind())}
	if v.GetKind() == apiv1.VerdictKind_VERDICT_KIND_REVOKED && revocation != nil {
		view.Reason = l.T("verdict.reason", l.Reason(revocation.GetReason()))
	}
	return view
}
