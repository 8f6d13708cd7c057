package config

import (
	"errors"
	"strings"
)

// Pair names the files of a certificate chain and its private key, as paths of the configuration.
type Pair struct{ Certificate, Key string }

// TLS are the certificates of the public door, the first for whoever asks for none of their names; none: a door without TLS.
func (p *Public) TLS() (pairs []Pair, err error) {
	certificates, keys := list(p.TLSCertificate), list(p.TLSKey)
	if len(certificates) != len(keys) {
		return nil, errors.New("tls_certificate and tls_key go together, as many of one as of the other")
	}
	for i := range certificates {
		pairs = append(pairs, Pair{certificates[i], keys[i]})
	}
	return pairs, nil
}

// list reads entries with commas between.
func list(text string) (entries []string) {
	for entry := range strings.SplitSeq(text, ",") {
		if entry = strings.TrimSpace(entry); entry != "" {
			entries = append(entries, entry)
		}
	}
	return entries
}
