package gs1

import (
	"strings"
	"unicode"

	"github.com/ocopledger/ocop/ledger"
)

// Short is the code that stands below a QR code for people, and that they type where codes are asked for: PRODUCT, PRODUCT/LOT or
// PRODUCT/LOT/SERIAL. It names a product by its id on the ledger also when there is a GTIN: that is shorter. A serial without its lot is not written.
func Short(product ledger.ProductID, lot, serial string) string {
	s := product.String()
	if lot != "" {
		s += "/" + lot
		if serial != "" {
			s += "/" + serial
		}
	}
	return s
}

// maxTyped bounds what is read as a code, in bytes: a link with the longest host and all its parts percent-encoded.
const maxTyped = 512

// Typed reads what somebody typed, pasted or had read by a machine: a short code, a GTIN, an element string such as (01)08930000000002(10)L-1, or a
// whole link. Spaces count for nothing, as no code has any. It gives what the text may name, the likeliest first, and nothing for what is no code.
//
// There is more than one when a lot's code has a slash in it: 1000012.3/A/7 is serial 7 of lot A, or lot A/7. The ledger knows which.
func Typed(s string) []Link {
	if len(s) > maxTyped {
		return nil
	}
	s = visible(s)
	for _, read := range []func(string) []Link{typedLink, typedElements, typedGTIN, typedShort} {
		if links := read(s); links != nil {
			return links
		}
	}
	return nil
}

// OwnHost is the host, in lower case, of a typed link whose path is our own; empty when there is none. Product ids are of one ledger, so that such a link
// means nothing without its host, unlike a GTIN, which is the same everywhere.
func OwnHost(s string) string {
	if len(s) > maxTyped {
		return ""
	}
	before, link, ok := linkIn(visible(s))
	if !ok || link.GTIN != "" {
		return ""
	}
	if _, after, ok := strings.Cut(before, "://"); ok {
		before = after
	}
	host, _, _ := strings.Cut(strings.TrimPrefix(before, "//"), "/")
	return strings.ToLower(host)
}

func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || !unicode.IsPrint(r) { // also what is not seen, such as marks of direction
			return -1
		}
		return r
	}, s)
}

// typedLink reads a link, with or without scheme and host. The host is not looked at here: see OwnHost.
func typedLink(s string) []Link {
	if _, l, ok := linkIn(s); ok {
		return []Link{l}
	}
	return nil
}

// linkIn finds the path in a link, and what stands before it.
func linkIn(s string) (before string, l Link, ok bool) {
	s, _, _ = strings.Cut(s, "#")
	s, _, _ = strings.Cut(s, "?")
	for _, begin := range []string{"/01/", "/" + Own + "/"} {
		// A short code may have the same letters in its lot, but does not begin with them, nor with a host.
		i := strings.Index(s, begin)
		if i < 0 || i > 0 && ledgerID(s) {
			continue
		}
		if l, err := ParsePath(s[i:]); err == nil {
			return s[:i], l, true
		}
	}
	return "", l, false
}

func ledgerID(s string) bool {
	product, _, _ := strings.Cut(s, "/")
	_, err := ledger.ParseProductID(product)
	return err == nil
}

// typedElements reads an element string as it is printed below other codes: application identifiers in parentheses.
func typedElements(s string) []Link {
	rest, ok := strings.CutPrefix(s, "(01)")
	if !ok {
		return nil
	}
	value, rest := nextElement(rest)
	g, err := ParseGTIN(value)
	if err != nil {
		return nil
	}
	l, last := Link{GTIN: g}, -1
	for rest != "" {
		ai, after, found := strings.Cut(rest[1:], ")")
		if !found {
			return nil
		}
		value, rest = nextElement(after)
		if last, err = l.qualify(ai, value, last); err != nil {
			return nil
		}
	}
	return []Link{l}
}

// nextElement cuts a value off before the next application identifier in parentheses.
func nextElement(s string) (value, rest string) {
	for i := range len(s) {
		if s[i] != '(' {
			continue
		}
		if ai, _, found := strings.Cut(s[i+1:], ")"); found && isAI(ai) {
			return s[:i], s[i:]
		}
	}
	return s, ""
}

// typedGTIN reads a GTIN as it stands below a barcode, in groups with spaces or hyphens between.
func typedGTIN(s string) []Link {
	g, err := ParseGTIN(strings.ReplaceAll(s, "-", ""))
	if err != nil {
		return nil
	}
	return []Link{{GTIN: g}}
}

func typedShort(s string) (links []Link) {
	product, rest, more := strings.Cut(s, "/")
	id, err := ledger.ParseProductID(product)
	if err != nil {
		return nil
	}
	add := func(l Link) {
		if l.Product = id; l.Check() == nil {
			links = append(links, l)
		}
	}
	if !more || rest == "" {
		add(Link{})
		return links
	}
	if i := strings.LastIndexByte(rest, '/'); i > 0 {
		add(Link{Lot: rest[:i], Serial: rest[i+1:]})
	}
	add(Link{Lot: rest})
	return links
}
