package draft

import (
	"strings"

	"golang.org/x/text/unicode/norm"
)

// folds replaces what keyboards, word processors and web pages write in place of the characters of the ledger's repertoire. Only what looks the
// same is replaced: a person could not tell the two apart, and a ledger takes one.
var folds = strings.NewReplacer(
	"\u00a0", " ", "\u2002", " ", "\u2003", " ", "\u2007", " ", "\u2009", " ", "\u202f", " ", "\u3000", " ", "\t", " ", "\r", " ", "\n", " ",
	"\u200b", "", "\u200c", "", "\u200d", "", "\u2060", "", "\ufeff", "", "\u00ad", "",
	"\u2010", "-", "\u2011", "-", "\u2212", "-",
	"\u00d0", "\u0110", "\u00f0", "\u0111", "\u0189", "\u0110", // eth and African D for Đ đ
)

// Clean brings text typed or pasted by people into the one spelling a ledger takes: NFC, plain spaces, single and not at the ends, Đ for its
// look-alikes.
func Clean(s string) string {
	return strings.Join(strings.Fields(norm.NFC.String(folds.Replace(s))), " ")
}
