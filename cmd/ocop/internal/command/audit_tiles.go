package command

import (
	"context"
	"errors"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/published"
	"github.com/ocopledger/ocop/cmd/ocop/internal/audit"
	"github.com/ocopledger/ocop/ledger/flaw"
	"github.com/ocopledger/ocop/ledger/tiles"
	"github.com/ocopledger/ocop/ledger/verify/anchor"
)

// auditTiles audits published files, and that their head is certified.
func (a *app) auditTiles(ctx context.Context, where placeFlags, place, memory string) (*auditReport, *audit.Result, error) {
	files, err := audit.OpenTiles(ctx, place)
	if err != nil {
		return nil, nil, noFiles(place, err)
	}
	g, err := a.anchor(where, func() ([]byte, error) {
		file, err := files.Genesis(ctx, anchor.MaxFile)
		return file, noGenesis(place, err)
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
		return nil, nil, silent(place, err)
	}
	if c := files.Certified(r); c != nil {
		out.Certified = certifiedBy(c, int(r.Epoch.Quorum))
		if out.Memory, err = goesOn(ctx, files, r, known, memory); err != nil {
			return nil, nil, a.unproved(silent(place, err))
		}
	}
	out.Node, out.Tiles, out.Divergence = "", place, r.Divergence
	if r.Divergence != nil {
		out.Audit = r.Divergence.English
	}
	return out, r, nil
}

// noFiles says why a place is none of published files.
func noFiles(place string, err error) error {
	_, unreachable := errors.AsType[*published.UnreachableError](err)
	switch {
	case unreachable:
		return silent(place, err)
	case errors.Is(err, tiles.ErrNotFound):
		return fail(exitInput, lang.Text{
			Vi: "%s không có tệp công bố nào đọc được: thiếu tệp checkpoint", En: "%s has no published files that can be read: the file checkpoint is missing"}, place)
	}
	return fail(exitInput, lang.Text{Vi: "%s không có tệp công bố đọc được: checkpoint: %v", En: "%s has no published files that can be read: checkpoint: %v"}, place, because(err))
}

// noGenesis says why the published files do not tell what the ledger begins with.
func noGenesis(place string, err error) error {
	switch {
	case errors.Is(err, tiles.ErrNotFound):
		return fail(exitInput, lang.Text{
			Vi: "%s không có tệp genesis: hãy đưa tệp khởi nguyên bằng --genesis TỆP", En: "%s has no file genesis: give the genesis file with --genesis FILE"}, place)
	case errors.Is(err, tiles.ErrMalformed):
		return fail(exitDivergence, lang.Text{Vi: "tệp khởi nguyên được đưa ra không đúng: %v", En: "the genesis file handed out is not sound: %v"}, because(err))
	}
	return silent(place, err)
}

// silent says that a server of published files does not hand them out; other errors stay as they are.
func silent(place string, err error) error {
	if e, ok := errors.AsType[*published.UnreachableError](err); ok {
		return fail(exitUnreachable, lang.Text{Vi: "không tải được tệp công bố từ %s: %v", En: "the published files of %s cannot be fetched: %v"}, place, e)
	}
	return err
}

// because is what an error says in both languages, if it can.
func because(err error) lang.Text {
	what := flaw.Of(err)
	return lang.Text{Vi: what.Vietnamese, En: what.English}
}
