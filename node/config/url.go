package config

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// hostName is a host that a link may lead to: a name of letters, digits, dots and hyphens, or an IP address.
var hostName = regexp.MustCompile(`^([A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[[0-9A-Fa-f:]{2,45}\])$`)

var (
	errURL     = errors.New("want https://host, http://host or http://host:port, without path or query")
	errNowhere = errors.New("0.0.0.0 and [::] are where a node listens, and lead nowhere")
)

// BaseURL is what links and QR codes to this node begin with, such as https://ocop.example.vn: the setting, or the node's public address on the
// ledger, which the agency signed for and every other one has seen. It is never what a request calls the node: that is whatever its sender
// likes, and codes are printed on labels and kept in caches. The error is an *Error of public.url.
func (c *Config) BaseURL(onLedger string) (string, error) {
	text, whose := c.Public.URL, "this setting"
	if text == "" {
		scheme := "http://"
		if c.Public.TLSCertificate != "" {
			scheme = "https://"
		}
		text, whose = scheme+onLedger, "without this setting, the node's public address on the ledger"
	}
	base, err := parseURL(text)
	if err != nil {
		return "", &Error{File: c.file, Line: c.lines["public.url"], Key: "public.url", Message: fmt.Sprintf("%s is %q: %v", whose, text, err)}
	}
	return base, nil
}

// PublicURL is where a browser finds another agency's node by its public address on the ledger. The ledger has no scheme: port 443 means https, port 80 http, and
// any other what this node's own base URL has, as agencies that keep a ledger together serve it alike. Empty: the address makes no URL.
func PublicURL(address, ownBase string) string {
	scheme, _, _ := strings.Cut(ownBase, "://")
	switch _, port, _ := net.SplitHostPort(address); port {
	case "443":
		scheme = "https"
	case "80":
		scheme = "http"
	}
	base, err := parseURL(scheme + "://" + address)
	if err != nil {
		return ""
	}
	return base
}

// parseURL checks a base URL and writes it without what goes without saying: the slash at its end, the port of its scheme.
func parseURL(text string) (string, error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Opaque != "" || u.User != nil || strings.Trim(u.Path, "/") != "" || strings.ContainsAny(text, "?#") {
		return "", errURL
	}
	host, port := u.Host, u.Port()
	if port != "" || strings.HasSuffix(host, ":") {
		host = strings.TrimSuffix(host, ":"+port)
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return "", errURL
		}
	}
	if !hostName.MatchString(host) || strings.HasPrefix(host, "[") && net.ParseIP(u.Hostname()) == nil {
		return "", errURL
	}
	if ip := net.ParseIP(u.Hostname()); ip != nil && ip.IsUnspecified() {
		return "", errNowhere
	}
	if port == "" || u.Scheme == "https" && port == "443" || u.Scheme == "http" && port == "80" {
		return u.Scheme + "://" + host, nil
	}
	return u.Scheme + "://" + host + ":" + port, nil
}
