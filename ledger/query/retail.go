package query

import (
	"bytes"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"github.com/ocopledger/ocop/ledger/compose"
	recordv1 "github.com/ocopledger/ocop/proto/ocop/record/v1"
)

// A timeline is mostly of retail sales, of one lot under one certificate. They are read here by hand, without a message, and the names of lot and certificate are
// made when they change. What has anything that is not expected is left to protobuf, which reads all.

// retail is what a timeline tells of a retail sale beside the action itself.
type retail struct {
	lot         string
	quantity    uint64
	unit        recordv1.Unit
	eventTime   uint64
	certificate string
	ocop        bool // sold under the certificate
}

// retailOf is what is told of goods that protobuf read.
func (r *reader) retailOf(g *recordv1.Goods) *retail {
	sold := &retail{lot: r.lotName(compose.LotID(g.GetLot())), quantity: g.GetQuantity(), unit: g.GetUnit(), eventTime: g.GetEventTime()}
	if sold.ocop = g.GetCertificate() != nil; sold.ocop {
		sold.certificate = r.certificateName(compose.CertificateID(g.GetCertificate()))
	}
	return sold
}

// named remembers the bytes of lot and certificate read last, and their names.
type named struct {
	lotBytes, certificateBytes []byte
	lot, certificate           string
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

// readRetail reads an action that is a retail sale as ledgers accept them; false: it is something else, or to be read by protobuf.
func (r *reader) readRetail(into *retail, action []byte) bool {
	sale, ok := only(action, kindRetailSale)
	if !ok {
		return false
	}
	goods, ok := only(sale, retailGoods)
	if !ok {
		return false
	}
	*into = retail{}
	return r.readGoods(into, goods) && into.lot != ""
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

// readGoods reads goods; false: there is something in them that is not expected, or not in the order of its number.
func (r *reader) readGoods(into *retail, data []byte) bool {
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
			if v, size = protowire.ConsumeVarint(data); !into.number(n, v) {
				return false
			}
		case protowire.BytesType:
			var b []byte
			if b, size = protowire.ConsumeBytes(data); size > 0 && !r.part(into, n, b) {
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

func (s *retail) number(field protowire.Number, v uint64) bool {
	switch field {
	case goodsQuantity:
		s.quantity = v
	case goodsUnit:
		s.unit = recordv1.Unit(v)
	case goodsEventTime:
		s.eventTime = v
	default:
		return false
	}
	return true
}

func (r *reader) part(into *retail, field protowire.Number, b []byte) (ok bool) {
	k := &r.named
	switch field {
	case goodsLot:
		if k.lotBytes == nil || !bytes.Equal(k.lotBytes, b) {
			var lot recordv1.LotRef
			if proto.Unmarshal(b, &lot) != nil {
				return false
			}
			k.lot, k.lotBytes = r.lotName(compose.LotID(&lot)), append(k.lotBytes[:0:0], b...)
		}
		into.lot = k.lot
	case goodsCertificate:
		if k.certificateBytes == nil || !bytes.Equal(k.certificateBytes, b) {
			var certificate recordv1.CertificateRef
			if proto.Unmarshal(b, &certificate) != nil {
				return false
			}
			k.certificate, k.certificateBytes = r.certificateName(compose.CertificateID(&certificate)), append(k.certificateBytes[:0:0], b...)
		}
		into.certificate, into.ocop = k.certificate, true
	case goodsPrice, goodsTerms:
	default:
		return false
	}
	return true
}
