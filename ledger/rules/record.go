package rules

import (
	"slices"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/ident"
	"github.com/ocopledger/ocop/ledger/merkle"
	"github.com/ocopledger/ocop/ledger/reason"
	"github.com/ocopledger/ocop/ledger/subject"
	"github.com/ocopledger/ocop/ledger/wire"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// record is a record under evaluation.
type record struct {
	*Block
	author   *subject.AccountValue // as it was before the record
	keyRoles uint16
	schema   uint32
	leaf     uint64
	id       ledger.RecordID
	number   uint16           // of the action
	start    int              // the action's first touch
	opened   []opened         // Decisions that the record has opened
	envelope *ledger.Envelope // nil: nothing is signed yet
}

// begin checks the header and finds author and key.
func (b *Block) begin(h *ledger.Header, key ident.PublicKey) (*record, *Refusal) {
	if refusal := b.window(h); refusal != nil {
		return nil, refusal
	}
	author, ok := look(b, subject.Account(h.Author), subject.ParseAccount)
	if !ok {
		return nil, refuse(reason.UnknownAuthor, "header.author", accountArg(h.Author))
	}
	i := slices.IndexFunc(author.Keys, func(k subject.Key) bool { return k.PublicKey == key })
	if i < 0 {
		return nil, refuse(reason.KeyNotBound, "header.key", keyArg(key), accountArg(h.Author))
	}
	if author.Keys[i].Retired != 0 {
		return nil, refuse(reason.KeyRetired, "header.key", keyArg(key), accountArg(h.Author))
	}
	b.record = record{Block: b, author: author, keyRoles: author.Keys[i].Roles, schema: uint32(h.Schema)}
	return &b.record, nil
}

func keyArg(k ident.PublicKey) reason.Arg { return reason.Text("key", k.ID().String()) }

// window checks what the header says about ledger, version and time.
func (b *Block) window(h *ledger.Header) *Refusal {
	if h.Chain != b.ctx.Chain {
		return refuse(reason.WrongChain, "header.chain")
	}
	if refusal := schemaInForce(uint32(h.Schema), b.ctx.Protocol, "header.schema"); refusal != nil {
		return refusal
	}
	latest := plus(b.ctx.Time, b.parameters.FutureWindow)
	switch {
	case h.Expires <= h.Issued:
		return refuse(reason.ExpiryBeforeIssue, "header.expires", reason.Moment("have", h.Expires), reason.Moment("want", h.Issued))
	case h.Expires-h.Issued > b.parameters.LongestExpiry:
		return refuse(reason.ExpiryTooLong, "header.expires", reason.Moment("have", h.Expires), reason.Span("want", b.parameters.LongestExpiry))
	case h.Issued > latest:
		return refuse(reason.IssuedInFuture, "header.issued", reason.Moment("have", h.Issued), reason.Moment("want", b.ctx.Time))
	case b.ctx.Time > h.Expires:
		return refuse(reason.RecordExpired, "header.expires", reason.Moment("have", h.Expires))
	}
	return nil
}

// schemaInForce checks that a record is written in a protocol version that the ledger has reached.
func schemaInForce(schema, protocol uint32, field string) *Refusal {
	if schema <= protocol {
		return nil
	}
	return refuse(reason.SchemaNotInForce, field, reason.Count("have", uint64(schema)), reason.Count("want", uint64(protocol)))
}

// act evaluates an action. After a refusal the block may hold some of its effects: the caller rolls back.
func (r *record) act(number uint16, data []byte) *Refusal {
	r.number, r.start = number, len(r.touches)
	refusal := r.evaluate(data)
	if refusal != nil {
		refusal.Action = number
		return refusal
	}
	hash := r.hash(number, data)
	for i := r.start; i < len(r.touches); i++ {
		r.touches[i].Action, r.touches[i].ActionHash = number, hash
	}
	return nil
}

// hash is the action's in the action tree.
func (r *record) hash(number uint16, action []byte) ledger.Hash {
	if r.envelope != nil {
		return r.envelope.ActionHash(int(number))
	}
	return merkle.Actions.Leaf(action)
}

func (r *record) evaluate(data []byte) *Refusal {
	if err := wire.Records().Check(wire.MessageAction, data, r.schema); err != nil {
		return malformed(err)
	}
	a, err := r.decode(data)
	if err != nil {
		return malformed(err)
	}
	switch k := a.Kind.(type) {
	case *recordv1.Action_RegisterAccount:
		return r.registerAccount(k.RegisterAccount).in("register_account")
	case *recordv1.Action_BindKey:
		return r.bindKey(k.BindKey).in("bind_key")
	case *recordv1.Action_RetireKey:
		return r.retireKey(k.RetireKey).in("retire_key")
	case *recordv1.Action_RegisterProduct:
		return r.registerProduct(k.RegisterProduct).in("register_product")
	case *recordv1.Action_OpenDecision:
		return r.openDecision(k.OpenDecision).in("open_decision")
	case *recordv1.Action_Certify:
		return r.certify(k.Certify).in("certify")
	case *recordv1.Action_Correct:
		return r.correct(k.Correct).in("correct")
	case *recordv1.Action_Revoke:
		return r.revoke(k.Revoke).in("revoke")
	case *recordv1.Action_RegisterLot:
		return r.registerLot(k.RegisterLot).in("register_lot")
	case *recordv1.Action_ProposeSale:
		return r.proposeSale(k.ProposeSale).in("propose_sale")
	case *recordv1.Action_AcceptSale:
		return r.acceptSale(k.AcceptSale).in("accept_sale")
	case *recordv1.Action_OutsideSale:
		return r.outsideSale(k.OutsideSale).in("outside_sale")
	case *recordv1.Action_RetailSale:
		return r.retailSale(k.RetailSale).in("retail_sale")
	case *recordv1.Action_RotateValidator:
		return r.rotateValidator(k.RotateValidator).in("rotate_validator")
	case *recordv1.Action_UpdateNode:
		return r.updateNode(k.UpdateNode).in("update_node")
	case *recordv1.Action_ProposeChange:
		return r.proposeChange(k.ProposeChange, data).in("propose_change")
	case *recordv1.Action_Vote:
		return r.vote(k.Vote).in("vote")
	case *recordv1.Action_HoldLot:
		return r.holdLot(k.HoldLot).in("hold_lot")
	case *recordv1.Action_ReleaseLot:
		return r.releaseLot(k.ReleaseLot).in("release_lot")
	case *recordv1.Action_RecallLot:
		return r.recallLot(k.RecallLot).in("recall_lot")
	case *recordv1.Action_ApplyStamps:
		return r.applyStamps(k.ApplyStamps).in("apply_stamps")
	case *recordv1.Action_Inspect:
		return r.inspect(k.Inspect).in("inspect")
	case *recordv1.Action_SetPicture:
		return r.setPicture(k.SetPicture).in("set_picture")
	case *recordv1.Action_SetContact:
		return r.setContact(k.SetContact).in("set_contact")
	}
	// A kind of a later version, in a binary that has its table but not its rules: no ledger activates a version its validators do not support.
	panic("rules: an action kind without a rule")
}

// action names the action under evaluation.
func (r *record) action() ledger.ActionID { return ledger.ActionID{Record: r.id, Action: r.number} }

// write sets a subject's value, which was appended to the block's buffer.
func (r *record) write(id subject.ID, value []byte) { r.put(id, value, r.start) }
