package explain

import "github.com/ocopledger/ocop/cmd/internal/lang"

// Position is how an action of a record is called: by its number of FORMAT, from 0, which also ends the ids of sales. Drafts, simulations, refusals and
// traces call it the same, in texts as in JSON. Items of a Decision have numbers of their own.
func Position(l lang.Language, action int) string {
	return lang.Text{Vi: "hành động %d", En: "action %d"}.F(l, action)
}

// RecordPosition is how a record of a draft is called, from 0 as well.
func RecordPosition(l lang.Language, record int) string {
	return lang.Text{Vi: "bản ghi %d", En: "record %d"}.F(l, record)
}
