package carries

import (
	"testing"

	"google.golang.org/grpc/metadata"
)

func TestTold(t *testing.T) {
	told, _ := metadata.FromOutgoingContext(Tell(t.Context(), [][]byte{make([]byte, 300), make([]byte, 41)}))
	if records, bytes := Told(told); records != 2 || bytes != 341 {
		t.Errorf("%d records, %d bytes", records, bytes)
	}
	if md, said := metadata.FromOutgoingContext(Tell(t.Context(), [][]byte{make([]byte, 300)})); said {
		t.Errorf("of one record it goes without saying: %v", md)
	}
	for _, c := range []struct {
		values         []string
		records, bytes int64
	}{
		{nil, 1, 1}, {[]string{""}, 1, 1}, {[]string{"5"}, 1, 1}, {[]string{"5 "}, 1, 1}, {[]string{" 5"}, 1, 1}, {[]string{"5 5", "6 6"}, 1, 1}, {[]string{"5  5"}, 1, 1},
		{[]string{"-5 5"}, 1, 1}, {[]string{"+5 5"}, 1, 1}, {[]string{"5 5.0"}, 1, 1}, {[]string{"2147483648 1"}, 1, 1}, {[]string{"1 2147483648"}, 1, 1},
		{[]string{"0 0"}, 1, 1}, {[]string{"5 0"}, 5, 1}, {[]string{"0 5"}, 1, 5}, {[]string{"2147483647 2147483647"}, 1<<31 - 1, 1<<31 - 1},
	} {
		if records, bytes := Told(metadata.MD{Key: c.values}); records != c.records || bytes != c.bytes {
			t.Errorf("%q: %d records, %d bytes", c.values, records, bytes)
		}
	}
}
