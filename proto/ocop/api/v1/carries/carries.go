// Package carries is what a call to Submit says of its records before they come: how many there are, and their bytes, in the metadata that opens the call. A node that has
// no room for so much can refuse it without reading it; of one that says nothing it knows that there is a record at least. Nobody has to say it, and nobody is believed: what
// is read is counted.
package carries

import (
	"context"
	"strconv"
	"strings"

	"google.golang.org/grpc/metadata"
)

// Key is the name in the metadata. Its value is two decimal numbers with a space between.
const Key = "ocop-carries"

// Tell adds to a call's metadata what it carries. Of one record it goes without saying.
func Tell(ctx context.Context, envelopes [][]byte) context.Context {
	if len(envelopes) == 1 {
		return ctx
	}
	size := 0
	for _, e := range envelopes {
		size += len(e)
	}
	return metadata.AppendToOutgoingContext(ctx, Key, strconv.Itoa(len(envelopes))+" "+strconv.Itoa(size))
}

// Told is what the metadata of a call says; a record of a byte, where it says nothing that can be understood.
func Told(md metadata.MD) (records, bytes int64) {
	values := md.Get(Key)
	if len(values) != 1 {
		return 1, 1
	}
	first, second, ok := strings.Cut(values[0], " ")
	r, wrong := strconv.ParseUint(first, 10, 31)
	b, wrongToo := strconv.ParseUint(second, 10, 31)
	if !ok || wrong != nil || wrongToo != nil {
		return 1, 1
	}
	return max(int64(r), 1), max(int64(b), 1)
}
