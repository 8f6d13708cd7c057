package query

import (
	"bytes"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// A timeline is mostly of retail sales, of one lot under one certificate. They are read here by hand: four messages are made at once, and the names of lot and
// certificate are made when they change. What has anything that is not expected is left to protobuf, which reads all.

// retail are the messages that an action is made of which is a retail sale.
type retail struct {
	action recordv1.Action
	kind   recordv1.Action_RetailSale
	sale   recordv1.RetailSale
	goods  recordv1.Goods
}

// named remembers the names of lot and certificate read last, and their bytes. Messages share them: nobody modifies an answer.
type named struct {
	lotBytes, certificateBytes []byte
	lot                        *recordv1.LotRef
	certificate                *recordv1.CertificateRef
}

// Numbers of fields (ocop.record.v1.RetailSale, Goods).
const (
	retailGoods protowire.Number = 1

	goodsLot         protowire.Number = 1
	goodsQuantity    protowire.Number = 2
	goodsUnit        protowire.Number = 3
	goodsEventTime   protowire.Number = 4
	goodsCertificate protowire.Number = 5
	goodsPrice       protowire.Number = 6
	goodsTerms       protowire.Number = 7
)

// retailSale reads an action that is a retail sale as ledgers accept them; nil when it is something else.
func (r *reader) retailSale(action []byte) *recordv1.Action {
	sale, ok := only(action, kindRetailSale)
	if !ok {
		return nil
	}
	goods, ok := only(sale, retailGoods)
	if !ok {
		return nil
	}
	made := r.slabs.retail.next()
	if !r.named.goods(&made.goods, goods) {
		return nil
	}
	made.action.Kind = &made.kind
	made.kind.RetailSale = &made.sale
	made.sale.Goods = &made.goods
	return &made.action
}

// only is the content of a message that consists of one field, of bytes.
func only(message []byte, field protowire.Number) ([]byte, bool) {
	n, form, tag := protowire.ConsumeTag(message)
	if tag < 0 || n != field || form != protowire.BytesType {
		return nil, false
	}
	content, size := protowire.ConsumeBytes(message[tag:])
	return content, size == len(message)-tag
}

// goods fills a message that is empty; false: there is something in it that is not expected, or not in the order of its number.
func (k *named) goods(g *recordv1.Goods, data []byte) bool {
	for last := protowire.Number(0); len(data) > 0; {
		n, form, tag := protowire.ConsumeTag(data)
		if tag < 0 || n <= last {
			return false
		}
		last, data = n, data[tag:]
		size := 0
		switch form {
		case protowire.VarintType:
			var v uint64
			if v, size = protowire.ConsumeVarint(data); !number(g, n, v) {
				return false
			}
		case protowire.BytesType:
			var b []byte
			if b, size = protowire.ConsumeBytes(data); size > 0 && !k.part(g, n, b) {
				return false
			}
		}
		if size <= 0 {
			return false
		}
		data = data[size:]
	}
	return true
}

func number(g *recordv1.Goods, field protowire.Number, v uint64) bool {
	switch field {
	case goodsQuantity:
		g.Quantity = v
	case goodsUnit:
		g.Unit = recordv1.Unit(v)
	case goodsEventTime:
		g.EventTime = v
	default:
		return false
	}
	return true
}

func (k *named) part(g *recordv1.Goods, field protowire.Number, b []byte) (ok bool) {
	switch field {
	case goodsLot:
		if k.lot == nil || !bytes.Equal(k.lotBytes, b) {
			lot := new(recordv1.LotRef)
			if proto.Unmarshal(b, lot) != nil {
				return false
			}
			k.lot, k.lotBytes = lot, bytes.Clone(b)
		}
		g.Lot = k.lot
	case goodsCertificate:
		if k.certificate == nil || !bytes.Equal(k.certificateBytes, b) {
			certificate := new(recordv1.CertificateRef)
			if proto.Unmarshal(b, certificate) != nil {
				return false
			}
			k.certificate, k.certificateBytes = certificate, bytes.Clone(b)
		}
		g.Certificate = k.certificate
	case goodsPrice:
		g.Price = bytes.Clone(b)
	case goodsTerms:
		g.Terms = bytes.Clone(b)
	default:
		return false
	}
	return true
}
