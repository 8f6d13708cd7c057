package flaw_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/ocopledger/ocop/ledger/flaw"
	"github.com/ocopledger/ocop/ledger/ident"
)

// refusal is an error that says itself in both languages, as those of the rules do.
type refusal struct{}

func (refusal) Error() string { return "refused" }

func (refusal) Sentences() (vietnamese, english string) {
	return "quá số lượng còn lại", "more than is left"
}

func TestSentences(t *testing.T) {
	for _, c := range []struct {
		name         string
		got          flaw.Flaw
		kind, vi, en string
	}{
		{"values", flaw.Bit(12, 3), "bit", "một bit bị đảo (byte 12, bit 3)", "a bit is flipped (byte 12, bit 3)"},
		{"both values", flaw.Differs("3", "4"), "differs", "đang là 3, phải là 4", "have 3, want 4"},
		{"what was found", flaw.Differs("3%", ""), "differs", "đang là 3%", "3%"},
		{"what must be", flaw.Differs("", "4"), "differs", "phải là 4", "want 4"},
		{"no values", flaw.Differs("", ""), "", "", ""},
		{"a known error, wrapped", flaw.Of(fmt.Errorf("leaf: %w", ident.ErrSignature)), "signature", "chữ ký không khớp với khóa và nội dung", "leaf: " + ident.ErrSignature.Error()},
		{"a refusal, wrapped", flaw.Of(fmt.Errorf("rules: %w", refusal{})), "refused", "quá số lượng còn lại", "more than is left"},
		{"an error that speaks English alone", flaw.Of(errors.New("disk")), "error", "disk", "disk"},
		{"a flaw and what is behind it", flaw.Join(flaw.Missing(), flaw.Altered()), "missing", "bị thiếu: dữ liệu không phải như đã ghi", "it is missing: the bytes are not those that were written"},
		{"nothing before it", flaw.Join(flaw.Flaw{}, flaw.Missing()), "missing", "bị thiếu", "it is missing"},
		{"nothing behind it", flaw.Join(flaw.Missing(), flaw.Flaw{}), "missing", "bị thiếu", "it is missing"},
	} {
		if c.got != (flaw.Flaw{Kind: c.kind, Vietnamese: c.vi, English: c.en}) {
			t.Errorf("%s: %+v", c.name, c.got)
		}
	}
}
