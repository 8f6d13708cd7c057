// Package api is what a node answers programs: the gRPC services of ocop.api.v1, with reflection and health.
//
// It reads from one height at a time and says which; a request with min_height waits until the node has it, so that one reads what one has
// written. Every failure has a code, a stable reason, a sentence in each language and, where there is one, the field and the rule; the one place
// where reasons become codes is errors.go.
package api
