package door

import (
	"net/http"
	"strconv"
	"time"
)

// Hygiene sets, before a handler answers, headers that keep a browser from doing with the answer what nobody meant: guess its type, run or load anything
// out of it, show it in a stranger's frame, tell others where the reader comes from. They are for every answer, files and errors too, so that no handler
// can forget them; one that shows pages says itself what these may load.
//
// Over TLS, browsers are told for how long to come by TLS alone (RFC 6797). 0: nothing is said. A door without TLS says nothing, as the standard wants;
// behind a reverse proxy that is the proxy's to say. What a proxy claims in X-Forwarded headers is not looked at.
func Hygiene(next http.Handler, tlsAlone time.Duration) http.Handler {
	age := "max-age=" + strconv.FormatInt(int64(tlsAlone/time.Second), 10)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		if r.TLS != nil && tlsAlone > 0 {
			h.Set("Strict-Transport-Security", age)
		}
		next.ServeHTTP(w, r)
	})
}
