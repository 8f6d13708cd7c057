package command

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ocopledger/ocop/cmd/internal/lang"
	"github.com/ocopledger/ocop/cmd/internal/verb"
	"github.com/ocopledger/ocop/cmd/ocop/internal/draft"
	"github.com/ocopledger/ocop/cmd/ocop/internal/explain"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/subject"
	"github.com/ocopledger/ocop/node/client"
)

func (a *app) governance() *cobra.Command {
	return a.group(verb.Spec{
		Use:   "governance",
		Short: lang.Text{Vi: "Mạng lưới và các đề xuất: ai vận hành nút, ai đã bỏ phiếu", En: "The network and its proposals: who runs validators, who has voted"},
		Long: lang.Text{
			Vi: `Theo lời của nút được hỏi. Lập đề xuất và bỏ phiếu bằng "ocop draft propose-…" và "ocop draft vote".`,
			En: `By the word of the node that is asked. Proposals and votes are made with "ocop draft propose-…" and "ocop draft vote".`},
	}, a.governanceNetwork(), a.governanceProposal())
}

// networkShown is who validates, as JSON.
type networkShown struct {
	notice
	Epoch      uint32           `json:"epoch"`
	Quorum     uint8            `json:"quorum"`
	Votes      int              `json:"votes_needed"` // for a change now
	Publisher  uint64           `json:"publisher"`
	Validators []validatorShown `json:"validators"`
}

type validatorShown struct {
	Agency      uint64 `json:"agency"`
	Name        string `json:"name,omitempty"`
	Incarnation uint32 `json:"incarnation"`
	Peer        string `json:"peer_address"`
	Public      string `json:"public_address"`
	Cosigner    string `json:"cosigner_name"`
	CosignerKey string `json:"cosigner_key"`
	NodeKey     string `json:"node_key"`
	TLSKey      string `json:"tls_key"`
}

func (a *app) governanceNetwork() *cobra.Command {
	return a.command(verb.Spec{
		Use:     "network",
		Short:   lang.Text{Vi: "Các nút xác thực, số đồng ký và số phiếu cần có", En: "The validators, the quorum, and the votes that a change takes"},
		Example: "  ocop governance network",
		Run: func(cmd *cobra.Command, _ []string) error {
			c, ctx, done, err := a.dial(cmd.Context())
			if err != nil {
				return err
			}
			defer done()
			shown, err := a.network(ctx, c)
			if err != nil {
				return err
			}
			return a.print(shown.notice, shown, func(w io.Writer) { a.networkText(w, shown) })
		},
	})
}

func (a *app) network(ctx context.Context, c *client.Client) (*networkShown, error) {
	at, err := nodePlace(ctx, c)
	if err != nil {
		return nil, err
	}
	policy, err := readSubject(ctx, c, subject.Policy(), subject.ParsePolicy)
	if err != nil {
		return nil, err
	}
	parameters, err := readSubject(ctx, c, subject.Parameters(), subject.ParseParameters)
	if err != nil {
		return nil, err
	}
	p := &policy.Policy
	shown := &networkShown{notice: noticeOf(at.sample), Epoch: p.Number, Quorum: p.Quorum, Votes: parameters.Needed(len(p.Validators)), Publisher: uint64(p.Publisher)}
	for _, v := range p.Validators {
		node, err := readSubject(ctx, c, subject.Node(v.Agency), subject.ParseNode)
		if err != nil {
			return nil, err
		}
		name, err := a.agencyName(ctx, c, v.Agency)
		if err != nil {
			return nil, err
		}
		shown.Validators = append(shown.Validators, validatorShown{
			Agency: uint64(v.Agency), Name: name, Incarnation: node.Incarnation, Peer: node.PeerAddress, Public: node.PublicAddress,
			Cosigner: v.CosignerName, CosignerKey: v.CosignerKey.String(), NodeKey: v.NodeKey.String(), TLSKey: node.TLSKey.String(),
		})
	}
	return shown, nil
}

func (a *app) agencyName(ctx context.Context, c *client.Client, agency ledger.AccountID) (string, error) {
	v, err := readSubject(ctx, c, subject.Account(agency), subject.ParseAccount)
	return v.Name.Register, err
}

func (a *app) networkText(w io.Writer, s *networkShown) {
	t := a.lines(w)
	t.line(lang.Text{Vi: "Kỳ chính sách", En: "Policy epoch"}, count(uint64(s.Epoch)))
	t.line(lang.Text{Vi: "Đồng ký cần có", En: "Quorum"}, lang.Text{Vi: "%d trên %d nút", En: "%d of %d validators"}.F(a.lang, s.Quorum, len(s.Validators)))
	t.line(lang.Text{Vi: "Phiếu cần có", En: "Votes for a change"}, lang.Text{Vi: "%d trên %d cơ quan", En: "%d of %d agencies"}.F(a.lang, s.Votes, len(s.Validators)))
	t.line(lang.Text{Vi: "Nút công bố", En: "Publisher"}, lang.Text{Vi: "cơ quan %d", En: "agency %d"}.F(a.lang, s.Publisher))
	for _, v := range s.Validators {
		fmt.Fprintln(w, lang.Text{Vi: "\nCơ quan %d  %s", En: "\nAgency %d  %s"}.F(a.lang, v.Agency, v.Name))
		t.line(lang.Text{Vi: "  lần lập", En: "  incarnation"}, count(uint64(v.Incarnation)))
		t.line(lang.Text{Vi: "  địa chỉ", En: "  addresses"}, lang.Text{Vi: "giữa các nút %s, công khai %s", En: "peers %s, public %s"}.F(a.lang, v.Peer, v.Public))
		t.line(lang.Text{Vi: "  tên đồng ký", En: "  cosigner name"}, v.Cosigner)
		t.line(lang.Text{Vi: "  khóa", En: "  keys"}, lang.Text{Vi: "bản thảo %s…, đồng ký %s…, TLS %s…", En: "drafts %s…, cosigner %s…, TLS %s…"}.F(a.lang, v.NodeKey[:16], v.CosignerKey[:16], v.TLSKey[:16]))
	}
}

