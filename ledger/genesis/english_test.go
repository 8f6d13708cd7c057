package genesis_test

import (
	"testing"

	"github.com/ocopledger/ocop/ledger/genesis"
)

// TestEveryGroupHasAnEnglishName: two groups of one rule set never the same one.
func TestEveryGroupHasAnEnglishName(t *testing.T) {
	for _, s := range genesis.Schemes() {
		seen := make(map[string]bool)
		for _, g := range s.Groups {
			english := genesis.EnglishGroup(g.Name)
			if english == "" || seen[english] {
				t.Errorf("%s, %s: %q", s.Id, g.Code, english)
			}
			seen[english] = true
		}
	}
	if english := genesis.EnglishGroup("Khác"); english != "" {
		t.Errorf("a name that no rule set has: %q", english)
	}
}
