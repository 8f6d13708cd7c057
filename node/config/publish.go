package config

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
)

// isPrefix tells whether a text is an address to which a path can be added.
func isPrefix(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil && !strings.ContainsAny(text, "?#")
}

// Addresses are the witnesses' submission prefixes by their names.
func (p *Publish) Addresses() (map[string]string, error) {
	all := make(map[string]string)
	if strings.TrimSpace(p.Witnesses) == "" {
		return all, nil
	}
	for pair := range strings.SplitSeq(p.Witnesses, ",") {
		name, prefix, ok := strings.Cut(strings.TrimSpace(pair), "=")
		switch {
		case !ok:
			return nil, fmt.Errorf("%q is not NAME=URL", pair)
		case ident.CheckNoteName(name) != nil:
			return nil, fmt.Errorf("%q is no witness's name", name)
		case all[name] != "":
			return nil, fmt.Errorf("%s stands there twice", name)
		case len(all) == ledger.MaxWitnesses:
			return nil, fmt.Errorf("a policy has at most %d witnesses", ledger.MaxWitnesses)
		}
		if !isPrefix(prefix) {
			return nil, fmt.Errorf("%s: %q is not https://host/path", name, prefix)
		}
		all[name] = prefix
	}
	return all, nil
}
