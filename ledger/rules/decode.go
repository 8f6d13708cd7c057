package rules

import (
	"encoding/binary"

	"google.golang.org/protobuf/proto"

	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// decode reads an action that the walker has found canonical. Sales are nearly all that is ever written, and are read by hand, into memory that the next
// action takes again: a runtime that knows every message takes five times as long and makes an object for each.
func (b *Block) decode(data []byte) (*recordv1.Action, error) {
	if a := b.sale.decode(data); a != nil {
		return a, nil
	}
	a := new(recordv1.Action)
	return a, proto.Unmarshal(data, a)
}

// saleMessage is memory for an action of a sale.
type saleMessage struct {
	action      recordv1.Action
	propose     recordv1.ProposeSale
	accept      recordv1.AcceptSale
	outside     recordv1.OutsideSale
	retail      recordv1.RetailSale
	kinds       saleKinds
	goods       recordv1.Goods
	lot         recordv1.LotRef
	product     recordv1.ProductRef
	certificate recordv1.CertificateRef
	decision    recordv1.DecisionRef
	sale        recordv1.ActionRef
	buyer       recordv1.Party
	account     recordv1.Party_Account
	commitment  recordv1.Party_Commitment
}

type saleKinds struct {
	propose recordv1.Action_ProposeSale
	accept  recordv1.Action_AcceptSale
	outside recordv1.Action_OutsideSale
	retail  recordv1.Action_RetailSale
}

// Field numbers of Action. They are of the format.
const (
	fieldProposeSale = 10
	fieldAcceptSale  = 11
	fieldOutsideSale = 12
	fieldRetailSale  = 13
)

// decode gives nil for actions of other kinds. What it gives is good until the next call.
func (m *saleMessage) decode(data []byte) *recordv1.Action {
	m.action = recordv1.Action{}
	in := canonical(data)
	switch number := in.field(); number {
	case fieldProposeSale:
		m.propose = recordv1.ProposeSale{}
		for in := canonical(in.bytes()); len(in) > 0; {
			switch in.field() {
			case 1:
				m.propose.Goods = m.readGoods(in.bytes())
			case 2:
				m.propose.Buyer = m.readParty(in.bytes())
			default:
				m.propose.Lapses = in.number()
			}
		}
		m.kinds.propose.ProposeSale = &m.propose
		m.action.Kind = &m.kinds.propose
	case fieldAcceptSale:
		m.accept = recordv1.AcceptSale{}
		accepted := canonical(in.bytes())
		accepted.field()
		m.accept.Sale = m.readSale(accepted.bytes())
		m.kinds.accept.AcceptSale = &m.accept
		m.action.Kind = &m.kinds.accept
	case fieldOutsideSale:
		m.outside = recordv1.OutsideSale{}
		for in := canonical(in.bytes()); len(in) > 0; {
			if in.field() == 1 {
				m.outside.Goods = m.readGoods(in.bytes())
			} else {
				m.outside.Buyer = m.readParty(in.bytes())
			}
		}
		m.kinds.outside.OutsideSale = &m.outside
		m.action.Kind = &m.kinds.outside
	case fieldRetailSale:
		m.retail = recordv1.RetailSale{}
		sold := canonical(in.bytes())
		sold.field()
		m.retail.Goods = m.readGoods(sold.bytes())
		m.kinds.retail.RetailSale = &m.retail
		m.action.Kind = &m.kinds.retail
	default:
		return nil
	}
	return &m.action
}

func (m *saleMessage) readGoods(in canonical) *recordv1.Goods {
	m.goods = recordv1.Goods{}
	for len(in) > 0 {
		switch in.field() {
		case 1:
			m.goods.Lot = m.readLot(in.bytes())
		case 2:
			m.goods.Quantity = in.number()
		case 3:
			m.goods.Unit = recordv1.Unit(in.number())
		case 4:
			m.goods.EventTime = in.number()
		case 5:
			m.goods.Certificate = m.readCertificate(in.bytes())
		case 6:
			m.goods.Price = in.bytes()
		default:
			m.goods.Terms = in.bytes()
		}
	}
	return &m.goods
}

func (m *saleMessage) readLot(in canonical) *recordv1.LotRef {
	m.lot, m.product = recordv1.LotRef{}, recordv1.ProductRef{}
	in.field()
	for in := canonical(in.bytes()); len(in) > 0; {
		if in.field() == 1 {
			m.product.Producer = in.number()
		} else {
			m.product.Number = uint32(in.number())
		}
	}
	in.field()
	m.lot.Product, m.lot.Lot = &m.product, string(in.bytes())
	return &m.lot
}

func (m *saleMessage) readCertificate(in canonical) *recordv1.CertificateRef {
	m.certificate, m.decision = recordv1.CertificateRef{}, recordv1.DecisionRef{}
	in.field()
	for in := canonical(in.bytes()); len(in) > 0; {
		switch in.field() {
		case 1:
			m.decision.Issuer = in.number()
		case 2:
			m.decision.Year = uint32(in.number())
		default:
			m.decision.Number = string(in.bytes())
		}
	}
	in.field()
	m.certificate.Decision, m.certificate.Item = &m.decision, uint32(in.number())
	return &m.certificate
}

func (m *saleMessage) readSale(in canonical) *recordv1.ActionRef {
	m.sale = recordv1.ActionRef{}
	in.field()
	m.sale.Record = in.bytes()
	if len(in) > 0 { // the first action of a record has number 0, which is left out
		in.field()
		m.sale.Action = uint32(in.number())
	}
	return &m.sale
}

func (m *saleMessage) readParty(in canonical) *recordv1.Party {
	m.buyer = recordv1.Party{}
	if in.field() == 1 {
		m.account.Account = in.number()
		m.buyer.Choice = &m.account
	} else {
		m.commitment.Commitment = in.bytes()
		m.buyer.Choice = &m.commitment
	}
	return &m.buyer
}

// canonical is what is left of a message whose fields the walker has looked at: they are there, in order, each once, and end where they should.
type canonical []byte

func (c *canonical) field() uint64 { return c.number() >> 3 }

func (c *canonical) number() uint64 {
	n, size := binary.Uvarint(*c)
	*c = (*c)[size:]
	return n
}

// bytes alias the action's.
func (c *canonical) bytes() []byte {
	n := c.number()
	b := (*c)[:n:n]
	*c = (*c)[n:]
	return b
}
