package command

import (
	"encoding/hex"
	"time"

	"github.com/ocopledger/ocop/cmd/ocop/internal/explain"
	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/checkpoint"
	"github.com/ocopledger/ocop/ledger/query"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/subject"
	"github.com/ocopledger/ocop/ledger/verify/receipts"
	apiv1 "github.com/ocopledger/ocop/proto/ocop/api/v1"
)

// What ocop verify writes as JSON, and makes its text of.

type shownHead struct {
	Chain     string   `json:"chain_id"`
	Height    uint64   `json:"height,omitempty"`
	Size      uint64   `json:"size"`
	Root      string   `json:"root"`
	BlockTime uint64   `json:"block_time,omitempty"` // Unix milliseconds
	Time      uint64   `json:"head_time"`            // Unix seconds: the quorum's newest cosignature
	Age       int64    `json:"age_seconds"`
	Epoch     uint32   `json:"policy_epoch"`
	Believed  bool     `json:"policy_epoch_believed,omitempty"` // the file does not name its epoch: it is the one that was believed
	Cosigners []string `json:"cosigned_by"`
	Quorum    int      `json:"quorum"`
	Liars     int      `json:"liars_for_a_fork"` // 2 × quorum − validators
}

type shownVerdict struct {
	Kind        string `json:"kind"`
	Date        string `json:"date"`
	AsOf        uint64 `json:"as_of_height"`
	Certificate string `json:"certificate,omitempty"`
	Star        uint8  `json:"star,omitempty"`
	From        string `json:"from,omitempty"`
	Until       string `json:"until,omitempty"`
	Vietnamese  string `json:"vietnamese"`
	English     string `json:"english"`
}

type shownParty struct {
	Account uint64 `json:"account"`
	Name    string `json:"name,omitempty"` // empty: hidden behind a commitment
}

type shownGrounds struct {
	Level     int      `json:"level"`     // 1 commune, 2 district, 3 province, 4 ministry
	Territory []string `json:"territory"` // from the producer's seat up to where the authority is
	From      string   `json:"from"`
	Until     string   `json:"until,omitempty"`
	Date      string   `json:"date"` // on which it had to be in force
	Scheme    string   `json:"scheme,omitempty"`
	grant     subject.Grant
}

type shownCertificate struct {
	Certificate string        `json:"certificate"`
	Standing    string        `json:"standing"`
	Star        uint8         `json:"star"`
	Total       uint32        `json:"total_hundredths"`
	Issuer      shownParty    `json:"issuer"`
	Decision    string        `json:"decision"`
	Date        string        `json:"decision_date"`
	From        string        `json:"from"`
	Until       string        `json:"until"`
	Historical  bool          `json:"historical,omitempty"`
	Corrections uint16        `json:"corrections,omitempty"`
	Competence  *shownGrounds `json:"competence,omitempty"`
	Revoked     *shownRevoked `json:"revoked,omitempty"`
	Document    string        `json:"document_sha256"`
}

type shownRevoked struct {
	By         shownParty    `json:"by"`
	Decision   string        `json:"decision"`
	Effective  string        `json:"effective"`
	Competence *shownGrounds `json:"competence,omitempty"`
	reason     uint8
}

type shownEvent struct {
	Time       uint64     `json:"time"`
	Height     uint64     `json:"height"`
	Leaf       uint64     `json:"leaf"`
	Record     string     `json:"record"`
	Action     uint16     `json:"action"`
	Author     shownParty `json:"author"`
	Key        string     `json:"key"`
	Vietnamese string     `json:"vietnamese"`
	English    string     `json:"english"`
}

