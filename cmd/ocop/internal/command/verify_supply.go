package command

import (
	"encoding/hex"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/ocop/internal/draft"
	"github.com/ocopledger/ocop/cmd/ocop/internal/explain"
	"github.com/ocopledger/ocop/cmd/ocop/internal/words"
	"github.com/ocopledger/ocop/ledger/subject"
	"github.com/ocopledger/ocop/ledger/verify/receipts"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// shownRestraint is why a lot must not be used, as its receipt proves it.
type shownRestraint struct {
	Lot      string     `json:"lot"` // the one that is held or recalled: the receipt's own or one that it was made of
	Reason   string     `json:"reason"`
	By       shownParty `json:"by"`
	Date     string     `json:"date"`
	Document string     `json:"document_sha256,omitempty"`

	held   bool
	reason recordv1.LotReason
}

func restraintOf(r *receipts.Result) *shownRestraint {
	if r.Restraint == nil || r.Restraint.Status == subject.LotFree {
		return nil
	}
	v := &shownRestraint{
		Lot: r.Verdict.Lot.String(), By: partyOf(r, r.Restraint.Author), Date: r.Restraint.Date.String(),
		held: r.Restraint.Status == subject.LotHeld, reason: recordv1.LotReason(r.Restraint.Reason),
	}
	v.Reason = draft.EnumName(v.reason.Descriptor(), v.reason.Number())
	if r.Restraint.Document != (subject.Document{}) {
		v.Document = hex.EncodeToString(r.Restraint.Document.SHA256[:])
	}
	return v
}

// verifiedSupply says why a lot must not be used, what it was made of in the end, and which stamps it has.
func (a *app) verifiedSupply(t lines, r *receipts.Result, s *shownSubject) {
	if x := s.Restraint; x != nil {
		label := lang.Text{Vi: "THU HỒI", En: "RECALLED"}
		if x.held {
			label = lang.Text{Vi: "TẠM GIỮ", En: "HELD"}
		}
		t.line(label, lang.Text{Vi: "từ %s, %s: %s; lô %s", En: "since %s, by %s: %s; lot %s"}.F(a.lang, x.Date, a.party(x.By), explain.LotReason(x.reason), x.Lot))
		t.line(lang.Text{Vi: "Văn bản SHA-256", En: "Document SHA-256"}, x.Document)
	}
	for _, source := range s.Sources {
		t.line(lang.Text{Vi: "Làm từ lô", En: "Made of lot"}, source)
	}
	if r.Lot == nil {
		return
	}
	for _, b := range r.Lot.Stamps {
		t.line(lang.Text{Vi: "Tem", En: "Stamps"}, lang.Text{Vi: "số %d đến %d, mỗi tem %s", En: "numbers %d to %d, %s behind each"}.F(a.lang,
			b.First, b.First+uint64(b.Count)-1, words.Quantity(a.lang, b.PerStamp, recordv1.Unit(r.Lot.Unit))))
	}
}
