package web

import (
	"fmt"
	"strconv"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/query"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

// How far ahead one looks, in days. Officers are to tell producers at least 30 days before.
const (
	soonDays = 60   // "soon" at first
	mostDays = 3660 // that can be asked for: beyond any certificate
)

var spans = []uint64{30, soonDays, 180, 365}

// soonView is the certificates that end soon, in short: how many, and ways to look further. It is there when there are none, too.
type soonView struct {
	Sentence string
	Any      bool
	Spans    []span
}

// span is a choice of how far ahead to look.
type span struct {
	Link, Text string
	Here       bool
}

type expiringView struct {
	Heading string
	Days    uint64
	Most    uint64
	Soon    soonView
	Cards   []card
	First   string
	Next    string
}

// expiring lists the certificates that end soon, soonest first.
func expiring(v *visit, s *query.Snapshot) error {
	l, days := v.frame.L, uint64(soonDays)
	if text := v.request.URL.Query().Get("days"); text != "" {
		var err error
		if days, err = strconv.ParseUint(text, 10, 16); err != nil {
			return unknownValue("days")
		}
	}
	a, err := s.ListExpiring(&apiv1.ListExpiringRequest{Days: uint32(days), Page: v.asked()}, v.today)
	if err != nil {
		return err
	}
	e := expiringView{Heading: l.T("expiring.within", l.Number(days)), Days: days, Most: mostDays}
	if e.Soon, err = v.soon(s, days, a.Total); err != nil {
		return err
	}
	for _, c := range a.Certificates {
		shown := l.certificateCard(c, sign{"past", "clock", l.left(v.today, ledger.Date(c.GetLastDay()))})
		shown.Link, shown.Kind = l.ProductLink(c.GetProduct()), ""
		shown.Lines = append(shown.Lines, l.T("expiring.until", l.Date(c.GetLastDay())))
		e.Cards = append(e.Cards, shown)
	}
	e.First, e.Next = v.turn(a.NextPage, "days", fmt.Sprint(days))
	v.page, v.frame.Title, v.frame.Body = "expiring", e.Heading, e
	return nil
}

// soon says how many certificates end within so many days. When none does it says when the first one will: an empty list alone might be a fault.
func (v *visit) soon(s *query.Snapshot, days, total uint64) (soonView, error) {
	l := v.frame.L
	shown := soonView{Any: total > 0, Sentence: l.T("expiring.count", l.Number(total), l.Number(days))}
	for _, n := range spans {
		shown.Spans = append(shown.Spans, span{l.Link("/expiring", "days", fmt.Sprint(n)), l.T("expiring.days", l.Number(n)), n == days})
	}
	if shown.Any {
		return shown, nil
	}
	shown.Sentence = l.T("expiring.none", l.Number(days))
	first, err := s.ListExpiring(&apiv1.ListExpiringRequest{Days: mostDays, Page: &apiv1.Page{Size: 1}}, v.today)
	if err != nil {
		return soonView{}, err
	}
	if len(first.Certificates) == 0 {
		shown.Sentence += " " + l.T("expiring.never")
	} else {
		shown.Sentence += " " + l.T("expiring.first", l.Date(first.Certificates[0].GetLastDay()))
	}
	return shown, nil
}

// left says how many days remain until the last one.
func (l language) left(today, last ledger.Date) string {
	days := (int64(last.Start()) - int64(today.Start())) / ledger.DayMillis
	if days <= 0 {
		return l.T("expiring.today")
	}
	return l.T("expiring.left", l.Number(uint64(days)))
}