type shownSubject struct {
	notice
	Verify       string             `json:"verify"` // ok
	Subject      string             `json:"subject"`
	Verdict      shownVerdict       `json:"verdict"`
	Product      string             `json:"product,omitempty"`
	ProductName  string             `json:"product_name,omitempty"`
	Producer     *shownParty        `json:"producer,omitempty"`
	Lot          string             `json:"lot,omitempty"`
	Restraint    *shownRestraint    `json:"restraint,omitempty"`
	Sources      []string           `json:"made_of,omitempty"` // in the end, the nearest first
	Certificates []shownCertificate `json:"certificates"`
	Timeline     []shownEvent       `json:"timeline"`
	Head         shownHead          `json:"head"`
	Memory       *shownMemory       `json:"memory,omitempty"`
}

func (a *app) shownSubject(n notice, r *receipts.Result) *shownSubject {
	out := &shownSubject{notice: n, Verify: "ok", Subject: r.Subject.String(), Verdict: shownVerdictOf(r), Certificates: []shownCertificate{}, Timeline: []shownEvent{}}
	if r.Product != nil {
		out.Product, out.ProductName = r.Product.Product.String(), r.Product.Name.Register
		producer := partyOf(r, r.Product.Product.Producer)
		out.Producer = &producer
	}
	if r.Lot != nil {
		out.Lot = r.Lot.Lot.String()
	}
	out.Restraint = restraintOf(r)
	for _, source := range r.Sources {
		out.Sources = append(out.Sources, source.Lot.String())
	}
	for i := range r.Certificates {
		out.Certificates = append(out.Certificates, shownCertificateOf(r, &r.Certificates[i]))
	}
	for i := range r.Timeline {
		e := &r.Timeline[i]
		out.Timeline = append(out.Timeline, shownEvent{
			Time: e.Time, Height: e.Height, Leaf: e.Leaf, Record: e.Record.String(), Action: e.Number, Author: partyOf(r, e.Author), Key: e.Key.String(),
			Vietnamese: explain.Action(vietnamese, e.Action), English: explain.Action(english, e.Action),
		})
	}
	out.Head = shownHeadOf(r.Head.Certified, r.Head.Trust.Policy, r.Age)
	out.Head.Height, out.Head.BlockTime = r.Height, r.Time
	return out
}

func shownHeadOf(c *checkpoint.Certified, p *ledger.Policy, age time.Duration) shownHead {
	h := shownHead{
		Chain: p.Chain.String(), Size: c.Tree.Size, Root: hex.EncodeToString(c.Tree.Root[:]), Time: c.Time, Age: int64(age / time.Second), Epoch: p.Number,
		Quorum: int(p.Quorum), Liars: 2*int(p.Quorum) - len(p.Validators),
	}
	for _, v := range c.Validators {
		h.Cosigners = append(h.Cosigners, v.Name)
	}
	return h
}

func partyOf(r *receipts.Result, id ledger.AccountID) shownParty {
	p := shownParty{Account: uint64(id)}
	if v := r.Accounts[id]; v != nil {
		p.Name = v.Name.Register
	}
	return p
}

func shownVerdictOf(r *receipts.Result) shownVerdict {
	v := r.Verdict
	out := shownVerdict{Kind: string(v.Kind), Date: v.Date.String(), AsOf: r.AsOf, Star: v.Star, From: dateText(v.From), Until: dateText(v.Until)}
	if !v.Certificate.IsZero() {
		out.Certificate = v.Certificate.String()
	}
	text := query.Sentence(verdictKinds[v.Kind], v.Day)
	out.Vietnamese, out.English = text.GetVietnamese(), text.GetEnglish()
	return out
}

