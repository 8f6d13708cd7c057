package receipts

import (
	"slices"

	"google.golang.org/protobuf/proto"

	"github.com/ocopledger/ocop/ledger"
	"github.com/ocopledger/ocop/ledger/receipt"
	"github.com/ocopledger/ocop/ledger/subject"
	"github.com/ocopledger/ocop/ledger/verify"
	"github.com/ocopledger/ocop/ledger/wire"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

const agencyKind = uint8(recordv1.AccountKind_ACCOUNT_KIND_AGENCY)

// acting is a record under way.
type acting struct {
	*world
	at     *receipt.Record
	row    int // of the record in Receipt.Records
	id     ledger.RecordID
	author subject.AccountValue // as it was before the record
	roles  uint16               // of the key that signed
	today  ledger.Date          // of the block
	number uint16               // of the action
	opened map[ledger.DecisionID]bool
}

// record applies the actions shown of a record.
func (w *world) record(i int) *verify.Error {
	rec := &w.r.Records[i]
	a := &acting{world: w, at: rec, row: i, id: w.ids[i], today: ledger.DateAt(rec.Time), opened: make(map[ledger.DecisionID]bool)}
	if refusal := a.signer(); refusal != nil {
		return refusal
	}
	for _, shown := range rec.Actions {
		a.number = shown.Number
		action, refusal := a.decode(shown.Bytes)
		if refusal == nil {
			refusal = a.act(action)
		}
		if refusal != nil {
			return refusal
		}
		s := a.step()
		w.tell(a, s, action)
		if refusal := w.compare(s); refusal != nil {
			return refusal
		}
	}
	return nil
}

// signer finds the author, and checks that the key was bound to it and not retired when the record took its place.
func (a *acting) signer() *verify.Error {
	id := a.at.Header.Author
	if a.member(subject.Account(id)) == nil {
		return refuse(verify.WordClosure, "%s, author of the record at leaf %d, is missing", subject.Account(id), a.at.Leaf)
	}
	author := a.accounts[id]
	if author == nil {
		return refuse(verify.WordSigner, "account %d signed at leaf %d and is registered later", id, a.at.Leaf)
	}
	i := slices.IndexFunc(author.Keys, func(k subject.Key) bool { return k.PublicKey == a.at.Key })
	switch {
	case i < 0:
		return refuse(verify.WordSigner, "key %s at leaf %d was not bound to account %d", a.at.Key.ID(), a.at.Leaf, id)
	case author.Keys[i].Retired != 0:
		return refuse(verify.WordSigner, "key %s at leaf %d was retired by account %d before", a.at.Key.ID(), a.at.Leaf, id)
	}
	a.author, a.roles = *author, author.Keys[i].Roles
	return nil
}

func (a *acting) decode(data []byte) (*recordv1.Action, *verify.Error) {
	if err := wire.Records().Check(wire.MessageAction, data, uint32(a.at.Header.Schema)); err != nil {
		return nil, because(verify.WordAction, err, "action %d of leaf %d is not of a kind this verifier knows, or not canonical", a.number, a.at.Leaf)
	}
	action := new(recordv1.Action)
	if err := proto.Unmarshal(data, action); err != nil {
		return nil, because(verify.WordAction, err, "action %d of leaf %d", a.number, a.at.Leaf)
	}
	return action, nil
}

func (a *acting) act(action *recordv1.Action) *verify.Error {
	switch k := action.Kind.(type) {
	case *recordv1.Action_RegisterAccount:
		return a.registerAccount(k.RegisterAccount)
	case *recordv1.Action_BindKey:
		return a.bindKey(k.BindKey)
	case *recordv1.Action_RetireKey:
		return a.retireKey(k.RetireKey)
	case *recordv1.Action_RegisterProduct:
		return a.registerProduct(k.RegisterProduct)
	case *recordv1.Action_OpenDecision:
		return a.openDecision(k.OpenDecision)
	case *recordv1.Action_Certify:
		return a.certify(k.Certify)
	case *recordv1.Action_Correct:
		return a.correct(k.Correct)
	case *recordv1.Action_Revoke:
		return a.revoke(k.Revoke)
	case *recordv1.Action_RegisterLot:
		return a.registerLot(k.RegisterLot)
	case *recordv1.Action_AcceptSale:
		return a.acceptSale()
	case *recordv1.Action_HoldLot:
		return a.holdLot(k.HoldLot)
	case *recordv1.Action_ReleaseLot:
		return a.releaseLot(k.ReleaseLot)
	case *recordv1.Action_RecallLot:
		return a.recallLot(k.RecallLot)
	case *recordv1.Action_ApplyStamps:
		return a.applyStamps(k.ApplyStamps)
	case *recordv1.Action_Inspect:
		return a.inspect(k.Inspect)
	case *recordv1.Action_SetPicture:
		return a.setPicture(k.SetPicture)
	case *recordv1.Action_OutsideSale:
		return a.leaves(k.OutsideSale.GetGoods())
	case *recordv1.Action_RetailSale:
		return a.leaves(k.RetailSale.GetGoods())
	}
	return refuse(verify.WordAction, "action %d of leaf %d is of a kind that touches nothing shown", a.number, a.at.Leaf)
}

// step is the place of the action under way.
func (a *acting) step() step { return step{a.row, a.number} }

func (a *acting) stated() ledger.ActionID { return ledger.ActionID{Record: a.id, Action: a.number} }

// rule refuses an act that breaks a rule other than those of authority.
func (a *acting) rule(format string, args ...any) *verify.Error {
	e := refuse(verify.WordRule, format, args...)
	e.Text += a.where()
	return e
}

func (a *acting) where() string { return " (action " + a.stated().String() + ")" }

// absent refuses an act about something that is not there: left out, or not made yet.
func (a *acting) absent(id subject.ID) *verify.Error {
	if a.member(id) == nil {
		return refuse(verify.WordClosure, "%s is missing", id)
	}
	return refuse(verify.WordHistory, "%s: named by leaf %d before its history begins", id, a.at.Leaf)
}

func (a *acting) account(id ledger.AccountID) (*subject.AccountValue, *verify.Error) {
	if v := a.accounts[id]; v != nil {
		return v, nil
	}
	return nil, a.absent(subject.Account(id))
}

func (a *acting) product(id ledger.ProductID) (*subject.ProductValue, *verify.Error) {
	if v := a.products[id]; v != nil {
		return v, nil
	}
	return nil, a.absent(subject.Product(id))
}

func (a *acting) certificate(id ledger.CertificateID) (*subject.CertificateValue, *verify.Error) {
	if v := a.certificates[id]; v != nil {
		return v, nil
	}
	return nil, a.absent(subject.Certificate(id))
}

func (a *acting) scheme(id string) (*subject.SchemeValue, *verify.Error) {
	if v := a.schemes[id]; v != nil {
		return v, nil
	}
	return nil, a.absent(subject.Scheme(id))
}

func nameOf(n *recordv1.Name) subject.Name {
	if blob := n.GetBlob(); blob != nil {
		return subject.Name{Blob: ledger.Hash(blob)}
	}
	return subject.Name{Register: n.GetRegister()}
}

func documentOf(d *recordv1.Document) subject.Document {
	return subject.Document{SHA256: ledger.Hash(d.GetSha256()), Size: d.GetSize(), Name: d.GetName()}
}
