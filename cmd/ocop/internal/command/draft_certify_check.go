package command

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/ocop/internal/annex"
	"github.com/ocopledger/ocop/cmd/ocop/internal/naming"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/compose"
	"github.com/ocopledger/ocop/ledger/rules"
	"github.com/ocopledger/ocop/ledger/subject"
	"github.com/ocopledger/ocop/node/client"
)

// checkRows holds the rows against what is known of the ledger: a node says of each whether it would be accepted, a genesis file tells the rule set. What
// is wrong is put into the annex. opening is why a node would refuse the Decision itself.
func (a *app) checkRows(ctx context.Context, d *drafting, c *certifying, decision compose.Decision, read *annex.Annex) (opening, err error) {
	switch {
	case d.place.genesis != nil:
		d.checked = lang.Text{
			Vi: "Chưa hỏi nút nào: mới đối chiếu các dòng với bộ tiêu chí trong tệp khởi nguyên.",
			En: "No node was asked: the rows were held against the rule set of the genesis file alone."}.In(a.lang)
		return nil, checkScheme(ctx, naming.Genesis(d.place.genesis), decision.Date, read, read.Sound())
	case d.offline():
		d.checked = lang.Text{Vi: "Chưa hỏi nút nào: chưa đối chiếu các dòng với sổ cái.", En: "No node was asked: the rows were not held against a ledger."}.In(a.lang)
		return nil, nil
	}
	node, ctx, done, err := a.dial(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	held, err := heldProducts(ctx, node, read.Rows)
	if err != nil {
		return nil, err
	}
	readable := read.Sound()
	if !c.newProducts {
		read.Absent(held)
	}
	read.Compare(held)
	// Of a row that names the wrong product the node would speak of that product.
	tried := make(map[int]bool) // by line
	known := slices.DeleteFunc(read.Sound(), func(row annex.Row) bool {
		_, tried[row.Line] = held[row.Product]
		return !tried[row.Line]
	})
	later := slices.DeleteFunc(readable, func(row annex.Row) bool { return tried[row.Line] })
	if err := checkScheme(ctx, nodeNames(node), decision.Date, read, later); err != nil {
		return nil, err
	}
	height, opening, err := a.simulateRows(ctx, node, d, decision, read, known)
	d.checked = a.checkedBy(height, len(known), len(later))
	return opening, err
}

// checkedBy tells how far a draft was checked in which no row is wrong.
func (a *app) checkedBy(height uint64, known, later int) (s string) {
	if known > 0 {
		s = lang.Text{Vi: "Nút đã thử ở độ cao %d: nhận cả %d dòng.", En: "Tried by the node at height %d: rows that would be accepted: %d."}.F(a.lang, height, known)
	}
	if later > 0 {
		s += lang.Text{Vi: " %d dòng có sản phẩm sẽ đăng ký sau: mới đối chiếu bộ tiêu chí.", En: " With products to be registered later, held against the rule set alone: %d."}.F(a.lang, later)
	}
	return strings.TrimSpace(s)
}

// productLookups is how many products are asked for at a time: enough that a distant node is not waited for row by row.
const productLookups = 16

// heldProducts are the products of the rows that are on the ledger, with their names there.
func heldProducts(ctx context.Context, node *client.Client, rows []annex.Row) (map[ledger.ProductID]string, error) {
	held := make(map[ledger.ProductID]string)
	var mu sync.Mutex
	all, ctx := errgroup.WithContext(ctx)
	all.SetLimit(productLookups)
	for _, row := range rows {
		if row.Product.Number == 0 {
			continue
		}
		all.Go(func() error {
			v, err := readSubject(ctx, node, subject.Product(row.Product), subject.ParseProduct)
			if exitCode(err) == exitNotFound {
				return nil
			}
			if err == nil {
				mu.Lock()
				defer mu.Unlock()
				held[row.Product] = v.Name.Register
			}
			return err
		})
	}
	return held, all.Wait()
}

// simulateRows asks the node to try the Decision with the rows, and puts its refusals beside them.
func (a *app) simulateRows(ctx context.Context, node *client.Client, d *drafting, decision compose.Decision, read *annex.Annex, rows []annex.Row) (height uint64, opening, err error) {
	if len(rows) == 0 {
		return 0, nil, nil
	}
	records, err := certified(decision, rows, d.place.schema)
	if err != nil {
		return 0, nil, err
	}
	for _, actions := range records {
		data, err := compose.Marshal(d.place.schema, actions)
		if err != nil {
			return 0, nil, withCode(exitInput, err)
		}
		answer, err := a.simulated(ctx, node, decision.ID.Issuer, d.place.schema, data)
		if err != nil {
			return 0, nil, err
		}
		height = answer.GetAsOf().GetHeight()
		for _, r := range answer.GetRefusals() {
			e := client.NewRefusal(r)
			if e.Action < 1 || e.Action >= len(actions) { // the opening of the part, or all of it
				opening = e
				continue
			}
			read.Refuse(rows[e.Action-1], e.Field, sentences(e))
		}
		rows = rows[len(actions)-1:]
	}
	return height, opening, nil
}

// sentences are those of a refusal, without its codes, which are for machines.
func sentences(err error) error {
	if e, ok := errors.AsType[*client.Error](err); ok {
		return lang.Errorf(lang.Text{Vi: "%s", En: "%s"}, lang.Text{Vi: e.Vietnamese, En: e.English})
	}
	return err
}

// checkScheme holds rows against the rule set of the Decision's date, as a state has it. Without one there is nothing to say of rows.
func checkScheme(ctx context.Context, from naming.Register, on ledger.Date, read *annex.Annex, rows []annex.Row) error {
	if len(rows) == 0 {
		return nil
	}
	scheme, err := from.SchemeAt(ctx, on)
	if errors.Is(err, naming.ErrNone) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, row := range rows {
		refusal := rules.CheckCertificate(&subject.CertificateValue{
			Star: row.Star, ScoreA: row.A, ScoreB: row.B, ScoreC: row.C, Total: row.Total, MinimumsMet: row.Minimums, Group: row.Group,
			DecisionDate: on, ValidFrom: row.From, ValidUntil: row.Until,
		}, &scheme)
		if refusal != nil {
			vietnamese, english := refusal.Sentences()
			read.Refuse(row, refusal.Field, lang.Errorf(lang.Text{Vi: "%s", En: "%s"}, lang.Text{Vi: vietnamese, En: english}))
		}
	}
	return nil
}
