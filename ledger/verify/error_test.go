package verify_test

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
	"testing"

	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/verify"
)

// TestEveryWordHasItsSentences reads the words where they are declared: a word without a sentence would leave somebody with a word.
func TestEveryWordHasItsSentences(t *testing.T) {
	f := must(parser.ParseFile(token.NewFileSet(), "error.go", nil, 0))
	seen := map[string]bool{}
	ast.Inspect(f, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok && len(spec.Values) == 1 && strings.HasPrefix(spec.Names[0].Name, "Word") {
			word := strings.Trim(spec.Values[0].(*ast.BasicLit).Value, `"`)
			vietnamese, english := verify.Word(word).Sentence()
			if strings.Contains(english, "Failed: ") || strings.Contains(vietnamese, "Không đạt: ") || seen[english] || seen[vietnamese] || seen[word] {
				t.Errorf("%s: %q, %q", word, vietnamese, english)
			}
			seen[word], seen[english], seen[vietnamese] = true, true, true
		}
		return true
	})
	if len(seen) < 3*20 {
		t.Errorf("%d words found", len(seen)/3)
	}
	if _, english := verify.Word("new").Sentence(); english != "Failed: new." {
		t.Error(english)
	}
}

func TestErrorsWrap(t *testing.T) {
	w, list := epochs()
	list[0].Checkpoint.Lines = list[0].Checkpoint.Lines[:1]
	_, err := pinned(w).Walk(list)
	var q *checkpoint.QuorumError
	if !errors.As(err, &q) || q.Have != 1 || err.Error() != "handover: from epoch 0 to 1: quorum: epoch 0: not cosigned by a quorum: 1 validators, want 2" {
		t.Error(err)
	}
	if verify.Failed(nil, verify.WordQuorum) || verify.Failed(errors.New("x"), verify.WordQuorum) {
		t.Error("what is no error of this package failed with a word of it")
	}
}
