package resolve

import (
	"strconv"
	"strings"
)

// wish is an entry of an Accept or Accept-Language header.
type wish struct {
	value  string // in lower case
	weight float64
}

// maxWishes bounds how much of a header is looked at. Browsers send fewer than ten.
const maxWishes = 32

// wishes reads a header as RFC 9110 writes them: values with weights of 0 to 1. What cannot be read is passed over.
func wishes(header string) (all []wish) {
	for entry := range strings.SplitSeq(header, ",") {
		value, parameters, _ := strings.Cut(entry, ";")
		w := wish{strings.ToLower(strings.TrimSpace(value)), 1}
		for p := range strings.SplitSeq(parameters, ";") {
			if q, ok := strings.CutPrefix(strings.ToLower(strings.TrimSpace(p)), "q="); ok {
				n, err := strconv.ParseFloat(q, 64)
				if err != nil || !(n >= 0 && n <= 1) {
					n = 0
				}
				w.weight = n
			}
		}
		if w.value != "" {
			all = append(all, w)
		}
		if len(all) == maxWishes {
			break
		}
	}
	return all
}

// prefers chooses the media type that a client likes best, the first of those that it likes as well; "" when it likes none. Without a header it likes
// all.
func prefers(accept string, offers ...string) (best string) {
	all := wishes(accept)
	if len(all) == 0 {
		return offers[0]
	}
	weight := 0.0
	for _, offer := range offers {
		if w := weightOf(all, offer); w > weight {
			best, weight = offer, w
		}
	}
	return best
}

// weightOf is how much a client likes a media type: the most specific entry that fits decides.
func weightOf(all []wish, media string) (weight float64) {
	kind, _, _ := strings.Cut(media, "/")
	specific := 0
	for _, w := range all {
		rank := 0
		switch w.value {
		case media:
			rank = 3
		case kind + "/*":
			rank = 2
		case "*/*":
			rank = 1
		}
		if rank > specific {
			specific, weight = rank, w.weight
		}
	}
	return weight
}

// speaksEnglish tells whether a reader is better served in English: browsers name it, and not Vietnamese. Phones in Vietnam often speak English by
// themselves and name Vietnamese second, so that the order decides nothing.
func speaksEnglish(acceptLanguage string) bool {
	english := false
	for _, w := range wishes(acceptLanguage) {
		language, _, _ := strings.Cut(w.value, "-")
		if w.weight == 0 {
			continue
		}
		if language == "vi" {
			return false
		}
		english = english || language == "en"
	}
	return english
}
