package web

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ocopledger/ocop/ledger/query/querytest"
)

// The story's one certificate in force ends on 20/02/2029. Officers find what ends soon from the first page on any day, and are told plainly when
// nothing does.
func TestExpiringSoonIsAlwaysReachable(t *testing.T) {
	s := querytest.NewStory(t)
	for _, c := range []struct {
		day  time.Time
		want string // on the first page
		some bool
	}{
		{querytest.Start, "Không có giấy chứng nhận nào hết hạn trong 60 ngày tới. Giấy đầu tiên hết hạn sau ngày 20/02/2029.", false},
		{time.Date(2028, 12, 21, 0, 0, 0, 0, time.UTC), "Không có giấy chứng nhận nào hết hạn trong 60 ngày tới. Giấy đầu tiên hết hạn sau ngày 20/02/2029.", false},
		{time.Date(2028, 12, 22, 0, 0, 0, 0, time.UTC), "1 giấy chứng nhận hết hạn trong 60 ngày tới.", true},
		{time.Date(2029, 2, 20, 0, 0, 0, 0, time.UTC), "1 giấy chứng nhận hết hạn trong 60 ngày tới.", true},
		{time.Date(2029, 2, 21, 0, 0, 0, 0, time.UTC), "Không có giấy chứng nhận nào hết hạn trong 60 ngày tới. Hiện không có giấy chứng nhận nào còn hiệu lực.", false},
	} {
		h := newSite(t, s.World, func(o *Options) { o.Now = func() time.Time { return c.day } })
		home := get(h, "/").Body.String()
		for _, want := range []string{c.want, `<a href="/expiring">Sắp hết hạn</a>`, `<a href="/expiring?days=30">30 ngày</a>`, `<a href="/expiring?days=365">365 ngày</a>`, `<form class="search"`, `<details class="filter`, "<h2>3 sản phẩm</h2>"} {
			if !strings.Contains(home, want) {
				t.Errorf("on %v the first page lacks %q", c.day.Format(time.DateOnly), want)
			}
		}
		page := get(h, "/expiring").Body.String()
		if !strings.Contains(page, c.want) || strings.Contains(page, "Cà phê bột Đắk Đam") != c.some {
			t.Errorf("on %v the list does not say %q, with the product: %v", c.day.Format(time.DateOnly), c.want, c.some)
		}
	}
}

// Any number of days up to the longest can be chosen, and the choice stays in the form.
func TestExpiringWithinAsManyDaysAsAsked(t *testing.T) {
	h := newSite(t, querytest.NewStory(t).World, nil) // 02/03/2026: 1086 days before the end
	for days, want := range map[int]bool{1: false, 1085: false, 1086: true, mostDays: true} {
		w := get(h, fmt.Sprintf("/expiring?days=%d", days))
		page := w.Body.String()
		if w.Code != 200 || strings.Contains(page, "Cà phê bột Đắk Đam") != want || !strings.Contains(page, fmt.Sprintf(`max="3660" value="%d"`, days)) {
			t.Errorf("%d days: %d, product %v, want %v", days, w.Code, !want, want)
		}
	}
	if w := get(h, fmt.Sprintf("/expiring?days=%d", mostDays+1)); w.Code != 400 {
		t.Errorf("%d days: %d", mostDays+1, w.Code)
	}
}
