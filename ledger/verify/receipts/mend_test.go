package receipts

import (
	"strings"
	"testing"

	"github.com/ocopledger/ocop/ledger/subject"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// TestMending: what a correction of an account may put where something else was.
func TestMending(t *testing.T) {
	number := func(n uint64) *recordv1.FieldValue {
		return &recordv1.FieldValue{Choice: &recordv1.FieldValue_Number{Number: n}}
	}
	text := func(s string) *recordv1.FieldValue {
		return &recordv1.FieldValue{Choice: &recordv1.FieldValue_Text{Text: s}}
	}
	const cooperative = uint64(recordv1.AccountKind_ACCOUNT_KIND_COOPERATIVE)
	for _, row := range []struct {
		name     string
		field    recordv1.Field
		old, new *recordv1.FieldValue
		want     bool
	}{
		{"another kind", recordv1.Field_FIELD_ACCOUNT_KIND, number(cooperative), number(uint64(recordv1.AccountKind_ACCOUNT_KIND_PRODUCTION_FACILITY)), true},
		{"another kind than it had", recordv1.Field_FIELD_ACCOUNT_KIND, number(cooperative + 1), number(uint64(recordv1.AccountKind_ACCOUNT_KIND_PRODUCTION_FACILITY)), false},
		{"agency", recordv1.Field_FIELD_ACCOUNT_KIND, number(cooperative), number(uint64(agencyKind)), false},
		{"no kind", recordv1.Field_FIELD_ACCOUNT_KIND, number(cooperative), number(0), false},
		{"a kind of tomorrow", recordv1.Field_FIELD_ACCOUNT_KIND, number(cooperative), number(uint64(recordv1.AccountKind_ACCOUNT_KIND_PRODUCTION_FACILITY) + 1), false},
		{"business number", recordv1.Field_FIELD_BUSINESS_NUMBER, text("6400000000"), text(strings.Repeat("1", 20)), true},
		{"long business number", recordv1.Field_FIELD_BUSINESS_NUMBER, text("6400000000"), text(strings.Repeat("1", 21)), false},
	} {
		v := &subject.AccountValue{Kind: uint8(cooperative), BusinessNumber: "6400000000"}
		if got := accountFields(v)[row.field](row.old, row.new); got != row.want {
			t.Errorf("%s: %v", row.name, got)
		}
	}
}
