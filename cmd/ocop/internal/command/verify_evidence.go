package command

import (
	"fmt"
	"io"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/ledger/evidence"
	"github.com/ocopledger/ocop/ledger/verify"
)

// evidenceReport is what a file of evidence shows.
type evidenceReport struct {
	notice
	Kind       string `json:"kind"` // proposer, validator, diverged, breach
	Agency     uint64 `json:"agency"`
	Epoch      uint32 `json:"epoch"`
	Vietnamese string `json:"vietnamese"`
	English    string `json:"english"`
}

// verifyEvidence ends with 0 when the evidence holds, and otherwise as a receipt that proves nothing.
func (a *app) verifyEvidence(v *verifying) error {
	data, err := readBounded(v.evidence, evidence.MaxFile)
	if err != nil {
		return err
	}
	if v.now.IsZero() {
		v.now = a.env.Now()
	}
	b, err := a.believe(&v.believing, v.now, false)
	if err != nil {
		return a.refused(err)
	}
	trust := b.trust()
	if b.given.Policy != nil {
		trust = b.given // evidence may be of an epoch before the one remembered
	}
	e, err := evidence.Parse(data)
	if err != nil {
		return a.refused(&verify.Error{Word: verify.WordFormat, Text: v.evidence, Err: err})
	}
	found, err := verify.CheckEvidence(trust, e)
	if err != nil {
		return a.refused(err)
	}
	return a.showEvidence(noticeOf(b.sample), found)
}

func (a *app) showEvidence(n notice, f *verify.Finding) error {
	out := evidenceReport{n, f.Kind.String(), uint64(f.Agency), f.Epoch, f.Vietnamese, f.English}
	return a.print(n, out, func(w io.Writer) {
		fmt.Fprintln(w, lang.Text{Vi: "BẰNG CHỨNG ĐÚNG: %s, cơ quan %d\n", En: "THE EVIDENCE HOLDS: %s, agency %d\n"}.F(a.lang, out.Kind, out.Agency))
		t := a.lines(w)
		// It is shown to the other side, too: in both languages, whichever the person chose.
		t.line(lang.Text{Vi: "Tiếng Việt", En: "Vietnamese"}, out.Vietnamese)
		t.line(lang.Text{Vi: "Tiếng Anh", En: "English"}, out.English)
		t.line(lang.Text{Vi: "Kỳ chính sách", En: "Policy epoch"}, fmt.Sprint(out.Epoch))
	})
}