// proposalShown is a proposal and who has voted, as JSON.
type proposalShown struct {
	notice
	Proposal string      `json:"proposal"`
	Text     string      `json:"proposal_text"`
	Proposer uint64      `json:"proposer"`
	Lapses   uint64      `json:"lapses"`
	Status   string      `json:"status"` // open, over, accepted, rejected
	Votes    []voteShown `json:"votes"`
	Needed   int         `json:"votes_needed"` // now
}

type voteShown struct {
	Agency uint64 `json:"agency"`
	Name   string `json:"name,omitempty"`
	Yes    bool   `json:"yes"`
	Counts bool   `json:"counts"` // the agency runs a validator now
}

// The status of a proposal on which nobody can vote any more: it is not written on the ledger.
const statusOver = "over"

var proposalStatus = map[string]lang.Text{
	subject.ProposalOpen.String():     {Vi: "đang biểu quyết", En: "open"},
	subject.ProposalAccepted.String(): {Vi: "đã thông qua và thực hiện", En: "accepted and carried out"},
	subject.ProposalRejected.String(): {Vi: "đã bị bác", En: "rejected"},
	statusOver:                        {Vi: "hết hạn biểu quyết mà chưa đủ phiếu", En: "over: there were not enough votes in time"},
}

func (a *app) governanceProposal() *cobra.Command {
	return a.command(verb.Spec{
		Use:     "proposal ID",
		Short:   lang.Text{Vi: "Một đề xuất: nội dung, phiếu đã có, còn cần bao nhiêu", En: "A proposal: what it says, the votes so far, how many it takes"},
		Example: "  ocop governance proposal <mã>-0",
		Least:   1, Most: 1,
		Run: func(cmd *cobra.Command, args []string) error {
			id, err := formed(ledger.ParseSaleID, saleExample)(draft.Clean(args[0]))
			if err != nil {
				return withCode(exitUsage, err)
			}
			c, ctx, done, err := a.dial(cmd.Context())
			if err != nil {
				return err
			}
			defer done()
			shown, err := a.proposal(ctx, c, id)
			if err != nil {
				return err
			}
			return a.print(shown.notice, shown, func(w io.Writer) { a.proposalText(w, shown) })
		},
	})
}

func (a *app) proposal(ctx context.Context, c *client.Client, id ledger.ActionID) (*proposalShown, error) {
	at, err := nodePlace(ctx, c)
	if err != nil {
		return nil, err
	}
	v, err := readSubject(ctx, c, subject.Proposal(id), subject.ParseProposal)
	if err != nil {
		return nil, err
	}
	network, err := a.network(ctx, c)
	if err != nil {
		return nil, err
	}
	shown := &proposalShown{notice: noticeOf(at.sample), Proposal: id.String(), Proposer: uint64(v.Proposer), Lapses: v.Lapses, Status: v.Status.String(), Needed: network.Votes, Votes: []voteShown{}}
	if v.Status == subject.ProposalOpen && uint64(a.env.Now().UnixMilli()) > v.Lapses {
		shown.Status = statusOver
	}
	if shown.Text, err = a.proposed(ctx, c, id); err != nil {
		return nil, err
	}
	for _, vote := range v.Votes {
		name, err := a.agencyName(ctx, c, vote.Agency)
		if err != nil {
			return nil, err
		}
		counts := false
		for _, validator := range network.Validators {
			counts = counts || validator.Agency == uint64(vote.Agency)
		}
		shown.Votes = append(shown.Votes, voteShown{Agency: uint64(vote.Agency), Name: name, Yes: vote.Yes, Counts: counts})
	}
	return shown, nil
}

func (a *app) proposalText(w io.Writer, s *proposalShown) {
	fmt.Fprintf(w, "%s\n\n", s.Text)
	t := a.lines(w)
	t.line(lang.Text{Vi: "Cơ quan đề xuất", En: "Proposed by"}, lang.Text{Vi: "cơ quan %d", En: "agency %d"}.F(a.lang, s.Proposer))
	t.line(lang.Text{Vi: "Tình trạng", En: "Status"}, proposalStatus[s.Status].In(a.lang))
	t.line(lang.Text{Vi: "Hạn biểu quyết", En: "Votes until"}, explain.Moment(s.Lapses))
	t.line(lang.Text{Vi: "Đồng ý", En: "Yes"}, voters(s.Votes, true))
	t.line(lang.Text{Vi: "Không đồng ý", En: "No"}, voters(s.Votes, false))
	t.line(lang.Text{Vi: "Phiếu cần có", En: "Votes needed"}, count(uint64(s.Needed)))
}

// voters lists the agencies that voted one way; in parentheses those whose votes do not count any more.
func voters(votes []voteShown, yes bool) string {
	var list []string
	for _, v := range votes {
		if v.Yes != yes {
			continue
		}
		text := strconv.FormatUint(v.Agency, 10)
		if v.Name != "" {
			text = v.Name + " (" + text + ")"
		}
		if !v.Counts {
			text = "(" + text + ")"
		}
		list = append(list, text)
	}
	return strings.Join(list, ", ")
}
