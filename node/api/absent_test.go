package api

import (
	"strings"
	"testing"
	"unicode/utf8"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/status"

	"github.com/ocopledger/ocop/ledger/subject"
)

// Whatever subject is asked for, what is not there is named in both languages, also by an id that is none.
func TestEverySubjectHasWords(t *testing.T) {
	said := map[string]subject.Kind{}
	for k := subject.KindParameters; k <= subject.KindGTIN+1; k++ {
		for _, name := range []string{"", "x", "\xff\xfe", strings.Repeat("y", 1000)} {
			err := noSubject(subject.ID{Kind: k, Name: name}, 7)
			reasonOf(t, err)
			for _, d := range status.Convert(err).Details() {
				if m, ok := d.(*errdetails.LocalizedMessage); ok && (len(m.Message) > 256 || !utf8.ValidString(m.Message)) {
					t.Errorf("kind %d: %q", k, m.Message)
				}
			}
		}
		vietnamese, english := kindWords(k)
		for _, w := range []string{vietnamese, "en " + english} {
			if other, twice := said[w]; twice {
				t.Errorf("%v and %v are both %q", other, k, w)
			}
			said[w] = k
		}
		if known := k <= subject.KindGTIN; known == strings.Contains(english, "subject of kind") {
			t.Errorf("%v: %q", k, english)
		}
	}
}
