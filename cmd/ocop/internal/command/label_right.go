package command

import (
	"context"
	"errors"
	"strconv"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/gs1"
	"github.com/ocopledger/ocop/ledger/query"
	"github.com/ocopledger/ocop/ledger/subject"
	"github.com/ocopledger/ocop/ledger/verify/receipts"
)

// noRight is why something is not printed: a checked receipt shows that the right to use the mark is missing.
type noRight struct {
	reason string // a stable word: a kind of verdict, or one of those below
	said   *lang.Error
}

// Words of noRight beside the kinds of verdicts.
const (
	noStamps  = "not_stamped"       // the lot has no stamps
	notIssued = "serial_not_issued" // a serial number is of none of the lot's batches
)

func (e *noRight) Error() string             { return e.said.Error() }
func (e *noRight) In(l lang.Language) string { return e.said.In(l) }
func (e *noRight) Unwrap() error             { return e.said }

// entitled gets the receipt of a subject and checks it, and that what it is about is in force today.
func (a *app) entitled(ctx context.Context, q *asking, p *printing, ask asker) (*proved, *receipts.Result, error) {
	q.maxAge = p.maxAge
	got, err := a.prove(ctx, q, &p.believing, false, ask)
	if err != nil {
		return nil, nil, err
	}
	r := got.checked.subject
	if r == nil {
		return nil, nil, errors.New("the node answered with a receipt of an action")
	}
	if r.Verdict.Kind != receipts.VerdictInForce {
		text := query.Sentence(verdictKinds[r.Verdict.Kind], r.Verdict.Day)
		return nil, nil, withCode(exitNotInForce, &noRight{string(r.Verdict.Kind), lang.Errorf(lang.Text{Vi: "không in: %s", En: "not printed: %s"},
			lang.Text{Vi: text.GetVietnamese(), En: text.GetEnglish()})})
	}
	return got, r, nil
}

// stamped refuses serial numbers that no batch of stamps of the lot has.
func stamped(lot *subject.LotValue, s serials) error {
	if s.from == 0 {
		return nil
	}
	if len(lot.Stamps) == 0 {
		return withCode(exitRefused, &noRight{noStamps, lang.Errorf(lang.Text{
			Vi: "lô %s không có đợt tem nào trên sổ cái; in tem không có --serials, hoặc ghi đợt tem trước",
			En: "lot %s has no batch of stamps on the ledger; print labels without --serials, or put the batch on the ledger first"}, lot.Lot)})
	}
	for next := s.from; next <= s.to; {
		end := batchEnd(lot.Stamps, next)
		if end == 0 {
			return withCode(exitRefused, &noRight{notIssued, lang.Errorf(lang.Text{Vi: "số sê-ri %d không thuộc đợt tem nào của lô %s; lô có: %s", En: "serial %d is of no batch of stamps of lot %s, which has: %s"},
				next, lot.Lot, batches(lot.Stamps))})
		}
		if end >= s.to {
			break
		}
		next = end + 1
	}
	return nil
}

// batchEnd is the last serial of the batch that has one; 0: none has.
func batchEnd(all []subject.Stamps, serial uint64) uint64 {
	for _, b := range all {
		if b.Has(serial) {
			return b.First + uint64(b.Count) - 1
		}
	}
	return 0
}

func batches(all []subject.Stamps) (s string) {
	for i, b := range all {
		if i > 0 {
			s += ", "
		}
		s += strconv.FormatUint(b.First, 10) + "-" + strconv.FormatUint(b.First+uint64(b.Count)-1, 10)
	}
	return s
}

// linkOf is the link of a product: by its GTIN, else by its id.
func linkOf(p *subject.ProductValue) (gs1.Link, error) {
	if p.GTIN == "" {
		return gs1.Link{Product: p.Product}, nil
	}
	g, err := gs1.ParseGTIN(p.GTIN)
	return gs1.Link{GTIN: g}, linkError(err)
}

// linkError says in both languages why a link cannot be made.
func linkError(err error) error {
	e, ok := errors.AsType[*gs1.Error](err)
	if !ok {
		return err
	}
	vietnamese, english := e.Sentences()
	return withCode(exitInput, lang.Errorf(lang.Text{Vi: "%s", En: "%s"}, lang.Text{Vi: vietnamese, En: english}).Because(err))
}

// warning is what is printed all the same, and said.
type warning struct {
	Vietnamese string `json:"vietnamese"`
	English    string `json:"english"`
}

func warn(t lang.Text, args ...any) warning {
	return warning{t.F(lang.Vietnamese, args...), t.F(lang.English, args...)}
}

// outlives warns of goods that may be sold longer than the mark may be shown on them.
func outlives(lot *subject.LotValue, until ledger.Date) []warning {
	if lot.Expires == 0 || until >= lot.Expires {
		return nil
	}
	return []warning{warn(lang.Text{
		Vi: "giấy chứng nhận hết hiệu lực ngày %s, trước hạn dùng %s của lô: sau ngày đó không được bán hàng còn mang nhãn hiệu này",
		En: "the certificate ends on %s, before the lot's best-before date %s: after that day goods must not be sold with the mark on them"}, until, lot.Expires)}
}

// unlisted warns of a host that was given by hand and is none of those that the ledger's parameters name, by the node's word: a misspelt one would be on
// every label, and so would one that stops before the last day on which somebody has reason to scan it. A node that does not say gives nothing to warn of.
func (a *app) unlisted(ctx context.Context, host string, last ledger.Date) []warning {
	if host == "" {
		return nil
	}
	c, ctx, done, err := a.dial(ctx)
	if err != nil {
		return nil
	}
	defer done()
	v, err := readSubject(ctx, c, subject.Parameters(), subject.ParseParameters)
	if err != nil {
		return nil
	}
	return unnamed(host, v.Resolvers, last)
}

// unnamed is the warning. A ledger that names no host has nothing to say of any.
func unnamed(host string, resolvers []subject.Resolver, last ledger.Date) []warning {
	if len(resolvers) == 0 {
		return nil
	}
	for _, r := range resolvers {
		switch {
		case r.Host != host:
		case r.Until == 0 || r.Until >= last:
			return nil
		default:
			return []warning{warn(lang.Text{
				Vi: "theo sổ, %s chỉ phân giải mã đến hết ngày %s, trước ngày %s mà nhãn còn được dùng",
				En: "by the ledger, %s resolves codes until %s alone, and the labels are of use until %s"}, host, r.Until, last)}
		}
	}
	return []warning{warn(lang.Text{
		Vi: "sổ không nêu %s là máy chủ phân giải mã: hãy xem lại tên trước khi in",
		En: "the ledger does not name %s as a host that resolves codes: look at the name again before you print"}, host)}
}
