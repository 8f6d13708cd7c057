package web

import (
	"fmt"
	"strconv"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/query"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

type expiringView struct {
	Heading string
	Spans   []span
	Cards   []card
	First   string
	Next    string
}

// span is a choice of how far ahead to look.
type span struct {
	Link, Text string
	Here       bool
}

// expiring lists the certificates that end soon, soonest first: officers are to tell producers at least 30 days before.
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
	e := expiringView{Heading: l.T("expiring.within", l.Number(days))}
	for _, n := range []uint64{30, soonDays, 180, soonLonger} {
		e.Spans = append(e.Spans, span{l.Link("/expiring", "days", fmt.Sprint(n)), l.T("expiring.days", l.Number(n)), n == days})
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

// left says how many days remain until the last one.
func (l language) left(today, last ledger.Date) string {
	days := (int64(last.Start()) - int64(today.Start())) / ledger.DayMillis
	if days <= 0 {
		return l.T("expiring.today")
	}
	return l.T("expiring.left", l.Number(uint64(days)))
}
