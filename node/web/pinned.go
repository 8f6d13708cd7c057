package web

import (
	"encoding/json"
	"net/url"
	"strings"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/query"
	"github.com/ocopledger/ocop/ledger/subject"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

// pinned is what a page brings along for its script: what to check the receipt against, and what the page says.
//
// The policy comes from the node that is to be checked. It shows that this node answers as the agencies signed, if it is their policy; that it is, a
// visitor knows from an earlier visit, which the browser remembers, or from the same page at another agency's node. The page says so.
type pinned struct {
	Chain  string `json:"chain"`
	Policy []byte `json:"policy"` // document (ledger/FORMAT.md §4)
	// Since is when the policy is known to have been current, in Unix seconds: the time of the page's block, or the beginning of the page's day when the
	// ledger has been quiet since. A page is of one block and one day, and so is this.
	Since   uint64      `json:"since"`
	Day     ledger.Date `json:"day"`
	Kind    string      `json:"kind"`
	ID      string      `json:"id"`
	Receipt string      `json:"receipt"`
	Said    saidView    `json:"said"`
	Nodes   []otherNode `json:"nodes"`
}

// saidView is what the page says beside its verdict and has to agree with the receipt.
type saidView struct {
	Product  string `json:"product"`
	Producer string `json:"producer"`
	Star     uint32 `json:"star"`
}

// otherNode is where another agency's node is for everyone.
type otherNode struct {
	Agency ledger.AccountID `json:"agency"`
	Name   string           `json:"name"`
	URL    string           `json:"url"`
}

// proof is the part of a page that tells how far its answer has been checked.
type proof struct {
	Operator string
	Others   []fact // the same page at other agencies' nodes
	Save     string // the receipt, as a file
	Sum      string // SHA-256 of verify.html
	Script   loaded // answers
	Rules    loaded // derives every act anew, after the answer
	Words    json.RawMessage
	Pinned   any // nil: no head is certified yet
}

// loaded is how a page loads a script: from where, and with which hash it must come.
type loaded struct{ Path, Hash string }

func (s script) loaded() loaded { return loaded{s.path, s.integrity} }

// prove makes the page one that its script checks.
func (v *visit) prove(s *query.Snapshot, kind, id string, verdict *apiv1.Verdict, product *apiv1.Product) *proof {
	l := v.frame.L
	p := &proof{
		Operator: v.frame.Operator, Save: receiptPath(kind, id), Sum: v.OfflineSum(), Words: v.scripts.words[l.Code()],
		Script: v.scripts.page.loaded(), Rules: v.scripts.rules.loaded(),
	}
	v.allows = allowed(nil)
	var policy *ledger.Policy
	if v.Policy != nil {
		policy = v.Policy()
	}
	if policy == nil {
		return p
	}
	nodes := v.otherNodes(s, policy)
	for _, n := range nodes {
		p.Others = append(p.Others, fact{Name: n.Name, Value: printed(n.URL), Link: n.URL + v.frame.Here})
	}
	v.allows = allowed(nodes)
	p.Pinned = pinned{
		Chain: v.Chain.String(), Policy: policy.Append(nil), Since: max(s.Head().Time, v.today.Start()) / 1000, Day: v.today, Kind: kind, ID: id, Receipt: p.Save, Nodes: nodes,
		Said: saidView{Product: product.GetName(), Producer: product.GetProducer().GetName(), Star: verdict.GetStar()},
	}
	return p
}

// receiptPath is where this node has the receipt of a subject, as a file. Slashes in ids are percent-encoded, but for the one of a lot.
func receiptPath(kind, id string) string {
	path := "/v1/" + kind + "s/" + url.PathEscape(id)
	if kind == "lot" {
		product, code, _ := strings.Cut(id, "/")
		path = "/v1/lots/" + url.PathEscape(product) + "/" + url.PathEscape(code)
	}
	return path + "/receipt?format=file"
}

// otherNodes are the nodes of the other agencies that run validators, where the ledger says that they are.
func (v *visit) otherNodes(s *query.Snapshot, policy *ledger.Policy) []otherNode {
	nodes := []otherNode{}
	for i := range policy.Validators {
		agency := policy.Validators[i].Agency
		data, ok := s.Value(subject.Node(agency))
		if agency == v.Operator || !ok || v.URL == nil {
			continue
		}
		node, err := subject.ParseNode(data)
		if err != nil {
			continue
		}
		if at := v.URL(agency, node.PublicAddress); at != "" && at != v.BaseURL {
			nodes = append(nodes, otherNode{agency, v.frame.L.Name(s.Actor(agency)), at})
		}
	}
	return nodes
}

// allowed is what a page's policy allows beside the site's: the script of this site, asking this node and the others. The script makes no markup out of
// text, and could not.
func allowed(nodes []otherNode) string {
	var b strings.Builder
	b.WriteString("; script-src 'self'; connect-src 'self'")
	for _, n := range nodes {
		b.WriteString(" " + n.URL)
	}
	b.WriteString("; require-trusted-types-for 'script'; trusted-types 'none'")
	return b.String()
}
