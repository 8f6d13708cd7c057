package command

import (
	"context"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/ocop/internal/annex"
	"github.com/ocopledger/ocop/cmd/ocop/internal/draft"
	"github.com/ocopledger/ocop/cmd/ocop/internal/naming"
	"github.com/ocopledger/ocop/ledger/subject"
	"github.com/ocopledger/ocop/node/client"
)

// nodeNames is the register of names that a node holds.
func nodeNames(c *client.Client) naming.Register {
	return func(ctx context.Context, id subject.ID) ([]byte, error) {
		value, err := readSubject(ctx, c, id, func(data []byte) ([]byte, error) { return data, nil })
		if exitCode(err) == exitNotFound {
			err = naming.ErrNone
		}
		return value, err
	}
}

// callNames puts into a draft what its ids are called, as its node or genesis file has it. Where neither is at hand, the names that were given stay.
func (a *app) callNames(ctx context.Context, d *drafting) error {
	var from naming.Register
	switch {
	case d.place.genesis != nil:
		from = naming.Genesis(d.place.genesis)
	case d.offline():
		return nil
	default:
		c, asking, done, err := a.dial(ctx)
		if err != nil {
			return err
		}
		defer done()
		ctx, from = asking, nodeNames(c)
	}
	found, err := from.Draft(ctx, d.author, d.records)
	d.names = d.names.With(found)
	for ref := range found {
		delete(d.names, draft.Ref{Kind: draft.AnnexProduct, ID: ref.ID}) // the ledger's own name is the better one
	}
	return err
}

// misnamed is an id that a draft calls otherwise than the ledger does.
type misnamed struct {
	Kind   string `json:"kind"`
	ID     string `json:"id"`
	Draft  string `json:"draft"`
	Ledger string `json:"ledger"`
}

// misnamed compares the names of a draft with the node's. A name that only the draft has is no contradiction: the ledger has no names of persons.
func (a *app) misnamed(ctx context.Context, c *client.Client, d *draft.Draft) (list []misnamed, err error) {
	if len(d.Names) == 0 {
		return nil, nil
	}
	held, err := nodeNames(c).Draft(ctx, d.Author, d.Records)
	if err != nil {
		return nil, err
	}
	for _, ref := range held.Refs() {
		in, ok := d.Names[ref]
		wrong := ok && in != held[ref]
		if annexed, ok := d.Names[draft.Ref{Kind: draft.AnnexProduct, ID: ref.ID}]; ok && ref.Kind == draft.Product {
			in, wrong = annexed, !annex.SameName(annexed, held[ref])
		}
		if wrong {
			list = append(list, misnamed{a.t(ref.Kind.Word()), ref.ID, in, held[ref]})
		}
	}
	return list, nil
}

// wrongName says it loudly: whoever signs without a network would believe the name.
func (a *app) wrongName(m misnamed) string {
	return lang.Text{
		Vi: "TÊN SAI trong tệp nháp: %s %s ghi là %q, trên sổ cái là %q",
		En: "WRONG NAME in the draft file: %s %s is called %q, on the ledger %q"}.F(a.lang, m.Kind, m.ID, m.Draft, m.Ledger)
}
