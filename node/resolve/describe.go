package resolve

import (
	"context"
	"net/http"

	"github.com/ocopledger/ocop/ledger/query"
)

// description is the resolver description file of the standard's section 3.
type description struct {
	Name                        string      `json:"name"`
	ResolverRoot                string      `json:"resolverRoot"`
	SupportedPrimaryKeys        []string    `json:"supportedPrimaryKeys"`
	SupportedLinkType           []namespace `json:"supportedLinkType"`
	LinkTypeDefaultCanBeLinkset bool        `json:"linkTypeDefaultCanBeLinkset"`
	JSONLDContextLocation       string      `json:"jsonLdContextLocation"`
}

type namespace struct {
	Namespace string `json:"namespace"`
	Prefix    string `json:"prefix"`
}

// describe answers what this resolver can do, as the host that was asked if that is one of ours.
func (s *resolver) describe(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), readTimeout)
	defer cancel()
	d := description{
		Name: s.Name, SupportedPrimaryKeys: []string{"01"}, SupportedLinkType: []namespace{{vocabulary, "gs1:"}}, JSONLDContextLocation: jsonContext,
	}
	if s.Notice != "" {
		d.Name = s.Notice + ": " + d.Name
	}
	err := s.Catalog.Read(ctx, func(snapshot *query.Snapshot) error {
		hosts, err := s.Hosts(snapshot)
		d.ResolverRoot = s.base(r.Host, hosts, s.today(snapshot))
		return err
	})
	if err != nil {
		s.Log.Error("the resolver cannot be described", "error", err)
		s.problem(w, r, unreadable())
		return
	}
	s.data(w, r, jsonType, d)
}
