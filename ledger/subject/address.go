package subject

import "strings"

// ValidAddress tells whether a text is host:port. Whether anybody answers there is not asked.
func ValidAddress(s string) bool {
	i := strings.LastIndexByte(s, ':')
	return i > 0 && port(s[i+1:]) && host(s[:i])
}

// Valid tells whether a resolver is one: its host in lower case, with a port or without, and its last day in the calendar. Links on labels begin with
// the host as it stands, and two spellings of one would be two resolvers.
func (v Resolver) Valid() bool {
	return strings.ToLower(v.Host) == v.Host && (v.Host != "" && host(v.Host) || ValidAddress(v.Host)) && (v.Until == 0 || v.Until.Valid())
}

// host is a name or an address, of version 6 in brackets.
func host(s string) bool {
	if inside, ok := strings.CutPrefix(s, "["); ok {
		inside, ok = strings.CutSuffix(inside, "]")
		return ok && inside != "" && !strings.ContainsAny(inside, "[]")
	}
	return !strings.ContainsAny(s, ":[]")
}

// port is a number from 1 to 65535 as one writes it.
func port(s string) bool {
	if s == "" || len(s) > 5 || s[0] == '0' {
		return false
	}
	n := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n <= 65535
}
