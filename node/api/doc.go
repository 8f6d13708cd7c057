// Package api is what a node answers programs: the gRPC services of ocop.api.v1, with reflection and health.
//
// It reads from one height at a time and says which; a request with min_height waits until the node has it, so that one reads what one has
// written.
//
// Every failure has a code; a google.rpc.ErrorInfo of domain "ocop" with the stable reason and, in its metadata, field, kind (what is wrong with the
// field, where the reason leaves it open), action, rule and rule_vi (the source of the rule in English and Vietnamese); and a LocalizedMessage in each
// language. A call that [TurnAway] refuses unread is told the same without rule and rule_vi, and in English by the status's own message alone. The one place where reasons
// become codes is errors.go. [ServerOptions] see to it that this holds as well where gRPC would answer by itself, but for messages beyond the server's own bound: package
// client says those to people.
package api
