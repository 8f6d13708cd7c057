package rest

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/grpc/peer"
)

const (
	jsonType = "application/json"
	octets   = "application/octet-stream"
	allowed  = "GET, HEAD, OPTIONS"
)

// head is what every answer has. Any page may read it: it is public, and nothing of it depends on who asks.
func head(h http.Header) {
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Expose-Headers", "Content-Disposition, Content-Language, ETag, Link, Retry-After")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("Vary", "Accept, Accept-Encoding")
	h.Set("X-Content-Type-Options", "nosniff")
}

// preflight answers a browser that asks whether a page may ask.
func preflight(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Allow", allowed)
	h.Set("Access-Control-Allow-Methods", "GET, HEAD")
	h.Set("Access-Control-Allow-Headers", "Accept, If-None-Match")
	h.Set("Access-Control-Max-Age", "86400")
	w.WriteHeader(http.StatusNoContent)
}

// wanted is the media type that a request would rather have. What it says of others is no reason to give it nothing: JSON is for everybody.
func wanted(r *http.Request) string {
	asJSON, asFile := 0.0, 0.0
	for _, line := range r.Header.Values("Accept") {
		for one := range strings.SplitSeq(line, ",") {
			switch name, q := weighed(one); name {
			case octets:
				asFile = max(asFile, q)
			case jsonType, "application/*", "*/*":
				asJSON = max(asJSON, q)
			}
		}
	}
	if asFile > 0 && asFile >= asJSON {
		return octets
	}
	return jsonType
}

// weighed reads an element of Accept or Accept-Encoding.
func weighed(one string) (name string, q float64) {
	name, parameters, _ := strings.Cut(one, ";")
	name = strings.ToLower(strings.TrimSpace(name))
	if _, weight, ok := strings.Cut(strings.ReplaceAll(parameters, " ", ""), "q="); ok {
		if q, err := strconv.ParseFloat(weight, 64); err == nil {
			return name, q
		}
		return name, 0
	}
	return name, 1
}

// callerOf has the services see who calls, as they do over gRPC: whom they turn away depends on it.
func callerOf(ctx context.Context, r *http.Request) context.Context {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return ctx
	}
	return peer.NewContext(ctx, &peer.Peer{Addr: net.TCPAddrFromAddrPort(at)})
}

func sorted[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
