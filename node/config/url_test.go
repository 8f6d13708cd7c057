package config

import (
	"errors"
	"testing"
)

func TestBaseURL(t *testing.T) {
	for _, c := range []struct {
		url, certificate, onLedger, want string
	}{
		{"", "", "ocop.example.vn:7400", "http://ocop.example.vn:7400"},
		{"", "c.pem", "ocop.example.vn:7400", "https://ocop.example.vn:7400"},
		{"", "c.pem", "ocop.example.vn:443", "https://ocop.example.vn"},
		{"", "", "ocop.example.vn:443", "http://ocop.example.vn:443"},
		{"", "", "ocop.example.vn:80", "http://ocop.example.vn"},
		{"", "", "127.0.0.1:7400", "http://127.0.0.1:7400"},
		{"", "", "[2001:db8::1]:7400", "http://[2001:db8::1]:7400"},
		{"", "", "localhost:7400", "http://localhost:7400"},
		{"https://ocop.example.vn", "", "10.1.2.3:7400", "https://ocop.example.vn"},
		{"https://ocop.example.vn/", "", "", "https://ocop.example.vn"},
		{"http://ocop.example.vn:8080", "c.pem", "10.1.2.3:7400", "http://ocop.example.vn:8080"},
		{"https://ocop.example.vn:443", "", "", "https://ocop.example.vn"},
	} {
		s := valid()
		s.Public.URL, s.Public.TLSCertificate = c.url, c.certificate
		if got, err := s.BaseURL(c.onLedger); err != nil || got != c.want {
			t.Errorf("%q, certificate %q, on the ledger %q: %q, %v; want %q", c.url, c.certificate, c.onLedger, got, err, c.want)
		}
	}
	for _, onLedger := range []string{"", ":7400", "0.0.0.0:7400", "[::]:7400", "-x.vn:7400", "ocop.vn:0", "ocop.vn:", "[x]:7400", "a b:7400", "ocop.vn:70000", "ocop.vn/x", "u@ocop.vn"} {
		s := valid()
		s.file = "c.yaml"
		if got, err := s.BaseURL(onLedger); !settingRefused(err, "public.url") {
			t.Errorf("%q on the ledger makes %q, %v", onLedger, got, err)
		}
	}
}

func TestPublicURL(t *testing.T) {
	for _, c := range []struct{ address, own, want string }{
		{"ocop.example.vn:443", "http://127.0.0.1:7400", "https://ocop.example.vn"}, {"ocop.example.vn:80", "https://x.vn", "http://ocop.example.vn"},
		{"ocop.example.vn:8443", "https://x.vn", "https://ocop.example.vn:8443"}, {"127.0.0.1:7410", "http://127.0.0.1:7400", "http://127.0.0.1:7410"},
		{"[2001:db8::1]:7400", "http://x.vn", "http://[2001:db8::1]:7400"}, {"0.0.0.0:7400", "http://x.vn", ""}, {"", "http://x.vn", ""}, {"a b:7400", "http://x.vn", ""},
	} {
		if got := PublicURL(c.address, c.own); got != c.want {
			t.Errorf("%q beside %s: %q, want %q", c.address, c.own, got, c.want)
		}
	}
}

func settingRefused(err error, key string) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Key == key && e.File == "c.yaml"
}
