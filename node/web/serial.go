package web

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/gs1"
	"github.com/ocopledger/ocop/ledger/query"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/wire/text"
)

// Opened is how often the code of a serial number was opened at this node.
type Opened struct {
	Times uint64
	Today uint64
	Since ledger.Date // day of the first time
}

// codeView is what a page says about the code that led to it: which serial it is and how often it was opened, or that there is no such thing.
type codeView struct {
	Denied bool // what the code names is not on the ledger
	Title  string
	Why    string
	Opened string
	Copied string
}

// code looks at what a product's or lot's page is told of the code that led there: ?serial, and ?lot for a lot that is not on the ledger. lot is the
// page's own, empty on a product's page. A page with a code that was not issued is not a good answer, and its status says so.
func (v *visit) code(s *query.Snapshot, product ledger.ProductID, lot string) error {
	q := v.request.URL.Query()
	asked, serial := q.Get("lot"), q.Get("serial")
	for field, value := range map[string]string{"lot": asked, "serial": serial} {
		if problem, _ := text.Check(text.CSET82, []byte(value)); len(value) > gs1.MaxValue || problem != text.OK {
			return &query.RequestError{Field: field, Fault: reason.Fault{Kind: "malformed", Vietnamese: "không phải mã lô hay số sê-ri", English: "it is no lot or serial"}}
		}
	}
	l := v.frame.L
	if lot == "" && asked != "" {
		if !s.HasLot(ledger.LotID{Product: product, Lot: asked}) {
			v.deny(l.T("code.lot"), l.T("code.lot.why", asked, product.String()))
			return nil
		}
		lot = asked
	}
	if serial == "" {
		return nil
	}
	known, issued, err := v.serial(s, product, lot, serial)
	switch {
	case err != nil:
		return err
	case issued:
		v.frame.Code = &codeView{Title: l.T("code.issued", serial), Copied: l.T("code.copied")}
		if v.Opened == nil {
			break
		}
		if o := v.Opened(product, known); o.Times > 0 {
			v.frame.Code.Opened = l.T("code.opened", l.Number(o.Times), l.Date(uint32(o.Since)), l.Number(o.Today))
		}
	case known > 0:
		v.deny(l.T("code.serial"), l.T("code.serial.lot", serial, lot))
	default:
		v.deny(l.T("code.serial"), l.T("code.serial.why", serial))
	}
	return nil
}

// serial looks for a serial of a product, and of a lot of it unless that is empty. known is its number if the product has it, in whatever lot.
func (v *visit) serial(s *query.Snapshot, product ledger.ProductID, lot, serial string) (known uint64, issued bool, err error) {
	number, err := strconv.ParseUint(serial, 10, 64)
	if err != nil || strconv.FormatUint(number, 10) != serial {
		return 0, false, nil
	}
	of, issued, err := s.LotOfSerial(product, number)
	if err != nil || !issued {
		return 0, false, err
	}
	return number, lot == "" || of.Lot == lot, nil
}

// deny says above everything else that the code is not one of the ledger's.
func (v *visit) deny(title, why string) {
	v.status, v.frame.Title = http.StatusNotFound, title
	v.frame.Code = &codeView{Denied: true, Title: title, Why: why, Copied: v.frame.L.T("code.denied")}
}

// counted is what the page's ETag has beside height and day: how often the code was opened changes with neither.
func (s *site) counted(r *http.Request) string {
	serial := r.URL.Query().Get("serial")
	if serial == "" || s.Opened == nil {
		return ""
	}
	id := r.PathValue("id")
	product, _, _ := strings.Cut(id, "/")
	p, err := ledger.ParseProductID(product)
	n, bad := strconv.ParseUint(serial, 10, 64)
	if err != nil || bad != nil {
		return ""
	}
	o := s.Opened(p, n)
	return strconv.FormatUint(o.Times, 10) + "." + strconv.FormatUint(o.Today, 10)
}
