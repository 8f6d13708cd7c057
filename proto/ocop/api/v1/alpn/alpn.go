// Package alpn names what is spoken over a TLS connection to a node's public door, in the words of RFC 7301: the door and all who call it have the names from here.
package alpn

const (
	// Calls is how a client says that it makes gRPC calls and nothing else over a connection, which is HTTP/2 as ever. HTTP's own server takes twice a node's processor
	// time for a call. It is needed where one connection may bring both, as a browser's or a proxy's, which nothing but a name tells from one that will not: proxies, too,
	// offer [HTTP2] alone.
	Calls = "ocop-grpc/1"
	// HTTP2 is RFC 9113's own name for it.
	HTTP2 = "h2"
)

// OfCalls is what a client offers that makes calls alone. A door or a proxy that does not know [Calls] speaks HTTP/2 with it.
func OfCalls() []string { return []string{Calls, HTTP2} }
