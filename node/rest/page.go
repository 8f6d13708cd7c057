package rest

import (
	"maps"
	"net/url"
	"strconv"

	"google.golang.org/protobuf/proto"

	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

// nextPage is the address of the page after an answer; empty: it is the last, or there are no pages.
func nextPage(c *call, answer proto.Message) string {
	switch a := answer.(type) {
	case interface{ GetTimeline() *apiv1.Timeline }:
		return following(c, "timeline.page.token", a.GetTimeline().GetNextPage())
	case interface{ GetNextPage() string }:
		return following(c, "page.token", a.GetNextPage())
	case *apiv1.StreamLeavesResponse:
		if next := a.GetFirst() + uint64(len(a.GetLeaves())); next < a.GetSize() {
			return following(c, "from", strconv.FormatUint(next, 10))
		}
	}
	return ""
}

// following is a call's address with one parameter changed.
func following(c *call, name, value string) string {
	if value == "" {
		return ""
	}
	query := maps.Clone(c.request)
	if query == nil {
		query = make(url.Values)
	}
	query.Set(name, value)
	return c.url.EscapedPath() + "?" + query.Encode()
}
