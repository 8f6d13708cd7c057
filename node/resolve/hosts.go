package resolve

import (
	"strings"

	"github.com/ocopledger/ocop/ledger"
)

// Host is a host that resolves codes, by the ledger.
type Host struct {
	Name  string      // in lower case, with a port only where it is not 443
	Until ledger.Date // last day; 0: open
}

// base is what links of an answer begin with. The host of a request is whatever its sender likes: it is looked up, and never written.
func (s *resolver) base(asked string, hosts []Host, today ledger.Date) string {
	asked = strings.TrimSuffix(strings.ToLower(asked), ":443")
	if _, own, _ := strings.Cut(s.BaseURL, "://"); asked == own { // which may be listed, too, and have no TLS while it is tried out
		return s.BaseURL
	}
	for _, h := range hosts {
		if h.Name == asked && (h.Until == 0 || h.Until >= today) {
			return "https://" + h.Name
		}
	}
	return s.BaseURL
}
