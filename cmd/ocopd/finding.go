package main

import (
	"errors"
	"strings"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/ledger/chain"
	"github.com/ocopledger/ocop/ledger/flaw"
	"github.com/ocopledger/ocop/ledger/store"
)

// sentence is something said in both languages, as JSON.
type sentence struct {
	Vietnamese string `json:"vietnamese"`
	English    string `json:"english"`
}

func newSentence(t lang.Text, args ...any) *sentence {
	return &sentence{t.F(lang.Vietnamese, args...), t.F(lang.English, args...)}
}

func (s *sentence) in(l lang.Language) string {
	return lang.Text{Vi: s.Vietnamese, En: s.English}.In(l)
}

// finding is a chain.Finding as JSON.
type finding struct {
	sentence
	Summary *sentence `json:"summary,omitempty"` // when the file as a whole cannot be used
	Kind    string    `json:"kind"`              // of a flaw.Flaw
	File    string    `json:"file"`
	Bucket  string    `json:"bucket,omitempty"`
	Row     string    `json:"row,omitempty"`
	Leaf    *uint64   `json:"leaf,omitempty"`
	Record  string    `json:"record,omitempty"`
	Field   string    `json:"field,omitempty"`
	Want    string    `json:"want,omitempty"`
	Got     string    `json:"got,omitempty"`
}

func newFinding(f *chain.Finding) finding {
	v := finding{Summary: unusable(f), Kind: f.Flaw().Kind, File: f.File, Bucket: f.Bucket, Row: f.Row, Record: f.Record, Field: f.Field, Want: f.Want, Got: f.Got}
	v.Vietnamese, v.English = f.Sentences()
	if !f.NoLeaf {
		v.Leaf = &f.Leaf
	}
	return v
}

// unusable says that a file as a whole cannot be used; nil when the finding is about a part of it.
func unusable(f *chain.Finding) *sentence {
	switch {
	case f.Bucket != "" || f.Row != "":
		return nil
	case errors.Is(f, store.ErrTruncated):
		return newSentence(lang.Text{
			Vi: "Tệp %s bị cắt cụt: phần cuối đã mất, không đọc được tệp này.",
			En: "The file %s is cut short: its end is gone, and it cannot be read."}, f.File)
	}
	return newSentence(lang.Text{Vi: "Tệp %s bị hỏng, không đọc được tệp này.", En: "The file %s is damaged, and it cannot be read."}, f.File)
}

// indexAdvice is what to do about the file that is derived.
var indexAdvice = lang.Text{
	Vi: "index.db suy ra từ chain.db, nơi giữ sự thật: khi nút đã dừng, hãy chuyển index.db đi chỗ khác; lần chạy sau nút dựng lại tệp ấy từ các lá.",
	En: "index.db is derived from chain.db, which is the truth: while the node is stopped, move index.db away, and the node builds it anew from the leaves when it runs."}

// onlyIndex tells that something is wrong with index.db, or it is not there, and nothing is with chain.db.
func onlyIndex(r *chain.Report) bool {
	for _, f := range r.Findings {
		if f.File != store.IndexFile {
			return false
		}
	}
	missing := func(u flaw.Flaw) bool { return strings.HasPrefix(u.English, store.IndexFile+":") }
	return len(r.Findings) > 0 || len(r.Unchecked) == 1 && missing(r.Unchecked[0])
}

// sayFinding is what a node says that does not start for a finding.
func sayFinding(l lang.Language, f *chain.Finding) string {
	v := newFinding(f)
	said := v.in(l)
	if v.Summary != nil {
		said = v.Summary.in(l) + " " + said
	}
	if f.File == store.IndexFile {
		said += "\n" + indexAdvice.In(l)
	}
	return said
}
