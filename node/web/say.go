package web

import (
	"net/http"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/query"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

// Notice is a page that says something to people, for handlers beside this one that have no pages of their own.
type Notice struct {
	Heading Text
	Said    []Text // one paragraph each
	Links   []NoticeLink
	Unknown bool // begins with the verdict on what is not on the ledger
}

// NoticeLink leads to a page of this site.
type NoticeLink struct {
	Target string // path, without a language
	Title  Text
}

// Text is something for people, in both languages.
type Text struct{ Vietnamese, English string }

// noticeView is a notice in one language.
type noticeView struct {
	Verdict *verdictView
	Heading string
	Said    []string
	Links   []fact
}

// Say writes a notice in the language of the request, with what every answer of the site has.
func (s *Site) Say(w http.ResponseWriter, r *http.Request, status int, n Notice) {
	s.harden(w.Header())
	v := &visit{site: s.site, request: r, frame: s.frame(r), page: "notice", status: status}
	l := v.frame.L
	view := noticeView{Heading: l.pick(n.Heading.Vietnamese, n.Heading.English)}
	if n.Unknown {
		view.Verdict = l.verdict(&apiv1.Verdict{
			Kind: apiv1.VerdictKind_VERDICT_KIND_UNKNOWN, Date: uint32(ledger.DateAt(uint64(s.Now().UnixMilli()))), Sentence: query.Sentence(apiv1.VerdictKind_VERDICT_KIND_UNKNOWN, 0),
		}, nil)
	}
	for _, t := range n.Said {
		view.Said = append(view.Said, l.pick(t.Vietnamese, t.English))
	}
	for _, link := range n.Links {
		view.Links = append(view.Links, fact{Value: l.pick(link.Title.Vietnamese, link.Title.English), Link: l.inLanguage(link.Target)})
	}
	v.frame.Title, v.frame.Body = view.Heading, view
	s.pages.write(w, r, v)
}