// verdictKinds are those of the node's answers: one verdict has one sentence, whoever says it.
var verdictKinds = map[receipts.VerdictKind]apiv1.VerdictKind{
	receipts.VerdictInForce:       apiv1.VerdictKind_VERDICT_KIND_IN_FORCE,
	receipts.VerdictExpired:       apiv1.VerdictKind_VERDICT_KIND_EXPIRED,
	receipts.VerdictRevoked:       apiv1.VerdictKind_VERDICT_KIND_REVOKED,
	receipts.VerdictNotYetInForce: apiv1.VerdictKind_VERDICT_KIND_NOT_YET_IN_FORCE,
	receipts.VerdictSuperseded:    apiv1.VerdictKind_VERDICT_KIND_SUPERSEDED,
	receipts.VerdictNotCertified:  apiv1.VerdictKind_VERDICT_KIND_NOT_CERTIFIED,
	receipts.VerdictUnknown:       apiv1.VerdictKind_VERDICT_KIND_UNKNOWN,
	receipts.VerdictRecalled:      apiv1.VerdictKind_VERDICT_KIND_RECALLED,
	receipts.VerdictHeld:          apiv1.VerdictKind_VERDICT_KIND_HELD,
}

func dateText(d ledger.Date) string { return date(uint32(d)) }

func shownCertificateOf(r *receipts.Result, c *receipts.Certificate) shownCertificate {
	v := c.Value
	out := shownCertificate{
		Certificate: v.Certificate.String(), Standing: string(c.Standing), Star: v.Star, Total: v.Total, Issuer: partyOf(r, v.Certificate.Decision.Issuer),
		Decision: v.Certificate.Decision.String(), Date: v.DecisionDate.String(), From: v.ValidFrom.String(), Until: v.EffectiveLast.String(),
		Historical: v.Historical, Corrections: v.Corrections, Competence: shownGroundsOf(c.Competence), Document: c.Decision.Document.SHA256.String(),
	}
	if v.Status == subject.CertificateRevoked {
		out.Revoked = &shownRevoked{
			By: partyOf(r, v.Revocation.Author), Decision: v.Revocation.Decision.String(), Effective: v.Revocation.Effective.String(),
			Competence: shownGroundsOf(c.Revocation), reason: v.Revocation.Reason,
		}
	}
	return out
}

func shownGroundsOf(g *receipts.Grounds) *shownGrounds {
	if g == nil {
		return nil
	}
	out := &shownGrounds{Level: int(g.Grant.Level), From: g.Grant.From.String(), Until: dateText(g.Grant.Until), Date: g.Date.String(), Scheme: g.Scheme, grant: g.Grant}
	out.Territory = []string{}
	for _, t := range g.Territory {
		out.Territory = append(out.Territory, t.Name)
	}
	return out
}

type shownActed struct {
	notice
	Verify     string       `json:"verify"` // ok
	Record     string       `json:"record"`
	First      uint16       `json:"action"` // number of the first of actions in the record
	Count      uint16       `json:"actions"`
	Leaf       uint64       `json:"leaf"`
	Height     uint64       `json:"height,omitempty"`
	BlockTime  uint64       `json:"block_time,omitempty"`
	Author     uint64       `json:"author"`
	Key        string       `json:"key"`
	Issued     uint64       `json:"issued"`
	Vietnamese []string     `json:"vietnamese"`
	English    []string     `json:"english"`
	Refused    []string     `json:"refused,omitempty"` // records that the block refused, in a receipt of its refusals
	Head       shownHead    `json:"head"`
	Memory     *shownMemory `json:"memory,omitempty"`
}

func (a *app) shownActed(n notice, r *receipts.Acted) *shownActed {
	out := &shownActed{
		notice: n, Verify: "ok", Record: r.Record.String(), First: r.First, Count: r.Header.ActionCount, Leaf: r.Leaf, Height: r.Height, BlockTime: r.Time,
		Author: uint64(r.Header.Author), Key: r.Key.ID().String(), Issued: r.Header.Issued, Head: shownHeadOf(r.Head, r.Trust.Policy, r.Age),
	}
	out.Head.Believed = !r.Sealed
	for _, row := range r.Refused {
		out.Refused = append(out.Refused, row.Record.String()+" "+reason.Of(reason.Code(row.Reason)).Name)
	}
	for _, m := range r.Actions {
		out.Vietnamese, out.English = append(out.Vietnamese, explain.Action(vietnamese, m)), append(out.English, explain.Action(english, m))
	}
	return out
}
