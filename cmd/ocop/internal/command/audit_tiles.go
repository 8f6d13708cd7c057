package command

import (
	"context"
	"errors"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/ocop/internal/audit"
	"github.com/ocopledger/ocop/ledger/flaw"
	"github.com/ocopledger/ocop/ledger/tiles"
	"github.com/ocopledger/ocop/ledger/verify/anchor"
)

// auditTiles audits published files, and that their head is certified.
func (a *app) auditTiles(ctx context.Context, where placeFlags, published, memory string) (*auditReport, *audit.Result, error) {
	files, err := audit.OpenTiles(ctx, published)
	if err != nil {
		return nil, nil, noFiles(published, err)
	}
	g, err := a.anchor(where, func() ([]byte, error) {
		file, err := files.Genesis(ctx, anchor.MaxFile)
		return file, noGenesis(published, err)
	})
	if err != nil {
		return nil, nil, err
	}
	known, err := a.auditsFrom(g, memory)
	if err != nil {
		return nil, nil, a.refused(err)
	}
	out, r, err := a.audited(ctx, g, files)
	if err != nil {
		return nil, nil, silent(published, err)
	}
	if c := files.Certified(r); c != nil {
		out.Certified = certifiedBy(c, int(r.Epoch.Quorum))
		if out.Memory, err = goesOn(ctx, files, r, known, memory); err != nil {
			return nil, nil, a.unproved(silent(published, err))
		}
	}
	out.Node, out.Tiles, out.Divergence = "", published, r.Divergence
	if r.Divergence != nil {
		out.Audit = r.Divergence.English
	}
	return out, r, nil
}

// noFiles says why a place is none of published files.
func noFiles(published string, err error) error {
	_, unreachable := errors.AsType[*audit.UnreachableError](err)
	switch {
	case unreachable:
		return silent(published, err)
	case errors.Is(err, tiles.ErrNotFound):
		return fail(exitInput, lang.Text{
			Vi: "%s không có tệp công bố nào đọc được: thiếu tệp checkpoint", En: "%s has no published files that can be read: the file checkpoint is missing"}, published)
	}
	return fail(exitInput, lang.Text{Vi: "%s không có tệp công bố đọc được: checkpoint: %v", En: "%s has no published files that can be read: checkpoint: %v"}, published, because(err))
}

// noGenesis says why the published files do not tell what the ledger begins with.
func noGenesis(published string, err error) error {
	switch {
	case errors.Is(err, tiles.ErrNotFound):
		return fail(exitInput, lang.Text{
			Vi: "%s không có tệp genesis: hãy đưa tệp khởi nguyên bằng --genesis TỆP", En: "%s has no file genesis: give the genesis file with --genesis FILE"}, published)
	case errors.Is(err, tiles.ErrMalformed):
		return fail(exitDivergence, lang.Text{Vi: "tệp khởi nguyên được đưa ra không đúng: %v", En: "the genesis file handed out is not sound: %v"}, because(err))
	}
	return silent(published, err)
}

// silent says that a server of published files does not hand them out; other errors stay as they are.
func silent(published string, err error) error {
	if e, ok := errors.AsType[*audit.UnreachableError](err); ok {
		return fail(exitUnreachable, lang.Text{Vi: "không tải được tệp công bố từ %s: %v", En: "the published files of %s cannot be fetched: %v"}, published, e)
	}
	return err
}

// because is what an error says in both languages, if it can.
func because(err error) lang.Text {
	what := flaw.Of(err)
	return lang.Text{Vi: what.Vietnamese, En: what.English}
}
